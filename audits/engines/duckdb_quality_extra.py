"""Who has what missing, what is new since training, and whose outcome is known? Counts of whole columns and rows."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from audits.core.quality_extra import Band, ColumnExtras, GroupCounts, TableExtras
from audits.core.tally_spec import LEVEL_LIMIT
from audits.core.values import Column, Source
from audits.engines.connection import SCAN, Limits, Progress, column, opened, real
from audits.engines.rows import EXACT_ROWS

# Groups and orders are given by position: a name of our own could be that of a column, and would then mean the column.

#: Bands of scores with a tenth of the rows each, less where scores tie.
_TENTHS = ", ".join(str(tenth / 10) for tenth in range(1, 10))


def columns(
    source: Source, reference: Source | None, *, progress: Progress, limits: Limits
) -> tuple[ColumnExtras, ...]:
    """The commonest value of every column, and the levels that are new."""
    known = {item.name: item for item in reference.columns} if reference else {}
    made = []
    with opened(limits) as connection:
        for done, item in enumerate(source.columns):
            progress("values", done, len(source.columns))
            made.append(_column(connection, source, reference, item, known.get(item.name)))
    progress("values", len(source.columns), len(source.columns))
    return tuple(made)


def is_categorical(item: Column) -> bool:
    """Whether the column holds levels that training may never have seen."""
    return item.type == "text" and item.role in {"subgroup", "site", "feature"}


def _column(
    connection: duckdb.DuckDBPyConnection, source: Source, reference: Source | None, item: Column, other: Column | None
) -> ColumnExtras:
    values = f"SELECT {_value(item)} AS x, count(*) AS n FROM {SCAN} WHERE NOT {_missing(item)} GROUP BY 1"  # noqa: S608
    query = f"SELECT coalesce(sum(n), 0), coalesce(max(n), 0) FROM ({values})"  # noqa: S608
    present, dominant = _numbers(connection, query, source.path)
    unseen = None
    if reference is not None and other is not None and is_categorical(item) and other.type == "text":
        query = (
            f"SELECT coalesce(sum(n), 0) FROM ({values}) ANTI JOIN "  # noqa: S608
            f"(SELECT DISTINCT {_value(other)} AS x FROM {SCAN}) USING (x)"
        )
        (unseen,) = _numbers(connection, query, source.path, reference.path)
    return ColumnExtras(item.name, present, None if item.role == "subject" else dominant, unseen)


def groups(source: Source, subgroups: Sequence[str], *, progress: Progress, limits: Limits) -> tuple[GroupCounts, ...]:
    """Missing values of every column per level of every subgroup; rows without a level belong to none."""
    names = [name for name in subgroups if name in {item.name for item in source.columns}]
    counted = ", ".join(f"count(*) FILTER (WHERE {_missing(item)})" for item in source.columns)
    made = []
    with opened(limits) as connection:
        for done, name in enumerate(names):
            progress("groups", done, len(names))
            query = (
                f"SELECT CAST({column(name)} AS VARCHAR) AS level, count(*), {counted} FROM {SCAN} "  # noqa: S608
                f"WHERE {column(name)} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {LEVEL_LIMIT}"
            )
            rows = connection.execute(query, [source.path]).fetchall()
            made += [GroupCounts(name, str(row[0]), int(row[1]), tuple(int(n) for n in row[2:])) for row in rows]
    progress("groups", len(names), len(names))
    return tuple(made)


def table(source: Source, reference: Source | None, *, progress: Progress, limits: Limits) -> TableExtras:
    """Known outcomes, the order of dates, and rows that the reference holds as well."""
    progress("rows", 0, 2)
    outcome, score = _named(source, "outcome"), _named(source, "score")
    with opened(limits) as connection:
        (rows,) = _numbers(connection, f"SELECT count(*) FROM {SCAN}", source.path)  # noqa: S608
        known, bands = rows, tuple[Band, ...]()
        if outcome is not None:
            query = f"SELECT count(*) FILTER (WHERE {_known(outcome)}) FROM {SCAN}"  # noqa: S608
            (known,) = _numbers(connection, query, source.path)
        if outcome is not None and score is not None:
            bands = _bands(connection, source, outcome, score)
        dated, early = _order(connection, source)
        progress("rows", 1, 2)
        compared, repeated = _repeated(connection, source, reference)
    progress("rows", 2, 2)
    allowed = outcome is not None and _named(source, "outcome_date") is not None
    return TableExtras(
        rows, known, allowed, bands, dated, early, compared, repeated, reference is not None, source.rows > EXACT_ROWS
    )


def _bands(connection: duckdb.DuckDBPyConnection, source: Source, outcome: Column, score: Column) -> tuple[Band, ...]:
    """Rows and known outcomes by tenths of the valid scores; equal scores stay together."""
    scored = (
        f"(SELECT p, known FROM (SELECT {_value(score)} AS p, {_known(outcome)} AS known FROM {SCAN}) "  # noqa: S608
        "WHERE p BETWEEN 0 AND 1)"
    )
    query = f"SELECT quantile_disc(p, [{_TENTHS}]) FROM {scored}"  # noqa: S608
    (found,) = connection.execute(query, [source.path]).fetchone() or (None,)
    if not found:
        return ()
    edges = sorted({float(edge) + 0.0 for edge in found})
    place = " + ".join(f"CAST(p > {real(edge)} AS INTEGER)" for edge in edges)
    query = f"SELECT {place} AS band, count(*), count(*) FILTER (WHERE known) FROM {scored} GROUP BY band ORDER BY band"  # noqa: S608
    limits = [0.0, *edges, 1.0]
    counted = connection.execute(query, [source.path]).fetchall()
    return tuple(Band(limits[band], limits[band + 1], int(n), int(known)) for band, n, known in counted)


def _order(connection: duckdb.DuckDBPyConnection, source: Source) -> tuple[int | None, int | None]:
    """Rows with both dates, and those whose outcome became known before the prediction."""
    date, other = _named(source, "date"), _named(source, "outcome_date")
    if date is None or other is None:
        return None, None
    first, second = (f"TRY_CAST({column(item.name)} AS DATE)" for item in (date, other))
    query = f"SELECT count({first} <= {second}), count(*) FILTER (WHERE {second} < {first}) FROM {SCAN}"  # noqa: S608
    dated, early = _numbers(connection, query, source.path)
    return dated, early


def _repeated(
    connection: duckdb.DuckDBPyConnection, source: Source, reference: Source | None
) -> tuple[int | None, int | None]:
    """Rows with any shared feature, and those whose shared features all equal those of a row of the reference."""
    theirs = {item.name: item for item in reference.columns if item.role == "feature"} if reference else {}
    mine = [i for i in source.columns if i.role == "feature" and i.name in theirs and theirs[i.name].type == i.type]
    if reference is None or not mine:
        return None, None
    own = ", ".join(f"{_value(item)} AS f{place}" for place, item in enumerate(mine))
    other = ", ".join(f"{_value(theirs[item.name])} AS f{place}" for place, item in enumerate(mine))
    # A row of missing values alone equals any other such row, and leaks nothing.
    some = " OR ".join(f"NOT {_missing(item)}" for item in mine)
    if source.rows > EXACT_ROWS:
        own, other = (
            f"hash({', '.join(_value(item) for item in side)}) AS f0" for side in (mine, [theirs[i.name] for i in mine])
        )
        mine = mine[:1]
    same = " AND ".join(f"now.f{place} IS NOT DISTINCT FROM past.f{place}" for place in range(len(mine)))
    rows = f"SELECT {own}, count(*) AS n FROM {SCAN} WHERE {some} GROUP BY ALL"  # noqa: S608
    query = f"SELECT coalesce(sum(n), 0) FROM ({rows})"  # noqa: S608
    (compared,) = _numbers(connection, query, source.path)
    query = (
        f"SELECT coalesce(sum(n), 0) FROM ({rows}) AS now "  # noqa: S608
        f"SEMI JOIN (SELECT DISTINCT {other} FROM {SCAN}) AS past ON {same}"
    )
    (repeated,) = _numbers(connection, query, source.path, reference.path)
    return compared, repeated


def _named(source: Source, role: str) -> Column | None:
    return next((item for item in source.columns if item.role == role), None)


def _value(item: Column) -> str:
    """SQL for a cell as every other query reads it; -0.0 and 0.0 are one value."""
    if item.type != "number":
        return f"CAST({column(item.name)} AS VARCHAR)"
    return f"(TRY_CAST({column(item.name)} AS DOUBLE) + CAST(0 AS DOUBLE))"


def _missing(item: Column) -> str:
    """SQL for "there is no value"; never null."""
    value = _value(item)
    return f"({value} IS NULL OR isnan({value}))" if item.type == "number" else f"({value} IS NULL)"


def _known(outcome: Column) -> str:
    """SQL for "the outcome is 0 or 1"; never null."""
    return f"coalesce({_value(outcome)} IN (0, 1), false)"


def _numbers(connection: duckdb.DuckDBPyConnection, query: str, *paths: str) -> list[int]:
    return [int(number) for number in connection.execute(query, list(paths)).fetchone() or ()]
