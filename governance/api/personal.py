"""Which decisions besides signing does a person take alone? Those that make less of a harm, or end looking at it."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.views import APIView

from registry.api.permissions import SignedInPerson


class InPerson(SignedInPerson):
    """For endpoints that are nothing but such a decision."""

    message = "This decision needs a person's own session; an API token cannot take it."


def check_in_person(view: APIView, request: Request) -> None:
    """For endpoints that are one only at times. Raises PermissionDenied, session_required."""
    if not InPerson().has_permission(request, view):
        view.permission_denied(request, message=InPerson.message, code=InPerson.code)
