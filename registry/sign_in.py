"""Is this person who they say they are? The password, and a pause after too many wrong ones."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from registry.models.sign_in import FailedSignIn
from registry.models.user import User


class LockingBackend(ModelBackend):
    """Django's own check behind a count of recent failures per user name, known or not.

    While a name is locked its tries are neither checked nor counted, so the lock ends by itself however often
    somebody knocks; and a locked name looks like a wrong password, so that nobody learns which names exist.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,  # noqa: ANN401 - Django's signature
    ) -> User | None:
        if username is None or password is None:
            return None
        name = username.casefold()[:150]
        recent = FailedSignIn.objects.filter(username=name, created_at__gt=timezone.now() - settings.SIGN_IN_LOCK)
        if recent.count() >= settings.SIGN_IN_TRIES:
            raise PermissionDenied
        user = super().authenticate(request, username=username, password=password, **kwargs)
        if not isinstance(user, User):
            FailedSignIn.objects.create(username=name)
            return None
        recent.delete()
        return user
