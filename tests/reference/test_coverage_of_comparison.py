"""Do intervals of paired differences hold the truth about as often as they say? Seeded simulations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from audits.core import comparison, paired
from audits.core.arrays import Floats
from audits.core.cells import Cells
from audits.core.pair_cells import Pair, PairCells
from audits.core.values import Estimate

pytestmark = pytest.mark.slow
TRIALS = 400
#: Three standard errors of a simulated coverage of 0.95.
SLACK = 3 * math.sqrt(0.05 * 0.95 / TRIALS)


def _pair(y: Floats, p: Floats, q: Floats, cut: float) -> Pair:
    """One cell per row, with the same cut for both."""
    outcome, ones = y.astype(np.int64), np.ones(len(y), dtype=np.int64)
    above, other = (p >= cut).astype(np.int64), (q >= cut).astype(np.int64)
    pairs = PairCells(outcome, p, q, p, q, ones, above, other)
    return Pair(
        pairs, Cells(outcome, p, p, p * p, ones, above, p, True), Cells(outcome, q, q, q * q, ones, other, q, True)
    )


def _sample(sizes: tuple[int, int], areas: tuple[float, float], share: float, rng: np.random.Generator) -> Pair:
    """Two binormal scores with these AUROCs in truth; `share` is their correlation within an outcome."""
    events, nonevents = sizes
    y = np.repeat([1.0, 0.0], [events, nonevents])
    common = math.sqrt(share) * rng.normal(size=len(y))
    scores = [
        norm.cdf(common + math.sqrt(1 - share) * rng.normal(size=len(y)) + math.sqrt(2) * norm.ppf(area) * y)
        for area in areas
    ]
    return _pair(y, scores[0], scores[1], 0.6)


def _holds(found: Estimate, truth: float) -> bool:
    return found.low is not None and found.high is not None and found.low <= truth <= found.high


@pytest.mark.parametrize("share", [0.3, 0.8])
@pytest.mark.parametrize(("areas", "least"), [((0.8, 0.8), 0.93), ((0.85, 0.75), 0.93), ((0.97, 0.95), 0.9)])
@pytest.mark.parametrize("sizes", [(15, 60), (40, 100)])
def test_differences_of_aurocs_are_covered(
    sizes: tuple[int, int], areas: tuple[float, float], least: float, share: float
) -> None:
    """93-96%; with some 15 events, AUROCs near 1 and scores that agree, hardly a pair tells them apart: then 90%."""
    rng = np.random.default_rng(5)
    held = [
        _holds(comparison.whole(_sample(sizes, areas, share, rng), 0.95)["auroc_vs_comparator"], areas[0] - areas[1])
        for _ in range(TRIALS)
    ]
    assert np.mean(held) >= least - SLACK


@pytest.mark.parametrize("areas", [(0.8, 0.8), (0.9, 0.75)])
@pytest.mark.parametrize("sizes", [(15, 60), (50, 400)])
def test_differences_at_an_operating_point_are_covered(sizes: tuple[int, int], areas: tuple[float, float]) -> None:
    rng = np.random.default_rng(6)
    rates = [[norm.sf(norm.ppf(0.6) - math.sqrt(2) * norm.ppf(area) * y) for area in areas] for y in (1, 0)]
    gaps = [one - two for one, two in rates]
    odds, share = 0.6 / 0.4, sizes[0] / sum(sizes)
    truths = {
        "sensitivity_vs_comparator": gaps[0],
        "specificity_vs_comparator": -gaps[1],
        "net_benefit_vs_comparator": share * gaps[0] - (1 - share) * odds * gaps[1],
    }
    found = [comparison.at_point(_sample(sizes, areas, 0.5, rng), 0, 0, 0.6, 0.95) for _ in range(TRIALS)]
    for measure, truth in truths.items():
        assert np.mean([_holds(each[measure], truth) for each in found]) >= 0.95 - SLACK, measure


@pytest.mark.parametrize(("n", "up", "down"), [(20, 0.1, 0.1), (30, 0.3, 0.05), (100, 0.02, 0.01), (400, 0.1, 0.06)])
def test_tangos_interval_is_covered(n: int, up: float, down: float) -> None:
    rng = np.random.default_rng(7)
    drawn = rng.multinomial(n, [up, down, 1 - up - down], size=TRIALS)
    held = [(found := paired.tango(int(b), int(c), n, 0.95)).low <= up - down <= found.high for b, c, _ in drawn]
    assert np.mean(held) >= 0.95 - SLACK
