"""Are limits of gaps between groups honest where replicates cannot show what another sample would?"""

from __future__ import annotations

import math

import numpy as np
import pytest

from audits.core.fairness import Comparison, between, gap
from audits.core.gaps import difference_limits, mean_limits, mover_limits, pair_confidence, ratio_limits
from audits.core.intervals import Interval, newcombe, wilson

WHO = Comparison(("a", "b"), {"c": "too small"})
SPREAD = np.random.default_rng(1).normal(0.8, 0.03, 200)
STUCK = {
    "all alike": np.full(200, 0.8),
    "all zero": np.zeros(200),
    "alike but for rounding": np.where(np.arange(200) % 2, 0.3, 0.1 + 0.2),
    "all undefined": np.full(200, np.nan),
    "alike where defined": np.where(np.arange(200) % 2, 0.8, np.nan),
}


@pytest.mark.parametrize("name", STUCK)
def test_a_group_whose_replicates_are_all_alike_has_no_bootstrap_limits(name: str) -> None:
    for replicates in (np.stack([SPREAD, STUCK[name]]), np.stack([STUCK[name], STUCK[name]])):
        family = (np.array([0.8, 0.8]), replicates)
        assert difference_limits([family], 0.95) is None
        assert ratio_limits([family], 0.95) is None
        # One good family does not make up for one that cannot tell.
        assert difference_limits([(family[0], np.stack([SPREAD, SPREAD[::-1]])), family], 0.95) is None


@pytest.mark.parametrize("pair", [(56, 70, 48, 80), (48, 80, 56, 70), (10, 10, 10, 10), (0, 10, 0, 20), (29, 30, 3, 9)])
def test_mover_of_two_wilson_intervals_is_newcombe(pair: tuple[int, int, int, int]) -> None:
    hits, n, other_hits, other_n = pair
    own = [wilson(hits, n, 0.95), wilson(other_hits, other_n, 0.95)]
    signed = newcombe(*pair, 0.95)
    expected = (max(0.0, signed.low, -signed.high), max(signed.high, -signed.low))
    assert mover_limits([hits / n, other_hits / other_n], own) == pytest.approx(expected, abs=1e-12)


def test_limits_of_many_pairs_bracket_those_of_each() -> None:
    values, own = [0.9, 0.7, 0.8], [Interval(0.85, 0.94), Interval(0.6, 0.78), Interval(0.7, 0.88)]
    found = mover_limits(values, own)
    for one, two in ((0, 1), (0, 2), (1, 2)):
        pair = mover_limits([values[one], values[two]], [own[one], own[two]])
        assert found.low >= pair.low
        assert found.high >= pair.high


def test_pairs_share_the_error_that_is_allowed() -> None:
    assert pair_confidence(0.95, 2) == pytest.approx(0.95)
    assert 1 - pair_confidence(0.95, 5) == pytest.approx(0.005)


@pytest.mark.parametrize("how", ["difference", "ratio"])
def test_a_gap_without_any_limits_has_no_interval_and_says_why(how: str) -> None:
    values = [0.8, 0.8]
    family = (np.array(values), np.stack([SPREAD, STUCK["all alike"]]))
    found = gap(between(values, how), [family], how, 0.95, WHO)
    assert (found.low, found.high) == (None, None)
    assert "no interval" in found.method
    assert "left out c (too small)" in found.method


def test_a_gap_takes_the_wider_limits_and_names_them() -> None:
    values = [1.0, 1.0]
    own = [wilson(10, 10, 0.95)] * 2
    stuck = gap(0.0, [(np.array(values), np.ones((2, 200)))], "difference", 0.95, WHO, own)
    assert (stuck.low, stuck.high) == pytest.approx((0.0, 1 - own[0].low))
    assert stuck.method.startswith("MOVER limits")
    drawn = np.minimum(1.0, np.stack([SPREAD, SPREAD[::-1]]) + 0.19)
    both = gap(0.0, [(np.array(values), drawn)], "difference", 0.95, WHO, own)
    bootstrap = difference_limits([(np.array(values), drawn)], 0.95)
    assert bootstrap is not None
    assert both.high == pytest.approx(max(bootstrap.high, 1 - own[0].low))
    assert both.method.startswith("the wider of")
    assert math.isclose(both.low or 0.0, 0.0)


def test_limits_of_a_mean_of_gaps_are_the_mean_of_simultaneous_limits() -> None:
    rng = np.random.default_rng(2)
    values = np.array([0.9, 0.6])
    drawn = values[:, None] + rng.normal(0, 0.03, (2, 200))
    family = (values, drawn)
    # The same family twice: the mean of the two is the one.
    assert mean_limits([family, family], 0.95) == pytest.approx(difference_limits([family, family], 0.95))
    none = (np.array([0.7, 0.7]), drawn[::-1])
    found, larger = mean_limits([family, none], 0.95), difference_limits([family, none], 0.95)
    assert found is not None
    assert larger is not None
    assert found.low < larger.low
    assert found.high < larger.high
    assert mean_limits([family, (values, np.stack([SPREAD, STUCK["all alike"]]))], 0.95) is None
