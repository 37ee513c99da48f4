"""Are windows measured on the reference's own groups, and is the worst of many not taken for certain?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audits.core.drift import pair, population_stability, tenths
from audits.core.values import Column, Window
from audits.core.windows import Groups, groups_of, index, indices, worst
from audits.engines import duckdb_features, duckdb_time
from audits.engines.connection import Limits
from tests.audits import tables

ALONE = (1.0, 1.0)


def levels(reference: list[float]) -> Groups:
    return Groups("t", (), tuple("abcdefgh"[: len(reference) - 1]), np.array(reference))


def drawn(weeks: int, rows: int, *, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).multinomial(rows, [0.25] * 4, size=weeks)


@pytest.mark.parametrize("decimals", [1, 6], ids=["values", "bins"])
def test_windows_add_up_to_the_groups_of_the_whole_column(decimals: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    roles = (Column("x", "feature", "number"), Column("day", "date", "text"))
    sources = []
    for name, n, mean in (("before", 9000, 0.0), ("now", 8000, 0.4)):
        days = np.datetime64("2025-01-01") + rng.integers(0, 60, n)
        data = {"x": rng.normal(mean, 1, n).round(decimals), "day": days.astype(str).astype(object)}
        sources.append(tables.write(tmp_path, data, roles, name=name))
    specs = duckdb_features.specify(sources[1], sources[0], ["x"], limits=Limits())
    (before,), (now,) = (
        duckdb_features.tally(each, specs, progress=tables.quiet, stage="s", limits=Limits()) for each in sources
    )
    both = pair(before, now)
    groups = groups_of(both, before)
    starts, undated = duckdb_time.starts(sources[1], "day", Window.WEEK, limits=Limits())
    (counts,) = duckdb_time.counts(
        sources[1], "day", Window.WEEK, starts, [groups], progress=tables.quiet, limits=Limits()
    )
    assert undated == 0
    place = tenths(both)
    assert counts.sum(axis=0).tolist() == np.bincount(place, weights=both.current).tolist()
    assert groups.reference.tolist() == np.bincount(place, weights=both.reference).tolist()


def test_a_window_with_few_values_has_no_index() -> None:
    counts = np.array([[50, 49], [50, 50]])
    found = indices(levels([500.0, 500.0]), counts)
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(float(population_stability(np.array([500.0, 500.0]), np.array([50.0, 50.0]))))
    estimate = index(levels([500.0, 500.0]), counts, 0, ALONE, 0.95, 100, np.random.default_rng(1))
    assert estimate.reason == "99 values in this window, and at least 100 are needed"


def test_an_empty_reference_gives_no_index() -> None:
    counts = np.array([[100, 100]])
    for found in (
        index(levels([0.0, 0.0]), counts, 0, ALONE, 0.95, 100, np.random.default_rng(1)),
        worst(levels([0.0, 0.0]), counts, ["2025-01-06"], ALONE, 0.95, 100, np.random.default_rng(1)),
    ):
        assert found.reason == "the reference has no present values in this column"


def test_levels_that_nobody_has_do_not_count() -> None:
    counts = np.array([[60, 60, 0]])
    found = indices(levels([500.0, 500.0, 0.0]), counts)
    assert found[0] == pytest.approx(float(population_stability(np.array([500.0, 500.0]), np.array([60.0, 60.0]))))


def test_the_worst_window_is_named_and_its_interval_is_wider_than_its_own() -> None:
    counts = drawn(30, 400, seed=3)
    counts[17] = [200, 100, 60, 40]
    starts = [f"week {place}" for place in range(30)]
    groups = levels([2500.0] * 4)
    found = worst(groups, counts, starts, ALONE, 0.95, 2000, np.random.default_rng(1))
    alone = index(groups, counts, 17, ALONE, 0.95, 2000, np.random.default_rng(1))
    assert "week 17, the largest of 30" in found.method
    assert found.value == alone.value
    assert found.low is not None
    assert alone.low is not None
    assert 0 < found.low < alone.low


def test_without_any_shift_the_worst_of_many_windows_seldom_excludes_zero() -> None:
    starts = [str(place) for place in range(30)]
    apart = 0
    for seed in range(60):
        reference = np.random.default_rng(1000 + seed).multinomial(10_000, [0.25] * 4).astype(np.float64)
        found = worst(
            levels(list(reference)), drawn(30, 400, seed=seed), starts, ALONE, 0.95, 1000, np.random.default_rng(seed)
        )
        apart += bool(found.low)
    assert apart <= 6


def test_the_interval_of_the_worst_of_many_does_not_hang_on_the_number_of_replicates() -> None:
    """Bonferroni over a year of days asks for the 0.00007 quantile, which 100 or 1,000 draws do not have."""
    counts = drawn(365, 500, seed=4)
    counts[7] = [200, 130, 100, 70]
    starts, groups = [str(place) for place in range(365)], levels([12_500.0] * 4)
    limits = []
    for replicates in (100, 1000, 5000):
        found = worst(groups, counts, starts, ALONE, 0.95, replicates, np.random.default_rng(replicates))
        assert "146,000 replicates; 4 bins" in found.method
        assert found.low is not None
        assert found.high is not None
        limits.append((found.low, found.high))
    assert np.ptp(np.array(limits), axis=0).max() < 0.02


def test_an_interval_that_would_take_too_many_replicates_is_not_made() -> None:
    counts = drawn(200, 400, seed=5)
    starts = [str(place) for place in range(200)]
    found = worst(levels([2500.0] * 4), counts, starts, ALONE, 0.9999, 100, np.random.default_rng(1))
    assert found.value == pytest.approx(float(np.nanmax(indices(levels([2500.0] * 4), counts))))
    assert (found.low, found.high) == (None, None)
    assert "no interval: it would take 40,000,0" in found.method
