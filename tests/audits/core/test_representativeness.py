"""Are standardised differences those of the published formulas, and honest for small and odd tables?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.stats.meta_analysis import effectsize_smd

from audits.core.representativeness import Moments, participation, smd_of_levels, smd_of_numbers

CASES = [([20, 30, 50], [0.25, 0.25, 0.5]), ([1, 2, 3, 94], [0.1, 0.2, 0.3, 0.4]), ([30, 70], [0.5, 0.5])]


def _matrix(counts: list[int], shares: list[float]) -> float:
    """Yang & Dalton's definition, with the covariance matrix inverted."""
    here, there = np.array(counts) / sum(counts), np.array(shares)
    both = [np.diag(p) - np.outer(p, p) for p in (here, there)]
    covariance = ((both[0] + both[1]) / 2)[1:, 1:]
    gap = (here - there)[1:]
    return math.sqrt(gap @ np.linalg.solve(covariance, gap))


def _named(values: list[int] | list[float]) -> dict[str, float]:
    return {str(index): value for index, value in enumerate(values)}


@pytest.mark.parametrize(("counts", "shares"), CASES)
def test_categories_are_the_distance_of_yang_and_dalton(counts: list[int], shares: list[float]) -> None:
    found = smd_of_levels({str(i): n for i, n in enumerate(counts)}, _named(shares), 0.95)
    assert found.value == pytest.approx(_matrix(counts, shares), rel=1e-9)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= _matrix(counts, shares) <= found.high
    assert found.n == sum(counts)


def test_two_levels_worked_by_hand() -> None:
    # 0.3 against 0.5: 0.2 / sqrt((0.21 + 0.25) / 2).
    assert smd_of_levels({"m": 30, "f": 70}, {"m": 0.5, "f": 0.5}, 0.95).value == pytest.approx(0.2 / math.sqrt(0.23))


def test_a_number_is_austins_difference() -> None:
    rng = np.random.default_rng(4)
    here, there = rng.normal(63, 12, 400), rng.normal(60, 10, 400)
    mean, sd = there.mean(), there.std(ddof=1)
    found = smd_of_numbers(Moments(400, (here.mean() - mean) / sd, here.var(ddof=1) / sd**2), 0.95)
    # With equal sizes the pooled deviation of Cohen's d is Austin's; Hedges' correction is taken off again.
    hedges, _ = effectsize_smd(here.mean(), here.std(ddof=1), 400, mean, sd, 400)
    assert found.value == pytest.approx(abs(hedges) / (1 - 3 / (4 * 798 - 1)), rel=1e-6)


@pytest.mark.parametrize("mean", [-0.4, 0.4])
def test_the_direction_is_in_the_method_and_not_in_the_value(mean: float) -> None:
    found = smd_of_numbers(Moments(200, mean, 1.0), 0.95)
    assert found.value == pytest.approx(0.4)
    assert found.low is not None
    assert 0 < found.low < 0.4
    assert ("above" if mean > 0 else "below") in found.method


def test_a_small_difference_reaches_down_to_none() -> None:
    assert smd_of_numbers(Moments(50, 0.05, 1.0), 0.95).low == 0.0
    close = smd_of_levels({"m": 50, "f": 50}, {"m": 0.5, "f": 0.5}, 0.95)
    assert (close.value, close.low) == (0.0, 0.0)
    assert close.high is not None
    assert close.high > 0.1


def test_participation_is_wilsons_interval_over_the_share() -> None:
    found = participation(30, 100, 0.5, 0.95)
    low, high = binomtest(30, 100).proportion_ci(method="wilson")
    assert (found.value, found.low, found.high) == pytest.approx((0.6, low / 0.5, high / 0.5))
    nobody = participation(0, 40, 0.2, 0.95)
    assert (nobody.value, nobody.low) == (0.0, 0.0)
    assert nobody.high is not None
    assert nobody.high > 0.3


def test_what_cannot_be_said_has_a_reason() -> None:
    assert "nobody" in (smd_of_levels({}, {"a": 0.5, "b": 0.5}, 0.95).reason or "")
    assert "share no level" in (smd_of_levels({"c": 5}, {"a": 0.5, "b": 0.5}, 0.95).reason or "")
    assert smd_of_levels({"a": 5}, {"a": 1.0, "b": 0.0}, 0.95).low is None
    assert "fewer than two" in (smd_of_numbers(Moments(1, 0.0, 0.0), 0.95).reason or "")
    assert smd_of_numbers(Moments(9, 1.0, 0.0), 0.95).low is None
    assert participation(0, 0, 0.5, 0.95).reason
    assert "nobody at this level" in (participation(3, 9, 0.0, 0.95).reason or "")
