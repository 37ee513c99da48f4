"""Did the patients consent, and are the users trained, as far as a policy asks?"""

from __future__ import annotations

import pytest

from audits.core.values import On
from governance.core.consent import not_consent_based
from governance.core.facts import Table, TrainingCover
from governance.core.policy import ConsentRule, TrainingRule
from tests.governance.core.world import days, facts_with, said, verdict

RULE = TrainingRule("ai_literacy", 0.9)


def cover(
    expected: int, current: int, *, site: str = "north", lapses: int | None = None, lapsed: int = 0
) -> TrainingCover:
    return TrainingCover("ai_literacy", site, expected, current, None if lapses is None else days(lapses), lapsed)


@pytest.mark.parametrize(("current", "status"), [(10, "met"), (9, "met"), (8, "not_met"), (0, "not_met")])
def test_coverage_is_compared_with_what_is_asked(current: int, status: str) -> None:
    assert verdict(RULE, training=(cover(10, current),)) == status


def test_training_that_ran_out_is_stale_only_where_it_was_enough_before() -> None:
    assert verdict(RULE, training=(cover(10, 5, lapsed=4),)) == "stale"
    assert verdict(RULE, training=(cover(10, 5, lapsed=3),)) == "not_met"


def test_a_site_without_a_roster_cannot_be_told() -> None:
    assert verdict(RULE) == "not_evaluable"
    assert verdict(RULE, training=(cover(0, 0),)) == "not_evaluable"


def test_another_course_does_not_count() -> None:
    assert verdict(TrainingRule("oversight", 0.5), training=(cover(10, 10),)) == "not_evaluable"


def test_every_site_must_be_trained_and_one_site_is_judged_alone() -> None:
    known = (cover(10, 10), cover(4, 1, site="south"))
    assert verdict(RULE, training=known) == "not_met"
    assert verdict(RULE, training=known, site="north") == "met"
    assert verdict(RULE, training=known, site="south") == "not_met"
    assert verdict(RULE, training=known, site="west") == "not_evaluable"


def test_it_is_looked_at_again_when_the_first_record_ended() -> None:
    (found,) = said(RULE, facts_with(training=(cover(10, 10, lapses=5),)))
    assert (found.until, found.evidence) == (days(6), ("training:ai_literacy@north",))


def test_data_on_another_legal_basis_are_let_be_or_refused_as_the_rule_says() -> None:
    table = Table("t1", "Ward 3", "0" * 64)
    based = {"tables": (table,), "coverages": (not_consent_based(table="t1", purpose="care", note="Public task."),)}
    assert verdict(ConsentRule("care", 1.0, On.ESTIMATE), **based) == "not_applicable"
    (found,) = said(ConsentRule("care", 1.0, On.ESTIMATE, other_basis=False), facts_with(**based))
    assert (found.status, "rests on another legal basis" in found.text) == ("not_met", True)


def test_somebody_who_leaves_later_makes_it_be_looked_at_on_that_day() -> None:
    leaving = TrainingCover("ai_literacy", "north", 10, 9, days(30), 0, days(3))
    (found,) = said(RULE, facts_with(training=(leaving,)))
    assert (found.status, found.until) == ("met", days(3))
    (short,) = said(RULE, facts_with(training=(TrainingCover("ai_literacy", "north", 2, 1, None, 0, days(3)),)))
    assert (short.status, short.until) == ("not_met", days(3))


def test_a_waiver_for_one_site_says_nothing_about_another() -> None:
    found = said(RULE, facts_with(training=(cover(10, 1), cover(4, 1, site="south"), cover(0, 0, site="west"))))
    assert [each.ways[0][0].key for each in found] == [
        "training:ai_literacy@north",
        "training:ai_literacy@south",
        "training:ai_literacy@west",
    ]
    assert "no roster at site west" in found[-1].text


def test_a_waiver_for_the_consent_of_one_table_says_nothing_about_another() -> None:
    tables = tuple(Table(name, name, "0" * 64) for name in ("t1", "t2"))
    found = said(ConsentRule("care", 0.9, On.ESTIMATE), facts_with(tables=tables))
    assert [each.ways[0][0].key for each in found] == ["consent:care@t1", "consent:care@t2"]
