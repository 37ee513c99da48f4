"""What values does each column hold? Counts per value, level or bin, on cells that suit the reference."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np

from audits.core.arrays import Floats, Ints
from audits.core.feature_tally import FEATURE_BINS, VALUES_LIMIT, FeatureSpec, FeatureTally, Shape
from audits.core.tally_spec import LEVEL_LIMIT
from audits.core.values import Column, Source
from audits.engines import binned
from audits.engines.binned import BinCounter
from audits.engines.connection import SCAN, Limits, Progress, column, literal, opened
from audits.engines.samples import sample
from audits.engines.streams import batches, floats
from audits.engines.watching import watched

#: Number columns that are read side by side.
_TOGETHER = 64
#: Where the edges lie: every 256th of the reference, with every tenth among them.
_PLACES = sorted({i / FEATURE_BINS for i in range(FEATURE_BINS + 1)} | {k / 10 for k in range(11)})


def comparable(item: Column) -> bool:
    """Subjects are names and dates go on by themselves; everything else can drift."""
    return item.role not in {"subject", "date", "outcome_date"}


def numeric(item: Column) -> bool:
    """Outcomes, subgroups and sites are categories, whatever their type."""
    return item.role in {"score", "comparator"} or (item.role == "feature" and item.type == "number")


def specify(source: Source, reference: Source, names: Sequence[str], *, limits: Limits) -> tuple[FeatureSpec, ...]:
    """How each named column of both tables is counted: by value while few, else on the reference's quantiles.

    The quantiles of a large reference are those of a systematic sample of its rows, the same one every time.
    """
    items = {item.name: item for item in reference.columns}
    numbers = [name for name in names if numeric(items[name])]
    specs: dict[str, FeatureSpec] = {}
    with opened(limits) as connection:
        for start in range(0, len(numbers), _TOGETHER):
            some = numbers[start : start + _TOGETHER]
            for name, values in sample(connection, reference, some).items():
                specs[name] = _number(connection, source, reference, name, values)
        for name in names:
            if name not in specs:
                specs[name] = _text(connection, reference, name)
    return tuple(specs[name] for name in names)


def _text(connection: duckdb.DuckDBPyConnection, reference: Source, name: str) -> FeatureSpec:
    query = (
        f"SELECT CAST({column(name)} AS VARCHAR) AS level FROM {SCAN} WHERE {column(name)} IS NOT NULL "  # noqa: S608
        f"GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {LEVEL_LIMIT}"
    )
    levels = [str(row[0]) for row in connection.execute(query, [reference.path]).fetchall()]
    return FeatureSpec(name, Shape.LEVELS, levels=tuple(sorted(levels)))


def _number(
    connection: duckdb.DuckDBPyConnection, source: Source, reference: Source, name: str, values: Floats
) -> FeatureSpec:
    """values: float64, the sampled ones, without nulls."""
    # A sample with more distinct values than may be kept says all there is to say; one with fewer says nothing.
    if len(np.unique(values)) <= VALUES_LIMIT and all(
        _distinct(connection, table, name) <= VALUES_LIMIT for table in (reference, source)
    ):
        return FeatureSpec(name, Shape.VALUES)
    return FeatureSpec(name, Shape.BINS, edges=_edges(values, whole=len(values) >= reference.rows))


def _distinct(connection: duckdb.DuckDBPyConnection, table: Source, name: str) -> int:
    query = f"SELECT count(*) FROM (SELECT DISTINCT TRY_CAST({column(name)} AS DOUBLE) AS x FROM {SCAN}) WHERE x IS NOT NULL"  # noqa: S608, E501
    (count,) = connection.execute(query, [table.path]).fetchone() or (0,)
    return int(count)


def _edges(values: Floats, *, whole: bool) -> tuple[float, ...]:
    """Distinct quantiles of the finite values; (0,) when there are none. Those of a sample are not exact anyhow, and
    are moved to where counting is fastest."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return (0.0,)
    edges = np.unique(np.quantile(finite, _PLACES, method="inverted_cdf") + 0.0)
    return tuple(float(edge) for edge in (edges if whole else binned.rounded(edges)))


