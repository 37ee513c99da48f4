"""The model card's questions are complete and readable, and each takes only an answer that says something."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.core import card
from registry.core.card import CARD, DEFINING, FIELDS, REGISTERED
from registry.core.card_answer import NotAnAnswer, check_not_available, check_value, due_on, spoken, worded
from registry.core.card_field import SECTIONS, Field, Kind
from registry.core.card_rules import JURISDICTIONS, RISK_CLASSES
from registry.core.card_use import DECISION_ROLES
from registry.models.model import DecisionRole, RiskClass
from registry.models.site import Jurisdiction

NINE = {
    "race",
    "ethnicity",
    "language",
    "sexual_orientation",
    "gender_identity",
    "sex",
    "date_of_birth",
    "social_determinants",
    "health_status",
}
# What decides whether a control of a pack applies; each must be answerable by a choice.
APPLICABILITY = [
    "jurisdictions",
    "our_roles",
    "risk_class",
    "device_class",
    "ai_act_route",
    "special_category_for_bias",
    "in_house_device",
    "clinical_investigation",
    "continual_learning",
    "evidence_based_dsi",
    "sud_records",
    "genetic_data",
    "public_body",
    "controls_input",
    "third_party",
    "automated_only",
    "transfers_outside",
    "research_use",
    "pccp_wanted",
]


def refused(key: str, value: object) -> str:
    with pytest.raises(NotAnAnswer) as told:
        check_value(CARD[key], value)
    return str(told.value)


def test_every_question_has_a_key_of_its_own_and_a_chapter_that_exists() -> None:
    assert len(CARD) == len(FIELDS)
    assert {field.section for field in FIELDS} == set(SECTIONS)
    assert [field for key in SECTIONS for field in card.section(key)] == list(FIELDS)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.key)
def test_every_question_is_one_plain_sentence_with_the_choices_that_its_kind_needs(field: Field) -> None:
    assert field.key.isidentifier()
    assert field.key == field.key.lower()
    assert len(field.key) <= 60
    assert field.question.endswith("?")
    assert 10 <= len(field.question) <= 120
    assert "\N{EM DASH}" not in field.question + field.help + field.label
    assert bool(field.choices) == (field.kind in {Kind.CHOICE, Kind.CHOICES, Kind.STATES})
    assert bool(field.items) == (field.kind is Kind.STATES)
    assert 1 <= field.review_months <= 24


def test_exactly_eleven_answers_may_be_not_available_and_none_of_them_defines_the_tool() -> None:
    absent = {field.key for field in FIELDS if field.not_available}
    assert len(absent) == 11
    assert "external_tester" in absent
    assert not absent & set(DEFINING)


def test_six_answers_define_the_tool() -> None:
    assert set(DEFINING) == {
        "purpose",
        "population",
        "intended_users",
        "decision_role",
        "out_of_scope",
        "output_type",
    }


def test_what_decides_whether_a_control_applies_is_answered_by_choice() -> None:
    assert {CARD[key].kind for key in APPLICABILITY} == {Kind.CHOICE, Kind.CHOICES}
    assert set(CARD["our_roles"].choices) == {
        "provider",
        "deployer",
        "certified_health_it_developer",
        "hhs_funded_entity",
        "hipaa_covered_entity",
        "data_controller",
    }
    assert set(CARD["device_class"].choices) == {"none", "I", "IIa", "IIb", "III", "in_vitro"}
    assert set(CARD["ai_act_route"].choices) == {"annex_i", "annex_iii", "not_high_risk"}


def test_the_columns_of_a_model_and_the_card_know_the_same_choices() -> None:
    assert dict(DecisionRole.choices) == dict(DECISION_ROLES)
    assert dict(RiskClass.choices) == dict(RISK_CLASSES)
    assert dict(Jurisdiction.choices) == dict(JURISDICTIONS)
    assert set(REGISTERED) <= set(CARD)


def test_the_nine_sensitive_facts_each_have_one_of_three_states() -> None:
    field = CARD["sensitive_inputs"]
    assert set(field.items) == NINE
    every = dict.fromkeys(NINE, "unknown") | {"sex": "used"}
    kept = check_value(field, every)
    assert kept == every
    assert list(kept) == list(field.items)
    assert "sex=used" in spoken(kept)
    assert ("Sex", "Used") in worded(field, kept)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"sex": "used"},
        dict.fromkeys(NINE, "used") | {"height": "used"},
        dict.fromkeys(NINE, "maybe"),
        dict.fromkeys(NINE, 1),
        sorted(NINE),
        "used",
    ],
)
def test_a_state_is_missing_unknown_or_about_something_else(value: object) -> None:
    refused("sensitive_inputs", value)


@pytest.mark.parametrize("value", [None, 1, True, ["x"], {}, "", "   ", "?", "-", "...", "n/a", "TBD", "Not available"])
def test_a_text_that_says_nothing_is_no_answer(value: object) -> None:
    refused("purpose", value)


def test_a_text_is_trimmed_keeps_its_lines_and_has_an_end() -> None:
    assert check_value(CARD["purpose"], "  To warn.\r\nEarly.\n") == "To warn.\nEarly."
    assert check_value(CARD["conflicts_of_interest"], "None") == "None"
    assert "at most 5,000" in refused("purpose", "a" * 5001)
    assert "at most 300" in refused("udi", "a" * 301)
    assert "line break" in refused("udi", "one\ntwo")
    for character in ("\0", "\x1b", "\x85", "\ud800"):
        assert "control character" in refused("purpose", f"a{character}b")


@pytest.mark.parametrize("value", ["", "Informs", "INFORMS", None, ["informs"], 1])
def test_a_choice_is_one_of_those_offered_spelt_as_offered(value: object) -> None:
    assert "informs" in refused("decision_role", value)


def test_choices_are_at_least_one_each_once_and_kept_in_the_order_of_the_card() -> None:
    assert check_value(CARD["jurisdictions"], ["EU", "US"]) == ["US", "EU"]
    for value in ([], "EU", ["EU", "EU"], ["EU", "eu"], ["EU", None], {"EU": "US"}, ("EU",)):
        refused("jurisdictions", value)


@pytest.mark.parametrize("value", ["2026-1-31", "31.01.2026", "2026-02-30", "1899-12-31", "2200-01-01", "20260131", 1])
def test_a_day_is_a_real_one_written_as_iso_8601(value: object) -> None:
    refused("released_on", value)


def test_a_day_that_is_real_is_kept() -> None:
    assert check_value(CARD["released_on"], "2026-01-31") == "2026-01-31"


def test_not_available_needs_a_reason_and_a_question_that_allows_it() -> None:
    assert check_not_available(CARD["external_tester"], " Nobody tested it yet. ") == "Nobody tested it yet."
    for reason in ("", "n/a", "none", None, 3):
        with pytest.raises(NotAnAnswer):
            check_not_available(CARD["external_tester"], reason)
    for key, field in CARD.items():
        if not field.not_available:
            with pytest.raises(NotAnAnswer, match="needs an answer"):
                check_not_available(CARD[key], "We would rather not say so.")


@given(st.dictionaries(st.sampled_from(DEFINING), st.text(max_size=20)), st.text(max_size=20))
def test_only_defining_answers_move_the_defining_digest(values: dict[str, str], other: str) -> None:
    given_values = dict(values)
    assert card.defining_digest(given_values) == card.defining_digest({**given_values, "setting": other})
    for key in DEFINING:
        assert card.defining_digest({**given_values, key: f"{given_values.get(key)} "}) != card.defining_digest(
            given_values
        )


@pytest.mark.parametrize(
    ("reviewed", "due"),
    [
        (date(2026, 1, 15), date(2027, 1, 15)),
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(2026, 12, 31), date(2027, 12, 28)),
    ],
)
def test_an_answer_falls_due_after_its_months_and_never_late(reviewed: date, due: date) -> None:
    assert CARD["purpose"].review_months == 12
    assert due_on(CARD["purpose"], reviewed) == due


def test_half_a_year_may_end_in_the_next_year() -> None:
    assert due_on(CARD["limitations"], date(2026, 10, 4)) == date(2027, 4, 4)
