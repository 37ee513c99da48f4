"""Does the jackknife over 100 hashed groups give what resampling the patients themselves gives, on real encounters?

Diabetes 130: 101,766 encounters of 71,518 patients, outcome readmission within 30 days. The reference draws patients
with replacement, rows and all, and asks scikit-learn; it knows nothing of groups, cells or the jackknife.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit
from sklearn.metrics import roc_auc_score

from audits.core.values import Estimate, PlanSpec, Rate, Target
from audits.suites import validation
from tests.audits import tables
from tests.reference import stories

REPLICATES = 60
CUT = 0.12
#: Both errors are estimates themselves: 7% or more by 100 groups, 9% by 60 replicates.
TOLERANCE = 0.3


@pytest.fixture(scope="module")
def story() -> stories.Story:
    return stories.diabetes(None, whole=True)


@pytest.fixture(scope="module")
def result(story: stories.Story) -> tuple[dict[tuple[str, str, str], Estimate], dict[str, object]]:
    plan = PlanSpec(story.plan.operating_points, ("gender",), (), (), targets=(Target("top", Rate.FLAG_RATE, 0.1),))
    made = validation.run(source=story.source, reference=None, plan=plan, progress=tables.quiet)
    return {(m.measure, m.slice, m.operating_point): m.estimate for m in made.measurements}, made.facts


@pytest.fixture(scope="module")
def drawn(story: stories.Story) -> dict[str, np.ndarray]:
    """What each measure is on resampled patients."""
    rows: pd.DataFrame = story.rows
    who, _ = pd.factorize(rows["subject"])
    y, p = rows["y"].to_numpy(), rows["p"].to_numpy()
    male, flags = (rows["gender"] == "Male").to_numpy(), p >= CUT
    rng, patients = np.random.default_rng(130), int(who.max()) + 1
    made: dict[str, list[float]] = {"auroc": [], "oe_ratio": [], "sensitivity": [], "ppv": [], "prevalence": [],
                                    "f1": [], "male sensitivity": [], "top ppv": []}  # fmt: skip
    order = np.argsort(-p, kind="stable")
    for _ in range(REPLICATES):
        weight = np.bincount(rng.integers(patients, size=patients), minlength=patients)[who].astype(float)
        events = weight * y
        made["auroc"].append(roc_auc_score(y, p, sample_weight=weight))
        made["oe_ratio"].append(events.sum() / (weight @ p))
        made["sensitivity"].append(events[flags].sum() / events.sum())
        made["ppv"].append(events[flags].sum() / weight[flags].sum())
        made["prevalence"].append(events.sum() / weight.sum())
        made["f1"].append(2 * events[flags].sum() / (weight[flags].sum() + events.sum()))
        made["male sensitivity"].append(events[flags & male].sum() / events[male].sum())
        top = order[np.cumsum(weight[order]) <= 0.1 * weight.sum()]
        made["top ppv"].append(events[top].sum() / weight[top].sum())
    return {measure: np.array(values) for measure, values in made.items()}


def _width(estimate: Estimate) -> tuple[float, float]:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


@pytest.mark.parametrize("measure", ["auroc", "oe_ratio", "sensitivity", "ppv", "prevalence", "f1"])
def test_everyones_intervals_are_as_wide_as_those_of_resampled_patients(
    measure: str,
    result: tuple[dict[tuple[str, str, str], Estimate], dict[str, object]],
    drawn: dict[str, np.ndarray],
) -> None:
    point = "urgent" if measure in ("sensitivity", "ppv", "f1") else ""
    found = result[0][measure, "", point]
    scale = np.log if measure == "oe_ratio" else logit
    low, high = (float(scale(end)) for end in _width(found))
    assert (high - low) / 2 / 1.98 == pytest.approx(scale(drawn[measure]).std(), rel=TOLERANCE)
    assert found.method.startswith("jackknife over 100 groups of patients")
    assert "times as wide as if rows were independent" in found.method


def test_a_groups_interval_is_as_wide_as_that_of_resampled_patients(
    result: tuple[dict[tuple[str, str, str], Estimate], dict[str, object]], drawn: dict[str, np.ndarray]
) -> None:
    low, high = (float(logit(end)) for end in _width(result[0]["sensitivity", "gender=Male", "urgent"]))
    assert (high - low) / 2 / 1.98 == pytest.approx(logit(drawn["male sensitivity"]).std(), rel=TOLERANCE)


def test_a_cut_chosen_by_flag_rate_is_chosen_again_for_resampled_patients(
    result: tuple[dict[tuple[str, str, str], Estimate], dict[str, object]], drawn: dict[str, np.ndarray]
) -> None:
    found = result[0]["ppv", "", "top"]
    low, high = (float(logit(end)) for end in _width(found))
    # Ten patients carry a fifth of this variance, so that the groups they fall into matter more than elsewhere.
    assert (high - low) / 2 / 1.98 == pytest.approx(logit(drawn["top ppv"]).std(), rel=0.5)
    assert "bootstrap of patients" in found.method


def test_the_facts_say_how_much_it_matters(
    story: stories.Story, result: tuple[dict[tuple[str, str, str], Estimate], dict[str, object]]
) -> None:
    facts = result[1]["repeated_patients"]
    assert isinstance(facts, dict)
    assert facts["rows_per_subject"] == pytest.approx(len(story.rows) / story.rows["subject"].nunique())
    assert facts["groups"] == 100
    assert facts["without_subject"] == 0
    assert 0.9 < facts["median_ratio"] < 1.6
    assert set(facts["wider"]) >= {"auroc", "oe_ratio", "calibration_slope", "sensitivity", "positive_likelihood_ratio"}
