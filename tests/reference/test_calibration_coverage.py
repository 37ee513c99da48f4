"""Do the intervals of calibration distances hold the truth? Simulated where the truth is known by construction.

The truth of a distance is that of the real risks mu(p) on 200,000 scores. Near the diagonal the intervals hold more
often than they say, by design (`core/deviation.py`); the reflected bootstrap held 74% there. Holding the truth is not
enough, for the whole range would: how wide they are is compared with a bootstrap of the rows that refits the curve.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit, logit

from audits.core.arrays import Floats
from audits.core.calibration_bins import calibration_error
from audits.core.calibration_curve import curve_of
from audits.core.calibration_distance import FUNCTIONALS, distances
from audits.core.cells import Cells, compressed
from audits.core.replicates import draw
from tests.audits.core.score_cells import cells

#: Intervals that take off the noise and hold near the diagonal are wider than a bootstrap's, which do neither; twice as
#: wide would be no longer of use.
MOST_WIDE = 2.0
Risk = Callable[[Floats], Floats]
RISKS: dict[str, Risk] = {
    "calibrated": lambda p: p,
    "a little too low": lambda p: expit(logit(p) + 0.1),
    "too low": lambda p: expit(logit(p) + 0.3),
    "a little too extreme": lambda p: expit(0.8 * logit(p)),
    "too extreme": lambda p: expit(0.5 * logit(p)),
    "a wave": lambda p: np.clip(p + 0.08 * np.sin(6 * p), 0.001, 0.999),
}


def _scores(rng: np.random.Generator, n: int) -> Floats:
    return np.asarray(rng.beta(2, 4, n).clip(0.03, 0.9))


def _truth(risk: Risk, rng: np.random.Generator) -> dict[str, float]:
    score = np.sort(_scores(rng, 200_000))
    gap = risk(score) - score
    tenths = np.abs(gap.reshape(10, -1).mean(axis=1)).mean()
    size = np.abs(gap)
    return {
        "ici": float(size.mean()), "e50": float(np.median(size)), "e90": float(np.quantile(size, 0.9)),
        "emax": float(size.max()), "ece": float(tenths),
    }  # fmt: skip


def _sample(risk: Risk, n: int, rng: np.random.Generator) -> Cells:
    score = _scores(rng, n)
    happened = rng.random(n) < risk(score)
    return cells(score[happened], score[~happened])


def _held(risk: Risk, n: int, trials: int) -> dict[str, float]:
    rng = np.random.default_rng(11)
    truth = _truth(risk, rng)
    held: dict[str, list[bool]] = {key: [] for key in truth}
    for _ in range(trials):
        sample = _sample(risk, n, rng)
        found = distances(sample, curve_of(sample), 0.95, 300, rng)
        found["ece"] = calibration_error(sample, 0.95, 300, rng)
        for key, value in truth.items():
            low, high = found[key].low, found[key].high
            held[key].append(low is not None and high is not None and low <= value + 1e-12 and value <= high)
    return {key: float(np.mean(each)) for key, each in held.items()}


@pytest.mark.slow
@pytest.mark.parametrize("n", [1500, 6000])
@pytest.mark.parametrize("name", RISKS)
def test_distances_are_covered(name: str, n: int) -> None:
    held = _held(RISKS[name], n, 300)
    # Four standard errors of a coverage of 0.95 with 300 trials; the median is the least regular of them.
    assert all(share >= 0.90 for key, share in held.items()), held


@pytest.mark.parametrize("name", ["calibrated", "too low"])
def test_distances_are_covered_in_a_few_trials(name: str) -> None:
    held = _held(RISKS[name], 1500, 60)
    assert all(share >= 0.85 for share in held.values()), held


def _widths(risk: Risk, n: int, trials: int) -> dict[str, float]:
    """The mean width of the intervals over that of percentile intervals from a bootstrap that refits the curve."""
    rng = np.random.default_rng(17)
    own: dict[str, list[float]] = {key: [] for key in FUNCTIONALS}
    plain: dict[str, list[float]] = {key: [] for key in FUNCTIONALS}
    for _ in range(trials):
        sample = _sample(risk, n, rng)
        found, joined = distances(sample, curve_of(sample), 0.95, 300, rng), compressed(sample, 100)
        weights = draw(joined.n, 300, rng)
        for key, functional in FUNCTIONALS.items():
            low, high = found[key].low, found[key].high
            assert low is not None
            assert high is not None
            ends = np.nanquantile(functional(joined, weights), (0.025, 0.975))
            own[key].append(high - low)
            plain[key].append(float(ends[1] - ends[0]))
    return {key: float(np.mean(own[key]) / np.mean(plain[key])) for key in FUNCTIONALS}


@pytest.mark.slow
@pytest.mark.parametrize("name", RISKS)
def test_distances_are_no_wider_than_they_need_be(name: str) -> None:
    ratios = _widths(RISKS[name], 1500, 40)
    assert all(0.6 <= ratio <= MOST_WIDE for ratio in ratios.values()), ratios


@pytest.mark.parametrize("name", ["calibrated", "too low"])
def test_distances_are_no_wider_than_they_need_be_in_a_few_trials(name: str) -> None:
    ratios = _widths(RISKS[name], 1500, 6)
    assert all(0.5 <= ratio <= 1.15 * MOST_WIDE for ratio in ratios.values()), ratios
