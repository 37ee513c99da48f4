"""What does the ledger have of an incident, and do the rows still say the same?

The ledger keeps the digests of what people wrote, not the words: those stand in the rows alone, which the database
guards. A row that is not what the last entry about it says is open and overdue, until somebody finds out why.
"""

from __future__ import annotations

from collections.abc import Iterable

from governance import recording
from governance.core.document import moment
from governance.core.entry import decode
from governance.models.incident import Incident, IncidentReport
from governance.models.ledger import LedgerEntry
from registry.core.canonical import NotCanonical, digest

INCIDENT = "incident"
CONTRADICTED = "which is not what the ledger has"


def document_of(incident: Incident) -> dict[str, object]:
    """The incident with its reports, as the ledger has it; what was written about them, by its digest."""
    return {
        "model": str(incident.model_id),
        "version": str(incident.version_id) if incident.version_id else None,
        "site": str(incident.site_id) if incident.site_id else None,
        "severity": incident.severity,
        "happened_on": incident.happened_on.isoformat(),
        "noticed_at": moment(incident.noticed_at),
        "description_sha256": _of_words(incident.description),
        "opened_by": str(incident.opened_by_id),
        "state": str(incident.state),
        "outcome_sha256": _of_words(incident.outcome),
        "closed_at": moment(incident.closed_at) if incident.closed_at else None,
        "closed_by": str(incident.closed_by_id) if incident.closed_by_id else None,
        "reports": [_report(each) for each in incident.reports.all()],
    }


def contradicted(incidents: Iterable[Incident]) -> frozenset[str]:
    """The ids of those that are not what the ledger's last entry about them has. Their reports are read: prefetch."""
    rows = list(incidents)
    told = _told({str(row.pk) for row in rows})
    return frozenset(str(row.pk) for row in rows if _digest(row) != told.get(str(row.pk)))


def _told(ids: set[str]) -> dict[str, str]:
    """The digest in the last entry about each; what this transaction records is the newest."""
    rows = LedgerEntry.objects.filter(object_type=INCIDENT, object_id__in=ids).order_by("object_id", "-idx")
    latest = rows.distinct("object_id").values_list("object_id", "entry")
    found = {object_id: decode(bytes(entry)).object_sha256 for object_id, entry in latest}
    pending = (fact for fact in recording.pending() if fact.object_type == INCIDENT and fact.object_id in ids)
    return found | {fact.object_id: fact.object_sha256 for fact in pending}


def _report(row: IncidentReport) -> dict[str, object]:
    return {
        "clock": row.clock,
        "due_at": moment(row.due_at),
        "reported_at": moment(row.reported_at) if row.reported_at else None,
        "reference": row.reference,
        "not_needed_sha256": _of_words(row.not_needed),
        "settled_by": str(row.settled_by_id) if row.settled_by_id else None,
    }


def _of_words(text: str) -> str | None:
    return digest(text) if text else None


def _digest(row: Incident) -> str | None:
    try:
        return digest(document_of(row))
    except NotCanonical:
        return ""
