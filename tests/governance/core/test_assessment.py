"""What does a control say where it does not bind, where it was waived, and until when?"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from audits.core.values import Kind, On
from governance.core.assessment import ControlResult, assess, waiver_term
from governance.core.document import document
from governance.core.facts import ControlWaived, Document, Facts, Section, Stated
from governance.core.gate import decide
from governance.core.policy import (
    AnyOf,
    Applies,
    AttributeRule,
    AuditRule,
    Control,
    DocumentRule,
    LedgerRule,
    MeasureRule,
    Severity,
    Verification,
    WaiverTerm,
)
from tests.governance.core.world import NOW, TODAY, control, days, facts_with, pack

TERMS = tuple(WaiverTerm(verdict, ("approver",), 90, True) for verdict in ("not_met", "not_evaluable", "stale"))
SHEET = DocumentRule("dataset_sheet")


def one(asked: Control, known: Facts, **values: Any) -> ControlResult:
    (found,) = assess(pack(asked, **values), known)
    return found


def sheet(expires: int | None = None) -> Document:
    end = None if expires is None else days(expires)
    return Document("d1", "dataset_sheet", "Sheet", 1, "0" * 64, days(-10), end)


def stated(key: str, *values: str) -> Stated:
    return Stated(key, values, f"e-{key}", TODAY)


def waived(**values: Any) -> ControlWaived:
    bare: dict[str, Any] = {
        "id": "w1",
        "pack": "p",
        "control": "c",
        "verdict": "not_met",
        "expires_at": NOW + timedelta(hours=5),
        "signer": "Abe",
    }
    return ControlWaived(**{**bare, **values})


def test_a_result_says_where_it_comes_from_and_what_it_rests_on() -> None:
    asked = control(SHEET, citation="Article 9", verification=Verification.SECONDARY, note="n", terms_changed="t")
    found = one(asked, facts_with(documents=(sheet(4),)))
    assert (found.pack, found.citation, found.verification) == ("p", "Article 9", "secondary")
    assert (found.note, found.terms_changed, Section.DOCUMENTS in found.sections) == ("n", "t", True)
    assert (found.status, found.until, found.again_on) == ("met", days(5), days(5))


def test_a_control_for_another_place_is_told_but_not_asked() -> None:
    asked = control(SHEET, applies=(Applies(environments=("staging",)),))
    found = one(asked, facts_with())
    assert (found.status, found.holds, found.applies, found.statements) == ("not_applicable", True, False, ())


def test_a_control_of_the_future_says_from_when_and_is_looked_at_then() -> None:
    asked = control(SHEET, applies=(Applies(since=days(30)),))
    found = one(asked, facts_with())
    assert (found.status, found.holds, found.until, found.again_on) == ("not_yet_in_force", True, days(30), days(30))
    later = facts_with(now=NOW + timedelta(days=30))
    assert one(asked, later).status == "not_met"


def test_a_question_that_the_card_leaves_open_is_named() -> None:
    asked = control(LedgerRule(), applies=(Applies(roles=("deployer",)),))
    found = one(asked, facts_with())
    assert (found.status, found.sections) == ("not_evaluable", frozenset({Section.PLATFORM, Section.CARD}))
    assert [[need.key for need in way] for way in found.ways] == [["question:our_roles"]]
    assert one(asked, facts_with(stated=(stated("our_roles", "provider"),))).status == "not_applicable"
    assert one(asked, facts_with(stated=(stated("our_roles", "provider", "deployer"),))).status == "met"


def test_a_waiver_of_a_control_holds_until_it_runs_out() -> None:
    asked = control(SHEET, waivers=TERMS)
    found = one(asked, facts_with(waived=(waived(), waived(id="w2", expires_at=NOW + timedelta(days=9)))))
    assert (found.status, found.holds, found.until) == ("waived", True, days(9))
    assert "waived by Abe" in found.reason
    assert found.evidence == ("control_waiver:w2",)


@pytest.mark.parametrize(
    "changes",
    [
        {"pack": "q"},
        {"control": "d"},
        {"verdict": "stale"},
        {"why_not": "the signed record was altered"},
        {"expires_at": NOW},
    ],
)
def test_a_waiver_of_something_else_or_that_does_not_count_changes_nothing(changes: dict[str, Any]) -> None:
    assert one(control(SHEET, waivers=TERMS), facts_with(waived=(waived(**changes),))).status == "not_met"


def test_a_waiver_is_worth_nothing_where_the_terms_allow_none() -> None:
    assert one(control(SHEET), facts_with(waived=(waived(),))).status == "not_met"
    other = (WaiverTerm("stale", ("approver",), 90, True),)
    assert one(control(SHEET, waivers=other), facts_with(waived=(waived(),))).status == "not_met"


def test_what_is_out_of_date_can_be_waived_as_that() -> None:
    known = facts_with(documents=(sheet(-1),), waived=(waived(verdict="stale"),))
    assert one(control(SHEET, waivers=TERMS), known).status == "waived"
    assert one(control(SHEET), known).status == "stale"


def test_a_measure_is_never_waived_and_an_audit_only_for_its_age() -> None:
    measure = MeasureRule("auroc", 0.7, None, On.INTERVAL)
    assert waiver_term(control(measure, waivers=TERMS), "not_met") is None
    assert waiver_term(control(AnyOf((SHEET, measure)), waivers=TERMS), "not_met") is None
    audit = control(AuditRule(Kind.BIAS), waivers=TERMS)
    assert waiver_term(audit, "not_met") is None
    assert waiver_term(audit, "stale") == TERMS[2]
    assert waiver_term(control(SHEET, waivers=TERMS), "not_met") == TERMS[0]


def test_a_stale_control_closes_the_gate_and_one_that_does_not_bind_does_not() -> None:
    there = control(SHEET, id="there")
    later = control(LedgerRule(), id="later", applies=(Applies(since=days(30)),))
    known = facts_with(documents=(sheet(-1),))
    decision = decide(assess(pack(there, later), known), known, lifetime=timedelta(days=1))
    assert [(each.code, each.control) for each in decision.reasons] == [("control_stale", "there")]


def test_controls_that_do_not_bind_yet_open_nothing_by_themselves() -> None:
    asked = control(LedgerRule(), applies=(Applies(since=days(30)),))
    known = facts_with()
    decision = decide(assess(pack(asked), known), known, lifetime=timedelta(days=1))
    assert [each.code for each in decision.reasons] == ["no_blocking_control"]


def test_a_decision_lasts_no_longer_than_what_it_rests_on() -> None:
    known = facts_with(documents=(sheet(0),))
    decision = decide(assess(pack(control(SHEET)), known), known, lifetime=timedelta(days=1))
    assert (decision.outcome, decision.valid_until) == ("allow", NOW + timedelta(hours=12))


def test_a_decision_ends_when_a_further_control_begins_to_bind() -> None:
    later = control(SHEET, id="later", applies=(Applies(since=days(1)),))
    known = facts_with()
    decision = decide(assess(pack(control(LedgerRule()), later), known), known, lifetime=timedelta(days=7))
    assert (decision.outcome, decision.valid_until) == ("allow", NOW + timedelta(hours=12))


def test_an_advisory_control_neither_closes_nor_shortens_anything() -> None:
    advice = control(SHEET, id="advice", severity=Severity.ADVISORY)
    known = facts_with(documents=(sheet(0),))
    decision = decide(assess(pack(control(LedgerRule()), advice), known), known, lifetime=timedelta(days=1))
    assert (decision.outcome, decision.valid_until) == ("allow", NOW + timedelta(days=1))


def test_a_result_can_be_written_down_as_json() -> None:
    found = one(control(AttributeRule(("purpose",)), waivers=TERMS), facts_with())
    assert json.loads(json.dumps(document(found)))["sections"] == ["card", "waivers"]


def test_a_waiver_of_what_was_missing_does_not_cover_what_is_wrong_now() -> None:
    asked = control(SHEET, waivers=TERMS)
    signed = waived(missing=("document:dataset_sheet",))
    assert one(asked, facts_with(waived=(signed,))).status == "waived"
    returned = replace(sheet(), returned=True)
    assert one(asked, facts_with(waived=(signed,), documents=(returned,))).status == "not_met"


def test_a_reason_of_the_gate_says_how_far_its_citation_was_checked() -> None:
    asked = control(SHEET, verification=Verification.UNVERIFIED)
    known = facts_with()
    (reason,) = decide((one(asked, known),), known, lifetime=timedelta(days=1)).reasons
    assert reason.verification == "unverified"
