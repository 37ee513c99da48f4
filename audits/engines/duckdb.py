"""What does the tally of this table hold? One DuckDB pass with GROUPING SETS; the only code that reads scores."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from audits.core import tally as tallies
from audits.core.arrays import Ints
from audits.core.slices import MISSING, OTHER, groupings
from audits.core.tally import Tally
from audits.core.tally_spec import EXACT_LIMIT, LEVEL_LIMIT, SCALE, Attribute, Resolution, Slice, Spec
from audits.core.values import PlanSpec, Source
from audits.engines.connection import SCAN, Limits, Progress, column, level, opened, real

# BETWEEN is false for NaN and null for null; the ELSE branch catches both. Never least()/greatest(): they skip null,
# and put every missing score into the top bin.
_OUTCOME = "CASE WHEN y IN (0, 1) THEN CAST(y AS BIGINT) ELSE -1 END"
_VALID = "(y IN (0, 1) AND p BETWEEN 0 AND 1)"


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
        query = (
            f"SELECT count(DISTINCT p) FILTER (WHERE {_VALID}) FROM ("  # noqa: S608
            f"SELECT TRY_CAST({column(role(source, 'outcome'))} AS DOUBLE) AS y, "
            f"TRY_CAST({column(role(source, 'score'))} AS DOUBLE) AS p FROM {SCAN})"
        )
        (scores,) = connection.execute(query, [source.path]).fetchone() or (0,)
        attributes = tuple(_attribute(connection, source, name) for name in names)
    return Spec(
        cuts=tuple(sorted({point.score + 0.0 for point in plan.operating_points})),
        attributes=attributes,
        groupings=((), *groupings(plan.subgroups, plan.intersections)),
        resolution=Resolution.EXACT if scores <= EXACT_LIMIT else Resolution.BINS,
    )


def _attribute(connection: duckdb.DuckDBPyConnection, source: Source, name: str) -> Attribute:
    """An attribute with its levels capped; declared levels are kept before frequent ones."""
    declared = next((item.levels or () for item in source.columns if item.name == name), ())
    text = f"CAST({column(name)} AS VARCHAR)"
    query = (
        f"SELECT {text} AS level FROM {SCAN} WHERE {column(name)} IS NOT NULL "  # noqa: S608
        f"GROUP BY level ORDER BY count(*) DESC, level LIMIT {LEVEL_LIMIT + len(declared) + 1}"
    )
    found = [str(row[0]) for row in connection.execute(query, [source.path]).fetchall()]
    if len(set(found) | set(declared)) <= LEVEL_LIMIT:
        return Attribute(name)
    return Attribute(name, tuple(sorted([*declared, *(x for x in found if x not in declared)][:LEVEL_LIMIT])))


def tally(source: Source, spec: Spec, *, progress: Progress, limits: Limits) -> Tally:
    """Count the table once. The result does not depend on row order, row groups or threads."""
    progress("tally", 0, 1)
    with opened(limits) as connection:
        table = connection.sql(_query(source, spec), params=[source.path]).to_arrow_table()
    counted = tallies.merge(spec, [_grouping(spec, table, index) for index in range(len(spec.groupings))])
    progress("tally", 1, 1)
    return counted


def _query(source: Source, spec: Spec) -> str:
    """One statement: levels and cells per row, then counts and integer sums per grouping set."""
    levels = [f"{level(column(a.name), a.levels, MISSING, OTHER)} AS a{i}" for i, a in enumerate(spec.attributes)]
    place = {attribute.name: f"a{index}" for index, attribute in enumerate(spec.attributes)}
    sets = [", ".join(["k", "y", *(place[name] for name in names)]) for names in spec.groupings]
    # GROUPING() of the attributes alone would not tell () from a set when there are none; the ordinal is our own.
    which = _which(spec, place)
    names = "".join(f", a{index}" for index in range(len(levels)))
    return f"""
        WITH raw AS (
            SELECT TRY_CAST({column(role(source, "outcome"))} AS DOUBLE) AS y,
                   TRY_CAST({column(role(source, "score"))} AS DOUBLE) AS p
                   {"".join(", " + text for text in levels)}
            FROM {SCAN}
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
