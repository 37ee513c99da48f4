"""What does the pair tally of this table hold? Scores beside the existing method's answers, counted in DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa

from audits.core import pair_tally
from audits.core import tally as tallies
from audits.core.arrays import Ints
from audits.core.pair_tally import INVALID, MISSING, OUTSIDE, PairSpec, PairTally
from audits.core.tally import Tally
from audits.core.tally_spec import EXACT_LIMIT, SCALE, Attribute, Resolution, Slice, Spec
from audits.core.values import OperatingPoint, Source
from audits.engines.connection import SCAN, Limits, Progress, column, opened, real
from audits.engines.duckdb import role
from audits.engines.levels import level_of

NEEDED_BY = "A comparison with an existing method (a comparator column)"
#: Scores of the model, and of the comparator.
Around = tuple[Sequence[float], Sequence[float]]
#: Bins of about equal rows of each side, when distinct pairs are too many to keep.
BINS = 256
# False for NaN, and null counts as false; never least()/greatest(), which skip null.
_SCORED = "coalesce(y IN (0, 1) AND p BETWEEN 0 AND 1, false)"
_PAIRED = f"({_SCORED} AND coalesce(q BETWEEN 0 AND 1, false))"


def specify(
    source: Source,
    points: Sequence[OperatingPoint],
    attributes: tuple[Attribute, ...],
    groupings: tuple[tuple[str, ...], ...],
    *,
    limits: Limits,
    bins: int = BINS,
    most: int = EXACT_LIMIT,
    around: Around = ((), ()),
) -> PairSpec:
    """The specification that suits a table: exact while distinct pairs are at most `most`, else cells of about equal
    rows, with every cut among their edges. around: further edges of each side, where replicates look for their cuts."""
    cuts = tuple(sorted({point.score + 0.0 for point in points}))
    other_cuts = tuple(sorted({comparator_cut(point) + 0.0 for point in points}))
    bare = PairSpec(cuts, other_cuts, attributes, groupings)
    places = ", ".join(str(index / bins) for index in range(bins + 1))
    with opened(limits) as connection:
        rows = f"(SELECT * FROM ({_raw(source, ())}) WHERE {_PAIRED})"  # noqa: S608
        query = f"SELECT count(*) FROM (SELECT p, q FROM {rows} GROUP BY p, q)"  # noqa: S608
        (pairs,) = connection.execute(query, [source.path]).fetchone() or (0,)
        if pairs <= most:
            return bare
        query = (
            f"SELECT count(DISTINCT p), count(DISTINCT q), quantile_disc(p, [{places}]), "  # noqa: S608
            f"quantile_disc(q, [{places}]) FROM {rows}"
        )
        (*distinct, edges, other_edges) = connection.execute(query, [source.path]).fetchone() or (0, 0, [], [])
    fine, other_fine = (Resolution.EXACT if found <= EXACT_LIMIT else Resolution.BINS for found in distinct)
    return replace(
        bare,
        edges=tuple(sorted({float(edge) + 0.0 for edge in (*edges, *cuts, *around[0])})),
        other_edges=tuple(sorted({float(edge) + 0.0 for edge in (*other_edges, *other_cuts, *around[1])})),
        margins=(fine, other_fine),
    )


def comparator_cut(point: OperatingPoint) -> float:
    """The comparator's own cut-off at an operating point; the score's where it has none."""
    return point.score if point.comparator is None else point.comparator


def tally(source: Source, spec: PairSpec, *, progress: Progress, limits: Limits) -> PairTally:
    """Count the table's pairs. The result does not depend on row order, row groups or threads."""
    counted = count_pairs(source, spec, progress=progress, limits=limits)
    if spec.exact:
        return counted
    margins = []
    with opened(limits) as connection:
        for index, side in enumerate(("scores of pairs", "comparators of pairs")):
            progress(side, 0, 1)
            margins.append(_margin(connection, source, spec, index))
            progress(side, 1, 1)
    return replace(counted, margins=tuple(margins))


def count_pairs(
    source: Source, spec: PairSpec, *, progress: Progress, limits: Limits, stage: str = "pairs"
) -> PairTally:
    """The same without the margins, for groups of patients: those only say how much a difference varies."""
    progress(stage, 0, 1)
    with opened(limits) as connection:
        counted = _pairs(connection, source, spec)
    progress(stage, 1, 1)
    return counted


def _pairs(connection: duckdb.DuckDBPyConnection, source: Source, spec: PairSpec) -> PairTally:
    """The counts of pairs, and of the rows that are none, without the margins."""
    why = f"CASE WHEN NOT {_SCORED} THEN {INVALID} WHEN q IS NULL THEN {MISSING} ELSE {OUTSIDE} END"
    cells = f"""
        SELECT CASE WHEN y IN (0, 1) THEN CAST(y AS BIGINT) ELSE -1 END AS y,
               CASE WHEN {_PAIRED} THEN {_cell("p", spec.edges)} ELSE -1 END AS k,
               CASE WHEN {_PAIRED} THEN {_cell("q", spec.other_edges)} ELSE {why} END AS o,
               CASE WHEN {_PAIRED} THEN {_fixed("p")} ELSE 0 END AS u1,
               CASE WHEN {_PAIRED} THEN {_fixed("q")} ELSE 0 END AS u2"""
    table = _counted(connection, source, spec.attributes, spec.groupings, cells, ("y", "k", "o"))
    slices, place = _slices(table, spec.attributes, spec.groupings)
    outcome, n, s, c = (table[name].to_numpy().astype(np.int64) for name in ("y", "n", "s1", "s2"))
    key, other = (table[name].to_numpy().astype(np.float64) for name in ("k", "o"))
    return pair_tally.build(spec, slices, place, outcome, key, other, n, s, c)


