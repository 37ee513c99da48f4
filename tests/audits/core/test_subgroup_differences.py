"""Do differences and ratios against the rest equal SciPy's and statsmodels', and stay honest where nothing varies?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import chi2_contingency, norm
from statsmodels.stats.proportion import confint_proportions_2indep

from audits.core.cells import Cells
from audits.core.operating import Confusion, share
from audits.core.subgroup_differences import Between, difference, log_ratio, rest_of, share_difference, share_ratio
from audits.core.values import Estimate

PAIRS = [(56, 70, 48, 80), (10, 12, 900, 1000), (3, 40, 30, 60), (29, 30, 3, 9)]
EDGES = [(10, 10, 20, 20), (0, 10, 5, 20), (10, 10, 5, 20), (0, 12, 0, 30)]


def _events(hits: int, total: int) -> Confusion:
    """Some events, caught or not, and one other row."""
    return Confusion(hits, 0, total - hits, 1)


def _shares(pair: tuple[int, int, int, int]) -> tuple[Confusion, Confusion, Estimate, Estimate]:
    group, rest = _events(*pair[:2]), _events(*pair[2:])
    return group, rest, share("sensitivity", group, 0.95), share("sensitivity", rest, 0.95)


@pytest.mark.parametrize("pair", PAIRS + EDGES)
def test_a_difference_of_shares_is_newcombes(pair: tuple[int, int, int, int]) -> None:
    found = share_difference("sensitivity", *_shares(pair), 0.95).estimate
    expected = confint_proportions_2indep(*pair, method="newcomb", compare="diff")
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-12)
    assert found.value == pytest.approx(pair[0] / pair[1] - pair[2] / pair[3])


@pytest.mark.parametrize("pair", PAIRS)
def test_the_test_of_shares_is_the_uncorrected_chi_squared_one(pair: tuple[int, int, int, int]) -> None:
    hits, total, other, others = pair
    table = [[hits, total - hits], [other, others - other]]
    found = share_difference("sensitivity", *_shares(pair), 0.95)
    assert found.p == pytest.approx(chi2_contingency(table, correction=False).pvalue, rel=1e-12)


@pytest.mark.parametrize("pair", PAIRS)
def test_a_ratio_of_shares_is_close_to_the_score_interval(pair: tuple[int, int, int, int]) -> None:
    *_, one, two = _shares(pair)
    found = share_ratio(one, two).estimate
    low, high = confint_proportions_2indep(*pair, method="score", compare="ratio")
    assert found.low == pytest.approx(low, rel=0.06)
    assert found.high == pytest.approx(high, rel=0.06)


def test_two_groups_at_100_percent_are_not_known_to_be_equal() -> None:
    group, rest, one, two = _shares((10, 10, 20, 20))
    ratio = share_ratio(one, two).estimate
    assert ratio.value == 1.0
    assert ratio.low is not None
    assert ratio.high is not None
    assert ratio.low < 0.8
    assert ratio.high > 1.1
    assert share_difference("sensitivity", group, rest, one, two, 0.95).p == 1.0


def test_a_ratio_of_nothing_to_something_has_an_upper_limit_and_of_something_to_nothing_has_no_value() -> None:
    *_, one, two = _shares((0, 10, 5, 20))
    found = share_ratio(one, two).estimate
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high is not None
    assert found.high > 0.5
    nothing = share_ratio(two, one)
    assert "is 0" in (nothing.estimate.reason or "")
    assert nothing.p is None


def test_a_difference_of_symmetric_intervals_is_that_of_their_standard_errors() -> None:
    z = float(norm.ppf(0.975))
    one = Estimate(1.2, 1.2 - z * 0.3, 1.2 + z * 0.3, 100, 40)
    two = Estimate(0.9, 0.9 - z * 0.4, 0.9 + z * 0.4, 900, 300)
    found = difference(one, two, 0.95, low=-math.inf, high=math.inf)
    assert (found.estimate.low, found.estimate.high) == pytest.approx((0.3 - z * 0.5, 0.3 + z * 0.5))
    assert found.p == pytest.approx(2 * norm.sf(0.3 / 0.5))


@pytest.mark.parametrize("error", [0.29, 0.31])
def test_the_test_agrees_with_its_interval(error: float) -> None:
    one, two = Estimate(0.8, 0.55, 0.9, 50, 20), Estimate(0.8 - error, 0.75 - error, 0.9 - error, 500, 200)
    found = difference(one, two, 0.95, low=-1.0, high=1.0)
    assert found.estimate.low is not None
    assert found.p is not None
    assert (found.estimate.low > 0) == (found.p < 0.05)


def test_a_log_ratio_is_that_of_two_independent_logarithms() -> None:
    z = float(norm.ppf(0.975))
    one = Estimate(1.5, 1.5 * math.exp(-z * 0.3), 1.5 * math.exp(z * 0.3), 100, 40)
    two = Estimate(1.0, math.exp(-z * 0.4), math.exp(z * 0.4), 900, 300)
    found = log_ratio(one, two, 0.95)
    assert (found.estimate.low, found.estimate.high) == pytest.approx(
        (1.5 * math.exp(-z * 0.5), 1.5 * math.exp(z * 0.5))
    )
    assert found.p == pytest.approx(2 * norm.sf(math.log(1.5) / 0.5))


def test_an_undefined_side_is_named() -> None:
    good, bad = Estimate(0.5, 0.4, 0.6, 100, 50), Estimate.undefined("every score is the same", n=9, events=3)
    inside = difference(bad, good, 0.95, low=-1, high=1).estimate
    outside = log_ratio(good, bad, 0.95).estimate
    assert inside.reason == "in the group: every score is the same"
    assert outside.reason == "outside the group: every score is the same"
    assert "no interval" in (difference(Estimate(0.5), good, 0.95, low=-1, high=1).estimate.reason or "")


def test_limits_widen_by_a_factor_and_stay_in_range() -> None:
    found = Between(Estimate(0.5, 0.3, 0.9, 10, 5, "m"), 3.0)
    plain = found.widened(2.0, log=False, words="twice", low=-1.0, high=1.0)
    assert (plain.estimate.low, plain.estimate.high) == pytest.approx((0.1, 1.0))
    assert (plain.z, plain.estimate.method) == (1.5, "m; twice")
    log = found.widened(2.0, log=True, words="twice", low=0.0, high=None).estimate
    assert (log.low, log.high) == pytest.approx((0.5 * 0.6**2, 0.5 * 1.8**2))


def _cells(outcome: list[int], rank: list[float], n: list[int], *, exact: bool) -> Cells:
    ranks, counts = np.array(rank), np.array(n)
    return Cells(np.array(outcome), ranks, ranks / 10, ranks**2 / 100, counts, counts * 0, ranks * 0, exact)


@pytest.mark.parametrize("exact", [True, False])
def test_the_rest_is_everyone_less_the_group(exact: bool) -> None:
    everyone = _cells([0, 0, 1, 1], [1.0, 2.0, 1.0, 3.0], [5, 4, 3, 2], exact=exact)
    rest = rest_of(everyone, _cells([0, 1, 1], [2.0, 1.0, 3.0], [1, 3, 1], exact=exact))
    assert rest.outcome.tolist() == [0, 0, 1]
    assert rest.rank.tolist() == [1.0, 2.0, 3.0]
    assert rest.n.tolist() == [5, 3, 1]
    assert rest.score.tolist() == pytest.approx([0.1, 0.2, 0.3])
    assert rest_of(everyone, everyone).rows == 0
