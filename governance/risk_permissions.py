"""May this person write in the risk register, or close a risk, and if not, why? Checks in pairs: one raises, one tells.

Once a risk was estimated, closing it is a decision: of a reviewer, approver or compliance officer who wrote no part of
the entry.
"""

from __future__ import annotations

from collections.abc import Callable

from governance import permissions
from governance.errors import OwnRisk, RoleNotHeld
from governance.models.risk import RiskEntry, RiskState
from governance.services.risk_register import Current
from registry.core.scopes import RISKS_WRITE
from registry.errors import Refused
from registry.models.model import Model
from registry.models.user import Role, User
from registry.services.teams import check_member

DECIDERS = (Role.REVIEWER, Role.APPROVER, Role.COMPLIANCE)


def check_can_record(person: User, model: Model) -> None:
    """Reviewers and compliance officers may write for every model; a developer for the models of their team.

    Raises: RoleNotHeld, NotAMember.
    """
    permissions.check_scope(person, RISKS_WRITE)
    if not person.holds(Role.REVIEWER, Role.COMPLIANCE):
        check_member(person, model.team)


def can_record(person: User, model: Model) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    return _told(lambda: check_can_record(person, model))


def check_can_close(person: User, found: Current) -> None:
    """Raises: RoleNotHeld, NotAMember, OwnRisk."""
    check_can_record(person, found.entry.model)
    if not was_estimated(found.entry):
        return
    if not person.holds(*DECIDERS):
        needed = " or ".join(str(role.label).lower() for role in DECIDERS)
        raise RoleNotHeld(f"Only a {needed} may close a risk that was estimated.")
    if person.pk in found.authors:
        raise OwnRisk("You wrote part of this entry; somebody else must close it.")


def can_close(person: User, found: Current) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    return _told(lambda: check_can_close(person, found))


def is_decision(entry: RiskEntry, state: str) -> bool:
    """Whether to give the entry this state is for a person alone, never for a program."""
    return state == RiskState.CLOSED and was_estimated(entry)


def was_estimated(entry: RiskEntry) -> bool:
    """Whether it ever was: taking the estimate away first opens no other way."""
    return entry.revisions.filter(probability__isnull=False).exists()


def _told(check: Callable[[], None]) -> tuple[bool, str]:
    try:
        check()
    except Refused as refused:
        return False, refused.message
    return True, ""
