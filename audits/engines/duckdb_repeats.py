"""Which rows and people stand twice in a table, or stood in the one it was trained on?

Rows that are equal are equal in every column. Of a large table a few columns with the most distinct values are
therefore compared first, by a hash of 64 bits; only where those repeat are whole rows read. That none repeats is then
certain; that some do rests on a hash, which takes some two of n distinct rows for one with a chance of n^2 / 2^65.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

from audits.core.quality import ColumnCounts, TableCounts
from audits.core.values import Column, Source
from audits.engines.connection import SCAN, Limits, Progress, column, opened
from audits.engines.rows import EXACT_ROWS, Words
from audits.engines.streams import batches
from audits.engines.subjects import people_sql, subject_of
from audits.engines.value_counts import missing, value
from audits.engines.watching import Asked

#: Columns that are compared first. Where each misses one value in a hundred, one row in 10^8 misses all of them.
_FIRST = 4
#: Rows of both tables up to which their hashes are sorted in memory, at 24 bytes each; DuckDB groups more, on disk.
_IN_MEMORY = 24_000_000


@dataclass(frozen=True, slots=True)
class Repeats:
    """compared, repeated: rows with any feature that the reference has too, and those whose shared features all equal
    those of some row there; None without such features."""

    table: TableCounts
    compared: int | None
    repeated: int | None


def repeats(
    source: Source, reference: Source | None, counts: Sequence[ColumnCounts], *, progress: Progress, limits: Limits
) -> Repeats:
    """Counts about whole rows and subjects; None where there is nothing to count. counts: of the source's columns."""
    known = {each.name: each for each in counts}
    shared = _shared(source, reference)
    with opened(limits) as connection:
        ask = Asked(connection, progress, source.rows)
        first = _telling(shared or source.columns, known)
        keys = None
        if source.rows > EXACT_ROWS and source.rows + (reference.rows if reference else 0) <= _IN_MEMORY:
            keys = _keys(connection, source, first, progress, "repeats")
        rows, distinct = _distinct(ask, source, first, keys)
        with_subject, subjects, both = _subjects(ask, source, reference, known)
        compared = repeated = None
        if reference is not None and shared:
            some = _some(shared, known)
            compared = source.rows if some == "true" else _one(ask, "rows with features", _counted(some), source.path)
            if keys is None or _meet(keys, _keys(connection, reference, first, progress, "overlap")):
                repeated = _repeated(ask, source, reference, (shared, first), some, told=keys is not None)
            else:
                repeated = 0
    table = TableCounts(rows, distinct, with_subject, subjects, both, source.rows > EXACT_ROWS)
    return Repeats(table, compared, repeated)


def _shared(source: Source, reference: Source | None) -> list[Column]:
    """The features that both tables have, with the same type."""
    theirs = {item.name: item.type for item in reference.columns if item.role == "feature"} if reference else {}
    return [item for item in source.columns if item.role == "feature" and theirs.get(item.name) == item.type]


def _telling(items: Sequence[Column], known: Mapping[str, ColumnCounts]) -> list[Column]:
    """The columns with the most distinct values that most rows have."""

    def worth(item: Column) -> float:
        counts = known.get(item.name)
        return counts.distinct * (counts.rows - counts.missing) / counts.rows if counts and counts.rows else 0.0

    return sorted(items, key=worth, reverse=True)[:_FIRST]


def _hash(items: Sequence[Column]) -> str:
    return f"hash({', '.join(value(item) for item in items)})"


def _keys(
    connection: duckdb.DuckDBPyConnection, source: Source, items: Sequence[Column], progress: Progress, stage: str
) -> Words:
    """The hash of these columns of every row: uint64[rows], sorted."""
    query = f"SELECT {_hash(items)} AS h FROM {SCAN}"  # noqa: S608
    read = batches(connection, query, [source.path], progress=progress, stage=stage, rows=source.rows)
    found = np.concatenate([np.zeros(0, dtype=np.uint64), *(np.array(batch.column(0)) for batch in read)])
    found.sort()
    return found


def _meet(one: Words, two: Words) -> bool:
    """Whether two sorted arrays hold any value in common."""
    both = np.concatenate([one[np.append(True, one[1:] != one[:-1])], two[np.append(True, two[1:] != two[:-1])]])
    both.sort()
    return bool((both[1:] == both[:-1]).any())


