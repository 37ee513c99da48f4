"""Who has put their name to a version, and does it count? Approvals and waivers, each with the reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from audits.models.plan import ValidationPlan
from governance.models.approval import Approval, ApprovalDecision
from governance.models.waiver import Waiver
from governance.services import standing
from governance.web import badges
from governance.web.badges import Badge
from governance.web.gather.checks import key_in_words
from registry.models.version import ModelVersion

OTHER_PLAN = "it was given under another validation plan than the one in force"


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    row: Approval
    decision: Badge
    counts: Badge | None
    why_not: str


@dataclass(frozen=True, slots=True)
class WaiverLine:
    """finding: in words. why_not: why it does not count although it has not lapsed; "" when it counts."""

    row: Waiver
    finding: str
    badge: Badge
    why_not: str


def approval_lines(version: ModelVersion, plan: ValidationPlan | None) -> list[ApprovalLine]:
    known = {each.id: each for each in standing.approvals(version)}
    rows = version.approvals.select_related("signature").order_by("created_at")
    return [_approval(row, known[str(row.pk)].why_not if str(row.pk) in known else "", plan) for row in rows]


def _approval(row: Approval, why_not: str, plan: ValidationPlan | None) -> ApprovalLine:
    if row.decision == ApprovalDecision.RETURN:
        return ApprovalLine(row, badges.APPROVAL[row.decision], None, "")
    if not why_not and (plan is None or plan.digest != row.plan_digest):
        why_not = OTHER_PLAN
    return ApprovalLine(row, badges.APPROVAL[row.decision], badges.COUNTS_NOT if why_not else badges.COUNTS, why_not)


def waiver_lines(version: ModelVersion, plan: ValidationPlan | None, *, now: datetime) -> list[WaiverLine]:
    known = standing.waivers(version, plan.digest if plan else "").values()
    why_not = {waived.id: waived.why_not for found in known for waived in found}
    rows = version.waivers.select_related("signature").order_by("expires_at", "signature_id", "id")
    return [_waiver(row, why_not.get(str(row.pk), OTHER_PLAN), lapsed=row.expires_at <= now) for row in rows]


def _waiver(row: Waiver, why_not: str, *, lapsed: bool) -> WaiverLine:
    finding = key_in_words(row.check_key)
    if lapsed:
        return WaiverLine(row, finding, badges.LAPSED, "")
    return WaiverLine(row, finding, badges.COUNTS_NOT if why_not else badges.WAIVED, why_not)
