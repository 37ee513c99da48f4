"""Does every validation figure equal what scikit-learn and statsmodels say on the raw rows?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import logit
from sklearn.metrics import average_precision_score, brier_score_loss, confusion_matrix, roc_auc_score

from audits.core.cells import cells_of
from audits.core.discrimination import binning_bound, delong_variance
from audits.core.tally_spec import Resolution, Slice
from audits.core.values import Estimate, Measurement
from audits.engines.connection import Limits
from audits.suites import scored, validation
from tests.audits import tables
from tests.reference import stories
from tests.reference.stories import Story

Key = tuple[str, str, str, str, str]
Found = dict[Key, Estimate]
STORIES: dict[str, Callable[[], Story]] = {
    "actg": stories.actg,
    "diabetes, exact": lambda: stories.diabetes(4),
}


@pytest.fixture(scope="module", params=STORIES)
def story(request: pytest.FixtureRequest) -> Story:
    return STORIES[request.param]()


@pytest.fixture(scope="module")
def found(story: Story) -> Found:
    return _run(story)


def _run(story: Story) -> Found:
    result = validation.run(source=story.source, reference=None, plan=story.plan, progress=tables.quiet)
    return {measurement.key: measurement.estimate for measurement in result.measurements}


def slices_of(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every slice with its raw rows, written out by hand."""
    yield "", rows
    filled = rows.assign(race=rows["race"].fillna("(missing)"), gender=rows["gender"].fillna("(missing)"))
    for name in ("race", "gender"):
        for level, part in filled.groupby(name):
            yield f"{name}={level}", part
    for (race, gender), part in filled.groupby(["race", "gender"]):
        yield f"race={race} & gender={gender}", part


def _value(found: Found, measure: str, where: str, point: str = "") -> float | None:
    return found[Measurement(measure, Estimate.undefined("x"), where, operating_point=point).key].value


def _enough(part: pd.DataFrame) -> bool:
    return bool(part["y"].sum() >= 10 and (1 - part["y"]).sum() >= 10)


def test_every_slice_is_reported_with_its_n(story: Story, found: Found) -> None:
    named = dict(slices_of(story.rows))
    assert {key[1] for key in found} == set(named)
    for name, part in named.items():
        estimate = found["auroc", name, "", "", ""]
        assert (estimate.n, estimate.events) == (len(part), part["y"].sum())
        assert (estimate.value is not None) == _enough(part)


def test_scores_equal_scikit_learn_on_rows(story: Story, found: Found) -> None:
    for name, part in slices_of(story.rows):
        if not _enough(part):
            continue
        y, p = part["y"].to_numpy(), part["p"].to_numpy()
        brier = brier_score_loss(y, p)
        share = y.mean()
        assert _value(found, "auroc", name) == pytest.approx(roc_auc_score(y, p), abs=1e-12)
        assert _value(found, "average_precision", name) == pytest.approx(average_precision_score(y, p), abs=1e-12)
        assert _value(found, "brier", name) == pytest.approx(brier, abs=1e-12)
        assert _value(found, "scaled_brier", name) == pytest.approx(1 - brier / (share * (1 - share)), abs=1e-12)
        assert _value(found, "oe_ratio", name) == pytest.approx(y.sum() / p.sum(), rel=1e-12)
        assert _value(found, "prevalence", name) == share


def test_calibration_equals_a_statsmodels_glm_on_rows(story: Story, found: Found) -> None:
    for name, part in slices_of(story.rows):
        if not _enough(part):
            continue
        y, line = part["y"].to_numpy(), logit(np.clip(part["p"].to_numpy(), 1e-6, 1 - 1e-6))
        large = sm.GLM(y, np.ones((len(y), 1)), offset=line, family=sm.families.Binomial()).fit(tol=1e-12)
        both = sm.GLM(y, sm.add_constant(line), family=sm.families.Binomial()).fit(tol=1e-12)
        for measure, fit, index in (("calibration_intercept", large, 0), ("calibration_slope", both, 1)):
            estimate = found[measure, name, "", "", ""]
            low, high = fit.conf_int(0.05)[index]
            assert estimate.value == pytest.approx(fit.params[index], abs=1e-7)
            # Where patients repeat, the interval comes from groups of patients and not from the information matrix.
            if part["subject"].is_unique:
                assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=1e-6)


def test_operating_points_equal_a_confusion_matrix_on_rows(story: Story, found: Found) -> None:
    for name, part in slices_of(story.rows):
        if not _enough(part):
            continue
        for point in story.plan.operating_points:
            flags = (part["p"] >= point.score).astype(int)
            tn, fp, fn, tp = confusion_matrix(part["y"], flags, labels=[0, 1]).ravel()
            shares = {
                "sensitivity": (tp, tp + fn), "specificity": (tn, tn + fp), "ppv": (tp, tp + fp),
                "npv": (tn, tn + fn), "flag_rate": (tp + fp, len(part)),
            }  # fmt: skip
            for measure, (hits, total) in shares.items():
                expected = hits / total if total else None
                assert _value(found, measure, name, point.name) == expected


def test_binned_scores_stay_within_their_certified_bound() -> None:
    story = stories.diabetes(None, whole=True)
    tally = scored.count(story.source, story.plan, progress=tables.quiet, limits=Limits())
    assert tally.spec.resolution is Resolution.BINS
    found = _run(story)
    y, p = story.rows["y"], story.rows["p"]
    bound = binning_bound(cells_of(tally, Slice(0, ())).ladder)
    assert 0 < bound < 5e-4
    assert abs((_value(found, "auroc", "") or 0) - roc_auc_score(y, p)) <= bound + 1e-12
    assert _value(found, "brier", "") == pytest.approx(brier_score_loss(y, p), abs=1e-9)
    assert _value(found, "oe_ratio", "") == pytest.approx(y.sum() / p.sum(), rel=1e-8)


def test_delong_equals_brute_force_placement_values() -> None:
    story = stories.actg()
    tally = scored.count(story.source, story.plan, progress=tables.quiet, limits=Limits())
    p, y = story.rows["p"].to_numpy().round(2), story.rows["y"].to_numpy()
    for scores in (p, story.rows["p"].to_numpy()):
        events, others = scores[y == 1], scores[y == 0]
        wins = (events[:, None] > others[None, :]) + 0.5 * (events[:, None] == others[None, :])
        expected = wins.mean(axis=1).var(ddof=1) / len(events) + wins.mean(axis=0).var(ddof=1) / len(others)
    assert delong_variance(cells_of(tally, Slice(0, ())).ladder) == pytest.approx(expected, rel=1e-10)
    low, high = (logit(x) for x in _interval(_run(story)["auroc", "", "", "", ""]))
    area = float(wins.mean())
    half = 1.959963984540054 * math.sqrt(expected) / (area * (1 - area))
    assert (low, high) == pytest.approx((logit(area) - half, logit(area) + half), abs=1e-9)


def _interval(estimate: Estimate) -> tuple[float, float]:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high
