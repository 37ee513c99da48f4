"""Does a validation say how it is calibrated and whether it is worth it: for every slice, and in the charts' series?"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audits.core.values import Column, DecisionRange, Measurement, OperatingPoint, Rate, Source, Target
from audits.engines.connection import Limits
from audits.suites import calibration_fit, people, performance, scored, utility
from audits.suites.part import Part, Scored
from tests.audits import tables

SPAN = DecisionRange(0.1, 0.5)


def _given(source: Source, **plan: Any) -> Scored:
    given = {"decision_range": SPAN, **plan}
    return scored.gather(source, None, tables.plan(**given), progress=tables.quiet, limits=Limits())


def _named(part: Part, measure: str) -> dict[str, Measurement]:
    return {m.slice: m for m in part.measurements if m.measure == measure}


def test_a_slice_below_two_hundred_events_has_no_distance_and_says_why(tmp_path: Path) -> None:
    found = _named(calibration_fit.part(_given(tables.write(tmp_path, tables.clean()))), "ici")
    assert found[""].estimate.value is not None
    assert "at least 200 of each" in (found["race=asian"].estimate.reason or "")
    assert len(found) == 1 + 3 + 2 + 6


def test_the_expected_calibration_error_asks_for_less(tmp_path: Path) -> None:
    found = _named(calibration_fit.part(_given(tables.write(tmp_path, tables.clean()))), "ece")
    assert "" in found
    assert all(m.estimate.value is not None and "bins" in m.estimate.method for m in found.values())


def test_the_curve_comes_with_a_band_and_a_caption(tmp_path: Path) -> None:
    facts: Any = calibration_fit.part(_given(tables.write(tmp_path, tables.clean()))).facts["calibration_curve"]
    assert "refused" not in facts
    assert {len(facts[key]) for key in ("score", "observed", "low", "high")} == {100}
    assert all(0 <= a <= b <= c <= 1 for a, b, c in zip(facts["low"], facts["observed"], facts["high"], strict=True))
    assert "events happened for every 100 predicted" in facts["words"]


@pytest.mark.parametrize(("rows", "said"), [(300, "events happened for every 100"), (15, "cannot be told")])
def test_a_refused_curve_still_has_its_caption(rows: int, said: str, tmp_path: Path) -> None:
    facts: Any = calibration_fit.part(_given(tables.write(tmp_path, tables.clean(rows)))).facts["calibration_curve"]
    assert "needed" in facts["refused"] or "at least 200" in facts["refused"]
    assert said in facts["words"]
    assert "score" not in facts


def test_without_a_decision_range_there_is_no_curve_and_no_least_gain(tmp_path: Path) -> None:
    part = utility.part(_given(tables.write(tmp_path, tables.clean()), decision_range=None))
    assert part.facts == {}
    assert not _named(part, "least_net_benefit_gain")
    assert _named(part, "net_benefit")


def test_the_least_gain_is_no_larger_than_any_gain_in_the_range(tmp_path: Path) -> None:
    points = tuple(OperatingPoint(str(k), k / 256) for k in (32, 64, 96, 128))
    part = utility.part(_given(tables.write(tmp_path, tables.clean()), operating_points=points))
    least = _named(part, "least_net_benefit_gain")
    assert len(least) == 12
    for m in part.measurements:
        if m.measure == "net_benefit_gain":
            assert (least[m.slice].estimate.value or 0.0) <= (m.estimate.value or 0.0) + 1e-12


@pytest.mark.parametrize("decimals", [3, None])
def test_the_decision_curve_is_json_small_and_ordered(decimals: int | None, tmp_path: Path) -> None:
    source = tables.write(tmp_path, tables.clean(decimals=decimals))
    facts: Any = utility.part(_given(source, decision_range=DecisionRange(0.01, 0.99))).facts["decision_curve"]
    assert len(json.dumps(facts, allow_nan=False)) < 10_000
    points = facts["operating_point"]
    assert len(points) <= 100
    assert all(a < b for a, b in pairwise(points))
    assert all(len(facts[key]) == len(points) for key in ("model", "low", "high", "all"))
    assert facts["comparator"] is None


def test_a_target_says_that_pt_was_chosen_on_these_rows(tmp_path: Path) -> None:
    plan = {"targets": (Target("sensitive", Rate.SENSITIVITY, 0.8),)}
    part = utility.part(_given(tables.write(tmp_path, tables.clean()), **plan))
    said = {m.operating_point: "chosen on these rows" in m.estimate.method for m in part.measurements
            if m.measure == "net_benefit"}  # fmt: skip
    assert said == {"alert": False, "urgent": False, "sensitive": True}


def test_patients_that_repeat_widen_the_curve_and_the_least_gain(tmp_path: Path) -> None:
    """Each of 1,000 patients four times over: no more is known than from 1,000 rows."""
    columns = (*tables.COLUMNS, Column("who", "subject", "text"))
    data = {key: np.tile(np.asarray(value), 4) for key, value in tables.clean(1000).items()}
    source = tables.write(tmp_path, {**data, "who": [str(i % 1000) for i in range(4000)]}, columns)
    given = _given(source)
    assert given.people is not None
    alone = replace(given, people=None)
    curves: Any = [calibration_fit.part(each).facts["calibration_curve"] for each in (given, alone)]
    width = [np.mean(np.subtract(curve["high"], curve["low"])) for curve in curves]
    assert width[0] > 1.5 * width[1]
    bands: Any = [utility.part(each).facts["decision_curve"] for each in (given, alone)]
    width = [np.mean(np.subtract(curve["high"], curve["low"])) for curve in bands]
    assert width[0] > 1.5 * width[1]


def test_precision_and_recall_come_with_the_prevalence(tmp_path: Path) -> None:
    source = tables.write(tmp_path, tables.clean())
    facts: Any = performance.part(_given(source)).facts
    assert facts["precision_recall"][-1] == {"recall": 1.0, "precision": facts["prevalence"]}
    assert len(facts["precision_recall"]) <= 200


def _repeated(folder: Path, patients: int, copies: int, name: str) -> Scored:
    """A rare outcome, so that hardly a row lies above most operating points of the range."""
    rng = np.random.default_rng(4)
    risk = rng.beta(0.3, 30, patients).round(4)
    data = {**tables.clean(patients), "p": risk, "y": (rng.random(patients) < risk).astype(np.int8)}
    rows = {key: np.repeat(np.asarray(value), copies) for key, value in data.items()}
    columns = (*tables.COLUMNS, Column("who", "subject", "text"))
    return _given(tables.write(folder, {**rows, "who": np.repeat(np.arange(patients).astype(str), copies)}, columns,
                               name=name), decision_range=DecisionRange(0.05, 0.4))  # fmt: skip


def test_the_band_knows_of_patients_where_next_to_nobody_is_flagged(tmp_path: Path) -> None:
    given = {copies: _repeated(tmp_path, 5000, copies, f"times {copies}") for copies in (1, 10)}
    once, often = ({m.slice: m for m in utility.part(g).measurements} | utility.part(g).facts for g in given.values())
    curves: Any = [each["decision_curve"] for each in (once, often)]
    below = [np.subtract(curve["model"], curve["low"]) for curve in curves]
    assert given[10].people is not None
    # As many patients, ten times over: the distance is the same, where it would be a third for independent rows.
    assert (below[1] / below[0]).min() > 0.6
    assert np.median(below[1] / below[0]) == pytest.approx(1.0, abs=0.3)
    assert "jackknife over 100 groups" in curves[1]["method"]


def test_patients_that_are_one_or_not_counted_are_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = (*tables.COLUMNS, Column("who", "subject", "text"))
    one = _given(tables.write(tmp_path, {**tables.clean(), "who": ["a"] * 2000}, columns, name="one"))
    found = _named(utility.part(one), "least_net_benefit_gain")[""].estimate
    assert "there being one group of patients" in found.method
    assert "jackknife" not in found.method
    assert found.low is not None
    assert found.low < -0.5
    curve: Any = calibration_fit.part(one).facts["calibration_curve"]
    assert "widened by the root of 2000 rows per patient" in curve["method"]
    assert min(np.subtract(curve["high"], curve["low"])) > 0.5
    assert "cannot be told" in curve["words"]
    monkeypatch.setattr(people, "_MOST_ENTRIES", 1)
    who = [str(i // 10) for i in range(2000)]
    many = _given(tables.write(tmp_path, {**tables.clean(), "who": who}, columns, name="many"))
    naive, honest = (
        _named(utility.part(each), "least_net_benefit_gain")["race=white"].estimate
        for each in (replace(many, people=None), many)
    )
    assert "10 rows per patient, weighed by rows, the patients of this slice not being counted" in honest.method
    assert (honest.value or 0) - (honest.low or 0) >= 3 * ((naive.value or 0) - (naive.low or 0))
