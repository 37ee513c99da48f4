"""What did the audits find, and which of it may be shown? Rows become values behind the veil of their table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from audits.core.slices import groupings
from audits.core.values import Measurement
from audits.models.audit import Audit
from audits.models.check import CheckRow
from audits.models.job import JobState
from audits.models.measurement import MeasurementRow
from audits.models.plan import ValidationPlan
from governance.core.document import moment
from governance.core.suppression import is_small, mask, masked_method, tells_counts
from governance.reports import evidence as e
from governance.reports.veil import NOT_SHOWN, WITHHELD, Veil, shown_counts, veil_of
from governance.reports.veiled_facts import facts_behind
from registry.models.table import PredictionTable
from registry.models.version import ModelVersion

Veils = Mapping[UUID, Veil]
NO_VEIL = Veil(frozenset(), frozenset())
_REFERENCE = re.compile(r"reference n = (\d+)")


def veils(version: ModelVersion, plans: Iterable[ValidationPlan]) -> dict[UUID, Veil]:
    """One veil per audited table, over everything that any audit of it measured under any plan."""
    declared: dict[tuple[str, ...], None] = {}
    for plan in plans:
        spec = plan.document
        declared |= dict.fromkeys(groupings(spec.get("subgroups", ()), spec.get("intersections", ())))
    rows = MeasurementRow.objects.filter(audit__version=version).select_related("audit")
    found: dict[UUID, list[Measurement]] = {}
    for row in rows.order_by("id"):
        found.setdefault(row.audit.table_id, []).append(measurement_of(row))
    return {table: veil_of(measured, tuple(declared)) for table, measured in found.items()}


def audits(version: ModelVersion, tables: Sequence[PredictionTable], veiled: Veils) -> tuple[e.Audit, ...]:
    """Every audit of the version, whatever became of it, oldest first."""
    rows = Audit.objects.filter(version=version).select_related("plan", "requested_by").order_by("created_at", "id")
    measurements: dict[UUID, list[MeasurementRow]] = {}
    for row in MeasurementRow.objects.filter(audit__version=version).order_by("id"):
        measurements.setdefault(row.audit_id, []).append(row)
    checks: dict[UUID, list[CheckRow]] = {}
    for check in CheckRow.objects.filter(audit__version=version).select_related("measurement").order_by("id"):
        checks.setdefault(check.audit_id, []).append(check)
    by_id = {table.pk: table for table in tables}
    return tuple(
        _audit(row, measurements.get(row.pk, ()), checks.get(row.pk, ()), by_id, veiled.get(row.table_id, NO_VEIL))
        for row in rows
    )


def hidden_reasons(version: ModelVersion, veiled: Veils) -> tuple[str, ...]:
    """The sentences that checks of hidden measurements were given, longest first: other texts may repeat them."""
    rows = CheckRow.objects.filter(audit__version=version).select_related("measurement", "audit")
    found = {
        row.reason
        for row in rows
        if row.measurement and veiled.get(row.audit.table_id, NO_VEIL).hides(measurement_of(row.measurement))
    }
    return tuple(sorted(found, key=lambda reason: (-len(reason), reason)))


def measurement_of(row: MeasurementRow) -> Measurement:
    return Measurement(row.measure, row.estimate, row.slice, row.across, row.operating_point, row.column)


def _audit(
    row: Audit,
    measurements: Iterable[MeasurementRow],
    checks: Iterable[CheckRow],
    tables: Mapping[UUID, PredictionTable],
    veil: Veil,
) -> e.Audit:
    reference = tables.get(row.reference_id) if row.reference_id else None
    before = reference.rows if reference else 0
    return e.Audit(
        id=str(row.pk),
        kind=row.kind,
        state=row.state,
        table=str(row.table_id),
        reference=str(row.reference_id) if row.reference_id else None,
        plan_digest=row.plan.digest,
        code_version=row.code_version,
        tally_digest=row.tally_digest,
        result_sha256=row.result_sha256,
        requested_by=e.Person(row.requested_by.full_name, row.requested_by.username),
        requested_at=moment(row.created_at),
        finished_at=moment(row.finished_at) if row.finished_at else None,
        error=mask(row.error_message),
        measurements=tuple(measured(each, veil, before) for each in measurements),
        checks=tuple(_checked(each, veil, before) for each in checks),
        facts=facts_behind(row.facts, veil, tables[row.table_id].rows, before)
        if row.state == JobState.SUCCEEDED
        else {},
    )


def measured(row: MeasurementRow, veil: Veil, reference_rows: int) -> e.Measured:
    """A measurement as a report may show it. reference_rows: of the other table, 0 without one."""
    found = measurement_of(row)
    hidden, uncounted = veil.hides(found), veil.hides_counts(found)
    n: e.Count = row.n
    events: e.Count = row.events
    if hidden:
        n, events = shown_counts(row.n, row.events)
    elif uncounted:
        n, events = WITHHELD, None if row.events is None else WITHHELD
    return e.Measured(
        measure=row.measure,
        slice=row.slice,
        across=row.across,
        operating_point=row.operating_point,
        column=row.column,
        value=None if hidden else row.value,
        low=None if hidden else row.low,
        high=None if hidden else row.high,
        n=n,
        events=events,
        method="" if hidden else _method(row.method, reference_rows, uncounted=uncounted),
        reason=NOT_SHOWN if hidden else row.reason and masked_method(row.reason),
        hidden=hidden,
    )


def _method(method: str, reference_rows: int, *, uncounted: bool) -> str:
    """How an estimate was made, without counts that stay hidden. uncounted: whether its own do."""
    if uncounted and tells_counts(method):
        return ""
    few = (found for found in _REFERENCE.finditer(method) if is_small(reference_rows - int(found[1])))
    for found in few:
        method = method.replace(found[0], "reference n not shown")
    return masked_method(method)


def _checked(row: CheckRow, veil: Veil, reference_rows: int) -> e.Checked:
    found = measured(row.measurement, veil, reference_rows) if row.measurement else None
    return e.Checked(
        criterion=row.criterion,
        key=row.key,
        verdict=row.verdict,
        reason=NOT_SHOWN if found and found.hidden else masked_method(row.reason),
        measured=found,
    )
