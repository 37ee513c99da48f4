"""Is there a calibration curve only where there is evidence for one, and a reason where there is not?"""

from __future__ import annotations

import numpy as np
import pytest

from audits.core.arrays import Floats
from audits.core.calibration_bins import calibration_error
from audits.core.calibration_curve import Curve, clustered, curve_of
from audits.core.calibration_distance import FUNCTIONALS, KEYS, distances
from audits.core.cells import Cells
from audits.core.people import Board
from audits.core.values import Estimate
from tests.audits.core.score_cells import cells


def _measured(sample: Cells) -> dict[str, Estimate]:
    return distances(sample, curve_of(sample), 0.95, 200, np.random.default_rng(1))


def _of(score: Floats, seed: int = 2) -> Cells:
    happened = np.random.default_rng(seed).random(len(score)) < score
    return cells(score[happened], score[~happened])


@pytest.mark.parametrize(("events", "nonevents", "there"), [(199, 5000, False), (5000, 199, False), (200, 200, True)])
def test_the_curve_needs_two_hundred_of_each(events: int, nonevents: int, there: bool) -> None:
    rng = np.random.default_rng(1)
    sample = cells(rng.uniform(0.2, 0.9, events), rng.uniform(0.1, 0.8, nonevents))
    assert isinstance(curve_of(sample), Curve) is there
    for found in _measured(sample).values():
        assert (found.value is not None) is there
        assert there or "at least 200 of each" in (found.reason or "")


def test_one_score_for_everyone_has_no_curve() -> None:
    found = _measured(cells([0.4] * 300, [0.4] * 300))
    assert {e.reason for e in found.values()} == {"every score is the same, so there is no curve"}


def test_scores_that_separate_the_outcomes_have_no_curve() -> None:
    rng = np.random.default_rng(1)
    found = _measured(cells(rng.uniform(0.6, 0.9, 300), rng.uniform(0.1, 0.4, 300)))
    assert {e.reason for e in found.values()} == {"the fit of the curve did not converge"}


@pytest.mark.parametrize(("scores", "knots"), [(2, 0), (3, 3), (4, 4), (100, 5)])
def test_fewer_distinct_scores_carry_fewer_knots(scores: int, knots: int) -> None:
    curve = curve_of(_of(np.resize(np.linspace(0.1, 0.7, scores), 4000)))
    assert isinstance(curve, Curve)
    assert len(curve.basis.knots) == knots
    assert (f"{knots} knots" in curve.method) or (knots == 0 and "straight line" in curve.method)


def test_two_scores_meet_their_event_rates() -> None:
    """A curve through two scores has two coefficients, so it meets both event rates exactly."""
    sample = cells([0.2] * 100 + [0.6] * 250, [0.2] * 300 + [0.6] * 150)
    found = _measured(sample)
    gaps = sorted([abs(100 / 400 - 0.2), abs(250 / 400 - 0.6)])
    assert found["ici"].value == pytest.approx(sum(gaps) / 2)
    assert found["emax"].value == pytest.approx(gaps[-1])
    assert found["e50"].value == pytest.approx(gaps[0])


def test_scores_of_0_and_1_are_kept_and_counted() -> None:
    score = np.concatenate([np.random.default_rng(4).beta(1, 1, 2000), np.zeros(30), np.ones(20)])
    curve = curve_of(_of(score))
    assert isinstance(curve, Curve)
    assert curve.clipped == 50
    assert "50 scores of 0 or 1 clipped" in curve.method


def test_distances_are_ordered_and_inside_their_intervals() -> None:
    found = _measured(_of(np.random.default_rng(5).beta(2, 5, 3000)))
    values = [found[key].value or 0.0 for key in ("e50", "e90", "emax")]
    assert values == sorted(values)
    for key in KEYS:
        low, value, high = found[key].low, found[key].value, found[key].high
        assert low is not None
        assert high is not None
        assert 0.0 <= low <= (value or 0.0) <= high <= 1.0


def test_the_same_stream_gives_the_same_interval() -> None:
    sample = _of(np.random.default_rng(5).beta(2, 5, 3000))
    assert _measured(sample) == _measured(sample)


@pytest.mark.parametrize("key", KEYS)
def test_a_functional_is_undefined_where_a_weighting_has_no_fit(key: str) -> None:
    sample = _of(np.random.default_rng(5).beta(2, 5, 1000))
    weights = np.vstack([sample.n, sample.n * (sample.outcome == 1)]).astype(np.float64)
    found = FUNCTIONALS[key](sample, weights)
    assert np.isfinite(found).tolist() == [True, False]


def test_scores_that_are_the_outcomes_have_no_error_and_no_interval() -> None:
    found = calibration_error(cells([1.0] * 30, [0.0] * 70), 0.95, 200, np.random.default_rng(1))
    assert (found.value, found.low, found.high) == (0.0, None, None)
    assert "no interval" in found.method


def test_bins_with_one_outcome_are_not_certain() -> None:
    found = calibration_error(cells([0.9] * 15, [0.1] * 15), 0.95, 500, np.random.default_rng(1))
    assert found.value == pytest.approx(0.1)
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low > 0.05


def test_patients_that_repeat_widen_the_band() -> None:
    rng = np.random.default_rng(8)
    sample = _of(rng.beta(2, 5, 3000))
    group = rng.integers(0, 100, len(sample.n))
    rows = (np.arange(100)[:, None] == group).astype(np.float64)
    fields = (sample.outcome, sample.rank, sample.score, sample.square)
    many = Cells(*fields, 4 * sample.n, sample.above, sample.least, True)
    curve, honest = curve_of(sample), curve_of(many)
    assert isinstance(curve, Curve)
    assert isinstance(honest, Curve)
    naive = np.sqrt(np.diag(honest.covariance)) / np.sqrt(np.diag(curve.covariance))
    wider = np.sqrt(np.diag(clustered(honest, Board(many, 4 * rows), 1.0).covariance))
    wider /= np.sqrt(np.diag(curve.covariance))
    assert naive == pytest.approx([0.5] * 5, rel=1e-3)
    assert wider == pytest.approx([1.0] * 5, rel=0.35)
    for board in (None, Board(many, np.eye(100, 1) * many.n)):
        alone = np.sqrt(np.diag(clustered(honest, board, 4.0).covariance))
        assert alone == pytest.approx(np.sqrt(np.diag(curve.covariance)), rel=1e-3)
