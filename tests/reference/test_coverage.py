"""Do intervals hold the truth about as often as they say? Small seeded simulations."""

from __future__ import annotations

import math

import numpy as np
import pytest

from audits.core.arrays import Floats, Ints, totals
from audits.core.cells import Ladder, rungs_of
from audits.core.discrimination import delong_variance
from audits.core.drift import categories, numbers, pair
from audits.core.fairness import between, rates_of
from audits.core.feature_tally import FeatureSpec, FeatureTally, Shape
from audits.core.gaps import difference_limits, ratio_limits
from audits.core.intervals import Interval, newcombe, on_logit, wilson
from audits.core.operating import Confusion
from audits.core.replicates import confusion_rates

pytestmark = pytest.mark.slow
TRIALS = 400
SIZES = np.array([2000, 500, 200, 100])
#: Four standard errors of a simulated coverage of 0.95 with 400 trials.
SLACK = 0.045


def _gap_interval(rates: Floats, rng: np.random.Generator, how: str) -> Interval | None:
    """One trial: a sample of each group, its gap, and the interval."""
    counts = [
        Confusion(int(hits), 0, int(size - hits), 0)
        for hits, size in zip(rng.binomial(SIZES, rates), SIZES, strict=True)
    ]
    values = np.array([rates_of(each)["true_positive_rate"] for each in counts])
    drawn = np.stack([confusion_rates(each, 300, rng)["true_positive_rate"] for each in counts])
    return (difference_limits if how == "difference" else ratio_limits)([(values, drawn)], 0.95)


@pytest.mark.parametrize("how", ["difference", "ratio"])
@pytest.mark.parametrize(
    "rates",
    [(0.7, 0.7, 0.7, 0.7), (0.7, 0.7, 0.6, 0.7), (0.7, 0.72, 0.74, 0.69), (0.1, 0.1, 0.1, 0.2), (0.9, 0.5, 0.7, 0.8)],
)
def test_gaps_between_groups_are_covered(rates: tuple[float, ...], how: str) -> None:
    rng = np.random.default_rng(1)
    truth = float(between(rates, how))
    held = [(found := _gap_interval(np.array(rates), rng, how)) is not None and found.low <= truth <= found.high
            for _ in range(TRIALS)]  # fmt: skip
    assert np.mean(held) >= 0.95 - SLACK


@pytest.mark.parametrize(("n", "share"), [(20, 0.1), (50, 0.9), (200, 0.02), (1000, 0.5)])
def test_wilson_covers(n: int, share: float) -> None:
    hits = np.random.default_rng(2).binomial(n, share, 4000)
    held = [(found := wilson(int(h), n, 0.95)).low <= share <= found.high for h in hits]
    assert np.mean(held) >= 0.92


def test_newcombe_covers() -> None:
    rng = np.random.default_rng(3)
    held = [
        (found := newcombe(int(a), 60, int(b), 400, 0.95)).low <= -0.1 <= found.high
        for a, b in zip(rng.binomial(60, 0.7, 4000), rng.binomial(400, 0.8, 4000), strict=True)
    ]
    assert np.mean(held) >= 0.935


@pytest.mark.parametrize(("events", "nonevents", "shift"), [(10, 40, 1.0), (30, 30, 2.0), (50, 1000, 0.5)])
def test_delong_on_the_logit_scale_covers(events: int, nonevents: int, shift: float) -> None:
    rng = np.random.default_rng(4)
    from_theory = 0.5 * (1 + math.erf(shift / 2))
    held = []
    for _ in range(TRIALS):
        scores = np.concatenate([rng.normal(shift, 1, events), rng.normal(0, 1, nonevents)])
        order = np.argsort(scores)
        event = (np.arange(events + nonevents) < events)[order].astype(np.float64)
        ladder = Ladder(np.sort(scores), event, 1 - event)
        area = float(event @ np.cumsum(1 - event)) / events / nonevents
        if area < 1.0:
            found = on_logit(area, float(np.sqrt(delong_variance(ladder))), 0.95)
            held.append(found.low <= from_theory <= found.high)
    assert np.mean(held) >= 0.95 - SLACK


@pytest.mark.parametrize(("n", "m"), [(3000, 800), (500, 200)])
def test_without_drift_no_interval_claims_any(n: int, m: int) -> None:
    rng = np.random.default_rng(5)
    held: dict[str, list[bool]] = {}
    for _ in range(TRIALS // 2):
        before, now = (_column(rng.multinomial(size, np.full(10, 0.1))) for size in (n, m))
        both = pair(before, now)
        found = categories(both, np.arange(10), 0.95, 200, rng) | numbers(both, (before, now), 0.95, 200, rng)
        for measure, estimate in found.items():
            held.setdefault(measure, []).append(estimate.low == 0.0)
    for measure in ("psi", "jensen_shannon", "ks", "wasserstein"):
        assert np.mean(held[measure]) >= 0.95 - SLACK, measure


def _column(counts: Ints) -> FeatureTally:
    nothing = np.zeros(10, dtype=np.int64)
    return FeatureTally(FeatureSpec("x", Shape.VALUES), 0, 0, 0, np.arange(10.0), counts, nothing, nothing, 0.0, 9.0)


def test_rungs_cost_the_auroc_next_to_nothing() -> None:
    rng = np.random.default_rng(6)
    event = (rng.random(20_000) < 0.3).astype(np.float64)
    scores = rng.normal(event, 1)
    order = np.argsort(scores)
    ladder = Ladder(np.sort(scores), event[order], 1 - event[order])
    place = rungs_of(ladder, 256)
    coarse = Ladder(np.unique(place).astype(float), totals(place, ladder.events), totals(place, ladder.nonevents))
    assert delong_variance(coarse) == pytest.approx(delong_variance(ladder), rel=0.01)
