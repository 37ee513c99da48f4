"""Do the calibration curve and its distances equal statsmodels and plain NumPy on the rows?

The spline basis is written out again from Harrell's formula, the curve and its band are a statsmodels GLM on every row,
the distances and the expected calibration error are loops over rows; loess (statsmodels) must roughly agree.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit
from sklearn.metrics import precision_recall_curve
from statsmodels.nonparametric.smoothers_lowess import lowess

from audits.core import curves
from audits.core.arrays import Floats
from audits.core.calibration_bins import calibration_error
from audits.core.calibration_curve import Curve, curve_of
from audits.core.calibration_distance import FUNCTIONALS, distances, summaries
from audits.core.cells import Cells, cells_of, compressed
from audits.core.replicates import draw
from audits.core.tally_spec import Slice
from audits.core.values import Estimate
from audits.engines.connection import Limits
from audits.suites import calibration_fit, scored
from tests.audits import tables
from tests.reference import stories
from tests.reference.stories import Story

QUANTILES = (0.05, 0.275, 0.5, 0.725, 0.95)
SCORE = np.linspace(0.08, 0.14, 9)


@pytest.fixture(scope="module")
def story() -> Story:
    return stories.diabetes(4, whole=True)


@pytest.fixture(scope="module")
def cells(story: Story) -> Cells:
    tally = scored.count(story.source, story.plan, progress=tables.quiet, limits=Limits())
    return cells_of(tally, Slice(0, ()))


def _basis(x: Floats, knots: Floats) -> Floats:
    """Harrell's restricted cubic spline, one column and one knot at a time."""

    def plus(value: Floats) -> Floats:
        return np.where(value > 0, value, 0.0) ** 3

    first, before, last = knots[0], knots[-2], knots[-1]
    columns = [np.ones_like(x), x]
    for knot in knots[:-2]:
        one = plus(x - knot)
        two = plus(x - before) * (last - knot) / (last - before)
        three = plus(x - last) * (before - knot) / (last - before)
        columns.append((one - two + three) / (last - first) ** 2)
    return np.column_stack(columns)


def _reference(y: Floats, p: Floats) -> tuple[Any, Floats]:
    """The GLM on all rows, and its knots."""
    x = logit(np.clip(p, 1e-6, 1 - 1e-6))
    knots = np.quantile(x, QUANTILES, method="inverted_cdf")
    return sm.GLM(y, _basis(x, knots), family=sm.families.Binomial()).fit(tol=1e-12), knots


def _curve(cells: Cells) -> Curve:
    found = curve_of(cells)
    assert isinstance(found, Curve)
    return found


def test_the_curve_and_its_band_equal_a_glm_on_all_rows(story: Story, cells: Cells) -> None:
    y, p = story.rows["y"].to_numpy(np.float64), story.rows["p"].to_numpy()
    fit, knots = _reference(y, p)
    expected = fit.get_prediction(_basis(logit(SCORE), knots)).summary_frame(alpha=0.05)
    curve = _curve(cells)
    low, high = curve.band(SCORE, 1.959963984540054)
    assert curve.at(SCORE) == pytest.approx(expected["mean"].to_numpy(), abs=1e-8)
    assert low == pytest.approx(expected["mean_ci_lower"].to_numpy(), abs=1e-6)
    assert high == pytest.approx(expected["mean_ci_upper"].to_numpy(), abs=1e-6)


def test_the_robust_covariance_equals_statsmodels_hc0(story: Story, cells: Cells) -> None:
    y, p = story.rows["y"].to_numpy(np.float64), story.rows["p"].to_numpy()
    curve = _curve(cells)
    line = logit(p)
    fit = sm.GLM(y, curve.basis.columns(line), family=sm.families.Binomial()).fit(tol=1e-12, cov_type="HC0")
    assert curve.robust == pytest.approx(fit.cov_params(), rel=1e-6, abs=1e-9)


def _distances(cells: Cells) -> dict[str, Estimate]:
    return distances(cells, curve_of(cells), 0.95, 200, np.random.default_rng(1))


def test_distances_are_those_of_the_rows(story: Story, cells: Cells) -> None:
    y, p = story.rows["y"].to_numpy(np.float64), story.rows["p"].to_numpy()
    fit, _ = _reference(y, p)
    gap = np.abs(fit.fittedvalues - p)
    found = _distances(cells)
    assert found["ici"].value == pytest.approx(gap.mean(), abs=1e-8)
    assert found["e50"].value == pytest.approx(np.quantile(gap, 0.5, method="inverted_cdf"), abs=1e-8)
    assert found["e90"].value == pytest.approx(np.quantile(gap, 0.9, method="inverted_cdf"), abs=1e-8)
    assert found["emax"].value == pytest.approx(gap.max(), abs=1e-8)


