"""Are intervals of net benefit never certain of what a sample cannot show, and undefined where pt has no odds?"""

from __future__ import annotations

import math

import numpy as np
import pytest

from audits.core.cells import Cells
from audits.core.decision_curve import flagged, grid
from audits.core.decision_limits import band
from audits.core.least_gain import least_gain, least_of
from audits.core.operating import Confusion
from audits.core.people import Board
from audits.core.utility import KEYS, Advantage, at_point, difference, gain
from audits.core.values import DecisionRange, Estimate
from tests.audits.core.score_cells import cells


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_at_0_and_1_there_are_no_odds(score: float) -> None:
    found = at_point(Confusion(10, 10, 10, 10), score, 0.95)
    assert set(found) == set(KEYS)
    assert all(e.value is None and "no odds" in (e.reason or "") for e in found.values())


@pytest.mark.parametrize(
    "counts", [Confusion(0, 0, 20, 80), Confusion(20, 80, 0, 0), Confusion(20, 0, 0, 80), Confusion(0, 80, 20, 0)]
)
@pytest.mark.parametrize("score", [0.01, 0.2, 0.9])
def test_nothing_is_certain_of_a_hundred_rows(counts: Confusion, score: float) -> None:
    for key, found in at_point(counts, score, 0.95).items():
        low, value, high = _three(found)
        assert low <= value <= high, key
        assert high - low > 1e-4, key


def test_standardised_is_by_prevalence_and_not_by_those_flagged() -> None:
    found = at_point(Confusion(10, 40, 10, 140), 0.1, 0.95)
    assert found["standardised_net_benefit"].value == pytest.approx((10 - 40 / 9) / 20)
    assert at_point(Confusion(10, 0, 0, 100), 0.1, 0.95)["standardised_net_benefit"].value == 1.0


def test_a_large_sample_has_the_interval_of_a_mean() -> None:
    value, interval = difference(30_000, 20_000, 0.25, 200_000, 0.95)
    error = math.sqrt((30_000 + 0.25**2 * 20_000) / 200_000 - value**2) / math.sqrt(200_000)
    assert (interval.low, interval.high) == pytest.approx((value - 1.96 * error, value + 1.96 * error), abs=1e-5)


def test_a_rival_that_is_better_sets_the_gain() -> None:
    counts = Confusion(150, 100, 50, 700)
    alone = gain(counts, 0.2, 0.95)
    beaten = gain(counts, 0.2, 0.95, [Advantage("the existing score", -0.01, -0.02, 0.0)])
    assert (beaten.value, beaten.low) == (-0.01, -0.02)
    assert "over the existing score" in beaten.method
    assert _three(gain(counts, 0.2, 0.95, [Advantage("a poor one", 0.5, 0.4, 0.6)]))[:2] == _three(alone)[:2]


@pytest.mark.parametrize(("low", "high", "parts"), [(0.05, 0.5, 256), (0.1, 0.15, 1024), (0.1, 0.105, 4096)])
def test_the_grid_is_dyadic_and_inside_the_range(low: float, high: float, parts: int) -> None:
    points = grid(DecisionRange(low, high))
    assert points.min() >= low
    assert points.max() <= high
    assert len(points) >= 20
    assert np.all(points * parts == np.round(points * parts))


def test_a_range_between_two_points_of_the_grid_is_undefined() -> None:
    points = grid(DecisionRange(0.1001, 0.1002))
    found = least_gain(flagged(cells([0.5], [0.1]), points), 0.95, 100, np.random.default_rng(1))
    assert found.value is None
    assert "too narrow" in (found.reason or "")


def test_a_perfect_model_is_not_certain_and_a_reversed_one_loses() -> None:
    rng = np.random.default_rng(1)
    points = grid(DecisionRange(0.1, 0.5))
    high, low = rng.uniform(0.6, 0.9, 20), rng.uniform(0.0, 0.09, 80)
    good = least_gain(flagged(cells(high, low), points), 0.95, 300, rng)
    bad = least_gain(flagged(cells(low[:20], high), points), 0.95, 300, rng)
    # Acting on exactly the 20 events of 100 gains 0.2 over no one; over all, most costs at the highest operating point.
    assert good.value == pytest.approx(min(0.2 - max(0.2 - 0.8 * p / (1 - p), 0) for p in points))
    assert _three(good)[2] - _three(good)[0] > 0.02
    assert _three(bad)[2] < 0


def test_the_least_gain_can_have_a_further_rival() -> None:
    model, all_, other = (np.array([row]) for row in ([0.2, 0.1], [0.1, -0.1], [0.15, 0.12]))
    assert least_of(model, [all_])[0] == pytest.approx(0.1)
    assert least_of(model, [all_, other])[0] == pytest.approx(-0.02)


def test_patients_that_repeat_widen_the_least_gain() -> None:
    rng = np.random.default_rng(2)
    score = rng.beta(2, 5, 400)
    sample = cells(score[rng.random(400) < score], score[rng.random(400) >= score])
    points = grid(DecisionRange(0.1, 0.4))
    group = rng.integers(0, 100, len(sample.n))
    rows = (np.arange(100)[:, None] == group).astype(np.float64)
    # Every patient five times over: five times the rows, and no more patients.
    fields = (sample.outcome, sample.rank, sample.score, sample.square)
    many = Cells(*fields, 5 * sample.n, sample.above, sample.least, True)
    board = Board(many, 5 * rows)
    alone = least_gain(flagged(sample, points), 0.95, 300, np.random.default_rng(3))
    naive = least_gain(flagged(many, points), 0.95, 300, np.random.default_rng(3))
    honest = least_gain(flagged(many, points), 0.95, 300, np.random.default_rng(3), board)
    widths = [_three(e)[2] - _three(e)[0] for e in (alone, naive, honest)]
    assert widths[1] < 0.6 * widths[0]
    assert widths[2] == pytest.approx(widths[0], rel=0.25)
    assert "groups of patients" in honest.method


def _three(found: Estimate) -> tuple[float, float, float]:
    assert found.low is not None
    assert found.value is not None
    assert found.high is not None
    return found.low, found.value, found.high


@pytest.mark.parametrize("groups", [0, 1])
def test_patients_that_cannot_be_compared_widen_as_much_as_they_can(groups: int) -> None:
    rng = np.random.default_rng(2)
    score = rng.beta(2, 5, 400)
    sample, points = cells(score[:130], score[130:]), grid(DecisionRange(0.1, 0.99))
    fields = (sample.outcome, sample.rank, sample.score, sample.square)
    many = Cells(*fields, 9 * sample.n, sample.above, sample.least, True)
    by_group = np.zeros((100, 400))
    by_group[7] = 9.0
    board = Board(many, by_group) if groups else None
    once, often = flagged(sample, points), flagged(many, points)
    naive = least_gain(often, 0.95, 300, np.random.default_rng(3))
    honest = least_gain(often, 0.95, 300, np.random.default_rng(3), board, 9.0)
    assert _three(honest)[1] - _three(honest)[0] >= 2.5 * (_three(naive)[1] - _three(naive)[0])
    # Every row nine times over is no more than every row once, also where nobody is flagged.
    assert _three(honest) == pytest.approx(_three(least_gain(once, 0.95, 300, np.random.default_rng(3))))
    assert ("one group of patients" if groups else "not being counted") in honest.method
    assert "9 rows per patient" in honest.method
    assert "jackknife" not in honest.method
    for one, other in zip(
        band(often, 0.95, 300, np.random.default_rng(3), board, 9.0),
        band(once, 0.95, 300, np.random.default_rng(3)),
        strict=True,
    ):
        assert one == pytest.approx(other)
