"""Do the intervals of net benefit hold the truth? Simulated where the truth is known by construction.

Limits over a whole range are also no wider than a bootstrap of the rows makes them: the whole scale would hold as well.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from audits.core.decision_curve import flagged, grid
from audits.core.decision_limits import band
from audits.core.least_gain import least_gain
from audits.core.operating import Confusion
from audits.core.utility import KEYS, at_point
from audits.core.values import DecisionRange, Estimate
from tests.audits.core.score_cells import cells

#: rows, prevalence, sensitivity, specificity, operating point
CASES = [
    (60, 0.3, 0.9, 0.5, 0.2),
    (200, 0.1, 0.7, 0.8, 0.1),
    (200, 0.1, 0.7, 0.8, 0.3),
    (500, 0.05, 0.5, 0.9, 0.1),
    (1000, 0.1, 0.7, 0.8, 0.05),
    (1000, 0.3, 0.6, 0.8, 0.3),
]
#: The upper limit of a least gain holds at all points at once, so its interval is wider than one that does not.
WIDEST_LEAST = 1.5
#: The band and its bootstrap are made for the same purpose, and differ by the noise of 300 replicates.
WIDEST_BAND = 1.15
Case = tuple[int, float, float, float, float]


def _holds(found: Estimate, truth: float) -> bool:
    return found.low is not None and found.high is not None and found.low <= truth <= found.high


def _held(case: Case, trials: int) -> dict[str, float]:
    rows, share, sensitivity, specificity, pt = case
    kinds = (
        share * sensitivity, (1 - share) * (1 - specificity), share * (1 - sensitivity), (1 - share) * specificity,
    )  # fmt: skip
    weight = pt / (1 - pt)
    benefit, everyone = kinds[0] - weight * kinds[1], share - (1 - share) * weight
    truth = {
        "net_benefit": benefit,
        "standardised_net_benefit": benefit / share,
        "net_benefit_gain": benefit - max(everyone, 0.0),
        "interventions_avoided": 100 * (benefit - everyone) / weight,
    }
    drawn = [Confusion(*map(int, each)) for each in np.random.default_rng(3).multinomial(rows, kinds, size=trials)]
    found = [at_point(counts, pt, 0.95) for counts in drawn if counts.events]
    return {key: float(np.mean([_holds(each[key], truth[key]) for each in found])) for key in KEYS}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_net_benefit_is_covered(case: Case) -> None:
    held = _held(case, 3000)
    assert all(share >= 0.935 for share in held.values()), held
    # The gain's upper limit holds for two alternatives at once, and its lower one for whichever is better.
    assert all(share <= 0.99 for key, share in held.items() if key != "net_benefit_gain"), held


def test_net_benefit_is_covered_in_a_few_trials() -> None:
    held = _held(CASES[2], 400)
    assert all(share >= 0.91 for share in held.values()), held


def _over_the_range(n: int, slope: float, span: DecisionRange, trials: int) -> tuple[float, float]:
    """How often the least gain and the whole decision curve are held."""
    rng, points = np.random.default_rng(5), grid(span)
    many = np.sort(rng.beta(1.5, 6, 400_000))
    risk = expit(slope * logit(many))
    first = np.searchsorted(many, points)
    true = np.cumsum(risk[::-1])[::-1][first] / len(many)
    false = (len(many) - first) / len(many) - true
    weight = points / (1 - points)
    benefit = true - weight * false
    least = float((benefit - np.maximum(risk.mean() - (1 - risk.mean()) * weight, 0.0)).min())
    held, whole = [], []
    for _ in range(trials):
        score = rng.beta(1.5, 6, n)
        happened = rng.random(n) < expit(slope * logit(score))
        counts = flagged(cells(score[happened], score[~happened]), points)
        held.append(_holds(least_gain(counts, 0.95, 300, rng), least))
        low, high = band(counts, 0.95, 300, rng)
        whole.append(bool(((low <= benefit) & (benefit <= high)).all()))
    return float(np.mean(held)), float(np.mean(whole))


OVER_RANGES = pytest.mark.parametrize(
    ("n", "slope", "span"),
    [
        (300, 1.0, DecisionRange(0.1, 0.4)),
        (1000, 1.0, DecisionRange(0.05, 0.3)),
        (1000, 0.5, DecisionRange(0.05, 0.3)),
        (5000, 1.0, DecisionRange(0.05, 0.6)),
    ],
)


@pytest.mark.slow
@OVER_RANGES
def test_the_whole_range_is_covered(n: int, slope: float, span: DecisionRange) -> None:
    held, whole = _over_the_range(n, slope, span, 400)
    # Four standard errors of a coverage of 0.95 with 400 trials; the smallest of many is held more often than it says.
    assert held >= 0.95
    assert whole >= 0.95 - 0.045


def _wider(n: int, slope: float, span: DecisionRange, trials: int) -> tuple[float, float]:
    """How wide the least gain's interval and the band are, over those of a bootstrap of the rows, on average.

    The least gain is compared with percentile limits, the band with the resampled curves' largest standardised error.
    """
    rng, points = np.random.default_rng(6), grid(span)
    weight = points / (1 - points)
    own, plain = np.zeros(2), np.zeros(2)
    for _ in range(trials):
        score = np.sort(rng.beta(1.5, 6, n))
        happened = rng.random(n) < expit(slope * logit(score))
        counts = flagged(cells(score[happened], score[~happened]), points)
        found, (low, high) = least_gain(counts, 0.95, 300, rng), band(counts, 0.95, 300, rng)
        assert found.low is not None
        assert found.high is not None
        drawn = rng.multinomial(n, np.full(n, 1 / n), size=300) / n
        gain = drawn * np.where(happened, 1.0, 0.0)
        cost = drawn - gain
        first = np.searchsorted(score, points)
        true, false = (
            np.hstack([np.cumsum(x[:, ::-1], axis=1)[:, ::-1], np.zeros((300, 1))])[:, first] for x in (gain, cost)
        )
        curves = true - weight * false
        everyone = gain.sum(axis=1, keepdims=True) - cost.sum(axis=1, keepdims=True) * weight
        least = np.quantile((curves - np.maximum(everyone, 0.0)).min(axis=1), (0.025, 0.975))
        error = curves.std(axis=0)
        critical = np.quantile((np.abs(curves - curves.mean(axis=0)) / error).max(axis=1), 0.95)
        own += (found.high - found.low, (high - low).mean())
        plain += (least[1] - least[0], (2 * critical * error).mean())
    ratio = own / plain
    return float(ratio[0]), float(ratio[1])


@pytest.mark.slow
@OVER_RANGES
def test_the_whole_range_is_held_by_limits_as_narrow_as_a_bootstraps(n: int, slope: float, span: DecisionRange) -> None:
    least, whole = _wider(n, slope, span, 40)
    assert 0.8 <= least <= WIDEST_LEAST
    assert 0.85 <= whole <= WIDEST_BAND


def test_the_whole_range_is_held_by_limits_as_narrow_as_a_bootstraps_in_a_few_trials() -> None:
    least, whole = _wider(1000, 1.0, DecisionRange(0.05, 0.3), 8)
    assert 0.8 <= least <= WIDEST_LEAST
    assert 0.85 <= whole <= WIDEST_BAND