def tally(
    source: Source, specs: Sequence[FeatureSpec], *, progress: Progress, stage: str, limits: Limits
) -> tuple[FeatureTally, ...]:
    """Count every specified column of one table. The result does not depend on row order, row groups or threads."""
    numbers = [spec for spec in specs if spec.shape is Shape.BINS]
    passes = [numbers[start : start + _TOGETHER] for start in range(0, len(numbers), _TOGETHER)]
    others = [spec for spec in specs if spec.shape is not Shape.BINS]
    # Rows are told once for every column, so that time passes evenly from the first to the last.
    whole = source.rows * max(1, len(specs))
    made: dict[FeatureSpec, FeatureTally] = {}
    with opened(limits) as connection:
        done = 0
        for some in passes:

            def told(_: str, rows: int, __: int, done: int = done, width: int = len(some)) -> None:
                progress(stage, done + rows * width, whole)

            made |= zip(some, _binned(connection, source, some, told), strict=True)
            done += source.rows * len(some)
        for spec in others:
            made[spec] = _grouped(connection, source, spec, progress, stage, done, whole)
            done += source.rows
    progress(stage, whole, whole)
    return tuple(made[spec] for spec in specs)


def _binned(
    connection: duckdb.DuckDBPyConnection, source: Source, specs: Sequence[FeatureSpec], progress: Progress
) -> list[FeatureTally]:
    """Columns counted between edges, all in one pass over the rows."""
    counters = [BinCounter(spec) for spec in specs]
    columns = ", ".join(f"TRY_CAST({column(spec.name)} AS DOUBLE) AS c{i}" for i, spec in enumerate(specs))
    query = f"SELECT {columns} FROM {SCAN}"  # noqa: S608
    for batch in batches(connection, query, [source.path], progress=progress, stage="", rows=source.rows):
        for counter, values in zip(counters, batch.columns, strict=True):
            counter.add(floats(values), values.null_count)
    return [counter.tally() for counter in counters]


def _grouped(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    spec: FeatureSpec,
    progress: Progress,
    stage: str,
    done: int,
    whole: int,
) -> FeatureTally:
    """A column whose values or levels are its cells: each distinct one counted first, then put into its cell."""
    name = column(spec.name)
    if spec.shape is Shape.LEVELS:
        x, kind, cell = f"CAST({name} AS VARCHAR)", _KIND_OF_TEXT, _level_cell(spec.levels)
    else:
        x, kind, cell = (
            f"TRY_CAST({name} AS DOUBLE)",
            _KIND_OF_NUMBER,
            "CASE WHEN x = 0 THEN 0 ELSE x END",
        )  # -0.0 and 0.0 are one
    query = f"""
        WITH counted AS (SELECT {x} AS x, count(*) AS n FROM {SCAN} GROUP BY 1)
        SELECT {kind} AS c, CASE WHEN {kind} = {_PRESENT} THEN CAST({cell} AS DOUBLE) ELSE -1 END AS k,
               CAST(sum(n) AS BIGINT)
        FROM counted GROUP BY c, k ORDER BY c, k
    """  # noqa: S608
    rows = watched(
        connection,
        lambda: connection.execute(query, [source.path]).fetchall(),
        progress=progress,
        stage=stage,
        rows=whole,
        start=done,
        end=done + source.rows,
    )
    others = {int(kind): int(n) for kind, _, n in rows if kind != _PRESENT}
    key: Floats = np.array([k for kind, k, _ in rows if kind == _PRESENT], dtype=np.float64)
    n: Ints = np.array([n for kind, _, n in rows if kind == _PRESENT], dtype=np.int64)
    none = np.zeros(len(n), dtype=np.int64)
    low, high = (float(key[0]), float(key[-1])) if len(key) and spec.shape is Shape.VALUES else (None, None)
    missing, nan, infinite = (others.get(which, 0) for which in (_MISSING, _NAN, _INFINITE))
    return FeatureTally(spec, missing, nan, infinite, key, n, none, none, low, high)


_PRESENT, _MISSING, _NAN, _INFINITE = range(4)
_KIND_OF_TEXT = f"CASE WHEN x IS NULL THEN {_MISSING} ELSE {_PRESENT} END"
_KIND_OF_NUMBER = (
    f"CASE WHEN x IS NULL THEN {_MISSING} WHEN isnan(x) THEN {_NAN} WHEN isinf(x) THEN {_INFINITE} ELSE {_PRESENT} END"
)


def _level_cell(levels: Sequence[str]) -> str:
    """SQL for the cell of a text x."""
    cases = " ".join(f"WHEN {literal(name)} THEN {index}" for index, name in enumerate(levels))
    return f"CASE x {cases} ELSE {len(levels)} END" if cases else "0"
