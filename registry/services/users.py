"""Creating accounts and granting roles."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from registry import signals
from registry.errors import Conflict, InvalidInput, NotAllowed
from registry.models.token import ApiToken
from registry.models.user import Role, RoleGrant, User


class WeakPassword(InvalidInput):
    code = "weak_password"


class EmailInvalid(InvalidInput):
    code = "email_invalid"


class UsernameTaken(Conflict):
    code = "username_taken"


class OwnRoles(NotAllowed):
    code = "own_roles"


@transaction.atomic
def create(
    *, by: User | None, username: str, full_name: str, email: str, password: str, roles: Iterable[Role | str]
) -> User:
    """A new account with its roles. `by` is None only for the first administrator, from the command line.

    Raises: UsernameTaken (in any letter case, closed accounts included), EmailInvalid, WeakPassword.
    """
    username = unicodedata.normalize("NFKC", username).strip()
    if User.objects.filter(username__iexact=username).exists():
        raise UsernameTaken("This user name is taken. User names are never reused; choose another.")
    user = User(username=username, full_name=full_name.strip(), email=_checked(email.strip()))
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages)) from error
    user.set_password(password)
    user.save()
    granted = sorted({str(role) for role in roles})
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role, granted_by=by) for role in granted)
    signals.user_created.send(User, user=user, roles=granted, actor=by or user, at=timezone.now())
    return user


def _checked(email: str) -> str:
    """The address, which may be left out: nothing is sent then."""
    try:
        if email:
            validate_email(email)
    except ValidationError as error:
        raise EmailInvalid("This is not an e-mail address, such as name@hospital.org.") from error
    return email


@transaction.atomic
def close(*, by: User, user: User) -> User:
    """Close an account for good: it can neither sign in nor act, and its tokens end. Its record and name stay.

    Raises: OwnRoles (nobody closes their own account, so that an administrator remains).
    """
    if user.pk == by.pk:
        raise OwnRoles("Nobody closes their own account; ask another administrator.")
    if user.is_active:
        user.is_active = False
        user.save(update_fields=["is_active"])
        ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
        signals.user_closed.send(User, user=user, actor=by, at=timezone.now())
    return user


@transaction.atomic
def set_roles(*, by: User, user: User, roles: Iterable[Role | str]) -> User:
    """Replace an account's roles. Nobody changes their own."""
    if user.pk == by.pk:
        raise OwnRoles("Nobody changes their own roles; ask another administrator.")
    wanted = {str(role) for role in roles}
    held = set(user.role_grants.values_list("role", flat=True))
    user.role_grants.exclude(role__in=wanted).delete()
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role, granted_by=by) for role in sorted(wanted - held))
    user.__dict__.pop("_role_names", None)
    signals.roles_changed.send(User, user=user, roles=sorted(wanted), actor=by, at=timezone.now())
    return user
