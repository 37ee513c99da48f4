"""Does a bias audit ever claim certainty that a small or perfect sample cannot give?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audits.core.values import Check, Kind, Verdict
from audits.suites import bias
from tests.audits import tables


def _check(folder: Path, measure: str, p: np.ndarray, y: np.ndarray, **bound: float) -> Check:
    """The check of one gap between two groups, which are the first and the second half of the rows."""
    half = len(y) // 2
    source = tables.write(
        folder, {"y": y.astype(np.int8), "p": p, "race": ["a"] * half + ["b"] * half, "gender": ["f"] * len(y)}
    )
    wanted = tables.criterion(kind=Kind.BIAS, measure=measure, across="race", **{"minimum": None, **bound})
    plan = tables.plan(subgroups=("race",), intersections=(), criteria=(wanted,))
    (check,) = bias.run(source=source, reference=None, plan=plan, progress=tables.quiet).checks
    return check


def _perfect(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Two groups of n events above n non-events, every score its own."""
    y = np.tile(np.repeat([1, 0], n), 2)
    return np.tile(np.concatenate([np.linspace(0.6, 0.9, n), np.linspace(0.1, 0.4, n)]), 2), y


def test_ten_perfectly_ranked_events_a_group_cannot_prove_equal_aurocs(tmp_path: Path) -> None:
    check = _check(tmp_path, "auroc_difference", *_perfect(10), maximum=0.05)
    found = check.measurement.estimate
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(0.278, abs=1e-3)
    assert found.method.startswith("MOVER limits from each group's own interval")
    assert check.verdict is Verdict.NOT_EVALUABLE


def test_a_thousand_can(tmp_path: Path) -> None:
    check = _check(tmp_path, "auroc_difference", *_perfect(1000), maximum=0.05)
    assert check.measurement.estimate.high == pytest.approx(0.004, abs=1e-3)
    assert check.verdict is Verdict.MET


def test_a_perfect_group_and_a_poor_one_differ(tmp_path: Path) -> None:
    p, y = _perfect(100)
    p[200:] = np.random.default_rng(1).random(200)
    assert _check(tmp_path, "auroc_difference", p, y, maximum=0.05).verdict is Verdict.NOT_MET


@pytest.mark.parametrize(
    ("measure", "bound"), [("brier_difference", {"maximum": 0.05}), ("oe_ratio_between_groups", {"minimum": 0.9})]
)
def test_scores_that_are_the_outcomes_leave_no_interval(measure: str, bound: dict[str, float], tmp_path: Path) -> None:
    _, y = _perfect(10)
    check = _check(tmp_path, measure, y.astype(float), y, **bound)
    assert check.measurement.estimate.low is None
    assert "no interval" in check.measurement.estimate.method
    assert check.verdict is Verdict.NOT_EVALUABLE


def test_the_same_loss_for_everyone_leaves_no_interval(tmp_path: Path) -> None:
    _, y = _perfect(10)
    check = _check(tmp_path, "brier_difference", np.where(y == 1, 0.9, 0.1), y, maximum=0.05)
    assert check.verdict is Verdict.NOT_EVALUABLE
