"""What do the pages say about incidents and logs? Each deadline in words, each log with when it was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from governance.core.incidents import CLOCKS, SEVERITIES, Clock
from governance.core.logs import LOGS
from governance.models.incident import Incident, IncidentReport, IncidentState
from governance.models.log import LogRegistration
from governance.services import incident_standing, incidents, logs
from governance.web.badges import Badge
from registry.models.model import Model

SEVERITY: Mapping[str, Badge] = {
    "observation": Badge(SEVERITIES["observation"].label, "eye", "quiet"),
    "near_miss": Badge(SEVERITIES["near_miss"].label, "shield-check", "quiet"),
    "minor": Badge(SEVERITIES["minor"].label, "exclamation-circle", "unsure"),
    "serious": Badge(SEVERITIES["serious"].label, "exclamation-triangle", "bad"),
    "critical": Badge(SEVERITIES["critical"].label, "fire", "bad"),
}
STATE: Mapping[str, Badge] = {
    IncidentState.OPEN: Badge("Open", "clock", "busy"),
    IncidentState.CLOSED: Badge("Closed", "archive-box", "quiet"),
}
DUE = Badge("Owed", "clock", "unsure")
OVERDUE = Badge("Overdue", "exclamation-triangle", "bad")
REPORTED = Badge("Reported", "check-circle", "good")
REPORTED_LATE = Badge("Reported late", "exclamation-circle", "unsure")
NOT_NEEDED = Badge("Not needed", "minus-circle", "quiet")


@dataclass(frozen=True, slots=True)
class Report:
    """A report with its standing. words: how much time is left, or how late it is or was; "" when not needed.

    clock: None if unknown.
    """

    row: IncidentReport
    clock: Clock | None
    badge: Badge
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """One incident. next: its report that is owed soonest."""

    row: Incident
    severity: Badge
    state: Badge
    reports: tuple[Report, ...]
    next: Report | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class Log:
    label: str
    meaning: str
    row: LogRegistration


def lines(model: Model, *, now: datetime) -> list[Line]:
    """Open ones first, then closed ones; the newest first in each."""
    rows = Incident.objects.filter(model=model).select_related("version", "site").prefetch_related("reports")
    found = [line(row, now=now) for row in rows]
    return sorted(found, key=lambda each: each.row.state == IncidentState.CLOSED)


def line(row: Incident, *, now: datetime) -> Line:
    reports = tuple(report(each, now=now) for each in row.reports.all())
    return Line(
        row=row,
        severity=SEVERITY[row.severity],
        state=STATE[row.state],
        reports=reports,
        next=next((each for each in reports if each.row.owed), None),
        overdue=incidents.is_overdue(row, now=now),
    )


def altered(row: Incident) -> bool:
    """Whether it is not what the ledger has of it."""
    return bool(incident_standing.contradicted([row]))


def report(row: IncidentReport, *, now: datetime) -> Report:
    clock = CLOCKS.get(row.clock)
    if row.not_needed:
        return Report(row, clock, NOT_NEEDED, "")
    if row.reported_at is not None:
        late = row.reported_at - row.due_at
        if late > timedelta(0):
            return Report(row, clock, REPORTED_LATE, f"Reported {in_words(late)} after the deadline")
        return Report(row, clock, REPORTED, f"Reported {in_words(-late)} before the deadline")
    if row.due_at < now:
        return Report(row, clock, OVERDUE, f"Overdue by {in_words(now - row.due_at)}")
    return Report(row, clock, DUE, f"{in_words(row.due_at - now)} left")


def in_words(span: timedelta) -> str:
    """A length of time in its two largest units, rounded down: "3 days and 4 hours"."""
    minutes = int(span.total_seconds() // 60)
    parts = [(minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute")]
    first = next((at for at, (count, _) in enumerate(parts) if count), len(parts))
    told = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts[first : first + 2] if count]
    return " and ".join(told) or "less than a minute"


def kept_logs(model: Model) -> list[Log]:
    return [Log(LOGS[row.kind].label, LOGS[row.kind].meaning, row) for row in logs.kept(model)]
