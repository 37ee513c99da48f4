"""Which controls bind on which day? The whole assessment of one model, before and after each date of the law."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import pytest

from governance.core.assessment import ControlResult
from governance.core.statements import Status
from registry.services import card
from tests.governance.packs.shipped import CONTROLS
from tests.governance.packs.world import Results, World

AI_ACT: Final = "eu-ai-act-highrisk"
DAYS: Final = {
    "before both": datetime(2026, 12, 1, 12, tzinfo=UTC),
    "after Annex III": datetime(2027, 12, 3, 12, tzinfo=UTC),
    "after both": datetime(2028, 8, 3, 12, tzinfo=UTC),
}
# A class IIa device that plans its changes and uses a limited data set; in all jurisdictions, in every role.
EVERYWHERE: Final[Mapping[str, int]] = {
    "baseline": 13,
    "eu-gdpr": 22,
    "eu-mdr-software": 21,
    "fda-gmlp": 10,
    "fda-pccp": 10,
    "iso-14971": 7,
    "nist-ai-rmf": 16,
    "tripod-ai": 52,
    "us-1557": 5,
    "us-21cfr11": 27,
    "us-hipaa": 21,
    "us-hti1-dsi": 41,
    "who-health-ai": 6,
}
# Three duties of the AI Act have dates of their own, which have passed.
BINDING: Final[Mapping[str, tuple[int, int, int]]] = {
    "annex_i": (3, 3, 36),
    "annex_iii": (3, 38, 38),
    "not_high_risk": (3, 3, 3),
}
QUESTION: Final = {"question:ai_act_route"}
SINCE: Final = {"annex_i": date(2028, 8, 2), "annex_iii": date(2027, 12, 2)}


def said(world: World, *, on: str, **answers: Any) -> Results:
    card.state_many(model=world.model, by=world.dora, values=answers)
    return world.now(at=DAYS[on])


def asks(found: ControlResult) -> list[set[str]]:
    """The ways in which it can be settled, by the keys of what is missing."""
    return [{need.key for need in way} for way in found.ways]


def binding(found: Results) -> dict[str, int]:
    return dict(Counter(name.partition(":")[0] for name, each in found.items() if each.applies))


@pytest.mark.parametrize("place", range(3), ids=DAYS)
@pytest.mark.parametrize("route", BINDING)
def test_the_route_and_the_day_say_which_controls_of_the_ai_act_bind(world: World, route: str, place: int) -> None:
    found = said(world, on=list(DAYS)[place], ai_act_route=route)
    assert binding(found) == {**EVERYWHERE, AI_ACT: BINDING[route][place]}


@pytest.mark.parametrize("route", SINCE)
def test_what_does_not_bind_yet_says_from_when_it_will(world: World, route: str) -> None:
    found = said(world, on="before both", ai_act_route=route)
    waiting = [each for each in found.values() if each.status is Status.NOT_YET_IN_FORCE]
    assert len(waiting) == BINDING[route][2] - 3
    assert {each.until for each in waiting} == {SINCE[route]}
    assert {each.pack for each in waiting} == {AI_ACT}


def test_the_day_on_which_it_begins_counts(world: World) -> None:
    card.state(model=world.model, key="ai_act_route", value="annex_iii", by=world.dora)
    eve, day = datetime(2027, 12, 1, 23, 59, tzinfo=UTC), datetime(2027, 12, 2, tzinfo=UTC)
    assert [binding(world.now(at=at))[AI_ACT] for at in (eve, day)] == [3, 38]


@pytest.mark.parametrize(("roles", "count"), [(["provider"], 27), (["deployer"], 15), (["data_controller"], 0)])
def test_makers_and_users_have_duties_of_their_own(world: World, roles: list[str], count: int) -> None:
    found = said(world, on="after both", ai_act_route="annex_iii", our_roles=roles)
    assert binding(found).get(AI_ACT, 0) == count


def test_a_card_that_leaves_the_route_open_is_asked_for_it_once_that_matters(world: World) -> None:
    answers = {"jurisdictions": ["EU"], "our_roles": ["provider"]}
    card.state_many(model=world.bare.model, by=world.dora, values=answers)
    before, after = (world.now(world.bare, at=DAYS[day]) for day in ("before both", "after both"))
    waiting = {name for name, each in before.items() if each.status is Status.NOT_YET_IN_FORCE}
    asked = {name for name, each in after.items() if QUESTION in asks(each)}
    assert waiting == asked
    assert {after[name].status for name in asked} == {Status.NOT_EVALUABLE}
    assert len(asked) == 26


@pytest.mark.parametrize(
    ("where", "none"),
    [
        (["US"], {AI_ACT, "eu-gdpr", "eu-mdr-software"}),
        (["EU"], {"fda-gmlp", "fda-pccp", "us-1557", "us-hipaa", "us-hti1-dsi"}),
        (["other"], {AI_ACT, "eu-gdpr", "eu-mdr-software", "fda-gmlp", "fda-pccp", "us-1557", "us-hipaa"}),
    ],
)
def test_the_law_of_another_place_binds_nobody_here(world: World, where: list[str], none: set[str]) -> None:
    found = said(world, on="after both", jurisdictions=where)
    assert not none & set(binding(found))
    assert {found[name].status for name in CONTROLS if name.partition(":")[0] in none} == {Status.NOT_APPLICABLE}
