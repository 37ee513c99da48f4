"""Can this file become a canonical table? One pass: read, check, count, write. Runs inside the child process only."""

from __future__ import annotations

import datetime
import platform
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from registry.core.table_schema import Purpose, Role, TableSchema
from registry.ingest.batch import Batch, TableReader
from registry.ingest.canonical import CanonicalWriter, digest
from registry.ingest.cells import CellReader, CellRefused, unexplained
from registry.ingest.counting import ColumnCounter, SubjectList
from registry.ingest.csv_reader import CsvReader
from registry.ingest.header import check_header
from registry.ingest.limits import Limits
from registry.ingest.parquet_reader import ParquetReader
from registry.ingest.parsed import Summary
from registry.ingest.refusals import TableRefused, place, shown

# The first is raised whenever the same upload would give another canonical file.
ENGINES = {"canonical": "1", "python": platform.python_version(), "pyarrow": pa.__version__}


class Intake:
    """The accepted part of a table so far: its canonical rows on disk, and its counts."""

    def __init__(self, schema: TableSchema, limits: Limits, today: datetime.date) -> None:
        self._schema = schema
        self._readers = [CellReader(column, schema, limits, today) for column in schema.kept]
        self._counters = {column.name: ColumnCounter(column, limits, schema.subgroups) for column in schema.kept}
        self._subject = schema.named(Role.SUBJECT)
        self._outcome = schema.named(Role.OUTCOME)
        self._subjects = SubjectList()
        self._known_on = schema.named(Role.OUTCOME_DATE)
        self._events = 0
        self._known = 0
        self._rows = 0

    def write(self, table: TableReader, canonical: Path, subjects: Path) -> Summary:
        """Write the canonical table and the subject list. Raises TableRefused; what was written by then is void."""
        arrow_schema = pa.schema([reader.field for reader in self._readers])
        with CanonicalWriter(canonical, arrow_schema) as writer:
            for batch in table.batches([column.name for column in self._schema.kept]):
                arrays = self._read(batch)
                self._count(arrays)
                writer.add(pa.record_batch(list(arrays.values()), schema=arrow_schema))
            self._refuse_unusable()
        return self._summary(canonical, self._subjects.write(subjects) if self._subject is not None else None)

    def _read(self, batch: Batch) -> dict[str, pa.Array]:
        """The batch's canonical columns. Of several refusals the first row's counts, then the first column's."""
        arrays: dict[str, pa.Array] = {}
        refusals: list[tuple[int, int, CellRefused]] = []
        for position, reader in enumerate(self._readers):
            name = reader.column.name
            try:
                arrays[name] = reader.read(batch.columns[name])
            except CellRefused as found:
                refusals.append((found.index, position, found))
        refusals += self._contradictions(arrays)
        if refusals:
            index, position, refusal = min(refusals, key=lambda each: each[:2])
            row, line, column = batch.first_row + index, batch.line(index), self._readers[position].column.name
            message = f"{place(row, line, column)}: {refusal.reason}."
            raise TableRefused(refusal.code, message, row, column, line=line)
        return arrays

    def _contradictions(self, arrays: dict[str, pa.Array]) -> list[tuple[int, int, CellRefused]]:
        """Rows that deny what they say elsewhere: an outcome that became known on a day, and is empty."""
        if (
            self._outcome is None
            or self._known_on is None
            or not {self._outcome.name, self._known_on.name} <= set(arrays)
        ):
            return []
        found = unexplained(arrays[self._outcome.name], arrays[self._known_on.name])
        return [] if found is None else [(found.index, self._schema.kept.index(self._outcome), found)]

    def _count(self, arrays: dict[str, pa.Array]) -> None:
        for name, values in arrays.items():
            self._counters[name].add(values)
            self._rows += len(values) if name == self._schema.kept[0].name else 0
        if self._outcome is not None:
            outcomes = arrays[self._outcome.name]
            self._events += pc.sum(pc.cast(outcomes, pa.int64())).as_py() or 0
            self._known += len(outcomes) - outcomes.null_count
        if self._subject is not None:
            self._subjects.add(arrays[self._subject.name])

    def _refuse_unusable(self) -> None:
        if self._rows == 0:
            raise TableRefused("empty_table", "The table has a header and no rows; send at least one row.")
        if self._outcome is None or self._schema.purpose is not Purpose.EVALUATION:
            return
        if self._known == 0:
            message = "No row has an outcome; a model can only be evaluated on outcomes that are known."
            raise TableRefused("no_known_outcome", message, column=self._outcome.name)
        if self._events in (0, self._known):
            level = self._schema.outcome_levels[int(self._events > 0)]
            message = (
                f"Every row has the outcome {shown(level)}; a model can only be evaluated on rows with and without "
                "the event. Send both."
            )
            raise TableRefused("single_class_outcome", message, column=self._outcome.name)

    def _summary(self, canonical: Path, subjects: int | None) -> Summary:
        exact = {} if self._subject is None else {self._subject.name: subjects}
        return Summary(
            rows=self._rows,
            columns=tuple(each.summary(exact_distinct=exact.get(name)) for name, each in self._counters.items()),
            outcomes=None if self._outcome is None else {"0": self._known - self._events, "1": self._events},
            subjects=subjects,
            sha256=digest(canonical),
            size=canonical.stat().st_size,
            engines=ENGINES,
        )


def intake(
    *,
    source: Path,
    file_format: str,
    schema: TableSchema,
    today: datetime.date,
    canonical: Path,
    subjects: Path,
    limits: Limits,
) -> Summary:
    """Read the upload at `source`; write the canonical table and, where a subject is declared, the subject list."""
    with source.open("rb") as file:
        table = _opened(file, source, file_format, limits)
        check_header(table, schema, limits)
        return Intake(schema, limits, today).write(table, canonical, subjects)


def _opened(file: BinaryIO, path: Path, file_format: str, limits: Limits) -> TableReader:
    return CsvReader(file, limits) if file_format == "csv" else ParquetReader(path, limits)
