"""Putting a name to a record: the person proves who they are again, and signs exactly what they were shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils import timezone

from governance import history, recording
from governance.core.meanings import SENTENCES
from governance.errors import AlreadySigned, RecordChanged, SignLocked
from governance.ledger import Fact
from governance.models.signature import Signature
from registry.core.canonical import digest
from registry.errors import PasswordWrong
from registry.models.user import User

REFUSED = "signature.refused"
TRIES = 5
WITHIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A person who has just given their password again. Only `confirm` makes one."""

    person: User


def confirm(*, by: User, password: str) -> Confirmed:
    """Check the password again. A wrong one is put on record; the sixth try within 15 minutes is not looked at.

    Call it before the transaction that signs: the record of a wrong try must outlive the refusal.
    Raises: PasswordWrong, SignLocked.
    """
    with transaction.atomic():
        # One try at a time per person, or six at once would each see five before them.
        stored = User.objects.select_for_update(no_key=True).get(pk=by.pk)
        if history.count_since(REFUSED, by=stored, since=timezone.now() - WITHIN) >= TRIES:
            raise SignLocked(
                f"Signing is closed to your account after {TRIES} wrong passwords; it opens again "
                f"{int(WITHIN.total_seconds() // 60)} minutes after the first of them."
            )
        right = stored.is_active and check_password(password, stored.password)
        if not right:
            recording.record(Fact(REFUSED, "user", str(stored.pk), {"cause": "password_wrong"}, actor=stored))
    if not right:
        raise PasswordWrong("The password does not match. The try was put on record.")
    return Confirmed(stored)


def sign(
    *,
    signer: Confirmed,
    meaning: str,
    record_type: str,
    record_id: UUID,
    record: Mapping[str, Any],
    expected_sha256: str | None = None,
) -> Signature:
    """A signature over the record as it is now, in the caller's transaction. Raises: RecordChanged, AlreadySigned."""
    found = digest(record)
    check_unchanged(found, expected_sha256)
    person = signer.person
    if Signature.objects.filter(record_sha256=found, meaning=meaning, signer=person).exists():
        raise AlreadySigned("You have signed exactly this record, with this meaning, already.")
    return Signature.objects.create(
        signer=person,
        printed_name=person.full_name,
        username=person.username,
        meaning=meaning,
        statement=SENTENCES[meaning],
        record_type=record_type,
        record_id=record_id,
        record_sha256=found,
        record=dict(record),
        signed_at=timezone.now(),
    )


def check_unchanged(found: str, expected_sha256: str | None) -> None:
    """Raises RecordChanged when the signer was shown something else."""
    if expected_sha256 is not None and expected_sha256 != found:
        raise RecordChanged(
            "The record has changed since it was shown to you. Read it again before you sign.",
            expected_sha256=expected_sha256,
            record_sha256=found,
        )
