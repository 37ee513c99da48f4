"""Asking for an evidence report, and opening one that is done."""

from __future__ import annotations

from audits.models.job import JobState
from audits.services import dispatch
from governance import ledger, permissions, recording
from governance.ledger import Fact
from governance.models.decision import GateDecision
from governance.models.export import Export
from governance.models.ledger import LedgerEntry
from governance.services.gate import check_environment
from registry.core.canonical import digest
from registry.core.scopes import EVIDENCE_EXPORT
from registry.errors import Refused
from registry.models.user import User
from registry.models.version import ModelVersion

REQUESTED, FINISHED, FAILED = "export.requested", "export.finished", "export.failed"
STOPPED = frozenset({JobState.FAILED, JobState.CANCELLED, JobState.DEAD})


class ExportNotReady(Refused):
    """The files do not exist, or not yet; the export's state says which."""

    code = "export_not_ready"


def request_export(*, version: ModelVersion, environment: str, by: User) -> Export:
    """Queue a report. While nothing happens but exports, asking again gives the same one, anew if it had stopped.

    Raises: RoleNotHeld, UnknownEnvironment.
    """
    permissions.check_scope(by, EVIDENCE_EXPORT)
    check_environment(environment)
    standing = GateDecision.objects.latest_of(version, environment)
    size = _size_without_exports()
    key = digest(
        {
            "version": str(version.pk),
            "environment": environment,
            "ledger_size": size,
            "decision": str(standing.pk) if standing else None,
        }
    )
    with recording.together():
        export, created = Export.objects.get_or_create(
            idempotency_key=key,
            defaults={"version": version, "environment": environment, "ledger_size": size, "requested_by": by},
        )
        if created or _restarted(export):
            dispatch.send_on_commit(export)
            body: dict[str, object] = {"environment": environment, "ledger_size": size}
            recording.record(Fact(REQUESTED, "export", str(export.pk), body, by, version.pk))
    return export


def check_ready(export: Export) -> None:
    """Raises ExportNotReady, with the state as a fact."""
    if export.state != JobState.SUCCEEDED:
        raise ExportNotReady(
            f"The report is {export.get_state_display().lower()}; it can be fetched once it has succeeded.",
            state=export.state,
        )


def _size_without_exports() -> int:
    """The ledger's size up to the last entry that is no export's: making a report makes no evidence newer."""
    # The few entries at the end that are exports' own are passed over one by one; the head is read in order.
    last = LedgerEntry.objects.exclude(kind__startswith="export.").order_by("-idx").first()
    return last.idx + 1 if last else ledger.head().size


def _restarted(export: Export) -> bool:
    """Whether a stopped export was put back into the queue."""
    fresh = {"state": JobState.QUEUED, "attempt": 0, "error_code": "", "error_message": "", "finished_at": None}
    restarted = Export.objects.filter(pk=export.pk, state__in=STOPPED).update(**fresh) == 1
    if restarted:
        export.refresh_from_db()
    return restarted
