"""Is every declared subgroup compared with everyone else, honestly, and adjusted for how many there are?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from audits.core.catalog import CATALOG
from audits.core.values import Column, Estimate, Kind, Source, Verdict
from audits.suites import bias
from tests.audits import tables

N = 2000
ROLES = (*tables.COLUMNS, Column("site", "subgroup", "text"), Column("who", "subject", "text"))
THREE = ("race", "gender", "site")
Found = dict[tuple[str, str, str, str, str], Estimate]


def _source(folder: Path, *, repeat: int = 1, roles: tuple[Column, ...] = ROLES, **changes: Any) -> Source:
    """repeat: rows of each patient, all alike."""
    data = {**tables.clean(N), "site": np.random.default_rng(9).choice(["x", "y"], N), **changes}
    data = {name: np.repeat(np.asarray(column, dtype=object), repeat) for name, column in data.items()}
    data["y"], data["p"] = data["y"].astype(np.int8), data["p"].astype(np.float64)
    data["who"] = np.repeat([f"p{index}" for index in range(N)], repeat)
    return tables.write(folder, data, roles)


def _found(source: Source, **plan: Any) -> Found:
    wanted = tables.plan(**{"scan_depth": 0, "subgroups": ("gender",), "intersections": (), **plan})
    made = bias.run(source=source, reference=None, plan=wanted, progress=tables.quiet).measurements
    return {m.key: m.estimate for m in made}


def test_adjusted_p_values_are_holms_over_all_subgroups_of_all_groupings(tmp_path: Path) -> None:
    found = _found(_source(tmp_path), subgroups=("race", "gender"), intersections=(("race", "gender"),))
    tested = {key: e for key, e in found.items() if key[0] == "sensitivity_vs_rest_p" and key[3] == "alert"}
    defined = [e for e in tested.values() if e.value is not None]
    assert len(defined) >= 9
    raw = [float(e.method.rpartition("unadjusted p ")[2]) for e in defined]
    expected = multipletests(raw, method="holm")[1]
    assert [e.value for e in defined] == pytest.approx(list(expected), rel=5e-3)
    assert all(f"Holm over {len(defined)} subgroups" in e.method and e.low is None for e in defined)


def test_p_values_are_shown_and_decide_nothing() -> None:
    shown = [entry for entry in CATALOG.values() if entry.key.endswith("_vs_rest_p")]
    assert len(shown) == 5
    assert not any(entry.gated for entry in shown)


def test_the_clinical_set_comes_first() -> None:
    order = [key for key, entry in CATALOG.items() if entry.kind is Kind.BIAS]
    assert order[:4] == [
        "oe_ratio_vs_rest_ratio",
        "calibration_slope_vs_rest",
        "sensitivity_vs_rest",
        "sensitivity_vs_rest_ratio",
    ]


def test_two_groups_mirror_each_other(tmp_path: Path) -> None:
    found = _found(_source(tmp_path))
    for measure, at in (("sensitivity_vs_rest", "alert"), ("auroc_vs_rest", ""), ("calibration_slope_vs_rest", "")):
        one, other = (found[measure, f"gender={name}", "", at, ""] for name in ("female", "male"))
        assert one.value == pytest.approx(-(other.value or 0))
        assert one.low == pytest.approx(-(other.high or 0))
    one, other = (found["oe_ratio_vs_rest_ratio", f"gender={name}", "", "", ""] for name in ("female", "male"))
    assert one.value == pytest.approx(1 / (other.value or 1))


def test_a_declared_intersection_of_three_without_rows_is_there_and_says_so(tmp_path: Path) -> None:
    levels = {"race": ("white", "black", "asian"), "gender": ("female", "male", "other"), "site": ("x", "y")}
    roles = tuple(Column(c.name, c.role, c.type, levels=levels.get(c.name)) for c in ROLES)
    found = _found(_source(tmp_path, roles=roles), subgroups=THREE, intersections=(THREE,))
    empty = {key: e for key, e in found.items() if key[1] == "race=asian & gender=other & site=y"}
    assert len(empty) == len({key for key in found if key[1] == "race=white & gender=male & site=x"})
    assert all(e.value is None and e.reason == "no rows" for e in empty.values())


def test_a_group_that_is_everyone_has_no_rest(tmp_path: Path) -> None:
    found = _found(_source(tmp_path, race=["white"] * N), subgroups=("race",))
    alone = [estimate for key, estimate in found.items() if key[1] == "race=white"]
    assert alone
    for estimate in alone:
        assert estimate.value is None
        assert "outside the group" in (estimate.reason or "")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Found, Found]:
    """What is found on one row of each patient, and on four that are all alike."""
    folders = [tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("four")]
    return _found(_source(folders[0])), _found(_source(folders[1], repeat=4))


def test_repeating_every_row_leaves_the_limits_about_where_they_were(pair: tuple[Found, Found]) -> None:
    one, four = pair
    for measure, at in (("sensitivity_vs_rest", "alert"), ("auroc_vs_rest", ""), ("calibration_slope_vs_rest", "")):
        key = (measure, "gender=male", "", at, "")
        assert four[key].value == pytest.approx(one[key].value)
        widths = [(e.high or 0) - (e.low or 0) for e in (one[key], four[key])]
        assert widths[1] == pytest.approx(widths[0], rel=0.3)
        assert "because patients repeat" in four[key].method
        shown = [found[f"{measure}_p", "gender=male", "", at, ""].value or 0 for found in (one, four)]
        assert shown[1] == pytest.approx(shown[0], abs=0.3)


def test_gaps_draw_patients_where_they_repeat(pair: tuple[Found, Found]) -> None:
    one, four = pair
    for measure, at in (("equal_opportunity_difference", "alert"), ("brier_difference", ""), ("auroc_difference", "")):
        key = (measure, "", "gender", at, "")
        assert "because patients repeat" in four[key].method
        assert "patients" not in one[key].method
        assert four[key].high == pytest.approx(one[key].high, rel=0.35)


def test_a_group_whose_cases_are_missed_fails_its_criterion(tmp_path: Path) -> None:
    data = tables.clean(N)
    worse = (data["gender"] == "female") & (data["y"] == 1) & (np.arange(N) % 2 == 0)
    wanted = tables.criterion(
        kind=Kind.BIAS, measure="sensitivity_vs_rest_ratio", slice="each", operating_point="alert", minimum=0.9
    )
    source = _source(tmp_path, p=np.where(worse, 0.05, data["p"]))
    plan = tables.plan(subgroups=("gender",), intersections=(), criteria=(wanted,), scan_depth=0)
    made = bias.run(source=source, reference=None, plan=plan, progress=tables.quiet).checks
    assert {check.measurement.slice: check.verdict for check in made} == {
        "gender=female": Verdict.NOT_MET,
        "gender=male": Verdict.MET,
    }
