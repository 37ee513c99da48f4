"""May this person see who works with a model and what each of them lacks? Everybody may see how many are trained."""

from __future__ import annotations

from governance.errors import NotAReader
from governance.permissions import check_scope
from registry.core.scopes import READ, TRAINING_WRITE, scopes_of
from registry.errors import Refused
from registry.models.model import Model
from registry.models.user import Role, User


def check_can_see_people(person: User, model: Model) -> None:
    """Names are for who keeps the training records, for auditors, and for the model's team.

    Raises: RoleNotHeld, NotAReader.
    """
    check_scope(person, READ)
    if TRAINING_WRITE in scopes_of(person.role_names) or person.holds(Role.AUDITOR, Role.COMPLIANCE):
        return
    if not model.team.memberships.filter(user=person).exists():
        raise NotAReader(
            f"Who is trained is shown to {model.team.name}, to auditors and to those who keep the training records."
        )


def can_see_people(person: User, model: Model) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    try:
        check_can_see_people(person, model)
    except Refused as refused:
        return False, refused.message
    return True, ""
