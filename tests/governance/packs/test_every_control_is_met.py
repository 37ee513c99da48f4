"""Can every control of every shipped pack be met by evidence that the product itself can keep?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

from governance.core.answers import answer
from governance.core.assessment import ControlResult
from governance.core.statements import Status, worst
from tests.governance.packs.shipped import CONTROLS, asked_by
from tests.governance.packs.world import World
from tests.governance.packs.world_profiles import PROFILES

# What the product cannot do yet, with the reason. A control leaves this list when that is built.
NOT_YET: Final[Mapping[str, str]] = {}


def told(results: list[ControlResult]) -> str:
    return "\n".join(f"{each.status}: {each.reason}" for each in results)


@pytest.mark.parametrize("name", CONTROLS)
def test_it_is_met_wherever_it_applies(world: World, name: str) -> None:
    applying = [result for profile in PROFILES if (result := world.under(profile)[1][name]).applies]
    assert applying, "no situation asks for it"
    if name in NOT_YET:
        assert Status.MET not in {each.status for each in applying}, NOT_YET[name]
        return
    assert Status.MET in {each.status for each in applying}, told(applying)
    # What is to be looked at every year has run out in a later one; nothing else is wrong anywhere.
    assert {each.status for each in applying} <= {Status.MET, Status.STALE}, told(applying)


def test_what_holds_names_the_evidence_that_it_rests_on(world: World) -> None:
    bare = {
        name
        for profile in PROFILES
        for name, result in world.under(profile)[1].items()
        if result.status is Status.MET and not result.evidence
    }
    assert bare == set()


def test_every_alternative_of_every_control_can_be_had(world: World) -> None:
    """Also where one of several pieces would be enough, each of them can be brought."""
    never = [
        f"{name}: {leaf}"
        for name, (_, control) in CONTROLS.items()
        for leaf in asked_by(name)
        if not any(worst(answer(leaf, control, world.under(profile)[0])) is Status.MET for profile in PROFILES)
    ]
    assert never == []


def test_only_known_controls_are_excused() -> None:
    assert set(NOT_YET) <= set(CONTROLS)
