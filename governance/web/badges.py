"""How does each status look? Its word, icon and tone, on one table per vocabulary; never colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from audits.core.values import Verdict
from audits.models.check import VERDICT_LABELS
from audits.models.job import JobState
from governance.core.statements import Status
from governance.models.approval import ApprovalDecision
from governance.models.decision import GateDecision, GateOutcome
from registry.core.lifecycle import LABELS, State


@dataclass(frozen=True, slots=True)
class Badge:
    """label: the word. icon: a heroicon ("mini"). tone: good, bad, unsure, busy or quiet; a class in the CSS."""

    label: str
    icon: str
    tone: str


STATE: Mapping[str, Badge] = {
    State.DRAFT: Badge(LABELS[State.DRAFT], "pencil-square", "quiet"),
    State.SUBMITTED: Badge(LABELS[State.SUBMITTED], "inbox-arrow-down", "busy"),
    State.IN_REVIEW: Badge(LABELS[State.IN_REVIEW], "eye", "busy"),
    State.APPROVED: Badge(LABELS[State.APPROVED], "check-badge", "good"),
    State.RETURNED: Badge(LABELS[State.RETURNED], "arrow-uturn-left", "bad"),
    State.SUSPENDED: Badge(LABELS[State.SUSPENDED], "pause-circle", "unsure"),
    State.RETIRED: Badge(LABELS[State.RETIRED], "archive-box", "quiet"),
}
VERDICT: Mapping[str, Badge] = {
    Verdict.MET: Badge(VERDICT_LABELS[Verdict.MET], "check-circle", "good"),
    Verdict.NOT_MET: Badge(VERDICT_LABELS[Verdict.NOT_MET], "x-circle", "bad"),
    Verdict.NOT_EVALUABLE: Badge(VERDICT_LABELS[Verdict.NOT_EVALUABLE], "question-mark-circle", "unsure"),
}
CONTROL: Mapping[str, Badge] = {
    Status.MET: VERDICT[Verdict.MET],
    Status.NOT_MET: VERDICT[Verdict.NOT_MET],
    Status.NOT_EVALUABLE: VERDICT[Verdict.NOT_EVALUABLE],
    Status.STALE: Badge("Out of date", "clock", "bad"),
    Status.WAIVED: Badge("Waived", "hand-raised", "unsure"),
    Status.NOT_YET_IN_FORCE: Badge("Not yet in force", "calendar-days", "quiet"),
    Status.NOT_APPLICABLE: Badge("Not applicable", "minus-circle", "quiet"),
}
JOB: Mapping[str, Badge] = {
    JobState.QUEUED: Badge(str(JobState.QUEUED.label), "clock", "quiet"),
    JobState.RUNNING: Badge(str(JobState.RUNNING.label), "arrow-path", "busy"),
    JobState.SUCCEEDED: Badge(str(JobState.SUCCEEDED.label), "check-circle", "good"),
    JobState.FAILED: Badge(str(JobState.FAILED.label), "x-circle", "bad"),
    JobState.CANCELLED: Badge(str(JobState.CANCELLED.label), "no-symbol", "quiet"),
    JobState.DEAD: Badge(str(JobState.DEAD.label), "exclamation-triangle", "bad"),
}
APPROVAL: Mapping[str, Badge] = {
    ApprovalDecision.APPROVE: Badge(str(ApprovalDecision.APPROVE.label), "check-badge", "good"),
    ApprovalDecision.RETURN: Badge(str(ApprovalDecision.RETURN.label), "arrow-uturn-left", "bad"),
}
GATE: Mapping[str, Badge] = {
    GateOutcome.ALLOW: Badge(str(GateOutcome.ALLOW.label), "check-circle", "good"),
    GateOutcome.DENY: Badge(str(GateOutcome.DENY.label), "no-symbol", "bad"),
}
NEVER_ASKED = Badge("Never asked", "minus-circle", "quiet")
RAN_OUT = Badge("Ran out", "clock", "unsure")
COUNTS = Badge("Counts", "check-circle", "good")
COUNTS_NOT = Badge("Does not count", "x-circle", "bad")
WAIVED = CONTROL[Status.WAIVED]
LAPSED = Badge("Lapsed", "clock", "quiet")
INTACT = Badge("Intact", "check-circle", "good")
DAMAGED = Badge("Damaged", "exclamation-triangle", "bad")


def standing(decision: GateDecision | None, *, now: datetime) -> Badge:
    """The badge of the decision that stands: an allowance that ran out allows nothing."""
    if decision is None:
        return NEVER_ASKED
    if decision.outcome == GateOutcome.ALLOW and decision.valid_until <= now:
        return RAN_OUT
    return GATE[decision.outcome]
