"""What values does each column hold? One grouped count per column, on cells that suit the reference."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np

from audits.core.arrays import Floats, Ints
from audits.core.feature_tally import (
    FEATURE_BINS,
    FEATURE_CLIP,
    FEATURE_SCALE,
    VALUES_LIMIT,
    FeatureSpec,
    FeatureTally,
    Shape,
)
from audits.core.tally_spec import LEVEL_LIMIT
from audits.core.values import Column, Source
from audits.engines.connection import SCAN, Limits, Progress, column, literal, opened, real

_PRESENT, _MISSING, _NAN, _INFINITE = range(4)


def comparable(item: Column) -> bool:
    """Subjects are names, not measurements; everything else can drift."""
    return item.role != "subject"


def numeric(item: Column) -> bool:
    """Outcomes and subgroups are categories, whatever their type."""
    return item.role == "score" or (item.role == "feature" and item.type == "number")


def specify(source: Source, reference: Source, names: Sequence[str], *, limits: Limits) -> tuple[FeatureSpec, ...]:
    """How each named column of both tables is counted: by value while few, else on the reference's quantiles."""
    items = {item.name: item for item in reference.columns}
    with opened(limits) as connection:
        return tuple(_spec(connection, source, reference, items[name]) for name in names)


def _spec(connection: duckdb.DuckDBPyConnection, source: Source, reference: Source, item: Column) -> FeatureSpec:
    name = column(item.name)
    if not numeric(item):
        query = (
            f"SELECT CAST({name} AS VARCHAR) AS level FROM {SCAN} WHERE {name} IS NOT NULL "  # noqa: S608
            f"GROUP BY level ORDER BY count(*) DESC, level LIMIT {LEVEL_LIMIT}"
        )
        levels = [str(row[0]) for row in connection.execute(query, [reference.path]).fetchall()]
        return FeatureSpec(item.name, Shape.LEVELS, levels=tuple(sorted(levels)))
    if all(_distinct(connection, table, name) <= VALUES_LIMIT for table in (reference, source)):
        return FeatureSpec(item.name, Shape.VALUES)
    return FeatureSpec(item.name, Shape.BINS, edges=_edges(connection, reference, name))


def _distinct(connection: duckdb.DuckDBPyConnection, table: Source, name: str) -> int:
    query = f"SELECT count(DISTINCT TRY_CAST({name} AS DOUBLE)) FROM {SCAN}"  # noqa: S608
    (count,) = connection.execute(query, [table.path]).fetchone() or (0,)
    return int(count)


def _edges(connection: duckdb.DuckDBPyConnection, reference: Source, name: str) -> tuple[float, ...]:
    """Distinct quantiles of the reference's finite values, with every tenth among them; (0,) when there are none."""
    places = sorted({i / FEATURE_BINS for i in range(FEATURE_BINS + 1)} | {k / 10 for k in range(11)})
    query = (
        f"SELECT quantile_disc(x, [{', '.join(str(place) for place in places)}]) FROM "  # noqa: S608
        f"(SELECT TRY_CAST({name} AS DOUBLE) AS x FROM {SCAN}) WHERE x IS NOT NULL AND isfinite(x)"
    )
    (found,) = connection.execute(query, [reference.path]).fetchone() or (None,)
    return tuple(sorted({float(value) + 0.0 for value in found})) if found else (0.0,)


def tally(
    source: Source, specs: Sequence[FeatureSpec], *, progress: Progress, stage: str, limits: Limits
) -> tuple[FeatureTally, ...]:
    """Count every specified column of one table."""
    made = []
    with opened(limits) as connection:
        for done, spec in enumerate(specs):
            progress(stage, done, len(specs))
            made.append(_count(connection, source, spec))
    progress(stage, len(specs), len(specs))
    return tuple(made)


