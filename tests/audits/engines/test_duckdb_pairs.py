"""Does DuckDB count exactly the pairs that the specification names, whatever the table holds?"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audits.core import pair_tally
from audits.core.pair_cells import board_of, pair_of
from audits.core.pair_tally import INVALID, MISSING, OUTSIDE, PairSpec, PairTally
from audits.core.tally_spec import Attribute, Resolution, Slice
from audits.core.values import Column, OperatingPoint
from audits.engines import duckdb_pairs
from audits.engines.connection import Limits
from tests.audits import tables

LIMITS = Limits(memory_limit="500MB", threads=2)
ROLES = (*tables.COLUMNS, Column("q", "comparator", "number"))
POINTS = (OperatingPoint("alert", 0.3, 0.4), OperatingPoint("urgent", 0.75))
ATTRIBUTES = (Attribute("race", ("white", "it's")), Attribute("gender"))
GROUPINGS = ((), ("race",), ("race", "gender"))


def _dirty() -> dict[str, Any]:
    found = tables.dirty()
    rng = np.random.default_rng(2)
    odd = [float("nan"), float("inf"), -0.0, 0.0, 1.0, 1.5, -1e-12, 0.4, 0.75, None, None]
    other = [odd[int(rng.integers(len(odd)))] if rng.random() < 0.3 else round(rng.random(), 2) for _ in found["y"]]
    return {**found, "q": pa.array(other, pa.float64())}


def _nan_hidden() -> dict[str, Any]:
    nan = float("nan")
    return {"y": pa.array([0, 1, 1, 0, 0], pa.int8()), "p": [0.1, nan, 0.9, 0.3, 0.2], "race": ["a"] * 5,
            "gender": ["f"] * 5, "q": [0.2, 0.5, nan, 0.9, nan]}  # fmt: skip


def _decision() -> dict[str, Any]:
    clean = tables.clean(400)
    return {**clean, "q": pa.array((clean["p"] > 0.4).tolist(), pa.bool_())}


def _empty() -> dict[str, Any]:
    kinds = {"y": pa.int8(), "p": pa.float64(), "race": pa.string(), "gender": pa.string(), "q": pa.float64()}
    return {name: pa.array([], kind) for name, kind in kinds.items()}


TABLES = {"dirty": _dirty(), "nan hidden from statistics": _nan_hidden(), "decision": _decision(), "empty": _empty()}
EDGES, OTHER_EDGES = (0.1, 0.25, 0.3, 0.6, 0.75), (0.1, 0.4, 0.75, 1.0)


def _spec(*, exact: bool) -> PairSpec:
    bare = PairSpec((0.3, 0.75), (0.4, 0.75), ATTRIBUTES, GROUPINGS)
    margins = (Resolution.BINS, Resolution.EXACT)
    return bare if exact else replace(bare, edges=EDGES, other_edges=OTHER_EDGES, margins=margins)


def _by_hand(path: str, spec: PairSpec) -> Counter[tuple[object, ...]]:
    """(slice, outcome, key, other) -> [rows, sum of score, sum of comparator], row by row in Python."""
    found: Counter[tuple[object, ...]] = Counter()
    for row in pq.read_table(path).to_pylist():
        y, p, q = (None if row[name] is None else float(row[name]) for name in ("y", "p", "q"))
        scored = y in (0.0, 1.0) and p is not None and 0.0 <= p <= 1.0
        if scored and q is not None and 0.0 <= q <= 1.0:
            assert p is not None
            cell = (abs(p), abs(q)) if spec.exact else (bisect_right(spec.edges, p), bisect_right(spec.other_edges, q))
        else:
            cell = (-1.0, INVALID if not scored else MISSING if q is None else OUTSIDE)
        race = "(missing)" if row["race"] is None else row["race"] if row["race"] in ("white", "it's") else "(other)"
        gender = row["gender"] or "(missing)"
        for where in (Slice(0, ()), Slice(1, (race,)), Slice(2, (race, gender))):
            found[where, int(y) if y in (0.0, 1.0) else -1, float(cell[0]), float(cell[1])] += 1
    return found


def _counted(tally: PairTally) -> Counter[tuple[object, ...]]:
    rows = zip(tally.place, tally.outcome, tally.key, tally.other, tally.n, strict=True)
    return Counter({(tally.slices[s], int(y), float(k), float(o)): int(n) for s, y, k, o, n in rows})


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("name", TABLES)
def test_the_counts_equal_those_made_row_by_row(tmp_path: Path, name: str, exact: bool) -> None:
    source = tables.write(tmp_path, TABLES[name], ROLES, groups=500)
    tally = duckdb_pairs.tally(source, _spec(exact=exact), progress=tables.quiet, limits=LIMITS)
    assert _counted(tally) == _by_hand(source.path, _spec(exact=exact))
    assert tally.rows() + sum(tally.rows(why) for why in (INVALID, MISSING, OUTSIDE)) == source.rows


@pytest.mark.parametrize("exact", [True, False])
def test_parts_add_up_to_the_whole_bit_for_bit(tmp_path: Path, exact: bool) -> None:
    data, spec = _dirty(), _spec(exact=exact)
    whole = tables.write(tmp_path, data, ROLES, name="whole")
    parts = []
    for start in range(3):
        taken = {name: pa.array(column).take(list(range(start, 3000, 3))) for name, column in data.items()}
        parts.append(tables.write(tmp_path, taken, ROLES, name=f"part{start}"))
    counted = [duckdb_pairs.tally(part, spec, progress=tables.quiet, limits=LIMITS) for part in parts]
    together = duckdb_pairs.tally(whole, spec, progress=tables.quiet, limits=LIMITS)
    assert pair_tally.merge(spec, counted).digest == together.digest
    assert counted[0].digest != together.digest
    with pytest.raises(ValueError, match="count the same thing"):
        counted[0] + duckdb_pairs.tally(
            parts[1], replace(spec, attributes=(), groupings=((),)), progress=tables.quiet, limits=LIMITS
        )


def test_flags_and_margins_of_binned_pairs_equal_the_rows(tmp_path: Path) -> None:
    clean = tables.clean(4000, decimals=None)
    rng = np.random.default_rng(4)
    q = np.clip(clean["p"] + rng.normal(0, 0.1, 4000), 0, 1)
    source = tables.write(tmp_path, {**clean, "q": q}, ROLES)
    spec = duckdb_pairs.specify(source, POINTS, (), ((),), limits=LIMITS, bins=16, most=100)
    assert not spec.exact
    assert len(spec.edges) <= 19
    pair = pair_of(duckdb_pairs.tally(source, spec, progress=tables.quiet, limits=LIMITS), Slice(0, ()))
    for cut, (score, other) in enumerate(((0.3, 0.4), (0.75, 0.75))):
        flag, theirs = pair.pairs.flags(cut, cut)
        assert pair.pairs.n[flag & ~theirs].sum() == ((clean["p"] >= score) & (q < other)).sum()
        assert pair.pairs.n[~flag & theirs].sum() == ((clean["p"] < score) & (q >= other)).sum()
    assert len(pair.model.n) > 1000
    assert float(pair.comparator.n @ pair.comparator.score) == pytest.approx(q.sum(), abs=1e-5)
    assert float(pair.pairs.n @ pair.pairs.other) == pytest.approx(q.sum(), abs=1e-5)


def test_few_distinct_pairs_are_kept_exactly_and_cuts_default_to_the_score(tmp_path: Path) -> None:
    source = tables.write(tmp_path, _decision(), ROLES)
    spec = duckdb_pairs.specify(source, POINTS, (), ((),), limits=LIMITS)
    assert spec.exact
    assert (spec.cuts, spec.other_cuts) == ((0.3, 0.75), (0.4, 0.75))


def test_a_cut_between_the_edges_is_refused() -> None:
    with pytest.raises(ValueError, match="must be an edge"):
        PairSpec((0.3,), (0.3,), (), ((),), edges=(0.1,), other_edges=(0.3,))


@pytest.mark.parametrize("exact", [True, False])
def test_every_slice_and_its_groups_of_patients_are_found_among_all_and_nothing_else_is(
    tmp_path: Path, exact: bool
) -> None:
    rng, n = np.random.default_rng(6), 1500
    # Names that begin alike must not be taken for one another.
    races = np.array(["a", "a1", "aa", "b"], dtype=object)[rng.integers(4, size=n)]
    data = {**tables.clean(n), "race": races, "q": rng.random(n).round(2), "who": [f"p{i // 3}" for i in range(n)]}
    source = tables.write(tmp_path, data, (*ROLES, Column("who", "subject", "text")))
    groupings = ((), ("race",), ("race", "gender"))
    attributes = (Attribute("race"), Attribute("gender"))
    by_patient = replace(
        _spec(exact=exact),
        attributes=(*attributes, Attribute("who", people=100)),
        groupings=tuple((*names, "who") for names in groupings),
    )
    plain = replace(_spec(exact=exact), attributes=attributes, groupings=groupings)
    boards = duckdb_pairs.count_pairs(source, by_patient, progress=tables.quiet, limits=LIMITS)
    tally = duckdb_pairs.tally(source, plain, progress=tables.quiet, limits=LIMITS)
    assert len(tally.slices) == 13
    for where in tally.slices:
        inside = np.ones(n, dtype=bool)
        for name, level in zip(groupings[where.grouping], where.levels, strict=True):
            inside &= np.asarray(data[name]) == level
        board = board_of(boards, where, rng)
        assert pair_of(tally, where).pairs.rows == board.pairs.rows == board.by_group.sum() == inside.sum()
        assert np.array_equal(board.by_group.sum(axis=0), board.pairs.n)
        assert board.groups == (board.by_group.sum(axis=1) > 0).sum() <= inside.sum()
    nowhere = Slice(1, ("a0",))
    assert pair_of(tally, nowhere).pairs.rows == board_of(boards, nowhere, rng).pairs.rows == 0
