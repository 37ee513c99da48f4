"""Do drift and quality figures equal evidently's, scipy's and pandas' on the raw rows?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from evidently.legacy.calculations.stattests import jensenshannon_stat_test, psi_stat_test, wasserstein_stat_test
from evidently.legacy.calculations.stattests.utils import get_binned_data
from evidently.legacy.core import ColumnType
from scipy.stats import ks_2samp

from audits.core.drift import jensen_shannon_distance, population_stability
from audits.core.values import Column, Estimate
from audits.suites import drift, quality
from tests.audits import tables
from tests.reference import stories
from tests.reference.stories import Story

STORIES: dict[str, Callable[[], Story]] = {"actg": stories.actg, "diabetes": lambda: stories.diabetes(4)}
Found = dict[tuple[str, str, str, str, str], Estimate]


@pytest.fixture(scope="module", params=STORIES)
def story(request: pytest.FixtureRequest) -> Story:
    return STORIES[request.param]()


@pytest.fixture(scope="module")
def found(story: Story) -> Found:
    result = drift.run(source=story.source, reference=story.reference, plan=story.plan, progress=tables.quiet)
    return {measurement.key: measurement.estimate for measurement in result.measurements}


def _numbers(story: Story) -> list[str]:
    return [c.name for c in story.source.columns if c.role == "feature"] + ["p"]


def test_ks_equals_scipy_on_rows(story: Story, found: Found) -> None:
    for name in _numbers(story):
        expected = ks_2samp(story.trained[name], story.rows[name], method="asymp").statistic
        estimate = found["ks", "", "", "", name]
        assert estimate.value is not None
        slack = 0.005 if "at most" in estimate.method else 1e-12
        assert estimate.value - 1e-12 <= expected <= estimate.value + slack


def test_wasserstein_equals_evidently_on_rows(story: Story, found: Found) -> None:
    for name in _numbers(story):
        both = (story.trained[name], story.rows[name])
        expected = wasserstein_stat_test.func(*both, ColumnType.Numerical, 0.1)[0]
        estimate = found["wasserstein", "", "", "", name]
        assert estimate.value == pytest.approx(expected, abs=1e-3)
        if "at most" not in found["ks", "", "", "", name].method:
            assert estimate.value == pytest.approx(expected, rel=1e-9)


def test_psi_and_jensen_shannon_equal_evidently_on_its_own_edges(story: Story) -> None:
    for name in _numbers(story):
        reference, current = story.trained[name], story.rows[name]
        filled = get_binned_data(reference, current, ColumnType.Numerical, 30, True)
        raw = get_binned_data(reference, current, ColumnType.Numerical, 30, False)
        expected = psi_stat_test.func(reference, current, ColumnType.Numerical, 0.1)[0]
        distance = jensenshannon_stat_test.func(reference, current, ColumnType.Numerical, 0.1)[0]
        # evidently puts a tiny share where a bin is empty, and does not rescale; we smooth. Same shares, same index.
        direct = (filled[0] - filled[1]) @ np.log(filled[0] / filled[1])
        assert direct == pytest.approx(expected, abs=1e-9)
        if (raw[0] > 0).all() and (raw[1] > 0).all():
            assert float(population_stability(raw[0], raw[1], 0.0)) == pytest.approx(expected, abs=1e-9)
        assert float(jensen_shannon_distance(*raw)) == pytest.approx(distance, abs=1e-9)


def test_categories_equal_evidently_on_rows(story: Story, found: Found) -> None:
    for name in ("gender", "y"):
        reference, current = story.trained[name].astype(str), story.rows[name].astype(str)
        expected = jensenshannon_stat_test.func(reference, current, ColumnType.Categorical, 0.1)[0]
        assert found["jensen_shannon", "", "", "", name].value == pytest.approx(expected, abs=1e-9)
        psi = psi_stat_test.func(reference, current, ColumnType.Categorical, 0.1)[0]
        assert found["psi", "", "", "", name].value == pytest.approx(psi, abs=2e-3)


def _independent(subjects: pd.Series) -> float:
    """Kish's number of independent rows: every row where no patient repeats."""
    rows = subjects.value_counts()
    return float(rows.sum() ** 2 / (rows**2).sum())


def test_psi_uses_tenths_of_the_reference(story: Story, found: Found) -> None:
    name = "p"
    edges = np.quantile(story.trained[name], np.arange(1, 10) / 10)
    counts = [np.bincount(np.searchsorted(edges, part[name]), minlength=10) for part in (story.trained, story.rows)]
    shares = [(c + 0.5) / (c + 0.5).sum() for c in counts]
    expected = float((shares[1] - shares[0]) @ np.log(shares[1] / shares[0]))
    assert found["psi", "", "", "", name].value == pytest.approx(expected, abs=2e-3)
    floor = 9 * sum(1 / _independent(part["subject"]) for part in (story.trained, story.rows))
    assert found["psi_noise_floor", "", "", "", name].value == pytest.approx(floor)


def test_binned_columns_bound_ks_and_measure_distance_closely(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    reference, current = rng.lognormal(0, 1, 20_000), rng.lognormal(0.1, 1.1, 15_000)
    roles = (Column("x", "feature", "number"),)
    sources = [
        tables.write(tmp_path, {"x": values}, roles, name=name)
        for name, values in (("now", current), ("before", reference))
    ]
    made = drift.run(source=sources[0], reference=sources[1], plan=tables.plan(), progress=tables.quiet)
    by = {measurement.measure: measurement.estimate for measurement in made.measurements}
    exact = ks_2samp(reference, current).statistic
    assert by["ks"].value is not None
    assert by["ks"].high is not None
    assert by["ks"].value <= exact <= by["ks"].high
    expected = wasserstein_stat_test.func(pd.Series(reference), pd.Series(current), ColumnType.Numerical, 0.1)[0]
    assert by["wasserstein"].value == pytest.approx(expected, abs=2e-3)


def test_quality_equals_pandas_on_rows(story: Story) -> None:
    result = quality.run(source=story.source, reference=story.reference, plan=story.plan, progress=tables.quiet)
    found = {measurement.key: measurement.estimate.value for measurement in result.measurements}
    for column in story.source.columns:
        values = story.rows[column.name]
        assert found["missing_share", "", "", "", column.name] == values.isna().mean()
        assert found["distinct_count", "", "", "", column.name] == values.nunique()
        assert found["constant", "", "", "", column.name] == float(values.nunique() == 1)
    names = [column.name for column in story.source.columns]
    assert found["duplicate_row_share", "", "", "", ""] == story.rows[names].duplicated().mean()
    assert found["duplicate_subject_share", "", "", "", ""] == story.rows["subject"].duplicated().mean()
    people = story.rows["subject"].drop_duplicates()
    assert found["subject_overlap_share", "", "", "", ""] == people.isin(story.trained["subject"]).mean()
