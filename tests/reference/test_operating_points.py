"""Do the measures at a cut-off equal scikit-learn's on rows, and published worked examples?

scikit-learn: class_likelihood_ratios, f1_score, matthews_corrcoef. Simel, Samsa & Matchar (1991, J Clin Epidemiol
44:763) give the log method; its formulas are written out here by hand from the four counts.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import pearsonr
from sklearn.metrics import (
    average_precision_score,
    class_likelihood_ratios,
    f1_score,
    matthews_corrcoef,
    precision_score,
)
from statsmodels.stats.proportion import proportion_confint

from audits.core.cells import Ladder, cells_of
from audits.core.discrimination import average_precision, precision_bounds
from audits.core.operating import Confusion
from audits.core.ratios import RATIOS
from audits.core.tally_spec import Resolution, Slice, Spec
from audits.core.values import Estimate
from audits.engines import duckdb
from audits.engines.connection import Limits
from tests.audits import tables
from tests.reference import stories

#: TP, FP, FN, TN
TABLES = [(40, 20, 10, 130), (3, 1, 7, 989), (900, 300, 50, 750), (1, 50, 1, 48), (20, 2, 5, 3)]


def _rows(table: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat([1, 0, 1, 0], table), np.repeat([1, 1, 0, 0], table)


def _found(measure: str, table: tuple[int, int, int, int]) -> Estimate:
    return RATIOS[measure](Confusion(*table), 0.95)


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_values_equal_scikit_learn_on_rows(table: tuple[int, int, int, int]) -> None:
    y, flags = _rows(table)
    up, down = class_likelihood_ratios(y, flags)
    expected = {
        "positive_likelihood_ratio": up,
        "negative_likelihood_ratio": down,
        "number_needed_to_evaluate": 1 / precision_score(y, flags),
        "f1": f1_score(y, flags),
        "matthews_correlation": matthews_corrcoef(y, flags),
    }
    for measure, value in expected.items():
        assert _found(measure, table).value == pytest.approx(value, rel=1e-12), measure
    assert _found("matthews_correlation", table).value == pytest.approx(pearsonr(y, flags).statistic, rel=1e-12)


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_likelihood_ratios_have_the_log_methods_limits(table: tuple[int, int, int, int]) -> None:
    tp, fp, fn, tn = table
    sensitivity, specificity = tp / (tp + fn), tn / (tn + fp)
    for measure, ratio, variance in (
        ("positive_likelihood_ratio", sensitivity / (1 - specificity), (1 - sensitivity) / tp + specificity / fp),
        ("negative_likelihood_ratio", (1 - sensitivity) / specificity, sensitivity / fn + (1 - specificity) / tn),
    ):
        half = 1.959963984540054 * math.sqrt(variance)
        found = _found(measure, table)
        assert (found.low, found.high) == pytest.approx(
            (math.exp(math.log(ratio) - half), math.exp(math.log(ratio) + half)), rel=1e-9
        )


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_f1_and_looks_per_case_have_wilsons_limits_of_the_share_behind_them(table: tuple[int, int, int, int]) -> None:
    tp, fp, fn, _ = table
    low, high = proportion_confint(tp, tp + fp + fn, method="wilson")
    found = _found("f1", table)
    assert (found.low, found.high) == pytest.approx((2 * low / (1 + low), 2 * high / (1 + high)), rel=1e-9)
    low, high = proportion_confint(tp, tp + fp, method="wilson")
    found = _found("number_needed_to_evaluate", table)
    assert (found.low, found.high) == pytest.approx((1 / high, 1 / low), rel=1e-9)


@pytest.mark.parametrize("table", [(400, 200, 100, 1300), (900, 300, 50, 750)], ids=str)
def test_matthews_error_equals_that_of_a_bootstrap(table: tuple[int, int, int, int]) -> None:
    drawn = np.random.default_rng(2).multinomial(sum(table), np.array(table) / sum(table), size=20_000).astype(float)
    tp, fp, fn, tn = drawn.T
    values = (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    found = _found("matthews_correlation", table)
    low, high = (math.atanh(end or 0.0) for end in (found.low, found.high))
    assert (high - low) / 2 / 1.959963984540054 == pytest.approx(np.arctanh(values).std(), rel=0.02)


def test_no_average_precision_of_binned_scores_leaves_its_certified_bounds() -> None:
    story = stories.actg()
    y, p = story.rows["y"].to_numpy(), story.rows["p"].to_numpy()
    for bins in (8, 64, 512):
        spec = Spec((), (), ((),), Resolution.BINS, bins)
        tally = duckdb.tally(story.source, spec, progress=tables.quiet, limits=Limits())
        cells = cells_of(tally, Slice(0, ()))
        least, most = precision_bounds(cells.ladder)
        assert least <= average_precision_score(y, p) <= most
        found = average_precision(cells, 0.95)
        assert found.low is not None
        assert found.high is not None
        assert found.low < least < most < found.high
        assert "certified binning error" in found.method


def test_the_bounds_of_average_precision_are_its_extremes_by_brute_force() -> None:
    rng = np.random.default_rng(5)
    y, place = rng.integers(0, 2, 300), rng.integers(0, 6, 300)

    def by_hand(first: int) -> float:
        order = np.lexsort((y != first, -place))
        hits = y[order] == 1
        return float((np.cumsum(hits) / np.arange(1, 301))[hits].mean())

    ranks = np.unique(place).astype(float)
    counts = [np.array([float(((place == r) & (y == k)).sum()) for r in ranks]) for k in (1, 0)]
    found = precision_bounds(Ladder(ranks, counts[0], counts[1]))
    assert found == pytest.approx((by_hand(0), by_hand(1)), rel=1e-10)
