"""Are the counts of a large table those of a small one, and are estimates called estimates?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audits.core.quality import column_estimates, table_estimates
from audits.core.values import Column, Source
from audits.engines import duckdb_quality, duckdb_repeats
from audits.engines.connection import Limits
from tests.audits import tables

ROLES = (
    *tables.COLUMNS[:2],
    Column("few", "feature", "number", minimum=0, maximum=6),
    Column("many", "feature", "number"),
    Column("t", "feature", "text"),
)


def _data(n: int) -> dict[str, Any]:
    rng = np.random.default_rng(5)
    p = rng.random(n)
    p[:10] = [np.nan, 2.0, -1.0, np.inf, 0.0, -0.0, 1.0, 0.5, 0.5, np.nan]
    many = rng.normal(size=n)
    many[: n // 4] = many[n // 4 : n // 2]
    data = {
        "y": pa.array(rng.choice([0.0, 1.0, 2.0], n), mask=rng.random(n) < 0.1),
        "p": p,
        "few": rng.integers(0, 9, n).astype(float),
        "many": pa.array(many, mask=rng.random(n) < 0.01),
        "t": rng.choice(["a", "b"], n),
    }
    whole = pa.table(data)
    return {name: pa.chunked_array([*whole[name].chunks, whole[name].slice(0, 100)]) for name in data}


@pytest.fixture
def sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """The exact profile of a table, and the one that large tables get."""
    source = tables.write(tmp_path, _data(300_000), ROLES)
    made = []
    for limit in (10**9, 1000):
        monkeypatch.setattr(duckdb_quality, "EXACT_ROWS", limit)
        monkeypatch.setattr(duckdb_repeats, "EXACT_ROWS", limit)
        columns = duckdb_quality.profile(source, None, (), progress=tables.quiet, limits=Limits()).columns
        made.append(
            (columns, duckdb_repeats.repeats(source, None, columns, progress=tables.quiet, limits=Limits()).table)
        )
    return made[0], made[1]


def test_missing_and_wrong_values_are_counted_exactly(sides: Any) -> None:
    (exact, _), (large, _) = sides
    for one, two in zip(exact, large, strict=True):
        assert (one.rows, one.missing, one.outside) == (two.rows, two.missing, two.outside), one.name


def test_few_distinct_values_are_exact_and_many_are_an_estimate_with_an_interval(sides: Any) -> None:
    (exact, _), (large, _) = sides
    for one, two in zip(exact, large, strict=True):
        estimate = column_estimates(two, 0.999)["distinct_count"]
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low <= one.distinct <= estimate.high
        assert (two.one_in > 1) is (one.name in ("p", "many"))
        assert ("estimated" in estimate.method) is (two.one_in > 1)


def test_repeated_rows_are_found_by_their_hash_and_the_method_says_so(sides: Any) -> None:
    (_, exact), (_, large) = sides
    assert exact.rows - exact.distinct_rows == large.rows - large.distinct_rows == 100
    assert "hash of 64 bits" in table_estimates(large, 0.95)["duplicate_row_share"].method
    assert "hash" not in table_estimates(exact, 0.95)["duplicate_row_share"].method


def _profile(source: Source, limit: int, patch: pytest.MonkeyPatch, *, threads: int = 2) -> duckdb_quality.Profile:
    patch.setattr(duckdb_quality, "EXACT_ROWS", limit)
    limits = Limits(threads=threads)
    return duckdb_quality.profile(source, None, ("ward", "many_wards"), progress=tables.quiet, limits=limits)


MIXED = (
    Column("ward", "subgroup", "text"),
    Column("many_wards", "subgroup", "text"),
    Column("note", "feature", "text"),
    Column("spiked", "feature", "number"),
    Column("even", "feature", "number"),
)


def _mixed(n: int = 200_001) -> dict[str, Any]:
    """A third of one column is -1; more values are missing in some wards; sorted, so that what is alike is together."""
    rng = np.random.default_rng(8)
    spiked = np.sort(np.where(rng.random(n) < 1 / 3, -1.0, rng.normal(size=n)))
    codes = rng.integers(0, 30, n)
    return {
        "ward": pa.array([f"w{code % 3}" for code in codes], mask=rng.random(n) < 0.05),
        "many_wards": pa.array([f"m{code}" for code in codes]),
        "note": pa.array(rng.choice(["a", "b"], n), mask=rng.random(n) < codes / 100),
        "spiked": pa.array(spiked, mask=rng.random(n) < codes / 200),
        "even": rng.random(n),
    }


def test_the_commonest_value_of_a_large_column_is_found_by_its_sample_and_counted_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tables.write(tmp_path, _mixed(), MIXED)
    exact = {each.name: each for each in _profile(source, 10**9, monkeypatch).extras}
    large = {each.name: each for each in _profile(source, 1000, monkeypatch).extras}
    assert large["spiked"].dominant == exact["spiked"].dominant
    assert large["spiked"].dominant > 60_000  # type: ignore[operator]
    assert 64_000 < large["even"].sampled < 67_000
    assert large["even"].copies == large["even"].dominant == 1
    assert large["note"] == exact["note"]


def test_missing_values_of_a_large_table_are_counted_per_level_as_in_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = _mixed()
    source = tables.write(tmp_path, data, MIXED)
    exact, large = (_profile(source, limit, monkeypatch).groups for limit in (10**9, 1000))
    assert exact == large
    ward, note = (pa.array(data[name]).to_pylist() for name in ("ward", "note"))
    counts = next(group for group in large if group.level == "w1")
    assert counts.missing[2] == sum(one == "w1" and two is None for one, two in zip(ward, note, strict=True)) > 0
    assert len([group for group in large if group.across == "many_wards"]) == 30


def test_a_large_profile_does_not_depend_on_the_engines_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tables.write(tmp_path, _mixed(), MIXED, groups=20_000)
    assert _profile(source, 1000, monkeypatch, threads=1) == _profile(source, 1000, monkeypatch, threads=4)


def _overlap(now: Source, then: Source, limit: int, patch: pytest.MonkeyPatch) -> tuple[int | None, int | None]:
    patch.setattr(duckdb_repeats, "EXACT_ROWS", limit)
    columns = _profile(now, 10**9, patch).columns
    found = duckdb_repeats.repeats(now, then, columns, progress=tables.quiet, limits=Limits())
    return found.compared, found.repeated


@pytest.mark.parametrize("in_memory", [10**9, 0])
def test_rows_of_a_large_table_that_training_holds_are_those_of_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory: int
) -> None:
    monkeypatch.setattr(duckdb_repeats, "_IN_MEMORY", in_memory)
    rng = np.random.default_rng(3)
    names = [f"f{place}" for place in range(6)]
    roles = tuple(Column(name, "feature", "number") for name in names)

    def rows(n: int) -> Any:
        drawn = rng.integers(0, 4, (n, 6)).astype(float)
        drawn[rng.random((n, 6)) < 0.2] = np.nan
        drawn[:40] = np.nan
        return drawn

    now, then, other = rows(3000), rows(2500), rng.random((2000, 6))
    tables_of = {}
    for name, values in {"now": now, "then": then, "other": other, "same": now}.items():
        data = {each: pa.array(values[:, place], from_pandas=True) for place, each in enumerate(names)}
        tables_of[name] = tables.write(tmp_path, data, roles, name=name)
    for name in ("then", "other", "same"):
        exact, large = (_overlap(tables_of["now"], tables_of[name], limit, monkeypatch) for limit in (10**9, 100))
        assert exact == large
        assert exact[0] is not None
        assert exact[0] <= 2960
    assert _overlap(tables_of["now"], tables_of["other"], 100, monkeypatch)[1] == 0
    compared, repeated = _overlap(tables_of["now"], tables_of["then"], 100, monkeypatch)
    assert compared is not None
    assert repeated is not None
    assert 0 < repeated < compared


@pytest.mark.parametrize("in_memory", [10**9, 0])
def test_rows_alike_in_the_first_columns_alone_are_not_repeats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory: int
) -> None:
    monkeypatch.setattr(duckdb_repeats, "_IN_MEMORY", in_memory)
    n = 4000
    roles = tuple(Column(name, "feature", "number") for name in "abcdef")
    data = {name: np.arange(n) % (n // 2) * 1.0 for name in "abcd"} | {"e": np.arange(n) // (n // 2), "f": [1.0] * n}
    source = tables.write(tmp_path, {name: pa.array(values, pa.float64()) for name, values in data.items()}, roles)
    monkeypatch.setattr(duckdb_repeats, "EXACT_ROWS", 100)
    columns = _profile(source, 10**9, monkeypatch).columns
    found = duckdb_repeats.repeats(source, None, columns, progress=tables.quiet, limits=Limits()).table
    assert (found.rows, found.distinct_rows) == (n, n)
