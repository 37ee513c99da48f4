"""Does the comparison part count the right rows, take the right cuts, and tell a page where the model stands?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audits.core.values import Column, Estimate, OperatingPoint, PlanSpec, Rate, Target
from audits.engines.connection import Limits
from audits.suites import comparison, scored, utility
from audits.suites.comparison_count import alone
from audits.suites.comparison_facts import margin_of
from audits.suites.part import Part, Scored
from tests.audits import tables
from tests.audits.tables import criterion

ROLES = (*tables.COLUMNS, Column("old", "comparator", "number"))


def _given(folder: Path, plan: PlanSpec, *, roles: tuple[Column, ...] = ROLES, **changes: Any) -> Scored:
    data = tables.clean(2000, decimals=2)
    noise = np.random.default_rng(5).normal(0, 0.1, 2000)
    data["old"] = np.clip(data["p"] / 2 + noise, 0, 1).round(2)
    source = tables.write(folder, {**data, **changes}, roles)
    return scored.gather(source, None, plan, progress=tables.quiet, limits=Limits())


def _values(part: Part, where: str = "") -> dict[tuple[str, str], float | None]:
    return {(m.measure, m.operating_point): m.estimate.value for m in part.measurements if m.slice == where}


def test_without_a_comparator_nothing_is_made(tmp_path: Path) -> None:
    part = comparison.part(_given(tmp_path, tables.plan(), roles=tables.COLUMNS))
    assert (part.measurements, part.facts) == ([], {})


def test_rows_without_the_existing_methods_answer_are_counted_and_left_out(tmp_path: Path) -> None:
    old: list[float | None] = [0.5 if index % 2 else 0.2 for index in range(2000)]
    old[:300], old[300:310] = [None] * 300, [1.5] * 10
    part = comparison.part(_given(tmp_path, tables.plan(), old=old))
    told: Any = part.facts["comparison"]
    assert (told["pairs"], told["without_comparator"], told["comparator_outside"]) == (1690, 300, 10)
    everyone = [m.estimate for m in part.measurements if m.slice == ""]
    assert {estimate.n for estimate in everyone} == {1690}


def test_each_method_is_flagged_at_its_own_cut(tmp_path: Path) -> None:
    same, own = (OperatingPoint("alert", 0.3), OperatingPoint("alert", 0.3, 0.15))
    for point, cut in ((same, 0.3), (own, 0.15)):
        given = _given(tmp_path, tables.plan(operating_points=(point,)))
        cells = alone(given)
        events = cells.outcome == 1
        expected = cells.n[events & (cells.score >= cut)].sum() / cells.n[events].sum()
        told: Any = comparison.part(given).facts["comparison"]
        assert told["operating_points"][0]["comparator"] == cut
        assert told["operating_points"][0]["sensitivity"][1] == expected


def test_at_a_target_both_reach_the_same_rate_on_their_own_answers(tmp_path: Path) -> None:
    plan = tables.plan(operating_points=(), targets=(Target("most", Rate.SENSITIVITY, 0.9),))
    told: Any = comparison.part(_given(tmp_path, plan)).facts["comparison"]
    point = told["operating_points"][0]
    assert point["score"] != point["comparator"]
    assert all(0.9 <= rate < 0.93 for rate in point["sensitivity"])


def test_a_page_is_told_where_the_model_stands(tmp_path: Path) -> None:
    rules = (
        criterion(id="a", measure="auroc_vs_comparator", minimum=-0.02),
        criterion(id="b", measure="auroc_vs_comparator", minimum=-0.05),
        criterion(id="c", measure="brier_vs_comparator", minimum=None, maximum=0.01),
    )
    plan = tables.plan(criteria=rules)
    assert (margin_of(plan, "auroc_vs_comparator"), margin_of(plan, "brier_vs_comparator")) == (0.02, 0.01)
    assert margin_of(tables.plan(criteria=(criterion(measure="auroc_vs_comparator", minimum=0.01),)), "auroc") is None
    told: Any = comparison.part(_given(tmp_path, plan)).facts["comparison"]
    json.dumps(told, allow_nan=False)
    assert (told["auroc_vs_comparator"]["margin"], told["auroc_vs_comparator"]["words"]) == (0.02, "superior")
    assert told["operating_points"][0]["specificity_vs_comparator"]["words"] == "inferior"


def test_every_slice_is_compared_or_says_why_not(tmp_path: Path) -> None:
    races = np.array(["white"] * 1995 + ["rare"] * 5, dtype=object)
    part = comparison.part(_given(tmp_path, tables.plan(), race=races))
    white, rare = _values(part, "race=white"), _values(part, "race=rare")
    assert set(white) == set(rare) == set(_values(part))
    assert None not in white.values()
    assert set(rare.values()) == {None}


def test_turning_the_two_round_turns_every_difference_round(tmp_path: Path) -> None:
    plan = tables.plan(operating_points=(OperatingPoint("alert", 0.3, 0.2),))
    turned = tables.plan(operating_points=(OperatingPoint("alert", 0.2, 0.3),))
    swapped = (
        tables.COLUMNS[0],
        Column("old", "score", "number"),
        *tables.COLUMNS[2:],
        Column("p", "comparator", "number"),
    )
    one = _values(comparison.part(_given(tmp_path, plan)))
    two = _values(comparison.part(_given(tmp_path, turned, roles=swapped)))
    for measure in ("auroc_vs_comparator", "brier_vs_comparator", "idi"):
        assert one[measure, ""] == pytest.approx(-(two[measure, ""] or 0), abs=1e-12)
    for measure in ("sensitivity_vs_comparator", "nri_nonevents"):
        assert one[measure, "alert"] == -(two[measure, "alert"] or 0.0)
    assert one["mcnemar_sensitivity_p", "alert"] == two["mcnemar_sensitivity_p", "alert"]


def test_the_gain_is_over_the_existing_method_where_that_is_the_best_alternative(tmp_path: Path) -> None:
    better = tables.clean(2000, decimals=2)["y"] * 0.9
    given = _given(tmp_path, tables.plan(), old=better)
    compared = comparison.counted(given)
    gains = _made(utility.part(given, compared), "net_benefit_gain")
    differences = _made(comparison.part(given, compared), "net_benefit_vs_comparator")
    assert gains.keys() == differences.keys()
    for place, gain in gains.items():
        against = differences[place]
        if gain.value is None or against.value is None:
            continue
        assert gain.value == against.value < 0
        assert "the smallest being over the existing method" in gain.method
        assert gain.low == against.low


def test_a_useless_existing_method_does_not_change_the_gain(tmp_path: Path) -> None:
    given = _given(tmp_path, tables.plan(), old=np.zeros(2000))
    sides = (utility.part(given, compared) for compared in (comparison.counted(given), None))
    with_it, without = (_made(part, "net_benefit_gain") for part in sides)
    assert with_it.keys() == without.keys()
    for key, gain in with_it.items():
        if gain.value is not None:
            assert gain.value == pytest.approx(without[key].value, abs=1e-12)


def _made(part: Part, measure: str) -> dict[tuple[str, str], Estimate]:
    return {(m.slice, m.operating_point): m.estimate for m in part.measurements if m.measure == measure}
