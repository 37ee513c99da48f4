"""Does a comparison at a target know that both cut-offs were chosen on the same rows?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audits.core.arrays import Floats
from audits.core.tally_spec import Slice
from audits.core.values import Column, Estimate, OperatingPoint, Rate, Result, Target
from audits.engines.connection import Limits
from audits.suites import comparison, comparison_count, scored, utility, validation
from audits.suites.part import Part, Scored
from tests.audits import tables

ROLES = (*tables.COLUMNS, Column("old", "comparator", "number"))
CAUGHT = Target("caught", Rate.SENSITIVITY, 0.9)
#: How many times as wide as with given cuts, at least.
_WIDER = {"specificity_vs_comparator": 2.0, "net_benefit_vs_comparator": 1.1}


def _data(n: int = 3000, decimals: int | None = 3) -> dict[str, Any]:
    data = tables.clean(n, decimals=decimals)
    old = np.clip(data["p"] / 2 + np.random.default_rng(5).normal(0, 0.1, n), 0, 1)
    return {**data, "old": old if decimals is None else old.round(decimals)}


def _given(folder: Path, data: dict[str, Any], *, roles: tuple[Column, ...] = ROLES, **changes: Any) -> Scored:
    plan = tables.plan(**{"operating_points": (), "targets": (CAUGHT,), "replicates": 400, **changes})
    return scored.gather(tables.write(folder, data, roles), None, plan, progress=tables.quiet, limits=Limits())


def _found(part: Part) -> dict[tuple[str, str], Estimate]:
    return {(m.measure, m.slice): m.estimate for m in part.measurements if m.operating_point}


def _wide(estimate: Estimate) -> float:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.high - estimate.low


def _redrawn_rows(data: dict[str, Any], replicates: int = 200) -> Floats:
    """float64[R]: difference of specificity on rows drawn with replacement, both cuts chosen on them by sorting."""
    rng, found = np.random.default_rng(11), []
    y, p, old = (np.asarray(data[name], dtype=np.float64) for name in ("y", "p", "old"))
    for _ in range(replicates):
        drawn = rng.integers(0, len(y), len(y))
        event = y[drawn] == 1
        rates = []
        for score in (p[drawn], old[drawn]):
            ranked = np.sort(score[event])[::-1]
            cut = ranked[int(np.ceil(0.9 * len(ranked) - 1e-9)) - 1]
            rates.append((score[~event] < cut).mean())
        found.append(rates[0] - rates[1])
    return np.array(found)


@pytest.mark.parametrize(("n", "decimals"), [(3000, 3), (70_000, None)], ids=["exact pairs", "binned pairs"])
def test_the_interval_is_as_wide_as_rows_that_choose_both_cuts_anew_say(
    tmp_path: Path, n: int, decimals: int | None
) -> None:
    data = _data(n, decimals)
    plain = {"subgroups": (), "intersections": ()}
    found = _found(comparison.part(_given(tmp_path, data, **plain)))["specificity_vs_comparator", ""]
    assert _wide(found) == pytest.approx(2 * 1.96 * _redrawn_rows(data).std(ddof=1), rel=0.2)
    assert "replicates that choose both cuts anew" in found.method
    assert "Tango" in found.method


def test_intervals_are_never_narrower_than_at_the_same_cuts_declared_and_some_are_far_wider(tmp_path: Path) -> None:
    given = _given(tmp_path, _data())
    chosen = _found(comparison.part(given))
    told: Any = comparison.part(given).facts["comparison"]
    point = told["operating_points"][0]
    declared = OperatingPoint("caught", point["score"], point["comparator"])
    fixed = _found(comparison.part(_given(tmp_path, _data(), targets=(), operating_points=(declared,))))
    assert chosen.keys() == fixed.keys()
    for (measure, where), estimate in fixed.items():
        other = chosen[measure, where]
        if measure.endswith("_p"):
            assert other.value is None or (estimate.value or 0) <= other.value
        elif estimate.low is not None and estimate.high is not None:
            assert other.value == estimate.value
            assert other.low is not None
            assert other.high is not None
            assert other.low <= estimate.low <= estimate.high <= other.high
            assert where or _wide(other) > _WIDER.get(measure, 0.99) * _wide(estimate)


def test_what_the_target_itself_fixes_is_said_to_be_so_by_construction(tmp_path: Path) -> None:
    part = comparison.part(_given(tmp_path, _data()))
    found = _found(part)
    for measure in ("sensitivity_vs_comparator", "nri_events"):
        assert abs(found[measure, ""].value or 0.0) < 0.01
        assert "by construction" in found[measure, ""].method
        assert "by construction" not in found[measure, "race=white"].method
    assert found["mcnemar_sensitivity_p", ""].value is None
    assert "nothing to test" in (found["mcnemar_sensitivity_p", ""].reason or "")
    assert "the larger of two" in found["mcnemar_specificity_p", ""].method
    told: Any = part.facts["comparison"]
    assert "by construction" in told["operating_points"][0]["sensitivity_vs_comparator"]["words"]
    assert "by construction" not in told["operating_points"][0]["specificity_vs_comparator"]["words"]


def test_a_decision_has_no_cut_to_choose_so_nothing_is_fixed(tmp_path: Path) -> None:
    data = _data()
    part = comparison.part(_given(tmp_path, {**data, "old": (data["old"] >= 0.2).astype(float)}))
    found = _found(part)["sensitivity_vs_comparator", ""]
    assert "by construction" not in found.method
    assert "choose both cuts anew" in found.method
    assert _found(part)["mcnemar_sensitivity_p", ""].value is not None


def test_a_target_that_replicates_often_miss_has_no_interval_and_no_p(tmp_path: Path) -> None:
    data = _data(400)
    # The highest scores tie: about half of all samples flag more than the target by them alone.
    data["p"] = np.where(np.arange(400) % 20 == 0, 0.999, np.minimum(data["p"], 0.9))
    busy = Target("busy", Rate.FLAG_RATE, 0.0501)
    found = _found(comparison.part(_given(tmp_path, data, targets=(busy,), subgroups=(), intersections=())))
    estimate = found["specificity_vs_comparator", ""]
    assert estimate.value is not None
    assert (estimate.low, estimate.high) == (None, None)
    assert "no interval: both cut-offs were chosen on these rows" in estimate.method
    assert found["mcnemar_specificity_p", ""].value is None


def test_the_gain_over_the_existing_method_is_as_unsure_as_the_comparison(tmp_path: Path) -> None:
    data = _data()
    given = _given(tmp_path, {**data, "old": np.clip(data["y"] * 0.3 + data["old"], 0, 1)})
    comparer = comparison.counted(given)
    gains = {m.slice: m.estimate for m in utility.part(given, comparer).measurements if m.measure == "net_benefit_gain"}
    assert comparer is not None
    made = comparer.answer(Slice(0, ()))
    against = _found(comparison.part(given, comparer))["net_benefit_vs_comparator", ""]
    assert (gains[""].value, gains[""].low) == (against.value, against.low)
    assert "choose both cuts anew" in against.method
    # Utility's answer is the comparison's own: nothing is made twice.
    assert comparer.answer(Slice(0, ())) is made


def _twice(data: dict[str, Any]) -> dict[str, Any]:
    n = len(data["y"])
    return {
        **{name: np.repeat(column, 2) for name, column in data.items()},
        "who": [f"p{i // 2}" for i in range(2 * n)],
    }


WHO = (*ROLES, Column("who", "subject", "text"))


def test_patients_who_come_twice_count_once(tmp_path: Path) -> None:
    once, data = _found(comparison.part(_given(tmp_path, _data(1500)))), _twice(_data(1500))
    twice = _found(comparison.part(_given(tmp_path, data, roles=WHO)))
    rows = _found(comparison.part(_given(tmp_path, data)))
    for where in ("", "race=white"):
        key = ("specificity_vs_comparator", where)
        assert "bootstrap of patients" in twice[key].method
        assert _wide(twice[key]) == pytest.approx(_wide(once[key]), rel=0.2)
        assert _wide(twice[key]) > 1.15 * _wide(rows[key])


def test_groupings_whose_patients_would_be_too_many_to_count_are_widened_and_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = _given(tmp_path, _twice(_data(1500)), roles=WHO, operating_points=(OperatingPoint("alert", 0.3),))
    counted = comparison.counted(given)
    monkeypatch.setattr(comparison_count, "_BOARD_ENTRIES", 4000)
    capped = comparison.counted(given)
    assert counted is not None
    assert capped is not None
    assert counted.compared.boards is not None
    assert capped.compared.boards is not None
    assert len(capped.compared.boards.n) < len(counted.compared.boards.n)
    assert len(counted.compared.boards.spec.groupings) == 4
    assert len(capped.compared.boards.spec.groupings) < 4
    place = next(where for where in given.found if where.grouping == 3)
    for measurement, other in zip(counted.answer(place).measurements, capped.answer(place).measurements, strict=True):
        assert other.key == measurement.key
        assert other.estimate.value is None or "were not counted" in other.estimate.method
        if measurement.measure == "auroc_vs_comparator":
            assert _wide(other.estimate) == pytest.approx(_wide(measurement.estimate), rel=0.4)
    everyone = capped.answer(Slice(0, ())).measurements
    assert not any("were not counted" in m.estimate.method for m in everyone)


def _rule_in(folder: Path, subject: bool) -> Result:
    rng, n = np.random.default_rng(0), 2000
    p = np.where(rng.random(n) < 0.35, 0.95, 0.8 * rng.beta(2, 2, n))
    data = {
        **tables.clean(n), "p": p, "y": (rng.random(n) < 0.3).astype(np.int8), "old": 0.85 * rng.random(n),
        "who": [f"p{i // 2}" for i in range(n)],
    }  # fmt: skip
    plan = tables.plan(operating_points=(OperatingPoint("rule in", 0.9),), subgroups=(), intersections=())
    source = tables.write(folder, data, WHO if subject else ROLES)
    return validation.run(source=source, reference=None, plan=plan, progress=tables.quiet)


def test_net_benefit_below_minus_one_keeps_its_lower_limit_when_patients_repeat(tmp_path: Path) -> None:
    """A false alarm at 0.9 weighs nine true positives: the difference is near -2, and has no range to be cut to."""
    plain, repeated = (
        next(m.estimate for m in _rule_in(tmp_path, subject).measurements if m.measure == "net_benefit_vs_comparator")
        for subject in (False, True)
    )
    assert plain.value == repeated.value
    assert plain.value is not None
    assert plain.value < -1.5
    assert repeated.low is not None
    assert repeated.low < plain.value - 0.05
    assert _wide(repeated) == pytest.approx(_wide(plain), rel=0.35)
