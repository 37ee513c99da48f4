"""What does a worker do with a claimed export? Gathers, renders, stores, and writes the outcome exactly once."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from django.utils import timezone

from audits import jobs
from audits.models.job import JobState
from governance import recording
from governance.ledger import Fact
from governance.models.export import Export
from governance.reports import render, sections
from governance.reports.gather import as_bytes, gather
from governance.services.exports import FAILED, FINISHED
from registry.storage import Blob, put_stream


def run(pk: str) -> None:
    """Claim, make, write. Safe to call twice, at once, or after a crash: only one outcome is ever written."""
    jobs.carry_out(Export, pk, work=_work, fail=_fail)


def _work(export: Export, heartbeat: jobs.Heartbeat) -> None:
    size, evidence, pdf = _make(export, heartbeat, timezone.now())
    _write(export, size, _stored(evidence), _stored(pdf))


def _make(export: Export, heartbeat: jobs.Heartbeat, at: datetime) -> tuple[int, bytes, bytes]:
    """The ledger's size in the report, evidence.json, and the PDF that holds it."""
    heartbeat.progress("gathering", 0, 1)
    found = gather(version=export.version, environment=export.environment, at=at)
    evidence = as_bytes(found)
    report = sections.report_of(found, sha256(evidence).hexdigest())
    return found.ledger.size, evidence, render.pdf(report, evidence, at=at, progress=heartbeat.progress)


def _stored(content: bytes) -> Blob:
    return put_stream([content], limit=len(content))


def _write(export: Export, size: int, evidence: Blob, pdf: Blob) -> None:
    """The outcome and its ledger entry: one transaction, under our fence. Raises: LeaseLost."""
    with recording.together():
        jobs.finish(
            export,
            state=JobState.SUCCEEDED,
            ledger_size=size,
            json_sha256=evidence.sha256,
            pdf_sha256=pdf.sha256,
        )
        body: dict[str, object] = {
            "environment": str(export.environment),
            "ledger_size": size,
            "pdf_sha256": pdf.sha256,
            "json_sha256": evidence.sha256,
        }
        recording.record(_fact(FINISHED, export, body, evidence.sha256))


def _fail(export: Export, error: Exception) -> None:
    code = getattr(error, "code", "export_failed")
    with recording.together():
        jobs.finish(
            export,
            state=JobState.FAILED,
            error_code=code,
            error_message=f"{type(error).__name__}: {error}"[:2000],
        )
        recording.record(_fact(FAILED, export, {"error_code": code}))


def _fact(kind: str, export: Export, body: dict[str, object], digest: str = "") -> Fact:
    return Fact(kind, "export", str(export.pk), body, None, export.version_id, digest)
