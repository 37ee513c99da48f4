"""Is every difference between two packs named, and told apart by whether less is asked?"""

from __future__ import annotations

from typing import Any

import pytest

from governance.core.pack_changes import changes

Rule = dict[str, Any]
MEASURE: Rule = {"kind": "measure", "measure": "auroc", "minimum": 0.6, "on": "interval", "minimum_n": 100}
DOCUMENT: Rule = {"kind": "document", "document": "dpia"}
TERM = {"verdict": "not_met", "roles": ["approver", "reviewer"], "maximum_days": 90, "compensating_measure": True}


def control(evidence: Rule | None = None, **more: Any) -> dict[str, Any]:
    said = {"id": "c", "requirement": "A requirement.", "severity": "blocking", "evidence": evidence or DOCUMENT}
    return {**said, **more}


def pack(*controls: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"title": "T", "version": "1", "status": "in_force", "effective_from": "2026-01-01", **more} | {
        "controls": list(controls)
    }


def loosens(old: Rule, new: Rule) -> bool:
    """Whether the change from one rule to the other asks less; it is always noticed."""
    found = changes(pack(control(old)), pack(control(new)))
    assert not found.none
    return found.loosens


def test_the_same_content_has_no_changes() -> None:
    found = changes(pack(control(MEASURE)), pack(control(dict(reversed(MEASURE.items())))))
    assert found.none
    assert not found.loosens


def test_what_is_added_asks_more_and_what_is_removed_asks_less() -> None:
    one, two = control(), control(id="d")
    added, removed = changes(pack(one), pack(one, two)), changes(pack(one, two), pack(one))
    assert (added.added, added.loosens) == (("d",), False)
    assert (removed.removed, removed.loosens) == (("d",), True)
    assert removed.loosening == ("d: the control is removed.",)


def test_a_change_is_told_in_words() -> None:
    found = changes(pack(control(MEASURE)), pack(control({**MEASURE, "minimum": 0.5}, severity="advisory")))
    ((severity, minimum),) = (each.differences for each in found.changed)
    assert severity.text == "it is advisory instead of blocking."
    assert minimum.text == "the minimum is 0.5 instead of 0.6."
    assert found.loosening == (f"c: {severity.text}", f"c: {minimum.text}")


AUDIT: Rule = {"kind": "audit", "audit": "bias", "maximum_age_days": 365}
RISK: Rule = {"kind": "risk", "hazards": ["drift"], "minimum": 2, "estimated": True}
TIGHTER: list[tuple[Rule, Rule]] = [
    (MEASURE, {**MEASURE, "minimum": 0.7}),
    (MEASURE, {**MEASURE, "maximum": 0.99}),
    (MEASURE, {**MEASURE, "minimum_n": 200}),
    (MEASURE, {**MEASURE, "maximum_age_days": 365}),
    ({**MEASURE, "on": "estimate"}, MEASURE),
    (AUDIT, {**AUDIT, "maximum_age_days": 180}),
    ({"kind": "training", "course": "x", "coverage": 0.8}, {"kind": "training", "course": "x", "coverage": 0.9}),
    (DOCUMENT, {**DOCUMENT, "reviewed_by": ["reviewer"]}),
    (DOCUMENT, {**DOCUMENT, "fields": ["necessity"]}),
    ({"kind": "log", "log": "x", "retention_days": 180}, {"kind": "log", "log": "x", "retention_days": 365}),
    ({"kind": "log", "log": "x"}, {"kind": "log", "log": "x", "reviewed_within_days": 30}),
    ({"kind": "incident", "above": "minor"}, {"kind": "incident", "above": "near_miss"}),
    (RISK, {**RISK, "minimum": 3}),
    (RISK, {**RISK, "hazards": ["drift", "leakage"]}),
    (RISK, {**RISK, "accepted": True}),
    ({"kind": "attribute", "fields": ["a"], "not_available": True}, {"kind": "attribute", "fields": ["a", "b"]}),
    ({"kind": "state", "none_of": ["retired"]}, {"kind": "state", "none_of": ["retired", "draft"]}),
    (DOCUMENT, {"kind": "all_of", "rules": [DOCUMENT, MEASURE]}),
    ({"kind": "any_of", "rules": [DOCUMENT, MEASURE]}, DOCUMENT),
    ({"kind": "any_of", "rules": [DOCUMENT, MEASURE, AUDIT]}, {"kind": "any_of", "rules": [AUDIT, DOCUMENT]}),
    (
        {"kind": "all_of", "rules": [DOCUMENT, MEASURE]},
        {"kind": "all_of", "rules": [{**MEASURE, "minimum": 0.9}, AUDIT, DOCUMENT]},
    ),
]


