"""Issuing, finding and revoking API tokens."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from registry import signals
from registry.core.scopes import SCOPES, scopes_of
from registry.errors import InvalidInput, NotAllowed
from registry.models.token import ApiToken
from registry.models.user import User

PREFIX = "fml"


class TokenScopeRefused(NotAllowed):
    code = "token_scope_refused"


class TokenLifetimeRefused(InvalidInput):
    code = "token_lifetime_refused"


def _sha256(secret: str) -> str:
    # A token carries 256 random bits, so one fast hash is enough: there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def issue(*, by: User, name: str, scopes: list[str], lifetime: timedelta) -> tuple[ApiToken, str]:
    """A new token for oneself, and its secret, which is shown this once.

    Raises: TokenScopeRefused (a scope that one's own roles do not carry), TokenLifetimeRefused (0 to 90 days).
    """
    unknown = sorted(set(scopes) - SCOPES.keys())
    if unknown or not scopes:
        raise TokenScopeRefused(f"Name at least one scope, each one of: {', '.join(SCOPES)}.", unknown=unknown)
    beyond = sorted(set(scopes) - scopes_of(by.role_names))
    if beyond:
        raise TokenScopeRefused(f"Your roles do not carry {', '.join(beyond)}.", beyond=beyond)
    if not timedelta(0) < lifetime <= settings.TOKEN_MAX_LIFETIME:
        raise TokenLifetimeRefused(f"A token lives for at most {settings.TOKEN_MAX_LIFETIME.days} days.")
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    whole = f"{PREFIX}_{prefix}_{secret}"
    now = timezone.now()
    token = ApiToken.objects.create(
        user=by,
        name=name,
        prefix=prefix,
        secret_sha256=_sha256(whole),
        scopes=sorted(set(scopes)),
        expires_at=now + lifetime,
    )
    signals.token_issued.send(ApiToken, token=token, actor=by, at=now)
    return token, whole


def find(secret: str, *, now: datetime | None = None) -> ApiToken | None:
    """The live token with this secret, or None: unknown, expired, revoked, or its account closed."""
    now = now or timezone.now()
    token = ApiToken.objects.select_related("user").filter(secret_sha256=_sha256(secret)).first()
    if token is None or token.revoked_at or token.expires_at <= now or not token.user.is_active:
        return None
    if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=5):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


@transaction.atomic
def revoke(*, by: User, token: ApiToken) -> ApiToken:
    """End a token at once. One's own, or anybody's as an administrator."""
    if token.user_id != by.pk and not by.holds("administrator"):
        raise NotAllowed("Only its owner or an administrator revokes a token.")
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        signals.token_revoked.send(ApiToken, token=token, actor=by, at=token.revoked_at)
    return token
