"""Are the gaps made from counts fairlearn's own, to the last bit? Its `MetricFrame` on the same counts says so."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from fairlearn.metrics import MetricFrame

from audits.core.fairness import PARITY, between, parity_points, rates_of
from audits.core.operating import Confusion


def _rate(y_true: Any, y_pred: Any, value: Any) -> float:
    """A group's rate as fairlearn hands it on: each group is one row here."""
    return float(np.asarray(value)[0])


@pytest.mark.parametrize("seed", range(5))
def test_parity_points_equal_fairlearn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = {f"g{k}": Confusion(*(int(n) for n in rng.integers(1, 1000, 4))) for k in range(seed + 2)}
    rates = {name: [rates_of(counts)[name] for counts in groups.values()] for name, _ in PARITY.values()}
    frame = MetricFrame(
        metrics=dict.fromkeys(rates, _rate),
        y_true=[0] * len(groups),
        y_pred=[0] * len(groups),
        sensitive_features=list(groups),
        sample_params={name: {"value": np.array(values)} for name, values in rates.items()},
    )
    gaps = {"difference": frame.difference("between_groups"), "ratio": frame.ratio("between_groups")}
    points = parity_points(groups)
    assert {measure: points[measure] for measure in PARITY} == {
        measure: gaps[how][name] for measure, (name, how) in PARITY.items()
    }


@pytest.mark.parametrize("how", ["difference", "ratio"])
def test_a_group_without_a_rate_leaves_no_gap(how: str) -> None:
    assert math.isnan(between([0.2, math.nan, 0.4], how))
    assert math.isnan(between([math.nan, 0.2], how))