def _count(connection: duckdb.DuckDBPyConnection, source: Source, spec: FeatureSpec) -> FeatureTally:
    """One column: its kind of value, its cell, counts, integer sums and range, in one grouped query."""
    text = spec.shape is Shape.LEVELS
    x = f"CAST({column(spec.name)} AS VARCHAR)" if text else f"TRY_CAST({column(spec.name)} AS DOUBLE)"
    kind = f"CASE WHEN x IS NULL THEN {_MISSING} ELSE {_PRESENT} END"
    if not text:
        odd = f"WHEN isnan(x) THEN {_NAN} WHEN isinf(x) THEN {_INFINITE}"
        kind = f"CASE WHEN x IS NULL THEN {_MISSING} {odd} ELSE {_PRESENT} END"
    range_of = (
        "NULL, NULL" if text else f"min(CASE WHEN c = {_PRESENT} THEN x END), max(CASE WHEN c = {_PRESENT} THEN x END)"
    )
    query = f"""
        WITH raw AS (SELECT {x} AS x FROM {SCAN}),
        kinds AS (SELECT x, {kind} AS c FROM raw),
        cells AS (SELECT x, c, CASE WHEN c = {_PRESENT} THEN {_cell(spec)} ELSE -1 END AS k,
                         CASE WHEN c = {_PRESENT} THEN {_position(spec)} ELSE 0 END AS u FROM kinds)
        SELECT c, CAST(k AS DOUBLE), count(*), CAST(sum(CAST(floor(u * {FEATURE_SCALE} + 0.5) AS BIGINT)) AS BIGINT),
               CAST(sum(CAST(floor(u * u * {FEATURE_SCALE} + 0.5) AS BIGINT)) AS BIGINT), {range_of}
        FROM cells GROUP BY c, k ORDER BY c, k
    """  # noqa: S608
    rows = connection.execute(query, [source.path]).fetchall()
    others = {int(row[0]): int(row[2]) for row in rows if row[0] != _PRESENT}
    present = [row for row in rows if row[0] == _PRESENT]
    key: Floats = np.array([row[1] for row in present], dtype=np.float64)
    n, s1, s2 = (_ints([row[index] for row in present]) for index in (2, 3, 4))
    low = min((float(row[5]) + 0.0 for row in present if row[5] is not None), default=None)
    high = max((float(row[6]) + 0.0 for row in present if row[6] is not None), default=None)
    missing, nan, infinite = (others.get(which, 0) for which in (_MISSING, _NAN, _INFINITE))
    return FeatureTally(spec, missing, nan, infinite, key, n, s1, s2, low, high)


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _cell(spec: FeatureSpec) -> str:
    """SQL for the cell of a present value x."""
    if spec.shape is Shape.VALUES:
        return "CASE WHEN x = 0 THEN CAST(0 AS DOUBLE) ELSE x END"
    if spec.shape is Shape.BINS:
        return _search(spec.edges, 0, len(spec.edges))
    cases = " ".join(f"WHEN {literal(name)} THEN {index}" for index, name in enumerate(spec.levels))
    return f"CASE x {cases} ELSE {len(spec.levels)} END" if cases else "0"


def _search(edges: Sequence[float], low: int, high: int) -> str:
    """SQL for how many edges lie at or below x, as a binary search: eight comparisons a row instead of 256."""
    if low == high:
        return str(low)
    middle = (low + high) // 2
    return (
        f"CASE WHEN x < {real(edges[middle])} THEN {_search(edges, low, middle)} "
        f"ELSE {_search(edges, middle + 1, high)} END"
    )


def _position(spec: FeatureSpec) -> str:
    """SQL for where x lies in units of the reference's range, clipped so that integer sums cannot overflow."""
    if spec.shape is not Shape.BINS:
        return "CAST(0 AS DOUBLE)"
    start, width = spec.span
    place = f"((x - {real(start)}) / {real(width)})"
    low, high = real(-FEATURE_CLIP), real(FEATURE_CLIP)
    return f"CASE WHEN {place} < {low} THEN {low} WHEN {place} > {high} THEN {high} ELSE {place} END"
