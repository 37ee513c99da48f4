"""May this version be used in this environment, and if not, why? All reasons, and how long the answer holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from governance.core.assessment import ControlResult
from governance.core.facts import Facts
from governance.core.policy import Severity
from governance.core.rules_on_audits import is_live
from governance.core.statements import HOLDING, Status, dawn


class Outcome(StrEnum):
    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not. code: control_not_met, control_not_evaluable, no_blocking_control, decision_expired, ...

    control: the id of the control that says so; "" where none does. remedy: what a person can do. verification: how far
    the control's citation was checked, as `policy.Verification`; "" without a control.
    """

    code: str
    control: str
    message: str
    remedy: str = ""
    verification: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """allow has no reasons; deny has all of them. results: every control that was looked at."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    results: tuple[ControlResult, ...]
    valid_until: datetime


def decide(results: Sequence[ControlResult], facts: Facts, *, lifetime: timedelta) -> Decision:
    """Allow only when every blocking control holds, and at least one was asked."""
    reasons = tuple(_reasons(results))
    outcome = Outcome.DENY if reasons else Outcome.ALLOW
    return Decision(outcome, reasons, tuple(results), _valid_until(results, facts, lifetime))


def _reasons(results: Sequence[ControlResult]) -> Iterator[Reason]:
    blocking = [result for result in results if result.severity is Severity.BLOCKING and result.applies]
    if not blocking:
        message = "No blocking control of the policy pack applies here, so nothing speaks for the version."
        yield Reason("no_blocking_control", "", message, "Load a policy pack that covers this environment.")
    for result in blocking:
        if result.holds:
            continue
        failing = [each for each in result.statements if each.status not in HOLDING]
        for each in failing:
            yield _because(result, each.status, each.text, each.remedy)
        if not failing:
            yield _because(result, result.status, result.reason, result.remedy)


def _because(result: ControlResult, status: Status, message: str, remedy: str) -> Reason:
    return Reason(f"control_{status}", result.id, message, remedy, str(result.verification))


def _valid_until(results: Sequence[ControlResult], facts: Facts, lifetime: timedelta) -> datetime:
    """The end of the decision's life, or the moment at which the first evidence that it may rest on runs out."""
    findings = (finding for audit in facts.audits for finding in audit.findings)
    waived = ([each.expires_at for each in finding.waivers if is_live(each, facts)] for finding in findings)
    ends = [facts.now + lifetime]
    ends += [max(expiries) for expiries in waived if expiries]
    ends += [each.lapses_at for each in facts.coverages if each.lapses_at is not None and each.lapses_at > facts.now]
    blocking = [result for result in results if result.severity is Severity.BLOCKING]
    ends += [end for each in blocking for end in _ends_of(each) if end > facts.now]
    return min(ends)


def _ends_of(result: ControlResult) -> Iterator[datetime]:
    """When what the control rests on runs out, or it begins to bind."""
    for statement in result.statements:
        if statement.holds and statement.ends_at is not None:
            yield statement.ends_at
    if not result.applies and result.again_on is not None:
        yield dawn(result.again_on)
