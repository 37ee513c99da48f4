"""May this caller use this endpoint? Signed in, with the scope that the view names for the method; else no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from registry.core.scopes import READ, scopes_of
from registry.models.token import ApiToken
from registry.models.user import User

if TYPE_CHECKING:  # rest_framework.views reads these classes from the settings while it is being imported
    from rest_framework.views import APIView


def scopes_of_request(request: Request) -> frozenset[str]:
    """What the caller may do now: the account's roles, cut down to the token's scopes when a token is used."""
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    held = scopes_of(user.role_names)
    return held & frozenset(request.auth.scopes) if isinstance(request.auth, ApiToken) else held


class SignedInWithScope(BasePermission):
    """Default-deny. A view sets `write_scope`; without one, only reading is possible, with `read_scope`."""

    message = "Your roles, or this token's scopes, do not permit this."
    code = "not_allowed"

    def has_permission(self, request: Request, view: APIView) -> bool:
        reads = request.method in SAFE_METHODS
        needed = getattr(view, "read_scope", READ) if reads else getattr(view, "write_scope", None)
        return needed is not None and needed in scopes_of_request(request)


class SignedInPerson(BasePermission):
    """A person in a session of their own: what signing demands. A token is never enough."""

    message = "Signing needs a person's own session; an API token can never sign."
    code = "session_required"

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and request.user.is_active and request.auth is None
