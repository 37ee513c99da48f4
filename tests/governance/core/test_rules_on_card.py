"""What does the card answer to a policy?"""

from __future__ import annotations

from typing import Any

import pytest

from governance.core.facts import Stated
from governance.core.policy import AttributeRule
from registry.core.card import CARD
from tests.governance.core.world import days, facts_with, said, verdict

SENSITIVE = tuple(CARD["sensitive_inputs"].items)


def stated(key: str = "purpose", *values: str, reviewed: int = 0, not_available: str = "") -> dict[str, Any]:
    return {"stated": (Stated(key, values, "e1", days(reviewed), not_available),)}


def test_a_stated_field_is_met_and_named_with_its_review() -> None:
    rule = AttributeRule(("purpose",))
    (found,) = said(rule, facts_with(**stated("purpose", "To warn of sepsis.")))
    assert (found.status, found.evidence) == ("met", ("card:e1",))
    assert "To warn of sepsis." in found.text
    assert str(days(0)) in found.text


@pytest.mark.parametrize("values", [(), ("",), ("  ", "")])
def test_nothing_and_blanks_do_not_state_a_field(values: tuple[str, ...]) -> None:
    assert verdict(AttributeRule(("purpose",)), **stated("purpose", *values)) == "not_met"


def test_each_field_that_is_missing_is_said_with_what_to_do() -> None:
    found = said(AttributeRule(("purpose", "population")), facts_with())
    assert [each.status for each in found] == ["not_met", "not_met"]
    assert all(each.remedy.startswith("State “") for each in found)


def test_not_available_counts_only_where_the_rule_says_so() -> None:
    known = stated("external_data", not_available="Nobody tested it elsewhere.")
    assert verdict(AttributeRule(("external_data",), not_available=True), **known) == "met"
    assert verdict(AttributeRule(("external_data",)), **known) == "not_met"


def test_not_available_without_a_reason_is_no_answer() -> None:
    assert verdict(AttributeRule(("external_data",), not_available=True), **stated("external_data")) == "not_met"


def test_an_answer_that_is_refused_is_not_met() -> None:
    rule = AttributeRule(("decision_role",), none_of=("replaces",))
    assert verdict(rule, **stated("decision_role", "informs")) == "met"
    assert verdict(rule, **stated("decision_role", "replaces")) == "not_met"


def test_all_nine_sensitive_inputs_are_answered() -> None:
    rule = AttributeRule(("sensitive_inputs",))
    assert len(SENSITIVE) == 9
    whole = tuple(f"{name}=not_used" for name in SENSITIVE)
    assert verdict(rule, **stated("sensitive_inputs", *whole)) == "met"
    (found,) = said(rule, facts_with(**stated("sensitive_inputs", *whole[1:])))
    assert found.status == "not_met"
    assert CARD["sensitive_inputs"].items[SENSITIVE[0]] in found.text


def test_a_state_that_is_refused_is_found_inside_a_field_of_states() -> None:
    rule = AttributeRule(("sensitive_inputs",), none_of=("unknown",))
    whole = tuple(f"{name}=not_used" for name in SENSITIVE)
    assert verdict(rule, **stated("sensitive_inputs", *whole)) == "met"
    assert verdict(rule, **stated("sensitive_inputs", *whole[1:], f"{SENSITIVE[0]}=unknown")) == "not_met"


def test_a_review_counts_to_its_last_day_and_is_stale_on_the_next() -> None:
    rule = AttributeRule(("purpose",), reviewed_within_days=90)
    (last,) = said(rule, facts_with(**stated("purpose", "x", reviewed=-90)))
    assert (last.status, last.until) == ("met", days(1))
    assert verdict(rule, **stated("purpose", "x", reviewed=-91)) == "stale"


def test_a_key_that_no_card_knows_is_answered_all_the_same() -> None:
    assert verdict(AttributeRule(("outcome",)), **stated("outcome", "Sepsis within 24 h")) == "met"
    assert verdict(AttributeRule(("outcome",))) == "not_met"


def key_of(rule: AttributeRule, **known: Any) -> str:
    (found,) = said(rule, facts_with(**known))
    return found.ways[0][0].key


def test_why_an_answer_is_not_enough_is_part_of_what_a_waiver_would_cover() -> None:
    rule = AttributeRule(("risk_class",), none_of=("high", "medium"))
    assert key_of(rule) == "attribute:risk_class"
    assert key_of(rule, **stated("risk_class", not_available="Nobody knows.")) == "attribute:risk_class.not_available"
    assert key_of(rule, **stated("risk_class", "high")) == "attribute:risk_class.refused.high"
    assert key_of(rule, **stated("risk_class", "medium")) == "attribute:risk_class.refused.medium"
