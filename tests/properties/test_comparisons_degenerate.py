"""Does every comparison and every site measure stay a value or a reason, whatever the table holds?"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from audits.core.catalog import CATALOG, of_kind
from audits.core.catalog_entry import Needs, Spread
from audits.core.values import Column, Estimate, Kind, OperatingPoint, Rate, Result, Target
from audits.suites import validation
from tests.audits import tables

ROLES = (
    Column("y", "outcome", "number"),
    Column("p", "score", "number"),
    Column("q", "comparator", "number"),
    Column("where", "site", "text"),
    Column("race", "subgroup", "text", levels=("a", "nobody")),
    Column("who", "subject", "text"),
)
_TYPES = (pa.int8(), pa.float64(), pa.float64(), pa.string(), pa.string(), pa.string())
Row = tuple[Any, ...]
_ODD = st.one_of(st.none(), st.floats(), st.sampled_from([0.0, -0.0, 1.0, 0.3, 0.75, 1e308, 5e-324]), st.floats(0, 1))
_ROW = st.tuples(
    st.sampled_from([0, 1, 1, 0, None]), _ODD, st.one_of(_ODD, st.sampled_from([0.0, 1.0])),
    st.sampled_from(["n", "s", "e", "w", None]), st.sampled_from(["a", None]), st.sampled_from(["1", "2", "3", None]),
)  # fmt: skip
TARGETS = (Target("most cases", Rate.SENSITIVITY, 0.9), Target("one in five", Rate.FLAG_RATE, 0.2))
POINTS = (OperatingPoint("alert", 0.3, 0.4), OperatingPoint("certain", 1.0), OperatingPoint("all", 0.0))
NEEDS = {Needs.COMPARATOR, Needs.SITE}


def _run(rows: list[Row], *, show: int = 1) -> Result:
    plan = tables.plan(
        operating_points=POINTS, subgroups=("race",), intersections=(), show_events=show, show_nonevents=show,
        targets=TARGETS, replicates=50,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        columns = {
            c.name: pa.array([r[i] for r in rows], t) for i, (c, t) in enumerate(zip(ROLES, _TYPES, strict=True))
        }
        source = tables.write(Path(folder), columns, ROLES)
        return validation.run(source=source, reference=None, plan=plan, progress=tables.quiet)


def _ours(result: Result) -> dict[tuple[str, str, str], Estimate]:
    """The measures that need a comparator or a site, all of which must be sound."""
    json.dumps(result.facts, allow_nan=False)
    assert len({m.key for m in result.measurements}) == len(result.measurements)
    found = {}
    for m in result.measurements:
        entry, e = CATALOG[m.measure], m.estimate
        if entry.needs not in NEEDS:
            continue
        found[m.measure, m.slice, m.operating_point] = e
        assert bool(m.operating_point) == entry.per_operating_point
        assert m.slice.startswith("where=") == (entry.spread is Spread.SITES)
        assert (e.value is None) == (e.reason is not None)
        assert e.value is None or e.low is None or e.method
        for number in (e.value, e.low, e.high):
            assert number is None or entry.low is None or number >= entry.low, m
            assert number is None or entry.high is None or number <= entry.high + 1e-9, m
        if e.low is not None and e.high is not None and e.value is not None:
            assert e.low <= e.value <= e.high, m
    return found


# Shrinking a failure would run the whole audit hundreds of times.
@settings(max_examples=8, deadline=None, report_multiple_bugs=False, phases=(Phase.explicit, Phase.generate))
@given(rows=st.lists(_ROW, max_size=40), show=st.sampled_from([0, 1, 3]))
def test_any_table_gives_values_or_reasons(rows: list[Row], show: int) -> None:
    found = _ours(_run(rows, show=show))
    tabled = {e.key for e in of_kind(Kind.VALIDATION) if e.needs in NEEDS and e.spread is not Spread.SITES}
    assert tabled <= {key[0] for key in found}


def _rows(kind: str, n: int = 240) -> list[Row]:
    rng = np.random.default_rng(3)
    y: Any
    q: Any
    p: Any = rng.random(n).round(2)
    y, q = (rng.random(n) < p).astype(int), np.clip(p + rng.normal(0, 0.2, n), 0, 1).round(2)
    site: Any = np.array(["n", "s", "e", "w"])[np.arange(n) % 4]
    y, p, q, site = {
        "sound": (y, p, q, site),
        "no rows": (y[:0], p[:0], q[:0], site[:0]),
        "one row": (y[:1], p[:1], q[:1], site[:1]),
        "no events": (0 * y, p, q, site),
        "both alike": (y, p, p, site),
        "no comparator": (y, p, [None] * n, site),
        "a decision": (y, p, (q >= 0.5).astype(float), site),
        "a constant comparator": (y, p, 0 * q + 0.4, site),
        "both perfect": (y, y * 1.0, y * 1.0, site),
        "one site": (y, p, q, np.full(n, "n")),
        "two sites": (y, p, q, np.where(site == "n", "n", "s")),
        "a perfect site": (y, np.where(site == "n", 0.2 + 0.6 * y, p), q, site),
    }[kind]
    return [
        (int(a), float(b), None if c is None else float(c), str(d), "a", str(i))
        for i, (a, b, c, d) in enumerate(zip(y, p, q, site, strict=True))
    ]


@pytest.mark.parametrize("name", ["no rows", "one row", "no events", "no comparator"])
def test_without_evidence_every_comparison_is_undefined(name: str) -> None:
    found = _ours(_run(_rows(name)))
    compared = [e for key, e in found.items() if CATALOG[key[0]].needs is Needs.COMPARATOR]
    assert compared
    assert all(e.value is None for e in compared)


def test_two_methods_that_never_disagree_are_not_known_to_be_equal() -> None:
    found = _ours(_run(_rows("both alike")))
    area = found["auroc_vs_comparator", "", ""]
    assert area.value == 0.0
    assert area.low is not None
    assert area.low < -0.01
    assert (
        found["sensitivity_vs_comparator", "", "certain"].low != found["sensitivity_vs_comparator", "", "certain"].high
    )
    assert found["mcnemar_sensitivity_p", "", "certain"].value is None
    assert "never disagree" in (found["mcnemar_sensitivity_p", "", "certain"].reason or "")
    assert found["brier_vs_comparator", "", ""].low is None
    assert "no interval" in found["brier_vs_comparator", "", ""].method


def test_two_perfect_methods_are_not_certain() -> None:
    area = _ours(_run(_rows("both perfect")))["auroc_vs_comparator", "", ""]
    assert area.value == 0.0
    assert area.low is not None
    assert area.low < 0.0


def test_a_decision_is_compared_as_it_is_and_has_no_risk() -> None:
    found = _ours(_run(_rows("a decision")))
    for measure in ("brier_vs_comparator", "idi"):
        assert "a decision, not a risk" in (found[measure, "", ""].reason or "")
    # Whatever the rate a target asks of the model, a yes stays a yes.
    for point in ("alert", "certain", "most cases", "one in five"):
        assert found["sensitivity_vs_comparator", "", point].value is not None
    assert found["comparator_auroc", "", ""].value is not None


def test_a_constant_comparator_ranks_nothing() -> None:
    found = _ours(_run(_rows("a constant comparator")))
    assert found["comparator_auroc", "", ""].value is None
    assert (found["auroc_vs_comparator", "", ""].reason or "").startswith(
        "the existing method: every score is the same"
    )
    assert "existing method" in (found["sensitivity_vs_comparator", "", "most cases"].reason or "")


def test_net_benefit_at_an_operating_point_of_one_has_a_reason() -> None:
    found = _ours(_run(_rows("sound")))
    assert "operating point of 1" in (found["net_benefit_vs_comparator", "", "certain"].reason or "")
    assert found["net_benefit_vs_comparator", "", "all"].value is not None


@pytest.mark.parametrize(("name", "count"), [("one site", 1), ("two sites", 2)])
def test_fewer_than_three_sites_are_listed_and_not_pooled(name: str, count: int) -> None:
    result = _run(_rows(name))
    found = _ours(result)
    assert len([key for key in found if key[0] == "site_auroc"]) == count
    assert found["site_auroc", "where=n", ""].value is not None
    for measure in ("pooled_auroc", "predicted_oe_ratio", "calibration_slope_tau2", "auroc_i2"):
        assert found[measure, "", ""].value is None
        assert f"{count} of at least 3 sites" in (found[measure, "", ""].reason or "")
    assert found["site_recalibrated_slope", "where=n", ""].value is None
    facts: Any = result.facts["sites"]
    assert "refused" in facts["pooled"]
    assert ("not externally validated" in facts["words"].lower()) == (count == 1)


def test_a_site_that_cannot_be_pooled_is_left_out_and_named() -> None:
    found = _ours(_run(_rows("a perfect site")))
    assert found["site_auroc", "where=n", ""].value == 1.0
    pooled = found["pooled_auroc", "", ""]
    assert pooled.value is not None
    assert pooled.n == 180
    assert "left out: n (an AUROC of 1 has no log odds)" in pooled.method


def test_patients_that_repeat_change_no_value() -> None:
    rows = _rows("sound")
    plain, repeated = (_ours(_run([(*row[:5], str(i // each)) for i, row in enumerate(rows)])) for each in (1, 4))
    for key, estimate in plain.items():
        again = repeated[key]
        if not key[0].endswith("_p") and not key[0].startswith(("pooled", "predicted")) and "2" not in key[0]:
            assert again.value == estimate.value, key
        if key[0] in ("auroc_vs_comparator", "site_auroc", "nri_events", "site_recalibrated_oe_ratio"):
            assert "jackknife" in again.method or key[2] in ("all", "certain") or again.value is None, key
