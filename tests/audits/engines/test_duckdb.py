"""Does DuckDB count exactly what the specification says, whatever the table holds?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audits.core.tally_spec import EXACT_LIMIT, LEVEL_LIMIT, Attribute, Resolution
from audits.core.values import Column
from audits.engines import duckdb
from audits.engines.connection import Limits
from tests.audits import tables
from tests.audits.engines import independent

LIMITS = Limits(memory_limit="500MB", threads=2)


def _empty() -> dict[str, Any]:
    types = {"y": pa.int8(), "p": pa.float64(), "race": pa.string(), "gender": pa.string()}
    return {name: pa.array([], kind) for name, kind in types.items()}


def _all_null() -> dict[str, Any]:
    return {name: pa.nulls(5, column.type) for name, column in _empty().items()}


def _nan_between_good_scores() -> dict[str, Any]:
    # Parquet's statistics say that this column lies in [0.1, 0.9]: the trap of duckdb/duckdb#25521.
    p = [0.1, float("nan"), 0.9, 0.3, float("nan")]
    return {"y": pa.array([0, 1, 1, 0, 0], pa.int8()), "p": p, "race": ["a"] * 5, "gender": ["f"] * 5}


TABLES: dict[str, dict[str, Any]] = {
    "clean": tables.clean(),
    "dirty": tables.dirty(),
    "empty": _empty(),
    "all null": _all_null(),
    "nan hidden from statistics": _nan_between_good_scores(),
    "one row": {"y": pa.array([1], pa.int8()), "p": [0.3], "race": ["a"], "gender": ["f"]},
    "every score tied": {**tables.clean(50), "p": np.full(50, 0.3)},
}


@pytest.mark.parametrize("resolution", list(Resolution))
@pytest.mark.parametrize("name", TABLES)
def test_the_digest_equals_the_independent_count(tmp_path: Path, name: str, resolution: Resolution) -> None:
    source = tables.write(tmp_path, TABLES[name], groups=500)
    spec = replace(duckdb.specify(source, tables.plan(), limits=LIMITS), resolution=resolution, bins=256)
    counted = duckdb.tally(source, spec, progress=tables.quiet, limits=LIMITS)
    assert counted.digest == independent.count(source.path, spec).digest
    assert counted.rows == source.rows


@pytest.mark.parametrize("resolution", list(Resolution))
def test_capped_levels_are_counted_as_other(tmp_path: Path, resolution: Resolution) -> None:
    source = tables.write(tmp_path, tables.dirty())
    spec = duckdb.specify(source, tables.plan(), limits=LIMITS)
    capped = (Attribute("race", ("black", "it's", 'a "b" & c=d')), Attribute("gender"))
    spec = replace(spec, attributes=capped, resolution=resolution)
    counted = duckdb.tally(source, spec, progress=tables.quiet, limits=LIMITS)
    assert counted.digest == independent.count(source.path, spec).digest


def test_invalid_rows_are_counted_and_never_dropped(tmp_path: Path) -> None:
    data = tables.dirty()
    source = tables.write(tmp_path, data)
    spec = duckdb.specify(source, tables.plan(), limits=LIMITS)
    counted = duckdb.tally(source, spec, progress=tables.quiet, limits=LIMITS)
    y, p = data["y"].to_pylist(), data["p"].to_pylist()
    bad_outcome = [v not in (0, 1) for v in y]
    bad_score = [v is None or not 0 <= v <= 1 for v in p]
    assert counted.invalid_outcomes == sum(bad_outcome)
    assert counted.invalid_scores == sum(s and not o for s, o in zip(bad_score, bad_outcome, strict=True))


def test_a_null_score_is_not_put_in_the_top_bin(tmp_path: Path) -> None:
    data = {"y": pa.array([0, 1], pa.int8()), "p": pa.array([None, 0.2]), "race": ["a", "a"], "gender": ["f", "f"]}
    source = tables.write(tmp_path, data)
    spec = replace(duckdb.specify(source, tables.plan(), limits=LIMITS), resolution=Resolution.BINS)
    counted = duckdb.tally(source, spec, progress=tables.quiet, limits=LIMITS)
    assert sorted(counted.key[counted.place == 0]) == [-1.0, 819 * 3.0]


def test_row_order_row_groups_and_threads_do_not_matter(tmp_path: Path) -> None:
    data = tables.clean(5000, decimals=None)
    order = np.random.default_rng(1).permutation(5000)
    one = tables.write(tmp_path, data, name="one")
    two = tables.write(tmp_path, {k: v[order] for k, v in data.items()}, name="two", groups=333)
    spec = duckdb.specify(one, tables.plan(), limits=LIMITS)
    digests = {
        duckdb.tally(table, spec, progress=tables.quiet, limits=Limits(threads=threads)).digest
        for table in (one, two)
        for threads in (1, 2)
    }
    assert len(digests) == 1


def test_resolution_follows_the_number_of_distinct_scores(tmp_path: Path) -> None:
    n = EXACT_LIMIT + 1
    data: dict[str, Any] = {"y": np.zeros(n, np.int8), "p": np.linspace(0, 1, n)}
    roles = tables.COLUMNS[:2]
    bare = tables.plan(subgroups=(), intersections=())
    many = duckdb.specify(tables.write(tmp_path, data, roles), bare, limits=LIMITS)
    few = duckdb.specify(tables.write(tmp_path, {k: v[1:] for k, v in data.items()}, roles), bare, limits=LIMITS)
    assert (many.resolution, few.resolution) == (Resolution.BINS, Resolution.EXACT)


def test_declared_levels_survive_the_cap(tmp_path: Path) -> None:
    n = 400
    races = [f"r{index % 80:02d}" for index in range(n - 1)] + ["rare"]
    data = {**tables.clean(n), "race": races}
    roles = (*tables.COLUMNS[:2], Column("race", "subgroup", "text", levels=("rare", "absent")), tables.COLUMNS[3])
    spec = duckdb.specify(tables.write(tmp_path, data, roles), tables.plan(), limits=LIMITS)
    kept = spec.attributes[0].levels or ()
    assert len(kept) == LEVEL_LIMIT
    assert {"rare", "absent"} <= set(kept)


def test_a_table_without_a_score_column_is_refused(tmp_path: Path) -> None:
    source = tables.write(tmp_path, tables.clean(10), tables.COLUMNS[:1])
    with pytest.raises(ValueError, match="exactly one score column"):
        duckdb.specify(source, tables.plan(), limits=LIMITS)


def test_odd_column_names_are_only_names(tmp_path: Path) -> None:
    clean = tables.clean(100)
    names = {"y": 'out"come; --', "p": "p'", "race": "ra ce", "gender": "sélect"}
    data = {names[key]: value for key, value in clean.items()}
    roles = tuple(replace(column, name=names[column.name]) for column in tables.COLUMNS)
    odd = tables.plan(subgroups=("ra ce", "sélect"), intersections=(("ra ce", "sélect"),))
    source = tables.write(tmp_path, data, roles)
    spec = duckdb.specify(source, odd, limits=LIMITS)
    counted = duckdb.tally(source, spec, progress=tables.quiet, limits=LIMITS)
    again = independent.count(source.path, spec, outcome=names["y"], score=names["p"])
    assert counted.digest == again.digest
