"""What is there to know about one version? Everything its page shows, in a number of queries that does not grow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from audits.core.values import Kind
from audits.models.audit import Audit
from audits.models.check import CheckQuerySet, CheckRow
from audits.models.job import JobState
from audits.models.measurement import MeasurementRow
from audits.models.plan import ValidationPlan
from governance import permissions
from governance.core.meanings import MEANING_OF_ROLE
from governance.models.decision import GateDecision
from governance.models.export import Export
from governance.web import badges
from governance.web.badges import Badge
from governance.web.gather import measures
from governance.web.gather.dashboard import speaking_audits
from governance.web.gather.measures import MeasureLine
from governance.web.gather.standing import name_of
from registry.core.scopes import EVIDENCE_EXPORT, GATE_EVALUATE, scopes_of
from registry.models.user import User
from registry.models.version import ModelVersion


@dataclass(frozen=True, slots=True)
class AuditLine:
    """percent: how far it is, None while that is unknown. left: how long its stage still takes, "" likewise."""

    row: Audit
    badge: Badge
    percent: int | None
    left: str = ""


@dataclass(frozen=True, slots=True)
class DecisionLine:
    row: GateDecision
    badge: Badge
    environment: str


@dataclass(frozen=True, slots=True)
class ExportLine:
    row: Export
    badge: Badge
    environment: str
    ready: bool


@dataclass(frozen=True, slots=True)
class Actions:
    """What the person may do here; beside each "no" stands its sentence."""

    sign: bool
    sign_why_not: str
    ask: bool
    export: bool


def state(version: ModelVersion) -> Badge:
    return badges.STATE[version.state]


def audits_part(version: ModelVersion) -> dict[str, object]:
    """The part of the page that moves; running: whether it will move again."""
    rows = version.audits.select_related("table", "plan").order_by("-created_at")
    lines = [audit_line(row) for row in rows]
    return {"audits": lines, "running": any(not line.row.is_finished for line in lines)}


def audit_line(row: Audit) -> AuditLine:
    known = row.total > 0 and not row.is_finished
    percent = min(100, 100 * row.done // row.total) if known else None
    return AuditLine(row, badges.JOB[row.state], percent, left(row.remaining_seconds))


def left(seconds: int | None) -> str:
    """ "about 3 minutes": rounded as far as a guess deserves."""
    if seconds is None:
        return ""
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return f"about {round(seconds, -1)} seconds"
    return f"about {round(seconds / 60)} minutes"


def speaking(version: ModelVersion) -> list[Audit]:
    """The audits whose checks count for this version now."""
    return list(speaking_audits().filter(version=version).select_related("table__dataset", "plan"))


def check_rows(audits: Iterable[Audit]) -> CheckQuerySet:
    return CheckRow.objects.filter(audit__in=list(audits)).select_related("audit__plan", "audit__table", "measurement")


def headline_measures(audits: Iterable[Audit]) -> list[tuple[Audit, list[MeasureLine], str]]:
    """For each table with a validation audit: the measures on everyone."""
    validated = [audit for audit in audits if audit.kind == Kind.VALIDATION]
    rows: dict[UUID, list[MeasurementRow]] = {}
    for row in MeasurementRow.objects.filter(audit__in=validated, slice="", measure__in=measures.HEADLINES):
        rows.setdefault(row.audit_id, []).append(row)
    return [(audit, measures.headlines(rows.get(audit.pk, [])), confidence(audit.plan)) for audit in validated]


def confidence(plan: ValidationPlan) -> str:
    """ "95% interval": how the plan asked for intervals to be made."""
    return f"{100 * plan.document.get('confidence', 0.95):g}% interval"


def decision_lines(version: ModelVersion) -> list[DecisionLine]:
    rows = version.decisions.select_related("pack").defer("envelope", "assessment").order_by("-decided_at")[:20]
    return [DecisionLine(row, badges.GATE[row.outcome], name_of(row.environment)) for row in rows]


def export_lines(version: ModelVersion) -> list[ExportLine]:
    rows = version.exports.select_related("requested_by")[:10]
    return [
        ExportLine(row, badges.JOB[row.state], name_of(row.environment), row.state == JobState.SUCCEEDED)
        for row in rows
    ]


def actions(version: ModelVersion, person: User) -> Actions:
    """The same checks as the services make, asked beforehand."""
    scopes = scopes_of(person.role_names)
    answers = [permissions.can_approve(person, version, role) for role in signing_roles(person)]
    refusals = [why for may, why in answers if not may]
    may_approve = any(may for may, _ in answers)
    return Actions(
        sign=may_approve or any(permissions.can_return(person, version, role)[0] for role in signing_roles(person)),
        sign_why_not=refusals[0] if refusals else "Signing needs the role reviewer or approver.",
        ask=GATE_EVALUATE in scopes,
        export=EVIDENCE_EXPORT in scopes,
    )


def signing_roles(person: User) -> list[str]:
    return sorted(person.role_names & MEANING_OF_ROLE.keys())
