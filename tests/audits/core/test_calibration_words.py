"""Does the caption never say the opposite of what happened?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import chi2, f, norm, t

from audits.core.arrays import Floats
from audits.core.calibration import oe_ratio
from audits.core.calibration_curve import Curve, clustered, curve_of
from audits.core.calibration_words import drawn_range, places_of, words
from audits.core.cells import Cells
from audits.core.people import GROUPS, Board
from audits.core.values import Estimate
from tests.audits.core.score_cells import cells


def _sample(shift: float, slope: float = 1.0, n: int = 20_000) -> Cells:
    """Patients whose real risk is expit(shift + slope * logit score)."""
    rng = np.random.default_rng(3)
    score = rng.beta(2, 4, n).clip(0.01, 0.99)
    happened = rng.random(n) < expit(shift + slope * logit(score))
    return cells(score[happened], score[~happened])


def _caption(sample: Cells) -> str:
    curve = curve_of(sample)
    assert isinstance(curve, Curve)
    return words(oe_ratio(sample, 0.95), places_of(curve, drawn_range(sample), 0.95))


def test_more_events_than_predicted_is_under_prediction() -> None:
    assert words(Estimate(1.14, 1.02, 1.27)) == (
        "The model under-predicts: 114 events happened for every 100 predicted (102 to 127)."
    )
    caption = _caption(_sample(0.5))
    assert caption.startswith("The model under-predicts: 1")
    assert "it under-predicts at scores from" in caption
    assert "over" not in caption


def test_fewer_events_than_predicted_is_over_prediction() -> None:
    assert words(Estimate(0.8, 0.7, 0.9)) == (
        "The model over-predicts: 80 events happened for every 100 predicted (70 to 90)."
    )
    caption = _caption(_sample(-0.5))
    assert caption.startswith("The model over-predicts")
    assert "under" not in caption


@pytest.mark.parametrize(("low", "high"), [(0.93, 1.16), (1.0, 1.2), (0.9, 1.0)])
def test_an_interval_that_holds_1_tells_nothing(low: float, high: float) -> None:
    assert "cannot be told whether" in words(Estimate(1.0, low, high))


def test_an_interval_that_leaves_out_1_is_never_printed_as_holding_100() -> None:
    assert "(100.1 to 108.0)" in words(Estimate(1.04, 1.001, 1.08))


def test_no_ratio_no_direction() -> None:
    assert words(Estimate.undefined("no events observed")) == (
        "It cannot be told whether the model under- or over-predicts: no events observed."
    )
    assert "has no interval" in words(Estimate(1.3))


def test_scores_that_are_too_extreme_are_told_apart_at_both_ends() -> None:
    """Right on average, but low risks are higher than they say, and high risks lower."""
    caption = _caption(_sample(-0.35, 0.5))
    under, over = caption.index("it under-predicts at scores from"), caption.index("it over-predicts at scores from")
    assert under < over
    assert caption[under:].startswith("it under-predicts at scores from 3")


def test_a_calibrated_model_is_not_said_to_leave_the_diagonal() -> None:
    assert "leaves the diagonal" not in _caption(_sample(0.0))


def test_the_curve_is_drawn_where_the_rows_are() -> None:
    score: Floats = np.concatenate([np.full(990, 0.3), np.full(5, 0.01), np.full(5, 0.99)])
    drawn = drawn_range(cells(score[::2], score[1::2]))
    assert (drawn[0], drawn[-1], len(drawn)) == (0.3, 0.3, 100)


@pytest.mark.parametrize("edges", [(0.1, 0.0), (0.4, 0.0), (0.7, 0.0), (0.3, 0.3)])
def test_scores_of_0_and_1_that_are_right_are_not_said_to_be_wrong(edges: tuple[float, float]) -> None:
    rng = np.random.default_rng(0)
    place, risk = rng.random(20_000), rng.beta(1, 5, 20_000)
    score = np.where(place < edges[0], 0.0, np.where(place > 1 - edges[1], 1.0, risk))
    happened = rng.random(20_000) < score
    assert "leaves the diagonal" not in _caption(cells(score[happened], score[~happened]))


def test_scores_of_0_and_1_that_are_wrong_are_still_said_to_be_wrong() -> None:
    """One in ten has the outcome at a score of 0, six in ten at a score of 1."""
    rng = np.random.default_rng(0)
    score = rng.choice([0.0, 1.0], 20_000)
    happened = rng.random(20_000) < np.where(score == 1.0, 0.6, 0.1)
    caption = _caption(cells(score[happened], score[~happened]))
    assert "it under-predicts at scores from 0% to" in caption
    assert "to 100%" in caption[caption.index("it over-predicts") :]


def _clustered(sample: Cells, groups: int) -> Curve:
    curve = curve_of(sample)
    assert isinstance(curve, Curve)
    whose = np.random.default_rng(5).integers(0, groups, len(sample.n))
    by_group = np.zeros((GROUPS, len(sample.n)))
    by_group[whose, np.arange(len(sample.n))] = sample.n
    return clustered(curve, Board(sample, by_group), 1.0)


@pytest.mark.parametrize("groups", [8, 30, 100])
def test_a_band_from_groups_of_patients_rests_on_as_many_degrees_as_there_are_groups(groups: int) -> None:
    """SciPy's t, and Hotelling's T-squared as it is usually written, p (n - 1) / (n - p) F(p, n - p)."""
    plain, found = curve_of(_sample(0.0, n=4000)), _clustered(_sample(0.0, n=4000), groups)
    assert isinstance(plain, Curve)
    size = len(found.coefficients)
    assert plain.quantile(0.95) == pytest.approx(norm.ppf(0.975))
    assert plain.quantile_everywhere(0.95) ** 2 == pytest.approx(chi2.ppf(0.95, size))
    assert found.quantile(0.95) == pytest.approx(t.ppf(0.975, groups - 1))
    hotelling = size * (groups - 1) / (groups - size) * f.ppf(0.95, size, groups - size)
    assert found.quantile_everywhere(0.95) ** 2 == pytest.approx(hotelling)
    assert found.quantile_everywhere(0.95) > plain.quantile_everywhere(0.95)


def test_a_handful_of_groups_of_patients_tells_no_place_beyond_doubt() -> None:
    sample = _sample(1.0, n=4000)
    assert "leaves the diagonal" in _caption(sample)
    assert places_of(_clustered(sample, 4), drawn_range(sample), 0.95) == ""
