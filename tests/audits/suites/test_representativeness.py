"""Are the people of a table compared with the plan's population, each once, and every level accounted for?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

from audits.core.values import Column, Estimate, Kind, Population, Result, Source, Variable, Verdict
from audits.suites import bias
from tests.audits import tables

POPULATION = Population(
    "census",
    (
        Variable("gender", (("female", 0.5), ("male", 0.5))),
        Variable("race", (("white", 0.6), ("black", 0.3), ("native", 0.1))),
        Variable("age", mean=60.0, sd=10.0),
        Variable("smoker", (("yes", 0.2), ("no", 0.8))),
    ),
)
ROLES = (*tables.COLUMNS, Column("age", "feature", "number"), Column("who", "subject", "text"))


def _source(folder: Path, repeat: int = 1) -> Source:
    """400 patients: 30% female; of race 70% white, 20% black, 10% asian; mean age 65. The first 50 have more rows."""
    data = tables.clean(400)
    data["gender"] = np.repeat(["female", "male"], [120, 280])
    data["race"] = np.repeat(["white", "black", "asian"], [280, 80, 40])
    data["age"] = 65 + 10 * np.tile([-1.0, 1.0], 200)
    data["who"] = np.array([f"p{index}" for index in range(400)])
    rows = np.concatenate([np.repeat(np.arange(50), repeat), np.arange(50, 400)])
    return tables.write(folder, {name: np.asarray(column)[rows] for name, column in data.items()}, ROLES)


def _run(source: Source, **plan: Any) -> Result:
    wanted = tables.plan(subgroups=("gender",), intersections=(), population=POPULATION, scan_depth=0, **plan)
    return bias.run(source=source, reference=None, plan=wanted, progress=tables.quiet)


def _found(result: Result) -> dict[tuple[str, str], Estimate]:
    keep = ("population_smd", "participation_to_prevalence")
    return {(m.column, m.slice): m.estimate for m in result.measurements if m.measure in keep}


def test_differences_and_ratios_worked_by_hand(tmp_path: Path) -> None:
    found = _found(_run(_source(tmp_path)))
    # 0.3 against 0.5, as in Austin (2009): 0.2 / sqrt((0.3 * 0.7 + 0.5 * 0.5) / 2).
    assert found["gender", ""].value == pytest.approx(0.2 / np.sqrt(0.23))
    # 65 against 60, deviations 10.01 (n - 1) and 10.
    assert found["age", ""].value == pytest.approx(0.5 / np.sqrt((400 / 399 + 1) / 2), rel=1e-6)
    female = found["", "gender=female"]
    interval = binomtest(120, 400).proportion_ci(method="wilson")
    assert (female.value, female.low, female.high) == pytest.approx((0.6, interval.low / 0.5, interval.high / 0.5))


def test_each_patient_counts_once(tmp_path: Path) -> None:
    once, often = _run(_source(tmp_path)), _run(_source(tmp_path, repeat=9))
    assert _found(once) == _found(often)
    facts: Any = often.facts["representativeness"]
    assert {fact["unit"] for fact in facts} == {"patients"}
    assert facts[0]["people"] == 400


def test_levels_on_one_side_only_are_there(tmp_path: Path) -> None:
    result = _run(_source(tmp_path))
    found = _found(result)
    absent = found["", "race=native"]
    assert (absent.value, absent.low) == (0.0, 0.0)
    assert absent.high == pytest.approx(binomtest(0, 400).proportion_ci(method="wilson").high / 0.1)
    assert "name no such level" in (found["", "race=asian"].reason or "")
    facts: Any = result.facts["representativeness"]
    assert (facts[1]["unknown_levels"], facts[1]["unknown_people"]) == (1, 40)


def test_a_variable_that_the_table_lacks_is_undefined(tmp_path: Path) -> None:
    found = _found(_run(_source(tmp_path)))
    for key in (("smoker", ""), ("", "smoker=yes"), ("", "smoker=no")):
        assert found[key].reason == "the table has no such column"


def test_a_criterion_can_ask_for_a_representative_table(tmp_path: Path) -> None:
    wanted = tables.criterion(kind=Kind.BIAS, measure="population_smd", column="each", minimum=None, maximum=0.1)
    made = _run(_source(tmp_path), criteria=(wanted,)).checks
    verdicts = {check.measurement.column: check.verdict for check in made}
    assert verdicts["gender"] is verdicts["age"] is Verdict.NOT_MET
    assert verdicts["smoker"] is Verdict.NOT_EVALUABLE


def test_without_a_population_there_is_nothing(tmp_path: Path) -> None:
    result = bias.run(source=_source(tmp_path), reference=None, plan=tables.plan(scan_depth=0), progress=tables.quiet)
    assert not _found(result)
    assert "representativeness" not in result.facts
