"""Accepting a prediction table: whole, or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from registry import signals, storage
from registry.core.lifecycle import State
from registry.core.table_schema import TableSchema
from registry.errors import IllegalMove
from registry.ingest.limits import Limits
from registry.ingest.parse import FileFormat, parse_table
from registry.ingest.parsed import ParsedTable
from registry.models.dataset import Dataset
from registry.models.table import PredictionTable
from registry.models.user import Role, User
from registry.models.version import ModelVersion
from registry.services.teams import check_member

CLOSED = {State.RETURNED, State.RETIRED}
# The hospital's time zone is not known here, and a day that has begun nowhere yet is in nobody's records.
FURTHEST_AHEAD = timezone.get_fixed_timezone(14 * 60)


@transaction.atomic
def open_rows(*, by: User, table: PredictionTable) -> IO[bytes]:
    """The file as it was uploaded, for the team that answers for it, stewards and auditors. It goes on record.

    Raises: NotAMember, BlobMissing.
    """
    if not by.holds(Role.STEWARD, Role.AUDITOR):
        check_member(by, table.version.model.team)
    rows = storage.open_blob(table.file_sha256)
    signals.table_downloaded.send(PredictionTable, table=table, actor=by, at=timezone.now())
    return rows


def upload(
    *,
    by: User,
    version: ModelVersion,
    dataset: Dataset,
    purpose: str,
    path: Path,
    file_name: str,
    file_format: FileFormat,
    schema: Mapping[str, object],
) -> PredictionTable:
    """Check the file in a child process, store it under its digest, and put it on record.

    The slow part (reading millions of rows) holds no transaction. A refused table leaves no row and no file.
    Raises: NotAMember, IllegalMove, SchemaRefused, TableRefused, StorageUnavailable.
    """
    _check_may_upload(by, version, dataset)
    declared = TableSchema.parse(schema, purpose=purpose)
    limits = Limits(max_bytes=settings.UPLOAD_LIMIT_BYTES)
    with tempfile.TemporaryDirectory(dir=settings.UPLOAD_DIR, prefix="table-") as folder:
        today = timezone.now().astimezone(FURTHEST_AHEAD).date()
        parsed = parse_table(
            path=path, file_format=file_format, schema=declared, workdir=Path(folder), today=today, limits=limits
        )
        original = storage.put_file(path)
        canonical = storage.put_file(parsed.canonical)
        table = PredictionTable(
            version=version,
            dataset=dataset,
            purpose=purpose,
            file_name=Path(file_name).name[:200],
            file_format=file_format,
            file_sha256=original.sha256,
            file_size=original.size,
            parsed_sha256=canonical.sha256,
            parsed_size=canonical.size,
            schema=declared.to_json(),
            summary=parsed.summary.to_json(),
            rows=parsed.summary.rows,
            subjects=parsed.summary.subjects,
            uploaded_by=by,
        )
        return _record(table, parsed)


def _check_may_upload(by: User, version: ModelVersion, dataset: Dataset) -> None:
    """Raises NotAMember or IllegalMove."""
    check_member(by, version.model.team)
    # The dataset's legal basis will speak for these rows, so its own team must be the one that says so.
    check_member(by, dataset.team)
    if State(version.state) in CLOSED:
        raise IllegalMove(f"{version} is {version.get_state_display().lower()}; it takes no more tables.")


@transaction.atomic
def _record(table: PredictionTable, parsed: ParsedTable) -> PredictionTable:
    table.save(force_insert=True)
    if parsed.subjects is not None:
        _copy_subjects(table, parsed.subjects)
    signals.table_uploaded.send(PredictionTable, table=table, actor=table.uploaded_by, at=timezone.now())
    return table


def _copy_subjects(table: PredictionTable, listed: Path) -> None:
    """One row per pseudonym, by COPY: five million in some ten seconds."""
    target = "COPY registry_tablesubject (table_id, pseudonym) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(target) as copy, listed.open(encoding="utf-8") as lines:
        for line in lines:
            copy.write_row((table.pk, line.rstrip("\n")))