def test_loess_draws_nearly_the_same_curve() -> None:
    rng = np.random.default_rng(4)
    p = rng.beta(2, 3, 6000)
    y = (rng.random(6000) < expit(0.6 * logit(p) + 0.2)).astype(np.float64)
    smooth = lowess(y, p, frac=0.5, it=0, xvals=p)
    found = _distances(_rows(y, p))
    assert found["ici"].value == pytest.approx(np.abs(smooth - p).mean(), abs=0.006)
    assert found["e90"].value == pytest.approx(np.quantile(np.abs(smooth - p), 0.9), abs=0.012)


def _rows(y: Floats, p: Floats) -> Cells:
    ones = np.ones(len(p), dtype=np.int64)
    return Cells(y.astype(np.int64), p, p, p * p, ones, 0 * ones, p, True)


@pytest.mark.parametrize("truth", [lambda p: p, lambda p: expit(0.6 * logit(p))], ids=["calibrated", "too extreme"])
def test_simulated_curves_spread_as_a_bootstrap_that_refits_them(truth: Callable[[Floats], Floats]) -> None:
    rng = np.random.default_rng(6)
    p = rng.beta(2, 4, 3000)
    cells = _rows((rng.random(3000) < truth(p)).astype(np.float64), p)
    joined = compressed(cells, 100)
    curve = _curve(cells)
    again = FUNCTIONALS["ici"](joined, draw(joined.n, 1500, rng))
    gaps = curve.simulated(joined.score, 1500, rng) - joined.score
    simulated = summaries(gaps, np.broadcast_to(joined.n, gaps.shape))["ici"][1:]
    assert simulated.std() == pytest.approx(again.std(), rel=0.1)
    assert simulated.mean() == pytest.approx(again.mean(), rel=0.05)


def test_a_replicate_is_what_a_glm_on_its_weights_would_be() -> None:
    rng = np.random.default_rng(7)
    p = rng.beta(2, 4, 2000).round(2).clip(0.01, 0.99)
    cells = compressed(_rows((rng.random(2000) < p).astype(np.float64), p), 50)
    weights = draw(cells.n, 3, rng)
    curve = curve_of(cells)
    assert isinstance(curve, Curve)
    design = curve.basis.columns(logit(cells.score))
    for weight, found in zip(weights, FUNCTIONALS["ici"](cells, weights), strict=True):
        fit = sm.GLM(cells.outcome, design, family=sm.families.Binomial(), freq_weights=weight).fit(tol=1e-12)
        assert found == pytest.approx(np.average(np.abs(fit.fittedvalues - cells.score), weights=weight), abs=1e-5)


@pytest.mark.parametrize("decimals", [4, 2])
def test_the_calibration_error_equals_a_loop_over_bins_of_rows(decimals: int) -> None:
    rng = np.random.default_rng(5)
    p = rng.beta(2, 4, 5000).round(decimals)
    y = (rng.random(5000) < p**1.2).astype(np.float64)
    expected = 0.0
    # A distinct score belongs to the tenth of the rows in which the middle of its rows lies.
    middle = np.array([(p < score).mean() + (p == score).mean() / 2 for score in p])
    for tenth in range(10):
        inside = (middle * 10).astype(int) == tenth
        expected += inside.mean() * abs(y[inside].mean() - p[inside].mean())
    found = calibration_error(_rows(y, p), 0.95, 200, np.random.default_rng(1))
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert found.method.startswith("10 bins of about equal rows")


def test_precision_and_recall_equal_scikit_learn(story: Story, cells: Cells) -> None:
    precision, recall, _ = precision_recall_curve(story.rows["y"], story.rows["p"])
    known = {(round(float(r), 10), round(float(p), 10)) for r, p in zip(recall, precision, strict=True)}
    found = curves.precision_recall(cells)
    assert 100 < len(found) <= 200
    assert all((round(point["recall"], 10), round(point["precision"], 10)) in known for point in found)
    assert found[-1] == {"recall": 1.0, "precision": pytest.approx(story.rows["y"].mean())}


def test_the_audit_says_in_words_what_the_rows_say(story: Story) -> None:
    given = scored.gather(story.source, None, story.plan, progress=tables.quiet, limits=Limits())
    curve: Any = calibration_fit.part(given).facts["calibration_curve"]
    y, p = story.rows["y"].to_numpy(np.float64), story.rows["p"].to_numpy()
    assert len(curve["score"]) == 100
    assert curve["score"][0] == pytest.approx(np.quantile(p, 0.01, method="inverted_cdf"))
    assert curve["score"][-1] == pytest.approx(np.quantile(p, 0.99, method="inverted_cdf"))
    assert f": {100 * y.sum() / p.sum():.1f} events happened for every 100 predicted" in curve["words"]
    fit, knots = _reference(y, p)
    expected = fit.predict(_basis(logit(np.array(curve["score"])), knots))
    assert curve["observed"] == pytest.approx(list(expected), rel=1e-4)
