"""What did the audits find, and on whose patients? Tables and their origin, audits, findings, measures, consent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count

from audits.models.audit import Audit
from audits.models.check import CheckRow
from audits.models.measurement import MeasurementRow
from governance.core import facts
from governance.core.consent import Coverage
from governance.core.policy import Origin
from governance.services import standing
from governance.services.coverage import coverages
from governance.services.evidence_asked import Asked
from registry.models.table import PredictionTable
from registry.models.version import ModelVersion


def audits(asked: Asked) -> Mapping[str, Any]:
    """The evaluation tables, the audits that speak, and what was measured under the plan in force."""
    plan = asked.plan
    found = _audits(asked.version)
    current = [audit for audit in found if plan is not None and audit.plan_id == plan.pk]
    return {
        "tables": tuple(_table(table, asked) for table in asked.tables),
        "audits": _with_findings(asked.version, found, current),
        "measured": _measured(current, asked.measures),
        "using": asked.using,
    }


def consent(asked: Asked) -> tuple[Coverage, ...]:
    """How many patients of each evaluation table consented, for each purpose that a pack asks about."""
    return tuple(
        found for purpose in asked.purposes for found in coverages(tables=asked.tables, purpose=purpose, at=asked.now)
    )


def name_of(table: PredictionTable) -> str:
    """How reasons speak of a table."""
    return f"{table.dataset.name} ({table.file_name})"


def _table(table: PredictionTable, asked: Asked) -> facts.Table:
    site = table.dataset.site.slug if table.dataset.site is not None else ""
    return facts.Table(str(table.pk), name_of(table), table.parsed_sha256, _origins(table, asked), site)


def _origins(table: PredictionTable, asked: Asked) -> tuple[Origin, ...]:
    """Internal where the data come from the source of the training data, external from anywhere else; local where they
    are of the site that is assessed. For all sites together any site's data are local, and judged site by site."""
    trained_on, dataset = asked.version.training_dataset, table.dataset
    same = dataset.pk == trained_on.pk or dataset.origin.strip().casefold() == trained_on.origin.strip().casefold()
    at_site = dataset.site is not None and asked.site in ("", dataset.site.slug)
    return (Origin.INTERNAL if same else Origin.EXTERNAL, *((Origin.LOCAL,) if at_site else ()))


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
            finished_at=audit.finished_at,
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
