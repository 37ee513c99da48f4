"""What is there to know about one version? Everything its page shows, in a number of queries that does not grow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from audits.core.values import Kind
from audits.models.audit import Audit
from audits.models.check import CheckRow
from audits.models.measurement import MeasurementRow
from audits.models.plan import ValidationPlan
from governance import permissions
from governance.core.meanings import MEANING_OF_ROLE
from governance.models.approval import Approval, ApprovalDecision
from governance.models.decision import GateDecision
from governance.models.export import Export
from governance.models.waiver import Waiver
from governance.services import standing
from governance.web import badges
from governance.web.badges import Badge
from governance.web.gather import measures
from governance.web.gather.dashboard import speaking_audits
from governance.web.gather.measures import MeasureLine
from registry.core.scopes import EVIDENCE_EXPORT, GATE_EVALUATE, scopes_of
from registry.models.user import User
from registry.models.version import ModelVersion


@dataclass(frozen=True, slots=True)
class AuditLine:
    """percent: how far it is, None while that is unknown."""

    row: Audit
    badge: Badge
    percent: int | None


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    row: Approval
    decision: Badge
    counts: Badge | None
    why_not: str


@dataclass(frozen=True, slots=True)
class WaiverLine:
    row: Waiver
    badge: Badge


@dataclass(frozen=True, slots=True)
class DecisionLine:
    row: GateDecision
    badge: Badge


@dataclass(frozen=True, slots=True)
class ExportLine:
    row: Export
    badge: Badge


@dataclass(frozen=True, slots=True)
class Actions:
    """What the person may do here; beside each "no" stands its sentence."""

    sign: bool
    sign_why_not: str
    ask: bool
    export: bool


def state(version: ModelVersion) -> Badge:
    return badges.STATE[version.state]


def audit_lines(version: ModelVersion) -> list[AuditLine]:
    rows = version.audits.select_related("table__dataset", "plan").order_by("-created_at")
    return [audit_line(row) for row in rows]


def audit_line(row: Audit) -> AuditLine:
    known = row.total > 0 and not row.is_finished
    return AuditLine(row, badges.JOB[row.state], min(100, 100 * row.done // row.total) if known else None)


def speaking(version: ModelVersion) -> list[Audit]:
    """The audits whose checks count for this version now."""
    return list(speaking_audits().filter(version=version).select_related("table__dataset"))


def check_rows(audits: Iterable[Audit]) -> QuerySet[CheckRow]:
    return CheckRow.objects.filter(audit__in=list(audits)).select_related("audit__plan", "measurement")


def headline_measures(audits: Iterable[Audit]) -> list[tuple[Audit, list[MeasureLine]]]:
    """For each table with a validation audit: the measures on everyone."""
    validated = [audit for audit in audits if audit.kind == Kind.VALIDATION]
    rows: dict[UUID, list[MeasurementRow]] = {}
    for row in MeasurementRow.objects.filter(audit__in=validated, slice="", measure__in=measures.HEADLINES):
        rows.setdefault(row.audit_id, []).append(row)
    return [(audit, measures.headlines(rows.get(audit.pk, []))) for audit in validated]


def approval_lines(version: ModelVersion, plan: ValidationPlan | None) -> list[ApprovalLine]:
    known = {each.id: each for each in standing.approvals(version)}
    rows = version.approvals.select_related("signature").order_by("created_at")
    return [_approval(row, known[str(row.pk)].why_not if str(row.pk) in known else "", plan) for row in rows]


def _approval(row: Approval, why_not: str, plan: ValidationPlan | None) -> ApprovalLine:
    if row.decision == ApprovalDecision.RETURN:
        return ApprovalLine(row, badges.APPROVAL[row.decision], None, "")
    if not why_not and (plan is None or plan.digest != row.plan_digest):
        why_not = "it was given under another validation plan than the one in force"
    return ApprovalLine(
        row, badges.APPROVAL[row.decision], badges.COUNTS_NOT if why_not else badges.COUNTS, why_not
    )


def waiver_lines(version: ModelVersion, *, now: datetime) -> list[WaiverLine]:
    rows = version.waivers.select_related("signature").order_by("expires_at")
    return [WaiverLine(row, badges.WAIVED if row.expires_at > now else badges.LAPSED) for row in rows]


def decision_lines(version: ModelVersion) -> list[DecisionLine]:
    rows = version.decisions.select_related("pack").defer("envelope", "assessment").order_by("-decided_at")[:20]
    return [DecisionLine(row, badges.GATE[row.outcome]) for row in rows]


def export_lines(version: ModelVersion) -> list[ExportLine]:
    return [ExportLine(row, badges.JOB[row.state]) for row in version.exports.select_related("requested_by")[:10]]


def actions(version: ModelVersion, person: User) -> Actions:
    """The same checks as the services make, asked beforehand."""
    scopes = scopes_of(person.role_names)
    answers = [permissions.can_approve(person, version, role) for role in signing_roles(person)]
    refusals = [why for may, why in answers if not may]
    return Actions(
        sign=any(may for may, _ in answers),
        sign_why_not=refusals[0] if refusals else "Signing needs the role reviewer or approver.",
        ask=GATE_EVALUATE in scopes,
        export=EVIDENCE_EXPORT in scopes,
    )


def signing_roles(person: User) -> list[str]:
    return sorted(person.role_names & MEANING_OF_ROLE.keys())
