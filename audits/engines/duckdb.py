"""What does the tally of this table hold? One DuckDB pass with GROUPING SETS; the only code that reads scores."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from audits.core import tally as tallies
from audits.core.arrays import Ints
from audits.core.slices import groupings
from audits.core.tally import Tally
from audits.core.tally_spec import EXACT_LIMIT, LEVEL_LIMIT, SCALE, Attribute, Resolution, Slice, Spec
from audits.core.values import PlanSpec, Source
from audits.engines import dense
from audits.engines.connection import SCAN, Limits, Progress, column, opened, real
from audits.engines.dense import Layout
from audits.engines.levels import code_of, level_of
from audits.engines.streams import batches, floats, integers
from audits.engines.watching import watched

# BETWEEN is false for NaN and null for null; the ELSE branch catches both. Never least()/greatest(): they skip null,
# and put every missing score into the top bin.
_OUTCOME = "CASE WHEN y IN (0, 1) THEN CAST(y AS BIGINT) ELSE -1 END"
_VALID = "(y IN (0, 1) AND p BETWEEN 0 AND 1)"
_STAGE = "tally"
#: Parts of the hash that distinct scores are first counted in.
_PARTS = 64
#: Levels of one attribute beyond which rows are not counted in memory.
_MOST_LEVELS = 4096


def role(source: Source, name: str) -> str:
    """The one column with this role. Raises ValueError when the table has none."""
    found = [item.name for item in source.columns if item.role == name]
    if len(found) != 1:
        raise ValueError(f"the table needs exactly one {name} column and has {len(found)}")
    return found[0]


def specify(source: Source, plan: PlanSpec, *, limits: Limits) -> Spec:
    """The specification that suits a table: its resolution by counting distinct scores, its levels capped."""
    names = dict.fromkeys((*plan.subgroups, *(name for group in plan.intersections for name in group)))
    with opened(limits) as connection:
        scored = _scored(source)
        few = source.rows <= EXACT_LIMIT or _few_scores(connection, source, scored)
        attributes = tuple(_attribute(connection, source, name) for name in names)
    return Spec(
        cuts=tuple(sorted({point.score + 0.0 for point in plan.operating_points})),
        attributes=attributes,
        groupings=((), *groupings(plan.subgroups, plan.intersections)),
        resolution=Resolution.EXACT if few else Resolution.BINS,
    )


def _few_scores(connection: duckdb.DuckDBPyConnection, source: Source, scored: str) -> bool:
    """Whether every valid score can be its own cell.

    Asked first of the scores whose hash falls into one of 64 parts: as many distinct ones in that part as twice those
    allowed in all would leave there come from fewer scores with a probability below 1e-150, and need no full count.
    """
    scores = f"SELECT DISTINCT p FROM ({scored}) WHERE {_VALID}"  # noqa: S608
    part = f"SELECT count(*) FROM ({scores} AND hash(p) % {_PARTS} = 0)"  # noqa: S608
    (found,) = connection.execute(part, [source.path]).fetchone() or (0,)
    if found > 2 * EXACT_LIMIT // _PARTS:
        return False
    (found,) = connection.execute(f"SELECT count(*) FROM ({scores})", [source.path]).fetchone() or (0,)  # noqa: S608
    return bool(found <= EXACT_LIMIT)


def _scored(source: Source, *more: str) -> str:
    """Every row's outcome y and score p as float64, null where they are no numbers, and some more columns."""
    outcome, score = (f"TRY_CAST({column(role(source, name))} AS DOUBLE)" for name in ("outcome", "score"))
    return f"SELECT {', '.join([f'{outcome} AS y', f'{score} AS p', *more])} FROM {SCAN}"  # noqa: S608


def _attribute(connection: duckdb.DuckDBPyConnection, source: Source, name: str) -> Attribute:
    """An attribute with its levels capped; declared levels are kept before frequent ones."""
    declared = next((item.levels or () for item in source.columns if item.name == name), ())
    text = f"CAST({column(name)} AS VARCHAR)"
    query = (
        f"SELECT {text} AS level FROM {SCAN} WHERE {column(name)} IS NOT NULL "  # noqa: S608
        f"GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {LEVEL_LIMIT + len(declared) + 1}"
    )
    found = [str(row[0]) for row in connection.execute(query, [source.path]).fetchall()]
    if len(set(found) | set(declared)) <= LEVEL_LIMIT:
        return Attribute(name)
    return Attribute(name, tuple(sorted([*declared, *(x for x in found if x not in declared)][:LEVEL_LIMIT])))


def tally(source: Source, spec: Spec, *, progress: Progress, limits: Limits) -> Tally:
    """Count the table once. The result does not depend on row order, row groups or threads."""
    with opened(limits) as connection:
        places = _layout(connection, source, spec)
        if places is not None:
            return _dense(connection, source, places, progress)
        query = _query(source, spec)
        table = watched(
            connection,
            lambda: connection.sql(query, params=[source.path]).to_arrow_table(),
            progress=progress,
            stage=_STAGE,
            rows=source.rows,
        )
    return tallies.merge(spec, [_grouping(spec, table, index) for index in range(len(spec.groupings))])


