"""Does the scan compare combinations with their rest as SciPy and scikit-learn would, and name the worst honestly?"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest, chi2_contingency
from sklearn.metrics import roc_auc_score

from audits.core import scan
from audits.core.arrays import Flags, Floats
from audits.core.scan import Combinations
from tests.audits.core.score_cells import cells

N, CUT = 3000, 0.4
RNG = np.random.default_rng(5)
P = RNG.integers(1, 64, N) / 64
Y = RNG.random(N) < P
GROUP = RNG.integers(0, 4, N)


def _combinations(masks: list[Flags]) -> Combinations:
    """Counted row by row."""
    rung = (P * 64).astype(int)
    events, nonevents = (
        np.array([np.bincount(rung[m & side], minlength=64) for m in masks], dtype=float) for side in (Y, ~Y)
    )
    caught, cleared = (
        np.array([[float((m & side).sum())] for m in masks]) for side in (Y & (P >= CUT), ~Y & (P < CUT))
    )
    names = tuple(str(index) for index in range(len(masks)))
    return Combinations(names, events, nonevents, np.array([P[m].sum() for m in masks]), caught, cleared)


MASKS = [np.equal(GROUP, index) for index in range(4)]
FOUND, WHOLE = _combinations(MASKS), _combinations([np.ones(N, dtype=bool)])
REST = FOUND.outside(WHOLE)


def _delong(mask: Flags) -> tuple[float, float]:
    """AUROC and its variance from placement values, row by row."""
    p, y = P[mask], Y[mask]
    wins = (p[y][:, None] > p[~y][None, :]) + 0.5 * (p[y][:, None] == p[~y][None, :])
    v10, v01 = wins.mean(axis=1), wins.mean(axis=0)
    return roc_auc_score(y, p), v10.var(ddof=1) / len(v10) + v01.var(ddof=1) / len(v01)


@pytest.mark.parametrize("index", range(4))
def test_a_departure_in_sensitivity_is_the_chi_squared_one(index: int) -> None:
    inside = MASKS[index]
    hit = P >= CUT
    table = [[(Y & hit & side).sum(), (Y & ~hit & side).sum()] for side in (inside, ~inside)]
    found = float(scan.sensitivity_departure(FOUND, REST, 0)[index])
    assert found**2 == pytest.approx(chi2_contingency(table, correction=False).statistic)
    assert (found < 0) == (table[0][0] / sum(table[0]) < table[1][0] / sum(table[1]))
    other = [[(~Y & ~hit & side).sum(), (~Y & hit & side).sum()] for side in (inside, ~inside)]
    assert float(scan.specificity_departure(FOUND, REST, 0)[index]) ** 2 == pytest.approx(
        chi2_contingency(other, correction=False).statistic
    )


@pytest.mark.parametrize("index", range(4))
def test_a_departure_in_auroc_has_delongs_variances(index: int) -> None:
    (area, variance), (other, others) = _delong(MASKS[index]), _delong(~MASKS[index])
    expected = (area - other) / math.sqrt(variance + others)
    assert float(scan.auroc_departure(FOUND, REST)[index]) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("index", range(4))
def test_a_departure_in_calibration_counts_in_both_directions(index: int) -> None:
    logs, variance = [], 0.0
    for side in (MASKS[index], ~MASKS[index]):
        events = int(Y[side].sum())
        logs.append(math.log(events / P[side].sum()))
        variance += (1 - events / side.sum()) / events
    expected = -abs(logs[0] - logs[1]) / math.sqrt(variance)
    assert float(scan.oe_departure(FOUND, REST)[index]) == pytest.approx(expected)


def test_the_smallest_departures_come_first_and_undefined_ones_never() -> None:
    departure: Floats = np.array([0.5, np.nan, -3.0, -1.0, np.inf])
    assert scan.worst(departure) == [2, 3, 0]
    assert scan.worst(departure, told=1) == [2]
    assert scan.worst(np.array([np.nan])) == []


def test_too_little_inside_or_outside_is_not_enough() -> None:
    few, most = np.zeros(N, dtype=bool), np.ones(N, dtype=bool)
    few[np.flatnonzero(Y)[:9]] = True
    few[np.flatnonzero(~Y)[:50]] = True
    most[np.flatnonzero(few)] = False
    found = _combinations([few, most, MASKS[0]])
    assert scan.enough(found, WHOLE, 10, 10).tolist() == [False, False, True]
    assert scan.enough(found, WHOLE, 9, 50).tolist() == [True, True, True]
    assert scan.enough(found, WHOLE, 0, 0).tolist() == [True, True, True]
    assert not scan.enough(WHOLE, WHOLE, 0, 0).any()


def test_those_with_the_most_of_their_scarcer_outcome_are_kept_in_order() -> None:
    sizes = [100, 400, 50, 300]
    masks = [np.isin(np.arange(N), np.arange(size)) for size in sizes]
    found = _combinations(masks)
    assert scan.most_informative(found, 2).tolist() == [1, 3]
    assert scan.most_informative(found, 9).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(("hits", "n"), [(0, 12), (12, 12), (3, 40), (77, 80)])
@pytest.mark.parametrize("confidence", [0.95, 0.9999])
def test_exact_limits_are_clopper_and_pearsons(hits: int, n: int, confidence: float) -> None:
    expected = binomtest(hits, n).proportion_ci(confidence, method="exact")
    assert scan.exact(hits, n, confidence) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_limits_are_shared_between_all_combinations() -> None:
    assert scan.simultaneous(0.95, 1) == pytest.approx(0.95)
    assert 1 - scan.simultaneous(0.95, 500) == pytest.approx(0.0001)


@pytest.mark.parametrize("measure", ["sensitivity", "specificity", "oe_ratio", "auroc"])
def test_an_estimate_is_the_measure_itself_with_wider_limits_for_more_combinations(measure: str) -> None:
    found = cells(P[Y], P[~Y])
    found = replace(found, above=(found.score >= CUT).astype(np.int64))
    expected = {
        "sensitivity": (Y & (P >= CUT)).sum() / Y.sum(),
        "specificity": (~Y & (P < CUT)).sum() / (~Y).sum(),
        "oe_ratio": Y.sum() / P.sum(),
        "auroc": roc_auc_score(Y, P),
    }
    one, many = (scan.estimate(measure, found, 0, confidence) for confidence in (0.95, 0.9999))
    assert one.value == pytest.approx(expected[measure])
    assert many.low is not None
    assert many.high is not None
    assert one.low is not None
    assert one.high is not None
    assert many.low < one.low < (one.value or 0) < one.high < many.high
