"""Who calls, and with what? The two questions that every writing view asks first."""

from __future__ import annotations

from typing import Any

from rest_framework import exceptions, serializers
from rest_framework.request import Request

from registry.models.user import User


def caller(request: Request) -> User:
    """The account behind the request. Raises NotAuthenticated where a view's permissions would let nobody in."""
    if not isinstance(request.user, User):
        raise exceptions.NotAuthenticated
    return request.user


def validated(serializer_type: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The request's body, checked by its input serializer; refused with 422 otherwise."""
    serializer = serializer_type(data=request.data)
    serializer.is_valid(raise_exception=True)
    found: dict[str, Any] = serializer.validated_data
    return found
