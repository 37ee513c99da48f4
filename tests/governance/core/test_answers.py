"""Which of several rules speaks, and does every rule have its function?"""

from __future__ import annotations

from typing import get_args

from governance.core import policy
from governance.core.answers import ANSWERS, SECTIONS, sections_of, widened
from governance.core.facts import Document, Section, Stated
from governance.core.policy import AllOf, AnyOf, AttributeRule, ChangeRule, DocumentRule, LedgerRule, RiskRule
from governance.core.statements import worst
from tests.governance.core.world import days, facts_with, said, verdict

SHEET, CARD_ = DocumentRule("dataset_sheet"), AttributeRule(("purpose",))


def sheet(expires: int | None = None) -> Document:
    end = None if expires is None else days(expires)
    return Document("d1", "dataset_sheet", "Sheet", 1, "0" * 64, days(-10), end)


STATED = Stated("purpose", ("To warn.",), "e1", days(0))


def test_every_rule_has_its_function_and_every_leaf_its_sections() -> None:
    assert set(ANSWERS) == set(get_args(policy.Rule)) == set(get_args(policy.Leaf)) | {AnyOf, AllOf}
    assert set(SECTIONS) == set(get_args(policy.Leaf))


def test_one_alternative_is_enough_and_only_it_speaks() -> None:
    rule = AnyOf((SHEET, CARD_))
    found = said(rule, facts_with(stated=(STATED,)))
    assert [each.evidence for each in found] == [("card:e1",)]


def test_of_two_alternatives_that_hold_the_one_that_lasts_speaks() -> None:
    (found,) = said(AnyOf((SHEET, CARD_)), facts_with(stated=(STATED,), documents=(sheet(3),)))
    assert (found.evidence, found.until) == (("card:e1",), None)


def test_where_none_holds_one_sentence_names_all_alternatives_and_what_each_takes() -> None:
    (found,) = said(AnyOf((SHEET, CARD_)), facts_with(documents=(sheet(-1),)))
    assert found.status == "stale"
    assert "expired" in found.text
    assert "does not state" in found.text
    keys = [[need.key for need in way] for way in found.ways]
    assert keys == [["document:dataset_sheet.expired"], ["attribute:purpose"]]


def test_all_are_asked_and_the_worst_speaks() -> None:
    rule = AllOf((SHEET, CARD_, LedgerRule()))
    assert verdict(rule, documents=(sheet(),), stated=(STATED,)) == "met"
    assert verdict(rule, documents=(sheet(),)) == "not_met"
    assert verdict(rule, documents=(sheet(-1),), stated=(STATED,)) == "stale"


def test_alternatives_of_several_parts_are_ways_of_several_things() -> None:
    rule = AnyOf((AllOf((SHEET, CARD_)), LedgerRule()))
    (found,) = said(rule, facts_with(ledger_size=None))
    keys = [sorted(need.key for need in way) for way in found.ways]
    assert keys == [["attribute:purpose", "document:dataset_sheet"], ["ledger:intact"]]


def test_no_alternative_at_all_is_no_evidence() -> None:
    assert worst(said(AnyOf(()), facts_with())) == "not_evaluable"
    assert worst(said(AllOf(()), facts_with())) == "not_evaluable"


def test_sections_of_joined_rules_add_up_and_what_follows_is_looked_at_too() -> None:
    assert sections_of(AnyOf((SHEET, CARD_))) == {Section.DOCUMENTS, Section.CARD}
    assert widened({Section.PLANS}) >= {Section.AUDITS, Section.SIGNATURES, Section.CONSENT}
    assert widened({Section.LOGS}) == {Section.LOGS}


def test_no_waiver_is_left_alone_when_what_it_is_about_gets_another_maker() -> None:
    for section in (Section.AUDITS, Section.CARD, Section.VERSION):
        assert Section.WAIVERS in widened({section})


def test_a_rule_is_asked_again_when_what_its_further_words_read_changes() -> None:
    assert sections_of(DocumentRule("dpia", since_version=True)) == {Section.DOCUMENTS, Section.VERSION}
    assert sections_of(RiskRule()) == {Section.RISKS}
    assert sections_of(RiskRule(plan_first=True)) == {Section.RISKS, Section.PLANS}
    # A change is judged by the change plan, by what audits measured, and by the use that the card states.
    for section in (Section.PLANS, Section.AUDITS, Section.CARD, Section.VERSION):
        assert widened({section}) & sections_of(ChangeRule())
