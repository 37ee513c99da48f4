"""Recording patients' words: importing consent files, and withdrawals, which close the gate at once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone

from governance import permissions, recording
from governance.core import consent_file
from governance.core.consent import WITHDRAWN
from governance.core.consent_file import MAX_BYTES, FileRefused, Stated
from governance.core.document import moment
from governance.core.facts import Section
from governance.core.suppression import is_small
from governance.errors import ConsentRefused, ConsentTooLarge, ReasonMissing
from governance.ledger import Fact
from governance.models.consent import ConsentImport, ConsentRecord
from governance.services import gate
from governance.services.assessment_touch import touch
from registry.core.scopes import CONSENT_WRITE
from registry.core.strict_json import StrictJsonError, loads
from registry.models.user import User

MAX_SOURCE = 200
COPY = """COPY governance_consentrecord (batch_id, pseudonym, purpose, status, valid_from, valid_to, recorded_at)
FROM STDIN"""
AFFECTED = """
SELECT DISTINCT held.version_id
FROM governance_consentrecord AS spoken
JOIN registry_tablesubject AS subject ON subject.pseudonym = spoken.pseudonym
JOIN registry_predictiontable AS held ON held.id = subject.table_id
WHERE spoken.batch_id = %s
ORDER BY held.version_id
"""
REACHED = """
SELECT count(DISTINCT held.id), count(DISTINCT held.version_id)
FROM governance_consentrecord AS spoken
JOIN registry_tablesubject AS subject ON subject.pseudonym = spoken.pseudonym
JOIN registry_predictiontable AS held ON held.id = subject.table_id
WHERE spoken.batch_id = %s AND held.purpose = 'evaluation'
"""


@dataclass(frozen=True, slots=True)
class Reached:
    """How many evaluation tables, of how many versions, hold somebody who is named in an import."""

    tables: int
    versions: int


def import_records(*, by: User, source: str, content: bytes) -> ConsentImport:
    """Accept a JSON list of consent records whole, or refuse it with the index and field of the first bad one.

    Raises: RoleNotHeld, ConsentTooLarge, ConsentRefused.
    """
    permissions.check_scope(by, CONSENT_WRITE)
    if len(content) > MAX_BYTES:
        raise ConsentTooLarge(f"The file has {len(content):,} bytes; at most {MAX_BYTES:,} are accepted.")
    now = timezone.now()
    stated = _read(content, now)
    with recording.together():
        batch = _batch(by, source, _digest(content, stated), stated)
        body: dict[str, object] = {"source": batch.source, "records": batch.records}
        recording.record(Fact("consent.imported", "consent_import", str(batch.pk), body, by, None, batch.file_sha256))
        _redecide(batch, "consents were imported")
    return batch


def withdraw(*, by: User, pseudonym: str, purpose: str, reason: str) -> ConsentRecord:
    """Record a withdrawal, which speaks from now on. An unknown pseudonym is accepted: it may be imported later.

    Raises: RoleNotHeld, ConsentRefused, ReasonMissing.
    """
    permissions.check_scope(by, CONSENT_WRITE)
    if not reason.strip():
        raise ReasonMissing("Say how the withdrawal reached you.")
    now = timezone.now()
    item = {"pseudonym": pseudonym, "purpose": purpose, "status": WITHDRAWN, "valid_from": moment(now)}
    try:
        stated = consent_file.read([item], now=now)
    except FileRefused as error:
        raise ConsentRefused(str(error), index=0, field=error.field) from error
    with recording.together():
        batch = _batch(by, "withdrawal", _nameless(), stated)
        # No pseudonym in the ledger: an entry outlives every wish to be forgotten.
        body: dict[str, object] = {"purpose": purpose, "reason": reason.strip()}
        recording.record(Fact("consent.withdrawn", "consent_import", str(batch.pk), body, by, None, batch.file_sha256))
        _redecide(batch, "a consent was withdrawn")
    return batch.entries.get()


def affected_versions(batch: ConsentImport) -> list[UUID]:
    """The versions whose tables hold a pseudonym of this import, found in one query, in an order fit for locking."""
    with connection.cursor() as cursor:
        cursor.execute(AFFECTED, [batch.pk])
        return [version for (version,) in cursor.fetchall()]


def reached(batch: ConsentImport) -> Reached:
    """Where the patients of this import are evaluated; nowhere when their pseudonyms occur in no table yet."""
    with connection.cursor() as cursor:
        cursor.execute(REACHED, [batch.pk])
        return Reached(*cursor.fetchall()[0])


def _digest(content: bytes, stated: Sequence[Stated]) -> str:
    """Of the file, so that anybody who holds it can compare; but never of a file that is about a few people."""
    return _nameless() if is_small(len(stated)) else hashlib.sha256(content).hexdigest()


def _nameless() -> str:
    """What stands where a digest is expected: of random bytes, kept nowhere, so that it reveals nothing.

    The record is a pseudonym and what everybody can read beside it. Its digest would name the patient to whoever
    hashes the few thousand pseudonyms of a hospital, and the ledger keeps it for ever.
    """
    return hashlib.sha256(secrets.token_bytes(32)).hexdigest()


def _read(content: bytes, now: datetime) -> tuple[Stated, ...]:
    try:
        return consent_file.read(loads(content), now=now)
    except StrictJsonError as error:
        raise ConsentRefused(f"The file is not usable JSON: {error}.") from error
    except FileRefused as error:
        raise ConsentRefused(f"The file is not accepted. {error}.", index=error.index, field=error.field) from error


def _batch(by: User, source: str, sha256: str, stated: Sequence[Stated]) -> ConsentImport:
    name = source.strip()
    if not name or len(name) > MAX_SOURCE:
        raise ConsentRefused(f"Name the source of the consents, in at most {MAX_SOURCE} characters.", field="source")
    batch = ConsentImport.objects.create(source=name, file_sha256=sha256, records=len(stated), imported_by=by)
    # COPY takes 200,000 records in a second or two, where INSERT takes ten times as long.
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for each in stated:
            copy.write_row(
                (batch.pk, each.pseudonym, each.purpose, each.status, each.valid_from, each.valid_to, each.recorded_at)
            )
    return batch


def _redecide(batch: ConsentImport, because: str) -> None:
    for version in affected_versions(batch):
        gate.redecide_at_end(version, because=because)
        touch({Section.CONSENT}, version=version)
