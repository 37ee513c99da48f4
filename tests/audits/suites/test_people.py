"""Are intervals made from patients exactly where patients repeat, and does the audit say so?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from audits.core.values import Column, Estimate, Result, Source
from audits.suites import people, validation
from tests.audits import tables

ROLES = (*tables.COLUMNS, Column("who", "subject", "text"))


def _run(source: Source) -> Result:
    return validation.run(source=source, reference=None, plan=tables.plan(), progress=tables.quiet)


def _source(folder: Path, who: list[str | None], copies: int = 1, name: str = "table") -> Source:
    data = tables.clean(len(who) // copies)
    rows: dict[str, Any] = {key: [value for value in column for _ in range(copies)] for key, column in data.items()}
    return tables.write(folder, {**rows, "who": who}, ROLES, name=name)


def _found(result: Result) -> dict[tuple[str, str, str], Estimate]:
    return {(m.measure, m.slice, m.operating_point): m.estimate for m in result.measurements}


def test_patients_that_do_not_repeat_change_nothing(tmp_path: Path) -> None:
    named = _run(_source(tmp_path, [str(i) for i in range(2000)]))
    unnamed = _run(tables.write(tmp_path, tables.clean(2000), name="unnamed"))
    assert named.measurements == unnamed.measurements
    assert "repeated_patients" not in named.facts


def test_every_row_four_times_is_no_more_evidence_than_once(tmp_path: Path) -> None:
    once = _found(_run(_source(tmp_path, [str(i) for i in range(2000)])))
    copied = _run(_source(tmp_path, [str(i // 4) for i in range(8000)], copies=4, name="copied"))
    for measure, where, point in (
        ("auroc", "", ""), ("brier", "", ""), ("calibration_slope", "", ""), ("sensitivity", "", "alert"),
        ("ppv", "race=white", "alert"), ("f1", "", "alert"), ("matthews_correlation", "", "alert"),
    ):  # fmt: skip
        alone, found = once[measure, where, point], _found(copied)[measure, where, point]
        assert None not in (alone.low, alone.high, found.low, found.high)
        assert found.value == pytest.approx(alone.value, abs=1e-9)
        width, before = (found.high or 0) - (found.low or 0), (alone.high or 0) - (alone.low or 0)
        # The jackknife's own error from 100 groups is some 7%.
        assert width == pytest.approx(before, rel=0.25), measure
        assert "jackknife over" in found.method
    facts: Any = copied.facts["repeated_patients"]
    assert facts["rows_per_subject"] == 4.0
    assert facts["median_ratio"] == pytest.approx(2.0, rel=0.15)


def test_rows_without_a_subject_are_counted_and_named(tmp_path: Path) -> None:
    who: list[str | None] = [str(i // 2) if i < 1500 else None for i in range(2000)]
    facts: Any = _run(_source(tmp_path, who)).facts["repeated_patients"]
    assert facts["without_subject"] == 500
    assert facts["rows_per_subject"] == 2000 / (750 + 500)


def test_a_value_of_one_rests_on_the_patients_and_not_on_their_rows(tmp_path: Path) -> None:
    data = {**tables.clean(2000), "who": [str(i // 4) for i in range(2000)]}
    data["p"] = data["y"] * 0.8 + 0.1
    found = _found(_run(tables.write(tmp_path, data, ROLES)))["sensitivity", "", "alert"]
    events = int(data["y"].sum())
    assert (found.value, found.high) == (1.0, 1.0)
    # Wilson's lower limit of n of n is n / (n + z^2), with a quarter of the rows as n.
    assert found.low == pytest.approx(events / 4 / (events / 4 + 1.959963984540054**2), rel=1e-9)
    assert "4 rows per patient" in found.method


def test_groupings_that_are_too_many_to_count_are_widened_and_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "_MOST_ENTRIES", 1)
    found = _found(_run(_source(tmp_path, [str(i // 4) for i in range(2000)])))
    assert "jackknife" in found["auroc", "", ""].method
    assert "not being counted" in found["auroc", "race=white", ""].method
    assert "2.00 times as wide" in found["calibration_slope", "race=white", ""].method


def test_patients_with_far_more_rows_than_others_widen_by_their_share_of_the_rows(tmp_path: Path) -> None:
    """20 patients of 50 rows and 1,000 of one: 2 rows a patient, but the average row's patient has 25.5 of them."""
    data = tables.clean(2000)
    who: list[str | None] = [f"often {i // 50}" if i < 1000 else f"once {i}" for i in range(2000)]
    data["race"] = ["white" if i < 1000 else race for i, race in enumerate(data["race"])]
    found = _found(_run(tables.write(tmp_path, {**data, "who": who}, ROLES)))
    alone = _found(_run(tables.write(tmp_path, data, name="alone")))
    wide, narrow = found["ici", "", ""], alone["ici", "", ""]
    assert "25.5 rows per patient" in wide.method
    assert (wide.high or 0) - (wide.value or 0) == pytest.approx(25.5**0.5 * ((narrow.high or 0) - (narrow.value or 0)))
    factors = {
        race: float(found["ece", f"race={race}", ""].method.partition("root of ")[2].split()[0])
        for race in ("white", "black")
    }
    # All of them are white; their groups are found by hashing, which the estimate is only as good as.
    assert 18 < factors["white"] < 60
    assert factors["black"] < 2
