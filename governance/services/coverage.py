"""How many of a table's subjects consented, at a moment? The rule of `governance.core.consent`, as one SQL query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from governance.core.consent import Category, Coverage, coverage_of, not_consent_based
from registry.models.dataset import LegalBasis
from registry.models.table import PredictionTable

# The latest word speaks; of words recorded at one moment a refusal beats a consent; then the later arrival.
COUNTS = """
WITH subject AS (
    SELECT table_id, pseudonym FROM registry_tablesubject WHERE table_id = ANY(%(tables)s)
), word AS (
    SELECT DISTINCT ON (spoken.pseudonym) spoken.pseudonym, spoken.status, spoken.valid_from, spoken.valid_to
    FROM governance_consentrecord AS spoken
    WHERE spoken.purpose = %(purpose)s AND spoken.recorded_at <= %(at)s
      AND spoken.pseudonym IN (SELECT pseudonym FROM subject)
    ORDER BY spoken.pseudonym, spoken.recorded_at DESC, (spoken.status = 'active'), spoken.id DESC
), stand AS (
    SELECT subject.table_id, word.valid_to, CASE
        WHEN word.status IS NULL THEN 'missing'
        WHEN word.status <> 'active' THEN word.status
        WHEN %(at)s < word.valid_from THEN 'not_yet_valid'
        WHEN word.valid_to IS NOT NULL AND %(at)s >= word.valid_to THEN 'expired'
        ELSE 'covered' END AS category
    FROM subject LEFT JOIN word USING (pseudonym)
)
SELECT table_id, category, count(*), min(valid_to) FROM stand GROUP BY table_id, category
"""


def coverage(*, table: PredictionTable, purpose: str, at: datetime) -> Coverage:
    """The coverage of one table."""
    return coverages(tables=[table], purpose=purpose, at=at)[0]


def coverages(*, tables: Sequence[PredictionTable], purpose: str, at: datetime) -> list[Coverage]:
    """The coverage of each table, in the order given. Their datasets are read: select them along."""
    asked = [table.pk for table in tables if table.dataset.legal_basis == LegalBasis.CONSENT]
    counts, lapses = _counted(asked, purpose, at)
    return [
        coverage_of(
            table=str(table.pk), purpose=purpose, counts=counts.get(table.pk, {}), lapses_at=lapses.get(table.pk)
        )
        if table.dataset.legal_basis == LegalBasis.CONSENT
        else not_consent_based(table=str(table.pk), purpose=purpose, note=table.dataset.legal_basis_note)
        for table in tables
    ]


def _counted(
    tables: Iterable[UUID], purpose: str, at: datetime
) -> tuple[dict[UUID, dict[str, int]], dict[UUID, datetime]]:
    counts: dict[UUID, dict[str, int]] = {}
    lapses: dict[UUID, datetime] = {}
    if not (wanted := list(tables)):
        return counts, lapses
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, {"tables": wanted, "purpose": purpose, "at": at})
        for table, category, count, first_end in cursor.fetchall():
            counts.setdefault(table, {})[category] = count
            if category == Category.COVERED and first_end is not None:
                lapses[table] = first_end
    return counts, lapses
