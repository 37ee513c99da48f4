"""What values does each column hold in a table that another engine keeps? One GROUP BY a column, written once.

The bytes are those of `audits.engines.duckdb_features` (docs/tally.md): a reference counted here, on a file, compares
with a table that stays in a warehouse.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from audits.core.arrays import Flags
from audits.core.feature_tally import FEATURE_CLIP, FEATURE_SCALE, FeatureSpec, FeatureTally, Shape
from audits.core.values import Source
from audits.engines import portable_levels
from audits.engines.connection import Limits, Progress
from audits.engines.portable import collected, frame_of, integers, number, total

_PRESENT, _MISSING, _NAN, _INFINITE = range(4)
#: Positions this near to 0 add nothing in fixed point, and PostgreSQL refuses a quotient that underflows.
_NOTHING = 2.0**-26


def tally(
    source: Source, specs: Sequence[FeatureSpec], *, progress: Progress, stage: str, limits: Limits | None = None
) -> tuple[FeatureTally, ...]:
    """Count every specified column where it is. limits: not used; the engine that holds the table has its own."""
    made = []
    for done, spec in enumerate(specs):
        progress(stage, done, len(specs))
        made.append(_count(nw.from_native(frame_of(source)), spec))
    progress(stage, len(specs), len(specs))
    return tuple(made)


def _count(frame: nw.LazyFrame[Any], spec: FeatureSpec) -> FeatureTally:
    """One column: its kind of value, its cell, counts, integer sums and range."""
    schema = frame.collect_schema()
    if spec.shape is Shape.LEVELS:
        table = _grouped(_texts(frame.select(portable_levels.text(schema, spec.name).alias("x")), spec))
    else:
        table = _grouped(_numbers(frame.select(number(schema, spec.name).alias("x")), spec))
    kind, n = integers(table, "kind"), integers(table, "n")
    others = dict(zip(kind.tolist(), n.tolist(), strict=True))
    present = kind == _PRESENT
    key = table["k"].to_numpy().astype(np.float64)[present]
    order = np.argsort(key)
    n, s1, s2 = (integers(table, name)[present][order] for name in ("n", "s1", "s2"))
    ends = ([], []) if spec.shape is Shape.LEVELS else [_ends(table, name, present) for name in ("low", "high")]
    missing, nan, infinite = (int(others.get(which, 0)) for which in (_MISSING, _NAN, _INFINITE))
    return FeatureTally(
        spec, missing, nan, infinite, key[order], n, s1, s2, min(ends[0], default=None), max(ends[1], default=None)
    )


def _grouped(rows: nw.LazyFrame[Any]) -> pa.Table:
    counts = rows.group_by("kind", "k").agg(
        n=nw.len(), s1=total("u1"), s2=total("u2"), low=nw.col("x").min(), high=nw.col("x").max()
    )
    return collected(counts)


def _ends(table: pa.Table, name: str, present: Flags) -> list[float]:
    """The smallest or largest number of each present cell."""
    return [float(value) + 0.0 for value in table[name].to_numpy()[present]]


def _texts(read: nw.LazyFrame[Any], spec: FeatureSpec) -> nw.LazyFrame[Any]:
    x = nw.col("x")
    cell: nw.Expr = nw.lit(len(spec.levels))
    for index, level in enumerate(spec.levels):
        cell = nw.when(x == nw.lit(level)).then(nw.lit(index)).otherwise(cell)
    return read.select(
        # Not the texts themselves: their smallest and largest would travel.
        nw.lit(0).alias("x"),
        nw.when(x.is_null()).then(nw.lit(_MISSING)).otherwise(nw.lit(_PRESENT)).alias("kind"),
        nw.when(x.is_null()).then(nw.lit(-1)).otherwise(cell).alias("k"),
        nw.lit(0).alias("u1"),
        nw.lit(0).alias("u2"),
    )


def _numbers(read: nw.LazyFrame[Any], spec: FeatureSpec) -> nw.LazyFrame[Any]:
    x = nw.col("x")
    finite = nw.when(x.is_finite()).then(nw.lit(_PRESENT)).otherwise(nw.lit(_INFINITE))
    number_kind = nw.when(x.is_nan()).then(nw.lit(_NAN)).otherwise(finite)
    kind = nw.when(x.is_null()).then(nw.lit(_MISSING)).otherwise(number_kind)
    present, u = nw.col("kind") == _PRESENT, nw.col("u")
    cell = _cell(x, spec).cast(nw.Float64)
    steps = [(value * FEATURE_SCALE + 0.5).floor().cast(nw.Int64) for value in (u, u * u)]
    place = nw.when(present).then(_position(x, spec)).otherwise(nw.lit(0.0)).cast(nw.Float64)
    return (
        read.select("x", kind.alias("kind"))
        .with_columns(nw.when(present).then(cell).otherwise(nw.lit(-1.0)).alias("k"), place.alias("u"))
        .select("x", "kind", "k", *(step.alias(f"u{index}") for index, step in enumerate(steps, start=1)))
    )


def _cell(x: nw.Expr, spec: FeatureSpec) -> nw.Expr:
    """The cell of a present value x."""
    if spec.shape is Shape.VALUES:
        return nw.when(x == 0).then(nw.lit(0.0)).otherwise(x)
    return _search(x, spec.edges, 0, len(spec.edges))


def _search(x: nw.Expr, edges: Sequence[float], low: int, high: int) -> nw.Expr:
    """How many edges lie at or below x, as a binary search."""
    if low == high:
        return nw.lit(low)
    middle = (low + high) // 2
    below, above = _search(x, edges, low, middle), _search(x, edges, middle + 1, high)
    return nw.when(x < edges[middle]).then(below).otherwise(above)


def _position(x: nw.Expr, spec: FeatureSpec) -> nw.Expr:
    """Where x lies in units of the reference's range, clipped.

    The two ends and the middle are told apart by x itself, at the very floats where the quotient crosses them, so that
    no engine ever forms a difference that overflows or a quotient that underflows.
    """
    if spec.shape is not Shape.BINS:
        return nw.lit(0.0)
    start, width = spec.span

    def first(bound: float) -> float:
        return _first(lambda value: (value - start) / width >= bound)

    inside = nw.when((x >= first(-_NOTHING)) & (x < first(_NOTHING))).then(nw.lit(0.0)).otherwise((x - start) / width)
    inside = nw.when(x >= first(FEATURE_CLIP)).then(nw.lit(FEATURE_CLIP)).otherwise(inside)
    return nw.when(x < first(-FEATURE_CLIP)).then(nw.lit(-FEATURE_CLIP)).otherwise(inside)


def _first(reached: Callable[[float], bool]) -> float:
    """The smallest finite float64 at which a condition that never turns back holds; infinity when it holds nowhere."""
    low, high = _rank(-_LARGEST), _rank(_LARGEST)
    if not reached(_LARGEST):
        return math.inf
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(_unranked(middle)) else (middle + 1, high)
    return _unranked(low)


_LARGEST = math.nextafter(math.inf, 0.0)


def _rank(value: float) -> int:
    """The place of a float64 among all of them."""
    (bits,) = struct.unpack("<q", struct.pack("<d", value))
    return int(bits) if bits >= 0 else -(int(bits) + (1 << 63))


def _unranked(rank: int) -> float:
    magnitude: float = struct.unpack("<d", struct.pack("<q", abs(rank)))[0]
    return math.copysign(magnitude, rank) if rank else 0.0
