"""Is the running system set up as a policy asks? Its settings as they are now, tried out where that is possible."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import get_hasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string

from governance.keys import GateKeyUnavailable, gate_public_key
from governance.services.capability_answer import Answer, unless
from registry.models.user import User
from registry.sign_in import LockingBackend

SLOW_HASHES = frozenset({"argon2", "pbkdf2_sha256", "pbkdf2_sha1", "scrypt", "bcrypt_sha256", "bcrypt"})
MOST_TRIES = 10
LEAST_LOCK = timedelta(minutes=5)
LONGEST_SESSION = 12 * 60 * 60
MOST_APART = timedelta(seconds=5)


def sign_in_lockout() -> Answer:
    backends = [import_string(path) for path in settings.AUTHENTICATION_BACKENDS]
    against = [
        f"{each.__name__} counts no wrong passwords" for each in backends if not issubclass(each, LockingBackend)
    ]
    if not backends:
        against.append("nobody checks passwords")
    if not 0 < settings.SIGN_IN_TRIES <= MOST_TRIES:
        against.append(f"{settings.SIGN_IN_TRIES} wrong passwords are allowed")
    if settings.SIGN_IN_LOCK < LEAST_LOCK:
        against.append(f"a lock ends after {settings.SIGN_IN_LOCK}")
    minutes = int(settings.SIGN_IN_LOCK.total_seconds() // 60)
    return unless(against, so=f"{settings.SIGN_IN_TRIES} wrong passwords lock a user name for {minutes} minutes.")


def second_factor() -> Answer:
    """A way of signing in that asks for one says so by `asks_second_factor`."""
    backends = [import_string(path) for path in settings.AUTHENTICATION_BACKENDS]
    without = [each for each in backends if not getattr(each, "asks_second_factor", False)]
    if backends and not without:
        return Answer(True, "Every way of signing in asks for a second proof.")
    return Answer(False, "Signing in asks for a password only; there is no second factor.")


def passwords_validated() -> Answer:
    """Three passwords that must be refused, tried out."""
    somebody = User(username="maria.lindqvist", email="maria.lindqvist@example.org", full_name="Maria Lindqvist")
    tries = {"a short": "xK7!qv9Tz2", "a common": "password1234", "the account's own": "maria.lindqvist"}
    against = [f"{kind} password is accepted" for kind, text in tries.items() if _accepted(text, somebody)]
    return unless(against, so="Short and common passwords, and those that resemble the account, are refused.")


def _accepted(password: str, user: User) -> bool:
    try:
        validate_password(password, user)
    except ValidationError:
        return False
    return True


def passwords_hashed() -> Answer:
    name = str(get_hasher("default").algorithm)
    if name in SLOW_HASHES:
        return Answer(True, f"New passwords are kept as {name} hashes.")
    return Answer(False, f"New passwords are kept as {name} hashes, which are quick to guess.")


def automatic_logoff() -> Answer:
    age = settings.SESSION_COOKIE_AGE
    hours = f"{age / 3600:g} hours"
    if 0 < age <= LONGEST_SESSION:
        return Answer(True, f"A session ends after {hours}.")
    return Answer(False, f"A session lasts {hours}; at most {LONGEST_SESSION // 3600} are accepted.")


def tls_cookies() -> Answer:
    wanted = {
        "SESSION_COOKIE_SECURE": bool(settings.SESSION_COOKIE_SECURE),
        "CSRF_COOKIE_SECURE": bool(settings.CSRF_COOKIE_SECURE),
        # The header of a proxy says how a request came in; it redirects nothing.
        "SECURE_SSL_REDIRECT": bool(settings.SECURE_SSL_REDIRECT),
        "SECURE_HSTS_SECONDS": settings.SECURE_HSTS_SECONDS > 0,
        "SESSION_COOKIE_HTTPONLY": bool(settings.SESSION_COOKIE_HTTPONLY),
    }
    against = [f"{name} is off" for name, is_on in wanted.items() if not is_on]
    return unless(against, so="Pages are served over TLS only, and cookies are sent over nothing else.")


def server_time() -> Answer:
    against = [] if settings.USE_TZ and settings.TIME_ZONE == "UTC" else ["times are not kept in UTC"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (there,) = cursor.fetchone()
    if abs(there - timezone.now()) > MOST_APART:
        against.append("the clocks of the database and of the server are more than 5 seconds apart")
    return unless(against, so="Times are kept in UTC, and the clocks of the database and of the server agree.")


def signed_decisions() -> Answer:
    try:
        gate_public_key()
    except GateKeyUnavailable as error:
        return Answer(False, error.message)
    return Answer(True, "The gate has its key, and signs each decision with it.")