def _layout(connection: duckdb.DuckDBPyConnection, source: Source, spec: Spec) -> Layout | None:
    """Where to count when all cells fit in memory; None when they do not."""
    levels: dict[str, tuple[str, ...]] = {}
    for attribute in spec.attributes:
        if any(attribute.name in names for names in spec.groupings):
            query = f"SELECT DISTINCT {level_of(attribute)} FROM {SCAN} LIMIT {_MOST_LEVELS + 1}"  # noqa: S608
            found = connection.execute(query, [source.path]).fetchall()
            if len(found) > _MOST_LEVELS:
                return None
            levels[attribute.name] = tuple(sorted(str(row[0]) for row in found))
    scores = None
    if spec.resolution is Resolution.EXACT:
        query = (
            f"SELECT DISTINCT CASE WHEN p = 0 THEN CAST(0 AS DOUBLE) ELSE p END AS p "  # noqa: S608
            f"FROM ({_scored(source)}) WHERE {_VALID} LIMIT {EXACT_LIMIT + 1}"
        )
        scores = np.sort(connection.sql(query, params=[source.path]).to_arrow_table()["p"].to_numpy())
        if len(scores) > EXACT_LIMIT:
            return None
    return dense.layout(spec, source.rows, levels, scores)


def _dense(connection: duckdb.DuckDBPyConnection, source: Source, places: Layout, progress: Progress) -> Tally:
    """The tally by adding every row into its places."""
    kept = [attribute for attribute in places.spec.attributes if attribute.name in places.levels]
    codes = [
        f"{code_of(level_of(attribute), places.levels[attribute.name])} AS a{index}"
        for index, attribute in enumerate(kept)
    ]
    names = "".join(f", a{index}" for index in range(len(kept)))
    query = (
        f"SELECT {_OUTCOME} AS y, CASE WHEN {_VALID} THEN p ELSE CAST('nan' AS DOUBLE) END AS p {names} "  # noqa: S608
        f"FROM ({_scored(source, *codes)})"
    )
    counters = dense.Counters(places)
    for batch in batches(connection, query, [source.path], progress=progress, stage=_STAGE, rows=source.rows):
        levels = {attribute.name: integers(batch.column(f"a{index}")) for index, attribute in enumerate(kept)}
        counters.add(integers(batch.column("y")), floats(batch.column("p")), levels)
    progress(_STAGE, source.rows, source.rows)
    return counters.tally()


def _query(source: Source, spec: Spec) -> str:
    """One statement: levels and cells per row, then counts and integer sums per grouping set."""
    used = {name for grouping in spec.groupings for name in grouping}
    place = {attribute.name: f"a{index}" for index, attribute in enumerate(spec.attributes) if attribute.name in used}
    levels = [f"{level_of(item)} AS {place[item.name]}" for item in spec.attributes if item.name in used]
    sets = [", ".join(["k", "y", *(place[name] for name in names)]) for names in spec.groupings]
    # GROUPING() of the attributes alone would not tell () from a set when there are none; the ordinal is our own.
    which = _which(spec, place)
    names = "".join(f", {name}" for name in place.values())
    return f"""
        WITH raw AS ({_scored(source, *levels)}
        ), cells AS (
            SELECT {_OUTCOME} AS y, CASE WHEN {_VALID} THEN {_key(spec)} ELSE -1 END AS k,
                   CASE WHEN {_VALID} THEN CAST(floor(p * {SCALE} + 0.5) AS BIGINT) ELSE 0 END AS u1,
                   CASE WHEN {_VALID} THEN CAST(floor(p * p * {SCALE} + 0.5) AS BIGINT) ELSE 0 END AS u2
                   {names}
            FROM raw
        )
        SELECT {which} AS which, y, CAST(k AS DOUBLE) AS k, count(*) AS n,
               CAST(sum(u1) AS BIGINT) AS s1, CAST(sum(u2) AS BIGINT) AS s2 {names}
        FROM cells GROUP BY GROUPING SETS ({", ".join(f"({text})" for text in sets)})
    """  # noqa: S608


def _which(spec: Spec, place: dict[str, str]) -> str:
    """SQL for the place of the grouping that an output row belongs to, from DuckDB's GROUPING() bits."""
    if not place:
        return "0"
    width = len(place)
    bits = {name: 1 << (width - 1 - index) for index, name in enumerate(place)}
    cases = (
        f"WHEN {sum(bit for name, bit in bits.items() if name not in names)} THEN {index}"
        for index, names in enumerate(spec.groupings)
    )
    return f"CASE GROUPING({', '.join(place.values())}) {' '.join(cases)} END"


def _key(spec: Spec) -> str:
    """SQL for the cell of a valid score p."""
    if spec.resolution is Resolution.EXACT:
        return "CASE WHEN p = 0 THEN CAST(0 AS DOUBLE) ELSE p END"  # -0.0 and 0.0 are one score
    flags = " + ".join(["0", *(f"CAST(p >= {real(cut)} AS BIGINT)" for cut in spec.cuts)])
    ordinal = f"CASE WHEN p >= 1 THEN {spec.bins - 1} ELSE CAST(floor(p * {spec.bins}) AS BIGINT) END"
    return f"({ordinal}) * {len(spec.cuts) + 1} + ({flags})"


def _grouping(spec: Spec, table: pa.Table, index: int) -> Tally:
    """The part of the query's answer that belongs to one grouping, as a tally."""
    part = table.filter(pa.array(table["which"].to_numpy() == index))
    names = spec.groupings[index]
    order = {attribute.name: f"a{place}" for place, attribute in enumerate(spec.attributes)}
    codes: Ints = np.zeros(part.num_rows, dtype=np.int64)
    labels: list[tuple[str, ...]] = [()]
    for name in names:
        encoded = part[order[name]].combine_chunks().dictionary_encode()
        values = [str(value) for value in encoded.dictionary.to_pylist()]
        codes = codes * len(values) + encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        labels = [(*label, value) for label in labels for value in values]
    numbers = {name: part[name].to_numpy().astype(np.int64) for name in ("y", "n", "s1", "s2")}
    slices = tuple(Slice(index, label) for label in labels)
    key = part["k"].to_numpy().astype(np.float64)
    return tallies.build(spec, slices, codes, numbers["y"], key, numbers["n"], numbers["s1"], numbers["s2"])
