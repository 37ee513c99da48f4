"""Does a control concern a model, here, on this day? By date, by answer, and by what nobody has answered yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from governance.core.applicability import Applicability, Profile, Reach, of_control, profile_of
from governance.core.facts import Stated
from governance.core.policy import Applies, Condition, Control, LedgerRule, Pack, PackStatus, Severity

ANNEX_I, ANNEX_III = date(2028, 8, 2), date(2027, 12, 2)
TODAY = date(2026, 12, 1)


def control(*applies: Applies) -> Control:
    return Control("c", "A requirement.", Severity.BLOCKING, LedgerRule(), applies=applies)


def route(answer: str, since: date) -> Applies:
    return Applies(roles=("deployer",), when=(Condition("ai_act_route", (answer,)),), since=since)


PACK = Pack("p", "1", "P", (), effective_from=date(2026, 7, 27), applies=Applies(jurisdictions=("EU",)))
HIGH_RISK = control(route("annex_i", ANNEX_I), route("annex_iii", ANNEX_III))
WHOLE = {"jurisdictions": ("EU", "US"), "our_roles": ("deployer",)}


def asked(
    profile: Profile, on: date = TODAY, *, pack: Pack = PACK, what: Control = HIGH_RISK, environment: str = "production"
) -> Applicability:
    return of_control(pack, what, profile=profile, environment=environment, on=on)


@pytest.mark.parametrize(
    ("answer", "on", "reach", "since"),
    [
        ("annex_iii", date(2026, 12, 1), Reach.NOT_YET, ANNEX_III),
        ("annex_iii", date(2027, 12, 1), Reach.NOT_YET, ANNEX_III),
        ("annex_iii", date(2027, 12, 2), Reach.APPLIES, None),
        ("annex_iii", date(2028, 8, 3), Reach.APPLIES, None),
        ("annex_i", date(2026, 12, 1), Reach.NOT_YET, ANNEX_I),
        ("annex_i", date(2027, 12, 3), Reach.NOT_YET, ANNEX_I),
        ("annex_i", date(2028, 8, 3), Reach.APPLIES, None),
        ("not_high_risk", date(2028, 8, 3), Reach.NOT_APPLICABLE, None),
    ],
)
def test_one_model_is_reached_on_the_day_of_its_route(answer: str, on: date, reach: Reach, since: date | None) -> None:
    found = asked({**WHOLE, "ai_act_route": (answer,)}, on)
    assert (found.reach, found.since, found.questions) == (reach, since, ())
    assert bool(found.reason) == (reach is not Reach.APPLIES)


def test_an_open_question_about_a_later_duty_holds_nothing_up_now() -> None:
    found = asked(WHOLE, date(2026, 12, 1))
    assert (found.reach, found.since, found.questions) == (Reach.NOT_YET, ANNEX_III, ("ai_act_route",))
    assert "at the earliest" in found.reason


@pytest.mark.parametrize("on", [date(2027, 12, 3), date(2028, 8, 3)])
def test_an_open_question_counts_from_the_first_day_on_which_its_answer_decides(on: date) -> None:
    found = asked(WHOLE, on)
    assert (found.reach, found.questions) == (Reach.UNKNOWN, ("ai_act_route",))
    assert "EU AI Act" in found.reason


def test_nothing_is_asked_that_cannot_change_the_outcome() -> None:
    nothing_known: Profile = {}
    elsewhere: Profile = {"jurisdictions": ("US",)}
    assert asked(elsewhere, ANNEX_I).reach is Reach.NOT_APPLICABLE
    assert asked(nothing_known, ANNEX_I).questions == ("jurisdictions", "our_roles", "ai_act_route")
    either = control(Applies(risk_classes=("high",)), Applies(roles=("deployer",)))
    assert asked(WHOLE, what=either).reach is Reach.APPLIES


@pytest.mark.parametrize("answer", [None, ()])
def test_not_available_is_no_answer(answer: tuple[str, ...] | None) -> None:
    assert asked({**WHOLE, "ai_act_route": answer}, ANNEX_I).reach is Reach.UNKNOWN


def test_a_control_without_conditions_applies_to_all_that_its_pack_reaches() -> None:
    assert asked(WHOLE, what=control()).reach is Reach.APPLIES
    assert asked({"jurisdictions": ("CA",)}, what=control()).reach is Reach.NOT_APPLICABLE
    assert asked({}, what=control(), pack=Pack("p", "1", "P", ())).reach is Reach.APPLIES


def test_the_environment_is_always_known() -> None:
    here = control(Applies(environments=("production",)))
    assert asked(WHOLE, what=here).reach is Reach.APPLIES
    found = asked({}, what=here, environment="staging")
    assert (found.reach, found.reason) == (Reach.NOT_APPLICABLE, "It is asked in production only.")


def test_the_pack_s_own_dates_count_too() -> None:
    before, first = date(2026, 7, 26), date(2026, 7, 27)
    assert asked(WHOLE, before, what=control()).since == first
    assert asked(WHOLE, first, what=control()).reach is Reach.APPLIES
    ending = replace(PACK, effective_to=date(2030, 1, 1))
    assert asked(WHOLE, date(2030, 1, 1), what=control(), pack=ending).reach is Reach.APPLIES
    ended = asked(WHOLE, date(2030, 1, 2), what=control(), pack=ending)
    assert (ended.reach, ended.reason) == (Reach.NOT_APPLICABLE, "The policy pack ended on 2030-01-01.")


def test_an_alternative_ends_on_its_last_day() -> None:
    short = control(Applies(until=date(2027, 1, 31)))
    assert asked(WHOLE, date(2027, 1, 31), what=short).reach is Reach.APPLIES
    over = asked(WHOLE, date(2027, 2, 1), what=short)
    assert (over.reach, over.reason) == (Reach.NOT_APPLICABLE, "It ended on 2027-01-31.")


def test_what_is_proposed_is_not_yet_law_and_what_is_superseded_is_none() -> None:
    proposed = asked(
        {**WHOLE, "ai_act_route": ("annex_i",)}, date(2040, 1, 1), pack=replace(PACK, status=PackStatus.PROPOSED)
    )
    assert (proposed.reach, proposed.reason) == (Reach.NOT_YET, "It is proposed, not law.")
    assert asked({}, pack=replace(PACK, status=PackStatus.SUPERSEDED)).reach is Reach.NOT_APPLICABLE
    elsewhere = asked({"jurisdictions": ("US",)}, pack=replace(PACK, status=PackStatus.PROPOSED))
    assert elsewhere.reach is Reach.NOT_APPLICABLE


def test_a_reason_speaks_the_card_s_words() -> None:
    found = asked({**WHOLE, "device_class": ("I",)}, what=control(Applies(device_classes=("IIa", "III"))))
    assert found.reason == "It concerns models whose card says under Device class: Class IIa or Class III."


def test_the_card_s_answers_become_a_profile() -> None:
    stated = (
        Stated("our_roles", ("deployer", "provider"), "e1", TODAY),
        Stated("ai_act_route", (), "e2", TODAY, not_available="Nobody has decided."),
    )
    assert dict(profile_of(stated)) == {"our_roles": ("deployer", "provider"), "ai_act_route": None}
