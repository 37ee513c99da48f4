"""Are operating points that are declared by a rate resolved on the table, exactly, or said not to be?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audits.core.values import Kind, Measurement, OperatingPoint, Rate, Result, Source, Target, Verdict
from audits.engines.connection import Limits
from audits.suites import bias, validation
from audits.suites.scored import gather
from tests.audits import tables

TARGETS = (
    Target("caught", Rate.SENSITIVITY, 0.9),
    Target("quiet", Rate.SPECIFICITY, 0.95),
    Target("busy", Rate.FLAG_RATE, 0.1),
)


def _validate(source: Source, **changes: Any) -> Result:
    plan = tables.plan(targets=TARGETS, **changes)
    return validation.run(source=source, reference=None, plan=plan, progress=tables.quiet)


def _by_key(result: Result) -> dict[tuple[str, str, str], Measurement]:
    return {(m.measure, m.slice, m.operating_point): m for m in result.measurements}


@pytest.mark.parametrize(("n", "decimals"), [(3000, 3), (80_000, None)])
def test_a_resolved_point_has_the_counts_of_the_rows_at_its_score(n: int, decimals: int | None, tmp_path: Path) -> None:
    data = tables.clean(n, decimals=decimals)
    found = _by_key(_validate(tables.write(tmp_path, data)))
    for target in TARGETS:
        cut = found["resolved_operating_point", "", target.name].estimate
        assert cut.value is not None
        flags, y = data["p"] >= cut.value, data["y"] == 1
        rates = {"sensitivity": (flags & y).sum() / y.sum(), "specificity": (~flags & ~y).sum() / (~y).sum(),
                 "flag_rate": flags.mean()}  # fmt: skip
        for rate, value in rates.items():
            assert found[rate, "", target.name].estimate.value == value
        reached = rates[target.rate.value]
        assert reached <= target.value if target.rate is Rate.FLAG_RATE else reached >= target.value
        assert reached == pytest.approx(target.value, abs=0.01)
        inside = (data["race"] == "black") & y
        assert found["sensitivity", "race=black", target.name].estimate.value == (flags & inside).sum() / inside.sum()


def test_the_method_says_that_the_cut_was_chosen_on_the_same_rows(tmp_path: Path) -> None:
    found = _by_key(_validate(tables.write(tmp_path, tables.clean(3000))))
    assert "replicates that choose the cut anew" in found["specificity", "", "caught"].estimate.method
    assert "replicates that choose the cut anew" in found["sensitivity", "race=black", "caught"].estimate.method
    assert "chosen on these rows" in found["sensitivity", "", "caught"].estimate.method
    assert "anew" not in found["specificity", "", "alert"].estimate.method


def test_intervals_at_a_resolved_point_are_never_narrower_than_at_the_same_score_declared(tmp_path: Path) -> None:
    source = tables.write(tmp_path, tables.clean(3000))
    found = _by_key(_validate(source))
    cut = found["resolved_operating_point", "", "caught"].estimate.value
    given = _by_key(_validate(source, operating_points=(OperatingPoint("given", cut or 0.0),)))
    compared = set()
    for (measure, where, name), one in given.items():
        other = found.get((measure, where, "caught"))
        if name == "given" and one.estimate.low is not None and other is not None:
            assert other.estimate.value == one.estimate.value
            assert other.estimate.low is not None
            assert one.estimate.high is not None
            assert other.estimate.high is not None
            assert other.estimate.low <= one.estimate.low <= one.estimate.high <= other.estimate.high, measure
            compared.add(measure)
    assert compared >= {"sensitivity", "specificity", "ppv", "npv", "flag_rate"}


def test_a_target_that_is_not_reached_is_undefined_everywhere_and_nothing_else_is(tmp_path: Path) -> None:
    data = tables.clean(2000)
    data["p"] = np.where(data["p"] > 0.2, 0.8, 0.1)
    source = tables.write(tmp_path, data)
    wanted = tables.criterion(kind=Kind.VALIDATION, measure="ppv", operating_point="busy", minimum=0.1)
    plan = tables.plan(targets=TARGETS, criteria=(wanted,))
    for run, kind in ((validation.run, Kind.VALIDATION), (bias.run, Kind.BIAS)):
        result = run(source=source, reference=None, plan=plan, progress=tables.quiet)
        busy = [m for m in result.measurements if m.operating_point == "busy"]
        assert busy
        assert all("tie at the highest score" in (m.estimate.reason or "") for m in busy)
        alert = {(m.measure, m.slice, m.across) for m in result.measurements if m.operating_point == "alert"}
        missing = alert - {(m.measure, m.slice, m.across) for m in busy}
        assert not missing
        assert any(m.estimate.value is not None for m in result.measurements if m.operating_point == "alert")
        if kind is Kind.VALIDATION:
            (check,) = result.checks
            assert check.verdict is Verdict.NOT_EVALUABLE
            assert "tie at the highest score" in check.reason


def test_the_cut_of_bins_is_an_edge_and_counted_again(tmp_path: Path) -> None:
    source = tables.write(tmp_path, tables.clean(80_000, decimals=None))
    given = gather(source, None, tables.plan(targets=TARGETS), progress=tables.quiet, limits=Limits())
    assert len(given.tally.spec.cuts) == 5
    assert given.plan.targets == ()
    assert [point.name for point in given.plan.operating_points][2:] == ["caught", "quiet", "busy"]
