"""Do the tests of drift, their adjustment and the CUSUM equal SciPy's, evidently's, statsmodels' and a plain loop?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from evidently import DataDefinition, Dataset, Report
from evidently.legacy.calculations.stattests import chi_stat_test, ks_stat_test
from evidently.legacy.core import ColumnType
from evidently.presets import DataDriftPreset
from scipy.stats import chi2_contingency, ks_2samp, norm
from scipy.stats.contingency import association
from statsmodels.stats.multitest import multipletests

from audits.core.cusum import Window, average_run_length, chart
from audits.core.drift import Pair, ks_bounds
from audits.core.drift_tests import Chance, adjusted, chi_squared, ks_test
from audits.core.values import Column, Estimate, Source
from audits.engines.connection import Limits
from audits.engines.duckdb_sample import sample
from audits.evidently_report import MOST_ROWS
from audits.suites import drift
from tests.audits import tables
from tests.reference import stories
from tests.reference.stories import Story

STORIES: dict[str, Callable[[], Story]] = {"actg": stories.actg, "diabetes": lambda: stories.diabetes(4)}
CATEGORIES = ("gender", "y")
Found = dict[tuple[str, str], Estimate]


def _alone(source: Source) -> Source:
    """The table without its subjects: what the references test is independent rows."""
    return Source(source.path, tuple(c for c in source.columns if c.role != "subject"), source.rows)


def _found(source: Source, reference: Source, story: Story) -> Found:
    result = drift.run(source=source, reference=reference, plan=story.plan, progress=tables.quiet)
    return {(measurement.measure, measurement.column): measurement.estimate for measurement in result.measurements}


@pytest.fixture(scope="module", params=STORIES)
def story(request: pytest.FixtureRequest) -> Story:
    return STORIES[request.param]()


@pytest.fixture(scope="module")
def found(story: Story) -> Found:
    return _found(_alone(story.source), _alone(story.reference), story)


def _raw(estimate: Estimate) -> float:
    """The p-value before its adjustment, as the method prints it."""
    return float(estimate.method.split("; p = ")[1].split(";")[0])


def _columns(story: Story) -> list[Column]:
    return [column for column in story.source.columns if column.role in ("feature", "score")]


def test_p_values_of_numbers_are_scipys(story: Story, found: Found) -> None:
    for column in _columns(story):
        estimate = found["drift_p", column.name]
        expected = ks_2samp(story.trained[column.name], story.rows[column.name], method="asymp").pvalue
        if "binned" not in estimate.method:
            assert _raw(estimate) == pytest.approx(expected, rel=5e-3)
        else:
            assert _raw(estimate) >= expected * 0.995
            assert expected >= float(estimate.method.split("between ")[1].split(" ")[0]) * 0.995


def test_p_values_of_numbers_are_evidentlys_where_rows_are_few() -> None:
    """evidently calls SciPy's test, exact for small tables, as ours is."""
    rng = np.random.default_rng(3)
    first, second = pd.Series(rng.normal(0, 1, 80)), pd.Series(rng.normal(0.4, 1, 60))
    expected = ks_stat_test.func(first, second, ColumnType.Numerical, 0.05)[0]
    key = np.union1d(first, second)
    counts = [np.isin(key, part).astype(np.float64) for part in (first, second)]
    both = Pair(key, counts[0], counts[1])
    assert ks_test(both, *2 * ks_bounds(*counts)[:1]).p == pytest.approx(expected)


def test_p_values_of_categories_are_scipys(story: Story, found: Found) -> None:
    for name in CATEGORIES:
        table = pd.crosstab(
            np.repeat([0, 1], [len(story.trained), len(story.rows)]),
            pd.concat([story.trained[name], story.rows[name]]).astype(str).to_numpy(),
        ).to_numpy()
        if table.shape[1] == 2:  # rare third levels are pooled, which neither reference does
            expected = chi2_contingency(table, correction=False).pvalue
            assert _raw(found["drift_p", name]) == pytest.approx(expected, rel=5e-3)
        assert found["cramers_v", name].value == pytest.approx(association(table, method="cramer"), abs=1e-12)


