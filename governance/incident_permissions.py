"""May this person write about an incident, or decide on it, and if not, why? Checks in pairs: one raises, one tells.

Opening, raising and reporting are for whoever may write. To lower a severity, to say that a report is not owed and to
close are decisions: of a reviewer, approver or compliance officer who did not open the incident.
"""

from __future__ import annotations

from collections.abc import Callable

from governance import permissions
from governance.core.incidents import rank
from governance.errors import IncidentClosed, OwnIncident, ReportSettled, RoleNotHeld
from governance.models.incident import Incident, IncidentReport, IncidentState
from registry.core.scopes import INCIDENTS_WRITE
from registry.errors import Refused
from registry.models.model import Model
from registry.models.user import Role, User
from registry.services.teams import check_member

DECIDERS = (Role.REVIEWER, Role.APPROVER, Role.COMPLIANCE)
_BEYOND_TEAMS = (*DECIDERS, Role.STEWARD)


def check_can_write(person: User, model: Model) -> None:
    """A developer writes about the models of their team; the other roles with the scope, about all.

    Raises: RoleNotHeld, NotAMember.
    """
    permissions.check_scope(person, INCIDENTS_WRITE)
    if not person.holds(*_BEYOND_TEAMS):
        check_member(person, model.team)


def can_write(person: User, model: Model) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    return _told(lambda: check_can_write(person, model))


def check_can_reassess(person: User, incident: Incident) -> None:
    """Raises: RoleNotHeld, NotAMember, IncidentClosed."""
    check_can_write(person, incident.model)
    check_open(incident)


def can_reassess(person: User, incident: Incident) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    return _told(lambda: check_can_reassess(person, incident))


def check_can_decide(person: User, incident: Incident) -> None:
    """Lower its severity, or close it. Raises: RoleNotHeld, NotAMember, IncidentClosed, OwnIncident."""
    check_can_reassess(person, incident)
    if not person.holds(*DECIDERS):
        needed = " or ".join(str(role.label).lower() for role in DECIDERS)
        raise RoleNotHeld(f"Only a {needed} may lower the severity, excuse a report or close an incident.")
    if incident.opened_by_id == person.pk:
        raise OwnIncident("You opened this incident; somebody else must make this decision.")


def can_decide(person: User, incident: Incident) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    return _told(lambda: check_can_decide(person, incident))


def check_can_report(person: User, owed: IncidentReport) -> None:
    """Raises: RoleNotHeld, NotAMember, ReportSettled."""
    check_can_write(person, owed.incident.model)
    _check_owed(owed)


def can_report(person: User, owed: IncidentReport) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    return _told(lambda: check_can_report(person, owed))


def check_can_excuse(person: User, owed: IncidentReport) -> None:
    """Raises: RoleNotHeld, NotAMember, ReportSettled, IncidentClosed, OwnIncident."""
    check_can_report(person, owed)
    check_can_decide(person, owed.incident)


def can_excuse(person: User, owed: IncidentReport) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    return _told(lambda: check_can_excuse(person, owed))


def lowers(incident: Incident, severity: str) -> bool:
    """Whether it would be less grave than it is now. severity: a known one."""
    return rank(severity) < rank(incident.severity)


def check_open(incident: Incident) -> None:
    """Raises: IncidentClosed."""
    if incident.state == IncidentState.CLOSED:
        raise IncidentClosed("The incident is closed; open another one, and name this one in it.")


def _check_owed(owed: IncidentReport) -> None:
    if not owed.owed:
        raise ReportSettled("This report is settled already.")


def _told(check: Callable[[], None]) -> tuple[bool, str]:
    try:
        check()
    except Refused as refused:
        return False, refused.message
    return True, ""
