"""What was measured of a version, table by table, and which tables are about the same patients?"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from uuid import UUID

from audits.core.values import Measurement
from audits.models.audit import Audit
from audits.models.measurement import MeasurementRow
from governance.core.evaluations import Evaluation
from registry.core.canonical import digest
from registry.models.table import PredictionTable, TablePurpose, TableSubject
from registry.models.version import ModelVersion

READ_AT_ONCE = 10_000
# What two uploads of the same rows have in common whatever the model: not the scores, nor the features that it reads.
ROLES_OF_ROWS = ("outcome", "date")
REMEMBERED = 1024


def evaluations(version: ModelVersion) -> tuple[Evaluation, ...]:
    """Every evaluation table, oldest first, with the newest finished audit of each kind under the plan in force."""
    tables = list(
        version.tables.filter(purpose=TablePurpose.EVALUATION).select_related("dataset").order_by("created_at", "pk")
    )
    audits = (
        Audit.objects.filter(version=version, plan=version.plans.first(), table__in=tables)
        .succeeded()
        .order_by("finished_at", "created_at")
    )
    newest: dict[tuple[UUID, str], Audit] = {(each.table_id, each.kind): each for each in audits}
    audited = {table for table, _ in newest}
    measured: dict[UUID, list[Measurement]] = {table.pk: [] for table in tables}
    for row in MeasurementRow.objects.filter(audit__in=newest.values()).select_related("audit"):
        measured[row.audit.table_id].append(_measurement(row))
    return tuple(
        Evaluation(
            version.number,
            table.file_name,
            table.dataset.name,
            tuple(measured[table.pk]),
            file=table.parsed_sha256,
            patients=_patients(table),
            audited=table.pk in audited,
        )
        for table in tables
    )


def _measurement(row: MeasurementRow) -> Measurement:
    return Measurement(row.measure, row.estimate, row.slice, row.across, row.operating_point, row.column)


def _patients(table: PredictionTable) -> str:
    """A digest of whose rows these are: the pseudonyms, how many rows, and what the rows say beside the scores.

    "" without a subject column, for then the table does not say whose rows they are.
    """
    if table.subjects is None:
        return ""
    columns = [each for each in table.summary.get("columns", ()) if each["role"] in ROLES_OF_ROWS]
    kept = ("role", "nulls", "distinct", "minimum", "maximum")
    said = sorted(([each.get(name) for name in kept] for each in columns), key=lambda each: str(each[0]))
    outcomes = table.summary.get("outcomes")
    return digest({"subjects": _subjects(table.pk), "rows": table.rows, "outcomes": outcomes, "columns": said})


@lru_cache(maxsize=REMEMBERED)
def _subjects(table: UUID) -> str:
    """SHA-256 of the sorted pseudonyms. An accepted table never changes, so it is worked out once in a process."""
    found = hashlib.sha256()
    rows = TableSubject.objects.filter(table=table).order_by("pseudonym").values_list("pseudonym", flat=True)
    for pseudonym in rows.iterator(READ_AT_ONCE):
        found.update(f"{pseudonym}\n".encode())
    return found.hexdigest()