def test_chi_squared_is_evidentlys_where_the_reference_is_endless() -> None:
    """evidently tests the current counts against the reference's shares as if those were known (goodness of fit).

    It is the limit of the two-sample test for an endless reference, so it is tried against a very large one.
    """
    before, now = pd.Series(["a"] * 600 + ["b"] * 400), pd.Series(["a"] * 330 + ["b"] * 170)
    endless = Pair(np.arange(2.0), np.array([6e7, 4e7]), np.array([330.0, 170.0]))
    expected = chi_stat_test.func(before, now, ColumnType.Categorical, 0.05)[0]
    assert chi_squared(endless).p == pytest.approx(expected, rel=1e-4)


def test_the_adjustment_is_statsmodels(story: Story, found: Found) -> None:
    names = [column.name for column in story.source.columns if column.role != "subject"]
    raw = [_raw(found["drift_p", name]) for name in names]
    expected = multipletests(raw, method="fdr_bh")[1]
    # The raw p-values are read from three printed digits.
    assert [found["drift_p", name].value for name in names] == pytest.approx(expected, rel=0.01)


def test_the_adjustment_is_statsmodels_to_the_last_digit() -> None:
    raw = np.random.default_rng(1).random(40) ** 3
    found = adjusted({str(place): Chance(float(p), 1, "t") for place, p in enumerate(raw)})
    assert [found[str(place)].value for place in range(40)] == pytest.approx(multipletests(raw, method="fdr_bh")[1])


def test_the_reports_own_numbers_are_those_of_its_sample(story: Story) -> None:
    """What Evidently prints for a number is the Wasserstein distance of the sample; ours on all rows is close to it."""
    names = [column.name for column in _columns(story)]
    before, now = (
        sample(each, names, most=MOST_ROWS, seed=story.plan.seed, limits=Limits()).to_pandas()
        for each in (story.reference, story.source)
    )
    definition = DataDefinition(numerical_columns=names)
    datasets = [Dataset.from_pandas(frame, definition) for frame in (now, before)]
    printed = Report([DataDriftPreset()]).run(*datasets).dict()["metrics"]
    figures = {each["config"]["column"]: float(each["value"]) for each in printed if "column" in each["config"]}
    methods = {each["config"]["column"]: each["config"]["method"] for each in printed if "column" in each["config"]}
    whole = _found(_alone(story.source), _alone(story.reference), story)
    assert sum("Wasserstein" in method for method in methods.values()) > 3
    for name in names:
        # Numbers with few different values count as categories there.
        if "Wasserstein" not in methods[name]:
            continue
        assert figures[name] == pytest.approx(whole["wasserstein", name].value, abs=0.03)


def test_the_chart_is_a_plain_loops() -> None:
    rng = np.random.default_rng(9)
    z, k = rng.normal(0.2, 1, 300), 0.5
    points = chart([Window(str(place), 100, 10 + 3 * value, 10.0, 9.0) for place, value in enumerate(z)], k)
    high = low = 0.0
    for place, value in enumerate(z):
        high = max(0.0, high + value - k)
        low = max(0.0, low - value - k)
        assert [points[place].high, points[place].low] == pytest.approx([high, low])


def _runs(h: float, charts: int, *, seed: int, longest: int) -> np.ndarray:
    """float64[charts]: how long simulated two-sided charts run until their alarm; NaN where not within `longest`."""
    rng = np.random.default_rng(seed)
    high, low, ended = np.zeros(charts), np.zeros(charts), np.full(charts, np.nan)
    for step in range(1, longest + 1):
        z = rng.standard_normal(charts)
        high, low = np.maximum(0, high + z - 0.5), np.maximum(0, low - z - 0.5)
        alarmed = np.isnan(ended) & (np.maximum(high, low) > h)
        ended[alarmed] = step
        if not np.isnan(ended).any():
            break
    return ended


@pytest.mark.parametrize("h", [4.0, 5.0])
def test_the_average_run_length_is_the_simulated_one(h: float) -> None:
    ended = _runs(h, 4000, seed=5, longest=8000)
    assert not np.isnan(ended).any()
    error = float(ended.std() / np.sqrt(len(ended)))
    assert abs(float(ended.mean()) - average_run_length(0.5, h)) < float(norm.ppf(0.999)) * error
