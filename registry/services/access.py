"""Does one of this person's roles carry the scope? What a service asks that pages, programs and commands all call."""

from __future__ import annotations

from registry.core.scopes import SCOPES, scopes_of
from registry.errors import NotAllowed
from registry.models.user import User


class ScopeNotHeld(NotAllowed):
    code = "scope_not_held"


def check_scope(person: User, scope: str) -> None:
    """Raises ScopeNotHeld unless the account is open and one of its roles carries the scope."""
    held = scopes_of(person.role_names) if person.is_active else frozenset()
    if scope not in held:
        raise ScopeNotHeld(f"None of your roles permits this: {SCOPES[scope][0].lower()}{SCOPES[scope][1:]}.")
