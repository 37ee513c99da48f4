"""Opening an incident, telling those who must be told in time, and closing it with what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from governance import recording
from governance.core import facts
from governance.core.facts import Section
from governance.core.incidents import CLOCKS, SEVERITIES
from governance.errors import IncidentRefused, ReasonMissing, ReportsOutstanding
from governance.incident_permissions import (
    check_can_decide,
    check_can_excuse,
    check_can_reassess,
    check_can_report,
    check_can_write,
    lowers,
)
from governance.ledger import Fact
from governance.models.incident import Incident, IncidentReport, IncidentState
from governance.services.assessment_touch import touch
from governance.services.incident_standing import CONTRADICTED, INCIDENT, contradicted, document_of
from governance.services.once import once
from registry.core.canonical import digest
from registry.models.model import Model
from registry.models.site import Site
from registry.models.user import User
from registry.models.version import ModelVersion

OPENED, REASSESSED = "incident.opened", "incident.reassessed"
REPORTED, EXCUSED, CLOSED = "incident.reported", "incident.report_excused", "incident.closed"


@dataclass(frozen=True, slots=True)
class Noticed:
    """What is known about an incident when it is opened. noticed_at: when somebody here learned of it; every deadline
    runs from then."""

    severity: str
    happened_on: date
    noticed_at: datetime
    description: str
    version: ModelVersion | None = None
    site: Site | None = None


def open_incident(
    *, model: Model, by: User, noticed: Noticed, clocks: Iterable[str] = (), pk: UUID | None = None
) -> Incident:
    """An open incident, with a report owed for each of the clocks. pk: the one-time id of the form, if there is one.

    Raises: RoleNotHeld, NotAMember, IncidentRefused, AlreadyRecorded.
    """
    check_can_write(by, model)
    wanted = _known(clocks)
    _check(model, noticed)
    with once(Incident, pk) as new:
        incident = Incident.objects.create(
            id=new,
            model=model,
            version=noticed.version,
            site=noticed.site,
            severity=noticed.severity,
            happened_on=noticed.happened_on,
            noticed_at=noticed.noticed_at,
            description=noticed.description.strip(),
            opened_by=by,
        )
        _owe(incident, wanted)
        _record(OPENED, incident, by)
    return incident


def reassess(*, incident: Incident, by: User, severity: str, reason: str, clocks: Iterable[str] = ()) -> Incident:
    """Correct how grave it is, and add the reports that are owed because of that; none is taken away.

    Raises: RoleNotHeld, NotAMember, IncidentClosed, IncidentRefused, ReasonMissing; OwnIncident when it is lowered by
    who opened it.
    """
    check_can_write(by, incident.model)
    wanted = _known(clocks)
    _check_severity(severity)
    if not reason.strip():
        raise ReasonMissing("Say what is known now that was not known before.", field="reason")
    with recording.together():
        locked = _locked(incident)
        check_can_reassess(by, locked)
        if lowers(locked, severity):
            check_can_decide(by, locked)
        locked.severity = severity
        locked.save(update_fields=["severity"])
        known = set(locked.reports.values_list("clock", flat=True))
        _owe(locked, [clock for clock in wanted if clock not in known])
        _record(REASSESSED, locked, by, reason=reason.strip())
    return locked


def report(*, owed: IncidentReport, by: User, reported_at: datetime, reference: str) -> IncidentReport:
    """Put on record that a report was made. Raises: RoleNotHeld, NotAMember, IncidentRefused, ReportSettled."""
    check_can_report(by, owed)
    if not reference.strip():
        raise IncidentRefused("Give the reference under which the report can be found.", field="reference")
    if not owed.incident.noticed_at <= reported_at <= timezone.now():
        raise IncidentRefused(
            "A report is made after the incident was noticed, and not later than now.", field="reported_at"
        )
    return _settle(owed, by, REPORTED, check_can_report, reported_at=reported_at, reference=reference.strip())


def excuse(*, owed: IncidentReport, by: User, reason: str) -> IncidentReport:
    """Put on record why no report is owed after all.

    Raises: RoleNotHeld, NotAMember, OwnIncident, ReasonMissing, ReportSettled.
    """
    check_can_excuse(by, owed)
    if not reason.strip():
        raise ReasonMissing("Say why no report is owed; it will be read in an inquiry.", field="reason")
    return _settle(owed, by, EXCUSED, check_can_excuse, not_needed=reason.strip())


def close(*, incident: Incident, by: User, outcome: str) -> Incident:
    """Close it for good, with what was found and done.

    Raises: RoleNotHeld, NotAMember, OwnIncident, ReasonMissing, IncidentClosed, ReportsOutstanding.
    """
    check_can_decide(by, incident)
    if not outcome.strip():
        raise ReasonMissing("Say what was found and what was done about it.", field="outcome")
    with recording.together():
        locked = _locked(incident)
        check_can_decide(by, locked)
        if owed := [each.authority for each in locked.reports.all() if each.owed]:
            raise ReportsOutstanding(f"These reports are still owed: {'; '.join(owed)}.", owed=owed)
        locked.state, locked.outcome = IncidentState.CLOSED, outcome.strip()
        locked.closed_at, locked.closed_by = timezone.now(), by
        locked.save(update_fields=["state", "outcome", "closed_at", "closed_by"])
        _record(CLOSED, locked, by)
    return locked


def is_overdue(incident: Incident, *, now: datetime) -> bool:
    """Whether a deadline has passed without a report; its reports are read: prefetch them."""
    return any(each.owed and each.due_at < now for each in incident.reports.all())


def facts_of(model: Model, version: ModelVersion | None = None, *, now: datetime) -> tuple[facts.Incident, ...]:
    """The incidents as a policy looks at them: of the version, and those of which nobody said which version it was.

    One that is not what the ledger has counts as open and overdue, whatever its row says.
    """
    found = Incident.objects.filter(model=model).prefetch_related("reports").order_by("noticed_at", "pk")
    rows = [row for row in found if version is None or row.version_id in (None, version.pk)]
    altered = contradicted(rows)
    return tuple(_fact(row, altered=str(row.pk) in altered, now=now) for row in rows)


def _next_due(row: Incident, *, now: datetime) -> datetime | None:
    """The next deadline of a report that is owed and has not passed."""
    return min((each.due_at for each in row.reports.all() if each.owed and each.due_at > now), default=None)


def _fact(row: Incident, *, altered: bool, now: datetime) -> facts.Incident:
    return facts.Incident(
        id=str(row.pk),
        severity=row.severity,
        closed=row.state == IncidentState.CLOSED and not altered,
        overdue=altered or is_overdue(row, now=now),
        title=f"of {row.happened_on}, {CONTRADICTED}" if altered else f"of {row.happened_on}",
        due_at=None if row.state == IncidentState.CLOSED and not altered else _next_due(row, now=now),
    )


def _check(model: Model, noticed: Noticed) -> None:
    _check_severity(noticed.severity)
    if not noticed.description.strip():
        raise IncidentRefused("Say what happened.", field="description")
    if noticed.noticed_at > timezone.now():
        raise IncidentRefused("Nobody can have noticed it later than now.", field="noticed_at")
    if noticed.happened_on > noticed.noticed_at.date():
        raise IncidentRefused("It happened before it was noticed, or on the same day.", field="happened_on")
    if noticed.version is not None and noticed.version.model_id != model.pk:
        raise IncidentRefused("The version is of another model.", field="version")


def _check_severity(severity: str) -> None:
    if severity not in SEVERITIES:
        raise IncidentRefused(f"A severity is one of {', '.join(SEVERITIES)}.", field="severity")


def _known(clocks: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(clocks))
    if unknown := [clock for clock in wanted if clock not in CLOCKS]:
        raise IncidentRefused(f"{unknown[0]!r} is no reporting deadline.", field="clocks")
    return wanted


def _owe(incident: Incident, clocks: Iterable[str]) -> None:
    IncidentReport.objects.bulk_create(
        IncidentReport(
            incident=incident,
            clock=clock,
            authority=CLOCKS[clock].label,
            due_at=incident.noticed_at + CLOCKS[clock].within,
        )
        for clock in clocks
    )


def _locked(incident: Incident) -> Incident:
    return Incident.objects.select_for_update(of=("self",)).select_related("model__team").get(pk=incident.pk)


def _settle(
    owed: IncidentReport,
    by: User,
    kind: str,
    check: Callable[[User, IncidentReport], None],
    **settled: Any,  # noqa: ANN401 - columns
) -> IncidentReport:
    """The incident is locked, not the report alone: the ledger's entry is of the whole of it."""
    with recording.together():
        incident = _locked(owed.incident)
        row = IncidentReport.objects.get(pk=owed.pk)
        row.incident = incident
        check(by, row)
        for name, value in {**settled, "settled_by": by}.items():
            setattr(row, name, value)
        row.save(update_fields=[*settled, "settled_by"])
        _record(kind, incident, by, clock=row.clock)
    return row


def _record(kind: str, incident: Incident, by: User, **more: str) -> None:
    """Whatever happened, the ledger has the whole incident as it is now, and its digest."""
    document = document_of(incident)
    recording.record(
        Fact(kind, INCIDENT, str(incident.pk), {**document, **more}, by, incident.version_id, digest(document))
    )
    touch({Section.INCIDENTS}, model=incident.model_id)
