"""On which terms may a finding be waived that several controls ask about?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from audits.core.values import Kind
from governance.core.assessment import assess
from governance.core.facts import Audit, Facts, Finding, Table, Waived
from governance.core.policy import AuditRule, Control, Severity, WaiverTerm
from governance.core.rules_on_audits import beyond
from tests.governance.core.world import NOW, PLAN, facts_with, pack

RULE = AuditRule(Kind.BIAS)
LONG = WaiverTerm("not_met", ("approver", "compliance"), 90, False)
SHORT = WaiverTerm("not_met", ("reviewer", "approver"), 30, True)
MADE = Waived("w", "0" * 64, NOW + timedelta(days=60), "Abe", "", NOW, ("approver",), False)


def control(name: str, *terms: WaiverTerm) -> Control:
    return Control(name, "A requirement.", Severity.BLOCKING, RULE, waivers=terms)


def test_the_fewest_days_the_common_roles_and_the_measure_count() -> None:
    term = pack(control("a", LONG), control("b", SHORT)).waiver_term("bias", "not_met")
    assert term == WaiverTerm("not_met", ("approver",), 30, True)


def test_without_a_role_that_all_allow_nobody_may_waive() -> None:
    officer = replace(LONG, roles=("compliance",))
    assert pack(control("a", officer), control("b", SHORT)).waiver_term("bias", "not_met") is None


def test_one_control_that_lets_nobody_waive_decides() -> None:
    assert pack(control("a", LONG), control("b")).waiver_term("bias", "not_met") is None


def world(waiver: Waived) -> Facts:
    table = Table("t", "Ward 3", "0" * 64)
    found = Finding("gap", "not_met", "Too wide.", (waiver,))
    return facts_with(plan=PLAN, tables=(table,), audits=(Audit("a", "bias", "t", "d1", "0" * 64, 1, (found,)),))


def status(term: WaiverTerm, waiver: Waived) -> str:
    (found,) = assess(pack(control("a", term)), world(waiver))
    return str(found.status)


def test_each_control_compares_a_waiver_with_its_own_term() -> None:
    assert status(LONG, MADE) == "waived"
    assert status(SHORT, MADE) == "not_met"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"roles": ("steward",)}, "only the role reviewer or approver"),
        ({"expires_at": NOW + timedelta(days=31)}, "for 30 days at most"),
        ({"signed_at": None}, "for 30 days at most"),
        ({"measure": False}, "a compensating measure must be named"),
    ],
)
def test_what_a_waiver_lacks_is_said(changes: dict[str, object], words: str) -> None:
    good = replace(MADE, expires_at=NOW + timedelta(days=30), measure=True)
    assert beyond(good, SHORT) == ""
    assert words in beyond(replace(good, **changes), SHORT)  # type: ignore[arg-type]