def _distinct(ask: Asked, source: Source, first: Sequence[Column], keys: Words | None) -> tuple[int, int]:
    """(rows, distinct rows)."""
    names = ", ".join(column(item.name) for item in source.columns)
    if source.rows <= EXACT_ROWS:
        query = f"SELECT coalesce(sum(n), 0), count(*) FROM (SELECT count(*) AS n FROM {SCAN} GROUP BY {names})"  # noqa: S608
        rows, distinct = ask("repeats", query, source.path)[0]
        return int(rows), int(distinct)
    if keys is not None and not (keys[1:] == keys[:-1]).any():
        return source.rows, source.rows
    often = f"SELECT {_hash(first)} AS h FROM {SCAN} GROUP BY 1 HAVING count(*) > 1"  # noqa: S608
    query = (
        f"SELECT coalesce(sum(n), 0) - count(*) FROM (SELECT count(*) AS n FROM {SCAN} "  # noqa: S608
        f"WHERE {_hash(first)} IN ({often}) GROUP BY hash({names}))"
    )
    if keys is None and not _one(ask, "repeats", f"SELECT count(*) FROM ({often})", source.path):  # noqa: S608
        return source.rows, source.rows
    return source.rows, source.rows - _one(ask, "repeated rows", query, source.path, source.path)


def _subjects(
    ask: Asked, source: Source, reference: Source | None, known: Mapping[str, ColumnCounts]
) -> tuple[int | None, int | None, int | None]:
    """(rows with a subject, subjects, those of them that the reference has too)."""
    subject, other = subject_of(source), subject_of(reference) if reference else None
    if subject is None:
        return None, None, None
    counts, texts = known.get(subject), {item.name for item in source.columns if item.type != "number"}
    if counts is not None and subject in texts and counts.one_in == 1:
        with_subject, subjects = counts.rows - counts.missing, counts.distinct
    else:
        query = f"SELECT coalesce(sum(n), 0), count(*) FROM ({people_sql(subject)})"  # noqa: S608
        with_subject, subjects = ask("subjects", query, source.path)[0]
    if reference is None or other is None:
        return int(with_subject), int(subjects), None
    query = f"SELECT count(*) FROM ({people_sql(subject)}) SEMI JOIN ({people_sql(other)}) USING (s)"  # noqa: S608
    return int(with_subject), int(subjects), _one(ask, "shared subjects", query, source.path, reference.path)


def _some(items: Sequence[Column], known: Mapping[str, ColumnCounts]) -> str:
    """SQL for "any of these is there": a row of missing values alone equals any other such row, and leaks nothing."""
    if any(item.name in known and known[item.name].missing == 0 for item in items):
        return "true"
    return " OR ".join(f"NOT {missing(item)}" for item in items)


def _counted(some: str) -> str:
    return f"SELECT count(*) FROM {SCAN} WHERE {some}"  # noqa: S608


def _repeated(
    ask: Asked,
    source: Source,
    reference: Source,
    items: tuple[Sequence[Column], Sequence[Column]],
    some: str,
    *,
    told: bool,
) -> int:
    """Rows that equal a row of the reference. items: all shared features, and those that are compared first; told:
    whether it is known that some rows are alike in those."""
    everything, first = items
    paths = [source.path, reference.path]
    if source.rows <= EXACT_ROWS:
        return _one(ask, "shared rows", _both([value(item) for item in everything], some), *paths)
    if not told and not _one(ask, "overlap", _both([_hash(first)], "true"), *paths):
        return 0
    return _one(ask, "shared rows", _both([_hash(everything)], some), *paths)


def _both(cells: Sequence[str], some: str) -> str:
    """SQL for how many rows of the first table, of those for which `some` holds, equal a row of the second in these."""
    own = ", ".join(f"{cell} AS f{place}" for place, cell in enumerate(cells))
    same = " AND ".join(f"now.f{place} IS NOT DISTINCT FROM past.f{place}" for place in range(len(cells)))
    return (
        f"SELECT count(*) FROM (SELECT {own} FROM {SCAN} WHERE {some}) AS now "  # noqa: S608
        f"SEMI JOIN (SELECT {own} FROM {SCAN}) AS past ON {same}"
    )


def _one(ask: Asked, stage: str, query: str, *paths: str) -> int:
    return int(ask(stage, query, *paths)[0][0])
