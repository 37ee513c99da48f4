"""What state is the table in? Missing, distinct, out-of-range, repeated and leaked counts."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from audits.core.quality import ColumnCounts, TableCounts
from audits.core.values import Column, Source
from audits.engines.connection import SCAN, Limits, Progress, column, opened, real, within
from audits.engines.rows import EXACT_ROWS, FEW_IN_PART, PARTS, NumberCounter, spread
from audits.engines.streams import batches, floats

#: Number columns that are read side by side.
_TOGETHER = 64

#: What a role implies when nothing is declared: (minimum, maximum).
_IMPLIED = {"score": (0.0, 1.0), "outcome": (0.0, 1.0), "comparator": (0.0, 1.0)}


def profile(source: Source, *, progress: Progress, limits: Limits) -> tuple[ColumnCounts, ...]:
    """Counts of every column: numbers of a large table in one pass with estimated distinct values, the rest exactly."""
    made: dict[str, ColumnCounts] = {}
    whole = source.rows * max(1, len(source.columns))
    with opened(limits) as connection:
        streamed = [item for item in source.columns if item.type == "number" and item.levels is None]
        streamed = streamed if source.rows > EXACT_ROWS else []
        for start in range(0, len(streamed), _TOGETHER):
            some = streamed[start : start + _TOGETHER]

            def told(_: str, rows: int, __: int, done: int = start, width: int = len(some)) -> None:
                progress("columns", done * source.rows + rows * width, whole)

            made |= {counts.name: counts for counts in _numbers(connection, source, some, told)}
        for done, item in enumerate((item for item in source.columns if item.name not in made), len(made)):
            progress("columns", done * source.rows, whole)
            made[item.name] = _column(connection, source, item)
    progress("columns", whole, whole)
    return tuple(made[item.name] for item in source.columns)


def _numbers(
    connection: duckdb.DuckDBPyConnection, source: Source, items: Sequence[Column], progress: Progress
) -> list[ColumnCounts]:
    """Number columns in one pass; those with few distinct values are counted once more, exactly."""
    counters = [
        NumberCounter(
            item,
            *spread((item.minimum, item.maximum), _IMPLIED.get(item.role, (None, None))),
            binary=item.role == "outcome",
        )
        for item in items
    ]
    columns = ", ".join(f"TRY_CAST({column(item.name)} AS DOUBLE) AS c{i}" for i, item in enumerate(items))
    query = f"SELECT {columns} FROM {SCAN}"  # noqa: S608
    rows = 0
    for batch in batches(connection, query, [source.path], progress=progress, stage="", rows=source.rows):
        rows += batch.num_rows
        for counter, values in zip(counters, batch.columns, strict=True):
            counter.add(floats(values))
    made = []
    for counter in counters:
        if counter.in_part < FEW_IN_PART:
            made.append(_column(connection, source, counter.item))
            continue
        outside = counter.outside if _outside(counter.item) else None
        missing = rows - counter.present
        made.append(ColumnCounts(counter.item.name, rows, missing, counter.in_part * PARTS, outside, PARTS))
    return made


def _column(connection: duckdb.DuckDBPyConnection, source: Source, item: Column) -> ColumnCounts:
    """One column, exactly: each distinct value counted first, then looked at."""
    number = item.type == "number"
    x = f"TRY_CAST({column(item.name)} AS DOUBLE)" if number else f"CAST({column(item.name)} AS VARCHAR)"
    present = "x IS NOT NULL AND NOT isnan(x)" if number else "x IS NOT NULL"
    outside = _outside(item)
    query = (
        f"SELECT coalesce(sum(n), 0), coalesce(sum(n) FILTER (WHERE {present}), 0), count(*) FILTER (WHERE {present}), "  # noqa: S608
        f"coalesce(sum(n) FILTER (WHERE {present} AND ({outside or 'false'})), 0) "
        f"FROM (SELECT {x} AS x, count(*) AS n FROM {SCAN} GROUP BY 1)"
    )
    found = connection.execute(query, [source.path]).fetchone() or (0, 0, 0, 0)
    rows, full, distinct, wrong = (int(number) for number in found)
    return ColumnCounts(item.name, rows, rows - full, distinct, wrong if outside else None)


def _outside(item: Column) -> str:
    """SQL for "x is not as declared"; "" when nothing is declared."""
    minimum, maximum = _IMPLIED.get(item.role, (None, None))
    minimum = item.minimum if item.minimum is not None else minimum
    maximum = item.maximum if item.maximum is not None else maximum
    tests = []
    if item.type == "number":
        tests += [f"x < {real(minimum)}"] if minimum is not None else []
        tests += [f"x > {real(maximum)}"] if maximum is not None else []
        tests += ["x NOT IN (0, 1)"] if item.role == "outcome" else []
    if item.levels is not None:
        tests.append(f"NOT ({within('CAST(x AS VARCHAR)', item.levels)})")
    return " OR ".join(tests)


def repeats(source: Source, reference: Source | None, *, progress: Progress, limits: Limits) -> TableCounts:
    """Counts about whole rows and subjects; None where a subject column is not there to count."""
    subject, other = subject_of(source), subject_of(reference) if reference else None
    progress("repeats", 0, 2)
    with opened(limits) as connection:
        names = ", ".join(column(item.name) for item in source.columns)
        hashed = source.rows > EXACT_ROWS
        query = f"SELECT coalesce(sum(n), 0), count(*) FROM (SELECT count(*) AS n FROM {SCAN} GROUP BY {names})"  # noqa: S608
        if hashed:
            query = (
                f"SELECT coalesce(sum(n), 0), count(*) FROM (SELECT count(*) AS n FROM {SCAN} GROUP BY hash({names}))"  # noqa: S608
            )
        rows, distinct = _one(connection, query, source.path)
        progress("repeats", 1, 2)
        with_subject = subjects = shared = None
        if subject is not None:
            people = _people(subject)
            query = f"SELECT coalesce(sum(n), 0), count(*) FROM ({people})"  # noqa: S608
            with_subject, subjects = _one(connection, query, source.path)
            if reference is not None and other is not None:
                query = f"SELECT count(*), count(*) FROM ({people}) SEMI JOIN ({_people(other)}) USING (s)"  # noqa: S608
                shared = _one(connection, query, source.path, reference.path)[0]
    progress("repeats", 2, 2)
    return TableCounts(rows, distinct, with_subject, subjects, shared, hashed)


def people(source: Source, *, limits: Limits) -> tuple[int, int] | None:
    """Rows with a subject, and distinct subjects; None when the table has no subject column."""
    subject = subject_of(source)
    if subject is None:
        return None
    with opened(limits) as connection:
        return _one(connection, f"SELECT coalesce(sum(n), 0), count(*) FROM ({_people(subject)})", source.path)  # noqa: S608


def _people(name: str) -> str:
    """SQL for one row per subject with its number of rows; null subjects are nobody."""
    return (
        f"SELECT CAST({column(name)} AS VARCHAR) AS s, count(*) AS n FROM {SCAN} "  # noqa: S608
        f"WHERE {column(name)} IS NOT NULL GROUP BY 1"
    )


def subject_of(source: Source) -> str | None:
    """The name of the subject column, if the table has one."""
    return next((item.name for item in source.columns if item.role == "subject"), None)


def _one(connection: duckdb.DuckDBPyConnection, query: str, *paths: str) -> tuple[int, int]:
    first, second = connection.execute(query, list(paths)).fetchone() or (0, 0)
    return int(first), int(second)
