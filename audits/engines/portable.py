"""What does the tally of a table hold that another engine keeps? One GROUP BY for each grouping, written once.

The same specification as `audits.engines.duckdb`, bit for bit (docs/tally.md), as narwhals expressions: for Spark, for
a warehouse through Ibis, and for whatever else narwhals speaks to. Slower than DuckDB on one machine; its use is a
table that is too big for one machine, or that may not move. See `audits.engines.frames` for how to name one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from audits.core import tally as tallies
from audits.core.arrays import Floats, Ints
from audits.core.people import Repeats
from audits.core.slices import groupings
from audits.core.tally import Tally
from audits.core.tally_spec import EXACT_LIMIT, INVALID, LEVEL_LIMIT, SCALE, Attribute, Resolution, Slice, Spec
from audits.core.values import PlanSpec, Source
from audits.engines import portable_levels
from audits.engines.connection import Limits, Progress
from audits.engines.duckdb import role
from audits.engines.frames import FrameSource, Native

#: Below this score squared adds nothing in fixed point, and PostgreSQL refuses a product that underflows.
_NO_SQUARE = 2.0**-20
#: Rows of one cell up to which its sums fit into int64.
_MOST_ROWS = (1 << 33) - 1


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """The answer to one GROUP BY: per row a level of each attribute (as its code), outcome, key, n and sums."""

    codes: Mapping[str, Ints]
    labels: Mapping[str, tuple[str, ...]]
    outcome: Ints
    key: Floats
    n: Ints
    s1: Ints
    s2: Ints


def tally(source: Source, spec: Spec, *, progress: Progress, limits: Limits | None = None) -> Tally:
    """Count the table where it is. limits: not used; the engine that holds the table has its own.

    Groupings within a wider one are that one added up, so each is asked for once and no more than was asked for.
    Raises ValueError when a column's type cannot be counted alike by every engine or when the table changed between two
    groupings, and OverflowError beyond 2^33 - 1 rows in one cell.
    """
    rows = _rows(frame_of(source), source, spec)
    wide = [names for names in spec.groupings if not any(set(names) < set(other) for other in spec.groupings)]
    answers: list[_Counted] = []
    for done, names in enumerate(wide):
        progress("tally", done, len(wide))
        answers.append(_count(rows, spec, names))
    if len({(int(answer.n.sum()), int(answer.s1.sum()), int(answer.s2.sum())) for answer in answers}) > 1:
        raise ValueError("the table changed while it was being counted; count a snapshot of it")
    parts = []
    for index, names in enumerate(spec.groupings):
        wider = next(place for place, other in enumerate(wide) if set(names) <= set(other))
        parts.append(_grouping(spec, answers[wider], index))
    progress("tally", len(wide), len(wide))
    counted = tallies.merge(spec, parts)
    if len(counted.n) and counted.n.max() > _MOST_ROWS:
        raise OverflowError("a cell holds more rows than fixed-point sums can count")
    return counted


def specify(source: Source, plan: PlanSpec, *, limits: Limits | None = None) -> Spec:
    """The specification that suits a table, by the rules of `audits.engines.duckdb.specify`."""
    frame = frame_of(source)
    bare = Spec((), (), ((),), Resolution.EXACT)
    scores = _rows(frame, source, bare).select("k").filter(nw.col("k") >= 0).unique()
    names = dict.fromkeys((*plan.subgroups, *(name for group in plan.intersections for name in group)))
    return Spec(
        cuts=tuple(sorted({point.score + 0.0 for point in plan.operating_points})),
        attributes=tuple(_attribute(frame, source, name) for name in names),
        groupings=((), *groupings(plan.subgroups, plan.intersections)),
        resolution=Resolution.EXACT if _size(scores) <= EXACT_LIMIT else Resolution.BINS,
    )


def people(source: Source, *, limits: Limits | None = None) -> Repeats | None:
    """How patients repeat; None when the table has no subject column."""
    name = next((item.name for item in source.columns if item.role == "subject"), None)
    if name is None:
        return None
    frame: nw.LazyFrame[Any] = nw.from_native(frame_of(source))
    named = frame.select(name).filter(~nw.col(name).is_null()).group_by(name).agg(nw.len().alias("rows_of_one"))
    each = nw.col("rows_of_one").cast(nw.Int64)
    counted = named.select(each.sum().alias("rows"), nw.len().alias("subjects"), (each * each).sum().alias("squares"))
    return Repeats(*(int(number or 0) for number in counted.collect("pyarrow").row(0)))


def _size(rows: nw.LazyFrame[Any]) -> int:
    return int(rows.select(nw.len().alias("rows")).collect("pyarrow").item())


def frame_of(source: Source) -> Native:
    """The native lazy frame of a source. Raises ValueError when it is a file, which DuckDB counts."""
    if not isinstance(source, FrameSource):
        raise ValueError("this engine counts frames; files are DuckDB's")
    return source.frame


def number(schema: nw.Schema, name: str) -> nw.Expr:
    """A column as float64. Raises ValueError when it does not hold numbers."""
    kind, value = schema[name], nw.col(name)
    if kind == nw.Boolean:
        # PostgreSQL has no cast from boolean to double precision.
        return nw.when(value).then(nw.lit(1)).otherwise(nw.when(~value).then(nw.lit(0))).cast(nw.Float64)
    if not kind.is_numeric():
        raise ValueError(f"{name} is {kind}, which is not a number")
    return value.cast(nw.Float64)


def _rows(frame: Native, source: Source, spec: Spec) -> nw.LazyFrame[Any]:
    """One row per row: y, k (cell), u1, u2 (fixed point) and the level a0, a1, ... of each attribute."""
    names = [f"level {index} of the tally" for index in range(len(spec.attributes))]
    levelled = portable_levels.with_levels(frame, spec.attributes, names)
    schema = levelled.collect_schema()
    levels = [nw.col(name).alias(f"a{index}") for index, name in enumerate(names)]
    y, p = (number(schema, role(source, name)) for name in ("outcome", "score"))
    read = levelled.select(y.alias("y"), p.alias("p"), *levels)
    y, p = nw.col("y"), nw.col("p")
    known = (y == 0) | (y == 1)
    # Comparisons are null for null and false for NaN, in every engine here; "otherwise" catches both.
    valid = known & (p >= 0) & (p <= 1)
    squared = valid & (p >= _NO_SQUARE)
    return read.select(
        nw.when(known).then(nw.when(y == 1).then(nw.lit(1)).otherwise(nw.lit(0))).otherwise(nw.lit(INVALID)).alias("y"),
        nw.when(valid).then(_key(spec)).otherwise(nw.lit(INVALID)).alias("k"),
        nw.when(valid).then((p * SCALE + 0.5).floor().cast(nw.Int64)).otherwise(nw.lit(0)).alias("u1"),
        nw.when(squared).then((p * p * SCALE + 0.5).floor().cast(nw.Int64)).otherwise(nw.lit(0)).alias("u2"),
        *(nw.col(f"a{index}") for index in range(len(names))),
    )


def _key(spec: Spec) -> nw.Expr:
    """The cell of a valid score p."""
    p = nw.col("p")
    if spec.resolution is Resolution.EXACT:
        return nw.when(p == 0).then(nw.lit(0.0)).otherwise(p)  # -0.0 and 0.0 are one score
    key = nw.when(p >= 1).then(nw.lit(spec.bins - 1)).otherwise((p * spec.bins).floor().cast(nw.Int64))
    key = key * (len(spec.cuts) + 1)
    for cut in spec.cuts:
        key = key + nw.when(p >= cut).then(nw.lit(1)).otherwise(nw.lit(0))
    return key


def _count(rows: nw.LazyFrame[Any], spec: Spec, names: tuple[str, ...]) -> _Counted:
    """Ask for the counts of one grouping."""
    place = {attribute.name: f"a{index}" for index, attribute in enumerate(spec.attributes)}
    by = ["y", "k", *(place[name] for name in names)]
    table = collected(rows.select(*by, "u1", "u2").group_by(*by).agg(n=nw.len(), s1=total("u1"), s2=total("u2")))
    encoded = {name: table[place[name]].combine_chunks().cast(pa.string()).dictionary_encode() for name in names}
    return _Counted(
        {name: column.indices.to_numpy(zero_copy_only=False).astype(np.int64) for name, column in encoded.items()},
        {name: tuple(column.dictionary.to_pylist()) for name, column in encoded.items()},
        *(integers(table, "y"), table["k"].to_numpy().astype(np.float64)),
        *(integers(table, name) for name in ("n", "s1", "s2")),
    )


def total(name: str) -> nw.Expr:
    """The sum of an integer column; wider than int64 in some engines, see `collected`."""
    return nw.col(name).sum()


def collected(counts: nw.LazyFrame[Any]) -> pa.Table:
    """The answer to a GROUP BY, its sums s1 and s2 as texts.

    PostgreSQL adds int64 into NUMERIC and DuckDB into HUGEINT, which their Arrow readers do not take for the int64 that
    was declared; text is exact everywhere, and reading it refuses what does not fit.
    """
    table: pa.Table = counts.with_columns(nw.col("s1", "s2").cast(nw.String)).collect("pyarrow").to_native()
    return table


def integers(table: pa.Table, name: str) -> Ints:
    """A column of counts or sums, int64. Raises pyarrow.ArrowInvalid when one does not fit."""
    return np.asarray(table[name].cast(pa.int64()).to_numpy(), dtype=np.int64)


def _grouping(spec: Spec, counted: _Counted, index: int) -> Tally:
    """The part of the tally that belongs to one grouping, from the answer for it or for a wider one."""
    names = spec.groupings[index]
    codes = [counted.codes[name] for name in names]
    combined, place = np.zeros(len(counted.n), dtype=np.int64), np.zeros(len(counted.n), dtype=np.int64)
    labels: list[tuple[str, ...]] = [()]
    for name, code in zip(names, codes, strict=True):
        found, combined = np.unique(place * len(counted.labels[name]) + code, return_inverse=True)
        parts = [divmod(int(value), len(counted.labels[name])) for value in found]
        labels = [(*labels[before], counted.labels[name][own]) for before, own in parts]
        place = combined.ravel().astype(np.int64)
    slices = tuple(Slice(index, label) for label in labels)
    return tallies.build(spec, slices, place, counted.outcome, counted.key, counted.n, counted.s1, counted.s2)


def _attribute(frame: Native, source: Source, name: str) -> Attribute:
    """An attribute with its levels capped; declared levels are kept before frequent ones."""
    declared = next((item.levels or () for item in source.columns if item.name == name), ())
    lazy: nw.LazyFrame[Any] = nw.from_native(frame)
    texts = lazy.select(portable_levels.text(lazy.collect_schema(), name).alias("level"))
    counts = texts.filter(~nw.col("level").is_null()).group_by("level").agg(n=nw.len())
    ordered: nw.LazyFrame[Any] = nw.from_native(portable_levels.byte_order(counts.to_native(), "level", "place"))
    top = ordered.sort("n", "place", descending=[True, False]).head(LEVEL_LIMIT + len(declared) + 1)
    found = [str(level) for level in top.select("level").collect("pyarrow").to_native()["level"].to_pylist()]
    if len(set(found) | set(declared)) <= LEVEL_LIMIT:
        return Attribute(name)
    return Attribute(name, tuple(sorted([*declared, *(x for x in found if x not in declared)][:LEVEL_LIMIT])))
