"""Does the scan find a hidden bad combination, never name a small one, and say how many it looked at?"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audits.core.values import Column, Result, Source
from audits.suites import bias
from tests.audits import tables

N = 6000
NAMES = ("c1", "c2", "c3", "c4")
ROLES = (*tables.COLUMNS[:2], *(Column(name, "subgroup", "text") for name in NAMES), Column("who", "subject", "text"))
PLACES = ("sensitivity", "specificity", "oe_ratio", "auroc")


def _data(*, spoilt: bool = True) -> dict[str, Any]:
    rng = np.random.default_rng(12)
    data = {name: column for name, column in tables.clean(N).items() if name in ("y", "p")}
    data |= {name: rng.choice(list("abcd"), N) for name in NAMES}
    if spoilt:
        # In one pair of levels, and in no single level, half of the cases look harmless.
        bad = (data["c2"] == "b") & (data["c4"] == "d") & (data["y"] == 1) & (np.arange(N) % 2 == 0)
        data["p"] = np.where(bad, 0.02, data["p"])
    data["who"] = [str(index) for index in range(N)]
    return data


def _run(source: Source, **plan: Any) -> Result:
    wanted = tables.plan(subgroups=(), intersections=(), **plan)
    return bias.run(source=source, reference=None, plan=wanted, progress=tables.quiet)


def _worst(result: Result, measure: str) -> list[dict[str, Any]]:
    scan: Any = result.facts["scan"]
    return [each for each in scan["worst"] if each["measure"] == measure]


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return tables.write(tmp_path_factory.mktemp("scan"), _data(), ROLES)


def test_a_combination_that_nobody_declared_is_found(spoilt: Source) -> None:
    result, data = _run(spoilt), _data()
    inside = (data["c2"] == "b") & (data["c4"] == "d") & (data["y"] == 1)
    found = {m.measure: m.estimate for m in result.measurements if m.operating_point in ("", "alert")}
    sensitivity = found["worst_subgroup_sensitivity"]
    assert sensitivity.method.startswith("in c2=b & c4=d, the worst of ")
    assert sensitivity.value == pytest.approx((data["p"][inside] >= 0.3).mean())
    assert sensitivity.high is not None
    outside = (data["p"][(data["y"] == 1) & ~inside] >= 0.3).mean()
    assert sensitivity.high < outside
    first = _worst(result, "sensitivity")[0]
    assert (first["slice"], first["rest"]) == ("c2=b & c4=d", pytest.approx(outside))
    assert "c2=b & c4=d" in found["worst_subgroup_auroc"].method


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_every_combination_up_to_the_depth_is_scanned(spoilt: Source, depth: int) -> None:
    scan: Any = _run(spoilt, scan_depth=depth, show_events=1, show_nonevents=1).facts["scan"]
    # None of the 4^k combinations of these 6,000 rows is empty.
    assert scan["scanned"] == sum(len(list(combinations(NAMES, size))) * 4**size for size in range(1, depth + 1))
    assert scan["depth"] == depth
    assert str(scan["scanned"]) in scan["multiplicity"]


def test_no_scan_makes_no_measures(spoilt: Source) -> None:
    result = _run(spoilt, scan_depth=0)
    assert "scan" not in result.facts
    assert not [m for m in result.measurements if m.measure.startswith("worst_")]


def test_a_combination_below_the_plans_floors_is_counted_and_never_named(spoilt: Source) -> None:
    data = _data()
    least = 140
    result = _run(spoilt, show_events=least, show_nonevents=least)
    scan: Any = result.facts["scan"]
    assert scan["too_small"] > 0
    assert scan["left_out"] == scan["too_small"]
    assert scan["scanned"] + scan["left_out"] == 16 + 6 * 16
    for each in scan["worst"]:
        inside = np.ones(N, dtype=bool)
        for part in each["slice"].split(" & "):
            name, _, level = part.partition("=")
            inside &= data[name] == level
        assert each["n"] == inside.sum()
        assert min(data["y"][inside].sum(), (1 - data["y"][inside]).sum()) >= least


def test_beyond_the_limit_the_largest_are_kept_and_the_others_counted(
    spoilt: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audits.core.scan.MOST", 20)
    scan: Any = _run(spoilt).facts["scan"]
    assert scan["scanned"] == 20
    assert scan["beyond_limit"] == scan["left_out"] == 16 + 96 - 20


@pytest.mark.parametrize("measure", PLACES)
def test_five_are_told_of_worst_first(spoilt: Source, measure: str) -> None:
    result = _run(spoilt)
    points = {each["operating_point"] for each in _worst(result, measure)}
    assert points == ({"alert", "urgent"} if measure in ("sensitivity", "specificity") else {""})
    for point in points:
        told = [each for each in _worst(result, measure) if each["operating_point"] == point]
        assert len(told) == 5
        assert len({each["slice"] for each in told}) == 5


def test_repeated_patients_widen_the_limits(tmp_path: Path, spoilt: Source) -> None:
    data = {name: np.repeat(np.asarray(column), 3) for name, column in _data().items()}
    once, thrice = _run(spoilt), _run(tables.write(tmp_path, data, ROLES))
    wider = 0
    for measure in PLACES:
        pair = [
            next(m.estimate for m in result.measurements if m.measure == f"worst_subgroup_{measure}")
            for result in (once, thrice)
        ]
        if pair[0].method.split(",")[0] == pair[1].method.split(",")[0]:
            assert pair[1].value == pytest.approx(pair[0].value)
            assert (pair[1].high or 0) - (pair[1].low or 0) > 0.7 * ((pair[0].high or 0) - (pair[0].low or 0))
            wider += 1
        assert "patients" in pair[1].method
    assert wider  # at least one measure names the same subgroup in both tables


def test_without_subgroup_columns_or_evidence_there_is_a_reason(tmp_path: Path) -> None:
    data = _data()
    bare = tables.write(tmp_path, data, ROLES[:2], name="bare")
    few = tables.write(tmp_path, {name: column[:15] for name, column in data.items()}, ROLES, name="few")
    for source, words in ((bare, "no subgroup columns"), (few, "enough evidence")):
        made = [m.estimate for m in _run(source).measurements if m.measure.startswith("worst_")]
        assert len(made) == 6
        assert all(e.value is None and words in (e.reason or "") for e in made)


def test_the_worst_is_the_same_whatever_is_declared(spoilt: Source) -> None:
    alone = {m.key: m for m in _run(spoilt).measurements if m.measure.startswith("worst_")}
    declared = tables.plan(subgroups=("c1", "c3"), intersections=(("c1", "c3"),))
    both = bias.run(source=spoilt, reference=None, plan=declared, progress=tables.quiet).measurements
    assert alone == {m.key: m for m in both if m.measure.startswith("worst_")}
