"""What is known about a version now? Gathers the facts that a decision rests on, set by set; judges nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min

from audits.models.audit import Audit
from audits.models.check import CheckRow
from audits.models.measurement import MeasurementRow
from audits.models.plan import ValidationPlan
from governance import ledger
from governance.core import facts
from governance.core.facts import Facts
from governance.core.policy import Pack
from governance.ledger import LedgerDamaged
from governance.services import standing
from governance.services.coverage import coverages
from registry.models.table import PredictionTable, TablePurpose
from registry.models.version import ModelVersion

MODEL_FIELDS = ("purpose", "population", "intended_users", "setting", "decision_role", "risk_class")


def gather(*, version: ModelVersion, environment: str, pack: Pack, now: datetime) -> Facts:
    """Everything that the pack can ask about, in a number of queries that does not grow with the evidence."""
    plan = version.plans.first()
    tables = list(version.tables.filter(purpose=TablePurpose.EVALUATION).select_related("dataset").order_by("id"))
    audits = _audits(version)
    current = [audit for audit in audits if plan is not None and audit.plan_id == plan.pk]
    return Facts(
        version=str(version.pk),
        artifact_sha256=version.artifact_sha256,
        environment=environment,
        now=now,
        state=str(version.state),
        attributes=_attributes(version),
        plan=_plan(plan),
        tables=tuple(facts.Table(str(table.pk), name_of(table), table.parsed_sha256) for table in tables),
        audits=_with_findings(version, audits, current),
        measured=_measured(current, pack.measures),
        approvals=standing.approvals(version),
        coverages=tuple(
            found for purpose in pack.purposes for found in coverages(tables=tables, purpose=purpose, at=now)
        ),
        ledger_size=_ledger_size(),
    )


def name_of(table: PredictionTable) -> str:
    """How reasons speak of a table."""
    return f"{table.dataset.name} ({table.file_name})"


def _attributes(version: ModelVersion) -> tuple[tuple[str, str], ...]:
    model = version.model
    stated = {name: str(getattr(model, name)) for name in MODEL_FIELDS}
    stated["jurisdictions"] = ", ".join(model.jurisdictions)
    stated["outcome"] = version.outcome
    stated["features"] = ", ".join(str(feature.get("name", "")) for feature in version.features)
    stated["operating_points"] = ", ".join(str(point.get("name", "")) for point in version.operating_points)
    return tuple(sorted(stated.items()))


def _plan(plan: ValidationPlan | None) -> facts.Plan | None:
    if plan is None:
        return None
    return facts.Plan(
        digest=plan.digest,
        number=plan.number,
        kinds=tuple(sorted({criterion["kind"] for criterion in plan.document.get("criteria", ())})),
        frozen_at=plan.created_at,
        confidence=float(plan.document.get("confidence", 0.0)),
        first_audit_at=plan.audits.aggregate(first=Min("created_at"))["first"],
    )


def _audits(version: ModelVersion) -> list[Audit]:
    """The runs that speak: the last one that succeeded, per kind, table, plan and reference.

    Per reference, because otherwise a comparison that went badly would be silenced by one with another table.
    """
    return list(
        Audit.objects.filter(version=version)
        .succeeded()
        .select_related("plan")
        .order_by("kind", "table_id", "plan_id", "reference_id", "-finished_at", "-created_at")
        .distinct("kind", "table_id", "plan_id", "reference_id")
    )


def _with_findings(version: ModelVersion, audits: Sequence[Audit], current: Sequence[Audit]) -> tuple[facts.Audit, ...]:
    """Every audit; only those under the plan in force need their checks."""
    checks = CheckRow.objects.filter(audit__in=[audit.pk for audit in current])
    counted = checks.order_by().values_list("audit_id").annotate(number=Count("pk"))
    counts = dict(counted.values_list("audit_id", "number"))
    waived = standing.waivers(version, current[0].plan.digest) if current else {}
    findings: dict[UUID, list[facts.Finding]] = {}
    for row in checks.findings().select_related("audit"):
        waivers = waived.get(standing.finding_of(row), ())
        findings.setdefault(row.audit_id, []).append(facts.Finding(row.key, row.verdict, row.reason, tuple(waivers)))
    return tuple(
        facts.Audit(
            id=str(audit.pk),
            kind=audit.kind,
            table=str(audit.table_id),
            plan_digest=audit.plan.digest,
            result_sha256=audit.result_sha256,
            checks=counts.get(audit.pk, 0),
            findings=tuple(findings.get(audit.pk, ())),
        )
        for audit in audits
    )


def _measured(audits: Sequence[Audit], measures: Iterable[str]) -> tuple[facts.Measured, ...]:
    by_id = {audit.pk: audit for audit in audits}
    rows = MeasurementRow.objects.filter(audit__in=by_id, measure__in=list(measures), across="", column="")
    return tuple(
        facts.Measured(
            audit=str(row.audit_id),
            table=str(by_id[row.audit_id].table_id),
            plan_digest=by_id[row.audit_id].plan.digest,
            measure=row.measure,
            slice=row.slice,
            operating_point=row.operating_point,
            estimate=row.estimate,
        )
        for row in rows
    )


def _ledger_size() -> int | None:
    try:
        return ledger.head().size
    except LedgerDamaged:
        return None
