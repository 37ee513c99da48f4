"""Does each suite answer for the whole table: every place measured, checks made, facts small, progress told?"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audits.core.values import Column, Estimate, Kind, Measurement, OperatingPoint, Result, Source, Verdict
from audits.engines.connection import Limits
from audits.engines.errors import AmbiguousNames
from audits.suites import scored
from audits.suites.part import Part
from audits.suites.registry import SUITES
from tests.audits import tables
from tests.audits.tables import criterion

ROLES = (*tables.COLUMNS, Column("age", "feature", "number", minimum=18, maximum=100), Column("who", "subject", "text"))


def _table(folder: Path, *, seed: int = 1, start: int = 0, n: int = 1500, name: str = "now", **changes: Any) -> Source:
    rng = np.random.default_rng(seed)
    data = {**tables.clean(n, seed=seed), "age": rng.normal(60, 10, n).round(), **changes}
    data["who"] = [f"p{start + index}" for index in range(n)]
    return tables.write(folder, data, ROLES, name=name)


def _run(kind: Kind, source: Source, reference: Source | None = None, **plan: Any) -> Result:
    return SUITES[kind](source=source, reference=reference, plan=tables.plan(**plan), progress=tables.quiet)


@pytest.mark.parametrize("kind", list(Kind))
def test_progress_only_goes_forward_and_reaches_its_end(kind: Kind, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    source = _table(tmp_path)
    SUITES[kind](source=source, reference=source, plan=tables.plan(), progress=lambda *step: told.append(step))
    for stage in {stage for stage, _, _ in told}:
        done = [step[1] for step in told if step[0] == stage]
        assert done == sorted(done)
        assert done[-1] == next(step[2] for step in told if step[0] == stage)


@pytest.mark.parametrize("kind", list(Kind))
def test_facts_are_json_and_small_and_hold_no_row(kind: Kind, tmp_path: Path) -> None:
    source = _table(tmp_path)
    text = json.dumps(_run(kind, source, source).facts, allow_nan=False)
    assert len(text) < 60_000
    assert "p17" not in text


@pytest.mark.parametrize("kind", list(Kind))
def test_only_criteria_of_its_own_kind_are_checked(kind: Kind, tmp_path: Path) -> None:
    criteria = tuple(
        criterion(id=each.value, kind=each, measure=measure, minimum=None, maximum=1e9, **places)
        for each, measure, places in (
            (Kind.VALIDATION, "auroc", {"slice": "each"}),
            (Kind.BIAS, "auroc_difference", {"across": "each"}),
            (Kind.DRIFT, "psi", {"column": "each"}),
            (Kind.QUALITY, "missing_share", {"column": "each"}),
        )
    )
    source = _table(tmp_path)
    made = _run(kind, source, source, criteria=criteria).checks
    assert {check.criterion.kind for check in made} == {kind}
    assert {check.verdict for check in made} == {Verdict.MET}
    assert len(made) > 1


def test_the_roc_curve_starts_and_ends_in_the_corners(tmp_path: Path) -> None:
    facts: dict[str, Any] = _run(Kind.VALIDATION, _table(tmp_path)).facts
    curve = facts["roc"]
    assert len(curve) <= 200
    assert (curve[0], curve[-1]) == ({"fpr": 0.0, "sensitivity": 0.0}, {"fpr": 1.0, "sensitivity": 1.0})
    assert all(a["fpr"] <= b["fpr"] and a["sensitivity"] <= b["sensitivity"] for a, b in pairwise(curve))
    assert sum(tenth["n"] for tenth in facts["calibration"]) == 1500
    assert sum(facts["scores"]["events"]) + sum(facts["scores"]["nonevents"]) == 1500
    assert facts["rows_per_subject"] == 1.0


def test_a_small_group_is_undefined_left_out_of_the_gap_and_named(tmp_path: Path) -> None:
    races = np.array(["white"] * 1490 + ["rare"] * 10, dtype=object)
    races[:700] = "black"
    source = _table(tmp_path, race=races)
    small = [m for m in _run(Kind.VALIDATION, source).measurements if m.slice == "race=rare"]
    assert small
    assert all(m.estimate.value is None and m.estimate.n == 10 for m in small)
    assert "at least 10 are needed" in (small[0].estimate.reason or "")
    result = _run(Kind.BIAS, source)
    gap = next(m for m in result.measurements if m.measure == "equal_opportunity_difference" and m.across == "race")
    assert gap.estimate.n == 2
    assert "left out race=rare" in gap.estimate.method
    groupings: Any = result.facts["groupings"]
    assert list(groupings[0]["left_out"]) == ["race=rare"]


def test_two_points_at_one_score_are_both_reported(tmp_path: Path) -> None:
    points = (OperatingPoint("ward", 0.3), OperatingPoint("clinic", 0.3))
    found = _run(Kind.VALIDATION, _table(tmp_path), operating_points=points).measurements
    values = {m.operating_point: m.estimate for m in found if m.measure == "ppv" and m.slice == ""}
    assert values["ward"] == values["clinic"]


def test_the_result_does_not_depend_on_what_else_is_measured(tmp_path: Path) -> None:
    source = _table(tmp_path)
    whole = {m.key: m for m in _run(Kind.BIAS, source).measurements}
    alone = _run(Kind.BIAS, source, subgroups=("gender",), intersections=()).measurements
    # An adjusted p-value is about how many subgroups were compared; nothing else is.
    assert all(whole[m.key] == m for m in alone if not m.measure.endswith("_vs_rest_p"))


def test_a_shift_is_seen_and_no_shift_is_not(tmp_path: Path) -> None:
    now, same = _table(tmp_path), _table(tmp_path, seed=2, name="same")
    moved = _table(tmp_path, seed=3, name="moved", age=np.random.default_rng(3).normal(70, 10, 1500).round())
    for reference, shifted in ((same, False), (moved, True)):
        found = {m.measure: m.estimate for m in _run(Kind.DRIFT, now, reference).measurements if m.column == "age"}
        for measure in ("psi", "jensen_shannon", "ks", "wasserstein"):
            low = found[measure].low
            assert low is not None
            assert (low > 0.0) is shifted, measure


def test_drift_without_a_reference_is_undefined_throughout(tmp_path: Path) -> None:
    found = _run(Kind.DRIFT, _table(tmp_path)).measurements
    assert found
    assert all(m.estimate.value is None and "no reference" in (m.estimate.reason or "") for m in found)


def test_a_column_that_the_reference_lacks_is_undefined_and_not_dropped(tmp_path: Path) -> None:
    now = _table(tmp_path)
    before = replace(now, columns=tuple(column for column in now.columns if column.name != "age"))
    ages = [m.estimate for m in _run(Kind.DRIFT, now, before).measurements if m.column == "age"]
    assert len(ages) == 8
    assert all(estimate.value is None for estimate in ages)


def test_people_seen_in_training_are_counted(tmp_path: Path) -> None:
    now, before = _table(tmp_path), _table(tmp_path, start=1200, name="before")
    found = {m.measure: m.estimate for m in _run(Kind.QUALITY, now, before).measurements}
    assert found["subject_overlap_share"].value == 300 / 1500
    alone = {m.measure: m.estimate for m in _run(Kind.QUALITY, now).measurements}
    assert alone["subject_overlap_share"].value is None
    unnamed = replace(now, columns=now.columns[:-1])
    assert {m.measure: m for m in _run(Kind.QUALITY, unnamed).measurements}["duplicate_subject_share"].estimate.reason


def test_values_outside_their_declaration_are_counted(tmp_path: Path) -> None:
    ages = np.full(1500, 50.0)
    ages[:30], ages[30:40] = 17.0, np.nan
    source = _table(tmp_path, age=ages)
    found = {(m.measure, m.column): m.estimate for m in _run(Kind.QUALITY, source).measurements}
    assert found["out_of_range_share", "age"].value == 30 / 1490
    assert found["missing_share", "age"].value == 10 / 1500
    assert ("out_of_range_share", "race") not in found


@pytest.mark.parametrize("kind", [Kind.VALIDATION, Kind.BIAS])
def test_two_groups_that_are_called_the_same_are_refused_by_name(kind: Kind, tmp_path: Path) -> None:
    race = tables.clean(1500, seed=1)["race"].astype(object)
    race[:600] = "white & gender=female"
    with pytest.raises(AmbiguousNames, match="race=white & gender=female") as refused:
        _run(kind, _table(tmp_path, race=list(race)))
    assert refused.value.code == "ambiguous_names"
    # Without the combination there is nothing to be taken for.
    alone = _run(kind, _table(tmp_path, race=list(race)), intersections=())
    keys = [m.key for m in alone.measurements]
    assert len(keys) == len(set(keys))


def test_a_measurement_that_is_made_twice_is_refused(tmp_path: Path) -> None:
    source = _table(tmp_path)
    given = scored.gather(source, None, tables.plan(), progress=tables.quiet, limits=Limits())
    one, other = Measurement("auroc", Estimate(0.7)), Measurement("brier", Estimate(0.2))
    assert scored.result(Kind.VALIDATION, given, [Part([one]), Part([other])]).measurements
    with pytest.raises(AmbiguousNames, match="auroc"):
        scored.result(Kind.VALIDATION, given, [Part([one]), Part([other, one])])
