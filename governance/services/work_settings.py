"""How a person hears of what waits: the daily e-mail on or off, and a calendar behind a secret address that can be
revoked. Only the digest of the secret is kept, so whoever reads the database cannot read the calendar."""

from __future__ import annotations

import hashlib
import secrets

from django.utils import timezone

from governance import recording
from governance.errors import FeedUnknown
from governance.ledger import Fact
from governance.models.work import WorkSetting
from registry.core.scopes import READ
from registry.models.user import User
from registry.services.access import check_scope

BYTES = 32


def setting_of(person: User) -> WorkSetting:
    """The person's setting; what nobody has set is as it comes."""
    return WorkSetting.objects.filter(person=person).first() or WorkSetting(person=person)


def set_digest(*, by: User, on: bool) -> WorkSetting:
    """Whether the person wants a daily e-mail. Raises: ScopeNotHeld."""
    check_scope(by, READ)
    row, _ = WorkSetting.objects.update_or_create(person=by, defaults={"digest": on})
    return row


def make_feed(*, by: User) -> str:
    """A new secret for the person's calendar, told once; an earlier one stops working. Raises: ScopeNotHeld."""
    check_scope(by, READ)
    secret = secrets.token_urlsafe(BYTES)
    _keep(by, _digest(secret), "work_feed.made")
    return secret


def revoke_feed(*, by: User) -> None:
    """The calendar's address stops working; saying it twice is harmless. Raises: ScopeNotHeld."""
    check_scope(by, READ)
    if setting_of(by).feed_sha256:
        _keep(by, "", "work_feed.revoked")


def person_of(secret: str) -> User:
    """Whose calendar this is. Raises: FeedUnknown, also for an account that was closed."""
    found = WorkSetting.objects.select_related("person").filter(feed_sha256=_digest(secret)).first()
    if found is None or not found.person.is_active:
        raise FeedUnknown("There is no calendar at this address, or not any more.")
    return found.person


def _keep(person: User, sha256: str, kind: str) -> None:
    made_at = timezone.now() if sha256 else None
    with recording.together():
        row, _ = WorkSetting.objects.update_or_create(
            person=person, defaults={"feed_sha256": sha256, "feed_made_at": made_at}
        )
        recording.record(Fact(kind, "work_setting", str(row.pk), {}, person))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