def _margin(connection: duckdb.DuckDBPyConnection, source: Source, spec: PairSpec, index: int) -> Tally:
    """The tally of one side over the pairs alone."""
    side, x = spec.margin(index), ("p", "q")[index]
    fine = _cell(x, ()) if side.resolution is Resolution.EXACT else _fine(x, side)
    cells = f"""
        SELECT CAST(y AS BIGINT) AS y, {fine} AS k, {_fixed(x)} AS u1, {_fixed(f"{x} * {x}")} AS u2"""
    table = _counted(connection, source, side.attributes, side.groupings, cells, ("y", "k"), where=_PAIRED)
    slices, place = _slices(table, side.attributes, side.groupings)
    outcome, n, s1, s2 = (table[name].to_numpy().astype(np.int64) for name in ("y", "n", "s1", "s2"))
    return tallies.build(side, slices, place, outcome, table["k"].to_numpy().astype(np.float64), n, s1, s2)


def _raw(source: Source, attributes: Sequence[Attribute]) -> str:
    """SQL for the columns that matter: outcome y, score p, comparator q, and the levels a0, a1, ..."""
    numbers = ((name, role(source, of)) for name, of in (("y", "outcome"), ("p", "score"), ("q", "comparator")))
    named = [f"TRY_CAST({column(name)} AS DOUBLE) AS {short}" for short, name in numbers]
    levels = [f"{level_of(attribute)} AS a{index}" for index, attribute in enumerate(attributes)]
    return f"SELECT {', '.join([*named, *levels])} FROM {SCAN}"  # noqa: S608


def _counted(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    attributes: Sequence[Attribute],
    groupings: Sequence[tuple[str, ...]],
    cells: str,
    keys: Sequence[str],
    *,
    where: str = "true",
) -> pa.Table:
    """Counts and sums of the cells per grouping; `which` is the place of the grouping."""
    place = {attribute.name: f"a{index}" for index, attribute in enumerate(attributes)}
    names = "".join(f", {name}" for name in place.values())
    sets = ", ".join(f"({', '.join([*keys, *(place[name] for name in group)])})" for group in groupings)
    query = f"""
        WITH raw AS ({_raw(source, attributes)}), cells AS ({cells} {names} FROM raw WHERE {where})
        SELECT {_which(groupings, place)} AS which, {", ".join(keys)}, count(*) AS n,
               CAST(sum(u1) AS BIGINT) AS s1, CAST(sum(u2) AS BIGINT) AS s2 {names}
        FROM cells GROUP BY GROUPING SETS ({sets})
    """  # noqa: S608
    return connection.sql(query, params=[source.path]).to_arrow_table()


def _which(groupings: Sequence[tuple[str, ...]], place: dict[str, str]) -> str:
    """SQL for the place of the grouping that an output row belongs to, from DuckDB's GROUPING() bits."""
    if not place:
        return "0"
    bits = {name: 1 << (len(place) - 1 - index) for index, name in enumerate(place)}
    absent = [sum(bit for name, bit in bits.items() if name not in names) for names in groupings]
    cases = " ".join(f"WHEN {code} THEN {index}" for index, code in enumerate(absent))
    return f"CASE GROUPING({', '.join(place.values())}) {cases} END"


def _cell(x: str, edges: Sequence[float]) -> str:
    """SQL for the cell of a valid value: the value itself, or how many edges lie at or below it."""
    if not edges:
        return f"CASE WHEN {x} = 0 THEN CAST(0 AS DOUBLE) ELSE {x} END"  # -0.0 and 0.0 are one score
    return f"CAST({_search(x, edges, 0, len(edges))} AS DOUBLE)"


def _search(x: str, edges: Sequence[float], low: int, high: int) -> str:
    """SQL for how many edges lie at or below x, as a binary search."""
    if low == high:
        return str(low)
    middle = (low + high) // 2
    left, right = _search(x, edges, low, middle), _search(x, edges, middle + 1, high)
    return f"CASE WHEN {x} < {real(edges[middle])} THEN {left} ELSE {right} END"


def _fine(x: str, spec: Spec) -> str:
    """SQL for the cell of the tally's own bins."""
    flags = " + ".join(["0", *(f"CAST({x} >= {real(cut)} AS BIGINT)" for cut in spec.cuts)])
    ordinal = f"CASE WHEN {x} >= 1 THEN {spec.bins - 1} ELSE CAST(floor({x} * {spec.bins}) AS BIGINT) END"
    return f"({ordinal}) * {len(spec.cuts) + 1} + ({flags})"


def _fixed(x: str) -> str:
    """SQL for a value in [0, 1] at 2^30."""
    return f"CAST(floor({x} * {SCALE} + 0.5) AS BIGINT)"


def _slices(
    table: pa.Table, attributes: Sequence[Attribute], groupings: Sequence[tuple[str, ...]]
) -> tuple[tuple[Slice, ...], Ints]:
    """The slice of every output row: the slices found, and int64[rows] places among them."""
    which = table["which"].to_numpy().astype(np.int64)
    code, columns = which, []
    for index in range(len(attributes)):
        encoded = table[f"a{index}"].combine_chunks().dictionary_encode()
        indices = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        columns.append(([str(value) for value in encoded.dictionary.to_pylist()], indices))
        _, code = np.unique(code * (len(encoded.dictionary) + 1) + indices + 1, return_inverse=True)
    _, first, place = np.unique(code, return_index=True, return_inverse=True)
    order = {attribute.name: columns[index] for index, attribute in enumerate(attributes)}
    slices = tuple(
        Slice(int(which[row]), tuple(order[name][0][order[name][1][row]] for name in groupings[which[row]]))
        for row in first
    )
    return slices, place.astype(np.int64)
