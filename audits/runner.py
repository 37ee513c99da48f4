"""What does a worker do with a claimed audit? Reads the table, runs the suite, writes the result exactly once."""

from __future__ import annotations

from contextlib import ExitStack

from django.db import transaction
from django.utils import timezone

from audits import jobs, signals
from audits.charts import of_audit
from audits.charts.chart import svg
from audits.core.values import Check, Column, Kind, Measurement, Result, Source
from audits.evidently_report import Attachment, attach
from audits.models.audit import Audit, AuditAttempt
from audits.models.chart import AuditChart
from audits.models.check import CheckRow
from audits.models.job import JobState
from audits.models.measurement import MeasurementRow
from audits.result import result_document
from audits.services.plans import spec_of
from audits.suites.registry import SUITES
from registry.core.canonical import digest
from registry.models.table import PredictionTable
from registry.storage import local_path, put_stream


def run(pk: str) -> None:
    """Claim, compute, write. Safe to call twice, at once, or after a crash: only one result is ever written."""
    jobs.carry_out(Audit, pk, work=_work, fail=_fail)


def _work(audit: Audit, heartbeat: jobs.Heartbeat) -> None:
    AuditAttempt.objects.create(audit=audit, fence=audit.fence, owner=audit.owner)
    result = _compute(audit, heartbeat)
    _write(audit, result, _pictures(result, heartbeat), _interactive(audit, heartbeat))


def _compute(audit: Audit, heartbeat: jobs.Heartbeat) -> Result:
    with ExitStack() as files:
        source = _source(audit.table, files)
        reference = _source(audit.reference, files) if audit.reference else None
        heartbeat.progress("reading", 0, source.rows)
        return SUITES[Kind(audit.kind)](
            source=source, reference=reference, plan=spec_of(audit.plan), progress=heartbeat.progress
        )


def _pictures(result: Result, heartbeat: jobs.Heartbeat) -> list[AuditChart]:
    """The audit's charts, drawn and stored; the rows are saved with the result."""
    made = of_audit.drawn(result)
    rows = []
    for done, each in enumerate(made):
        heartbeat.progress("drawing charts", done, len(made))
        picture = svg(each.chart).encode()
        blob = put_stream([picture], limit=len(picture))
        row = AuditChart(name=each.name, title=each.title, alt=each.chart.alt, spec=each.chart.spec)
        row.svg_sha256 = blob.sha256
        rows.append(row)
    return rows


def _interactive(audit: Audit, heartbeat: jobs.Heartbeat) -> Attachment:
    """Evidently's report on the two tables of a drift audit, stored; nothing for the other kinds."""
    if audit.kind != Kind.DRIFT:
        return Attachment("", {})
    heartbeat.progress("drawing the interactive report", 0, 1)
    with ExitStack() as files:
        source = _source(audit.table, files)
        reference = _source(audit.reference, files) if audit.reference else None
        return attach(source, reference, spec_of(audit.plan))


def _source(table: PredictionTable, files: ExitStack) -> Source:
    """The canonical Parquet on local disk, for as long as `files` stays open."""
    path = files.enter_context(local_path(table.parsed_sha256))
    return Source(path=str(path), columns=columns_of(table), rows=table.rows)


def columns_of(table: PredictionTable) -> tuple[Column, ...]:
    """The declared columns that the canonical file holds ("ignored" ones are not in it)."""
    return tuple(
        Column(
            name=column["name"],
            role=column["role"],
            type=column["type"],
            minimum=column.get("minimum"),
            maximum=column.get("maximum"),
            levels=tuple(column["levels"]) if column.get("levels") else None,
        )
        for column in table.schema["columns"]
        if column["role"] != "ignored"
    )


@transaction.atomic
def _write(audit: Audit, result: Result, charts: list[AuditChart], attached: Attachment) -> None:
    """Result, checks and the fact that it is finished: one transaction, under our fence. Raises: LeaseLost."""
    rows = MeasurementRow.objects.bulk_create(
        [MeasurementRow.of(audit, measurement) for measurement in result.measurements], batch_size=2000
    )
    by_key = {measurement.key: row for measurement, row in zip(result.measurements, rows, strict=True)}
    CheckRow.objects.bulk_create([_check_row(audit, check, by_key) for check in result.checks])
    for chart in charts:
        chart.audit = audit
    AuditChart.objects.bulk_create(charts)
    document = result_document(result)
    jobs.finish(
        audit,
        state=JobState.SUCCEEDED,
        tally_digest=result.tally_digest,
        result_sha256=digest(document),
        # Beside the result and not in its digest: a report that could not be drawn makes no other result.
        facts={**result.facts, **({"evidently": attached.facts} if attached.facts else {})},
        report_sha256=attached.sha256,
    )
    signals.audit_finished.send(Audit, audit=audit, actor=None, at=timezone.now())


def _check_row(audit: Audit, check: Check, by_key: dict[tuple[str, str, str, str, str], MeasurementRow]) -> CheckRow:
    measured: Measurement = check.measurement
    return CheckRow(
        audit=audit,
        criterion_id=check.criterion.id,
        criterion=result_document(check.criterion),
        key=CheckRow.key_of(check),
        verdict=check.verdict,
        reason=check.reason,
        measurement=by_key.get(measured.key),
    )


@transaction.atomic
def _fail(audit: Audit, error: Exception) -> None:
    jobs.finish(
        audit,
        state=JobState.FAILED,
        error_code=getattr(error, "code", "audit_failed"),
        error_message=f"{type(error).__name__}: {error}"[:2000],
    )
    signals.audit_finished.send(Audit, audit=audit, actor=None, at=timezone.now())