@pytest.mark.parametrize(("old", "new"), TIGHTER)
def test_what_surely_asks_more_tightens_and_its_reverse_does_not(old: Rule, new: Rule) -> None:
    assert not loosens(old, new)
    assert loosens(new, old)


UNSURE: list[tuple[Rule, Rule]] = [
    (MEASURE, {**MEASURE, "measure": "auprc"}),
    (MEASURE, {**MEASURE, "slice": "sex=female"}),
    (MEASURE, {**MEASURE, "origin": "external"}),
    (AUDIT, DOCUMENT),
    (DOCUMENT, {"kind": "document", "document": "fria"}),
    ({**DOCUMENT, "reviewed_by": ["reviewer"]}, {**DOCUMENT, "reviewed_by": ["reviewer", "steward"]}),
    ({**DOCUMENT, "reviewed_by": ["reviewer", "steward"]}, {**DOCUMENT, "reviewed_by": ["reviewer"]}),
    ({"kind": "risk"}, {"kind": "risk", "hazards": ["drift"]}),
    (DOCUMENT, {"kind": "any_of", "rules": [DOCUMENT, AUDIT]}),
    ({"kind": "all_of", "rules": [DOCUMENT, AUDIT]}, {"kind": "any_of", "rules": [DOCUMENT, AUDIT]}),
    ({"kind": "incident", "above": "minor"}, {"kind": "incident", "above": "unheard-of"}),
]


@pytest.mark.parametrize(("old", "new"), UNSURE)
def test_what_is_not_surely_tighter_counts_as_asking_less(old: Rule, new: Rule) -> None:
    assert loosens(old, new)


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("severity", "advisory", "blocking"),
        ("waivers", [TERM], []),
        ("waivers", [TERM], [{**TERM, "maximum_days": 30}]),
        ("waivers", [TERM], [{**TERM, "roles": ["approver"]}]),
        ("waivers", [{**TERM, "compensating_measure": False}], [TERM]),
        ("waivers", [TERM, {**TERM, "verdict": "stale"}], [TERM]),
        ("applies", [{"roles": ["deployer"]}], []),
        ("applies", [{"roles": ["deployer"]}], [{"roles": ["deployer"]}, {"roles": ["provider"]}]),
    ],
)
def test_severity_waivers_and_reach_have_a_direction(key: str, old: Any, new: Any) -> None:
    assert not changes(pack(control(**{key: old})), pack(control(**{key: new}))).loosens
    assert changes(pack(control(**{key: new})), pack(control(**{key: old}))).loosens


def test_another_condition_counts_as_asking_less() -> None:
    old, new = (
        control(applies=[{"roles": ["deployer"]}]),
        control(applies=[{"roles": ["deployer"], "to": "2030-01-01"}]),
    )
    assert changes(pack(old), pack(new)).loosens
    assert changes(pack(new), pack(old)).loosens


@pytest.mark.parametrize("key", ["requirement", "citation", "verification", "note"])
def test_other_words_are_named_and_ask_neither_more_nor_less(key: str) -> None:
    found = changes(pack(control()), pack({**control(), key: "Something else."}))
    assert found.changed[0].differences[0].field == key
    assert not found.loosens


@pytest.mark.parametrize(
    ("new", "less"),
    [
        ({"version": "2"}, False),
        ({"status": "superseded"}, True),
        ({"status": "proposed"}, True),
        ({"effective_from": "2027-01-01"}, True),
        ({"effective_from": "2025-01-01"}, False),
        ({"effective_to": "2030-01-01"}, True),
        ({"applies": {"jurisdictions": ["EU"]}}, True),
    ],
)
def test_what_a_pack_says_of_itself_is_compared_too(new: dict[str, Any], less: bool) -> None:
    found = changes(pack(control()), pack(control(), **new))
    assert (found.changed[0].control, found.loosens) == ("", less)


def test_the_earlier_key_for_environments_is_no_difference() -> None:
    old, new = control(environments=["production"]), control(applies=[{"environments": ["production"]}])
    assert changes(pack(old), pack(new)).none
