"""Does net benefit equal its formula on the rows, at every operating point and over the whole range?

The formula (Vickers & Elkin 2006) is written out on raw rows with scikit-learn's confusion matrix; the range is a
plain loop over operating points. Small worked figures are by hand.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from audits.core.cells import cells_of, compressed
from audits.core.decision_curve import flagged, grid
from audits.core.least_gain import functional
from audits.core.operating import Confusion, confusion
from audits.core.tally_spec import Resolution, Slice
from audits.core.utility import FUNCTIONALS, at_point
from audits.core.values import DecisionRange
from audits.engines.connection import Limits
from audits.suites import scored, utility
from audits.suites.part import Part, Scored
from tests.audits import tables
from tests.reference import stories
from tests.reference.stories import Story

SPAN = DecisionRange(0.06, 0.2)
STORIES = {"exact": 4, "binned": None}


@cache
def _story(name: str) -> Story:
    story = stories.diabetes(STORIES[name], whole=True)
    return replace(story, plan=replace(story.plan, decision_range=SPAN))


@cache
def _counted(name: str) -> Scored:
    """As if rows were independent: only values are compared here."""
    story = _story(name)
    columns = tuple(column for column in story.source.columns if column.role != "subject")
    source = replace(story.source, columns=columns)
    return scored.gather(source, None, story.plan, progress=tables.quiet, limits=Limits())


@cache
def _result(name: str) -> Part:
    return utility.part(_counted(name))


def _net_benefit(y: np.ndarray, flags: np.ndarray, pt: float) -> float:
    _, fp, _, tp = confusion_matrix(y, flags, labels=[0, 1]).ravel()
    return float(tp / len(y) - fp / len(y) * pt / (1 - pt))


@pytest.mark.parametrize("name", STORIES)
def test_operating_points_equal_the_formula_on_rows(name: str) -> None:
    story, found = _story(name), {m.key: m.estimate.value for m in _result(name).measurements}
    rows = story.rows.assign(race=story.rows["race"].fillna("(missing)"))
    for where, part in [("", rows), *((f"race={level}", part) for level, part in rows.groupby("race"))]:
        y, p = part["y"].to_numpy(), part["p"].to_numpy()
        for point in story.plan.operating_points:
            pt = point.score
            model, everyone = _net_benefit(y, p >= pt, pt), _net_benefit(y, p >= 0, pt)
            expected = {
                "net_benefit": model,
                "standardised_net_benefit": model / y.mean(),
                "net_benefit_gain": model - max(everyone, 0.0),
                "interventions_avoided": 100 * (model - everyone) / (pt / (1 - pt)),
            }
            for measure, value in expected.items():
                assert found[measure, where, "", point.name, ""] == pytest.approx(value, abs=1e-10), (measure, where)


@pytest.mark.parametrize("name", STORIES)
def test_the_decision_curve_equals_a_loop_over_operating_points(name: str) -> None:
    story, result = _story(name), _result(name)
    assert (_counted(name).tally.spec.resolution is Resolution.BINS) is (name == "binned")
    y, p = story.rows["y"].to_numpy(), story.rows["p"].to_numpy()
    points = np.arange(16, 52) / 256
    assert (points.min() >= SPAN.low, (SPAN.low <= 15 / 256), points.max() <= SPAN.high) == (True, False, True)
    model = np.array([_net_benefit(y, p >= pt, pt) for pt in points])
    everyone = np.array([_net_benefit(y, p >= 0, pt) for pt in points])
    curve: Any = result.facts["decision_curve"]
    assert curve["operating_point"] == pytest.approx(points, rel=1e-4)
    assert curve["model"] == pytest.approx(model, rel=1e-4, abs=1e-9)
    assert curve["all"] == pytest.approx(everyone, rel=1e-4, abs=1e-9)
    assert all(low <= value <= high for low, value, high in zip(curve["low"], model, curve["high"], strict=True))
    least = next(m.estimate for m in result.measurements if m.measure == "least_net_benefit_gain" and m.slice == "")
    assert least.value == pytest.approx((model - np.maximum(everyone, 0.0)).min(), abs=1e-12)


def test_functionals_on_the_observed_counts_are_the_measures() -> None:
    story = _story("exact")
    tally = scored.count(story.source, story.plan, progress=tables.quiet, limits=Limits())
    cells = compressed(cells_of(tally, Slice(0, ())), 256)
    weights = cells.n[None].astype(np.float64)
    for cut, score in enumerate(tally.spec.cuts):
        found = at_point(confusion(cells, cut), score, 0.95)
        for measure, make in FUNCTIONALS.items():
            assert make(cut, score)(cells, weights)[0] == pytest.approx(found[measure].value, abs=1e-12)
    counts = flagged(cells, grid(SPAN))
    expected = (counts.model - np.maximum(counts.everyone, 0.0)).min()
    assert functional(counts.points)(cells, weights)[0] == pytest.approx(expected, abs=1e-12)


def test_a_case_worked_by_hand() -> None:
    """1,000 patients, 200 events; 150 of them flagged and 100 others; people act at a risk of 20%: odds 1 to 4."""
    found = {key: e.value for key, e in at_point(Confusion(150, 100, 50, 700), 0.2, 0.95).items()}
    assert found["net_benefit"] == pytest.approx(0.150 - 0.100 / 4)
    assert found["standardised_net_benefit"] == pytest.approx(0.125 / 0.2)
    assert found["net_benefit_gain"] == pytest.approx(0.125 - (0.2 - 0.8 / 4))
    assert found["interventions_avoided"] == pytest.approx(100 * 0.125 * 4)
