"""Does every control of every shipped pack fail for a model of which nothing is known but what makes it apply?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import pytest
from django.utils import timezone

from governance.core.answers import answer
from governance.core.facts import Facts
from governance.core.policy import (
    AttributeRule,
    CapabilityRule,
    ChangeRule,
    DocumentRule,
    IncidentRule,
    LedgerRule,
    StateRule,
)
from governance.core.statements import Status, worst
from governance.services import approvals, incidents
from registry.core.card import REGISTERED as FILLED_IN
from registry.models.user import Role
from registry.services import card
from tests.conftest import PASSWORD
from tests.governance.packs.shipped import CONTROLS, asked_by, first_day, least_answers
from tests.governance.packs.world import Results, World, open_incident

# Formulary itself keeps these; `test_capabilities_broken` breaks what each of them rests on.
KEPT_BY_FORMULARY: Final = frozenset(
    [
        "baseline:ledger-intact",
        "eu-gdpr:gdpr-5.2",
        "nist-ai-rmf:rmf-gv1.6",
        "us-hti1-dsi:hti1-mod",
        "us-hipaa:hip-312c",
        "us-hipaa:hip-312d",
        "us-hipaa:hip-312e",
        "us-21cfr11:p11-10b",
        "us-21cfr11:p11-10d",
        "us-21cfr11:p11-10e",
        "us-21cfr11:p11-10f",
        "us-21cfr11:p11-10g",
        "us-21cfr11:p11-10h",
        "us-21cfr11:p11-50a",
        "us-21cfr11:p11-50b",
        "us-21cfr11:p11-70",
        "us-21cfr11:p11-100a",
        "us-21cfr11:p11-200a1",
        "us-21cfr11:p11-200a3",
        "us-21cfr11:p11-200b",
        "us-21cfr11:p11-300a",
    ]
)
# Nothing has gone wrong with a model that nobody uses.
NOTHING_OPEN: Final = frozenset({"eu-gdpr:gdpr-33", "us-hipaa:hip-404", "eu-mdr-software:mdr-87"})
# Nobody can register a model without saying this.
REGISTERED: Final[Mapping[str, str]] = {
    "baseline:use-documented": "purpose",
    "us-hti1-dsi:hti1-b2i": "purpose",
    "us-hti1-dsi:hti1-b2ii": "population",
    "us-hti1-dsi:hti1-b2iii": "intended_users",
    "us-hti1-dsi:hti1-b2iv": "decision_role",
}
# Which report is late, and on which day.
LATE: Final = [
    ("eu-gdpr:gdpr-33", "gdpr_breach", 3),
    ("us-hipaa:hip-404", "hipaa_breach", 60),
    ("eu-mdr-software:mdr-87", "eu_mdr_serious", 15),
]
# Formulary itself brings these, or nothing has happened yet; every other rule asks somebody to bring something.
FOR_FREE: Final = (CapabilityRule, ChangeRule, IncidentRule, LedgerRule, StateRule)
ANSWERED: Final = (*FILLED_IN, "outcome", "features", "operating_points")
USABLE: Final = "baseline:version-usable"
# A first version changes nothing; a later one must say what it changes (`test_one_piece_is_missing`).
UNCHANGED: Final = "fda-pccp:pccp-out"
EXCEPTIONS: Final = KEPT_BY_FORMULARY | NOTHING_OPEN | set(REGISTERED) | {USABLE, UNCHANGED}
OPEN: Final = frozenset({Status.NOT_MET, Status.STALE, Status.NOT_EVALUABLE})


def without_evidence(world: World, name: str) -> tuple[Facts, Results]:
    return world.of_bare(least_answers(name), first_day(name))


@pytest.mark.parametrize("name", [name for name in CONTROLS if name not in EXCEPTIONS])
def test_it_is_open_without_evidence(world: World, name: str) -> None:
    found = without_evidence(world, name)[1][name]
    assert found.applies
    assert found.status in OPEN, found.reason
    assert found.remedy, "nobody is told what to do"


@pytest.mark.parametrize("name", sorted(EXCEPTIONS))
def test_an_exception_holds_without_evidence(world: World, name: str) -> None:
    assert without_evidence(world, name)[1][name].status is Status.MET


def test_no_piece_that_somebody_must_bring_is_there_for_free(world: World) -> None:
    free = [
        f"{name}: {leaf}"
        for name, (_, control) in CONTROLS.items()
        for leaf in asked_by(name)
        if not isinstance(leaf, FOR_FREE)
        and not (isinstance(leaf, AttributeRule) and set(leaf.fields) <= {*ANSWERED, *least_answers(name)})
        and worst(answer(leaf, control, without_evidence(world, name)[0])) not in OPEN
    ]
    assert free == []


def test_the_exceptions_are_of_the_kind_that_they_are_listed_under() -> None:
    kinds: list[tuple[frozenset[str], tuple[type, ...]]] = [(NOTHING_OPEN, (IncidentRule,))]
    kinds += [(frozenset({USABLE}), (StateRule,))]
    kinds += [(frozenset({UNCHANGED}), (ChangeRule, DocumentRule))]
    for names, rules in kinds:
        for name in names:
            assert all(isinstance(leaf, rules) for leaf in asked_by(name)), name
    for name in KEPT_BY_FORMULARY:
        assert any(isinstance(leaf, CapabilityRule | LedgerRule) for leaf in asked_by(name)), name


@pytest.mark.parametrize(("name", "clock", "days"), LATE)
def test_a_report_that_is_late_opens_it_and_not_a_day_before(world: World, name: str, clock: str, days: int) -> None:
    card.state_many(model=world.bare.model, by=world.dora, values=least_answers(name))
    noticed = timezone.now() - timedelta(hours=1)
    open_incident(world, "minor", noticed_at=noticed, clocks=[clock], model=world.bare.model)
    due = noticed + timedelta(days=days)
    before, after = (world.now(world.bare, at=due + timedelta(minutes=by))[name] for by in (-1, 1))
    assert (before.status, before.until) == (Status.MET, due.date())
    assert after.status is Status.NOT_MET, after.reason


def test_a_serious_incident_opens_what_asks_for_none(world: World) -> None:
    name = "eu-mdr-software:mdr-87"
    card.state_many(model=world.bare.model, by=world.dora, values=least_answers(name))
    made = open_incident(world, "serious", noticed_at=timezone.now(), model=world.bare.model)
    assert world.now(world.bare)[name].status is Status.NOT_MET
    incidents.close(incident=made, by=world.kim, outcome="It was a mistake of the form.")
    assert world.now(world.bare)[name].status is Status.MET


@pytest.mark.parametrize(("name", "key"), REGISTERED.items())
def test_what_registering_asks_is_open_where_it_was_left_blank(world: World, name: str, key: str) -> None:
    """The forms and the interface refuse a blank; a row of an earlier release may hold one."""
    type(world.bare.model).objects.filter(pk=world.bare.model.pk).update(**{key: ""})
    card.state_many(model=world.bare.model, by=world.dora, values=least_answers(name))
    assert world.now(world.bare)[name].status is Status.NOT_MET


def test_a_version_that_was_returned_is_not_usable(world: World) -> None:
    approvals.return_version(
        version=world.version, by=world.abe, role=Role.APPROVER, reason="It harms.", password=PASSWORD
    )
    found = world.now()["baseline:version-usable"]
    assert (found.status, found.reason) == (Status.NOT_MET, "The version is suspended.")
