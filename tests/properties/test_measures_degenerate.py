"""Does every measure of every audit stay a value or a reason, whatever the table holds?"""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.core.catalog import CATALOG
from audits.core.values import Column, DecisionRange, Kind, Population, Rate, Result, Target, Variable
from audits.suites.registry import SUITES
from tests.audits import tables

ROLES = (
    Column("y", "outcome", "number"),
    Column("p", "score", "number"),
    Column("race", "subgroup", "text", levels=("a", "b", "nobody")),
    Column("gender", "subgroup", "text"),
    Column("x", "feature", "number", minimum=0.0, maximum=5.0),
    Column("t", "feature", "text", levels=("u", "v")),
    Column("s", "subject", "text"),
)
_TYPES = (pa.int8(), pa.float64(), pa.string(), pa.string(), pa.float64(), pa.string(), pa.string())
_ODD = st.one_of(st.none(), st.floats(), st.sampled_from([0.0, 1.0, 0.3, 1e308, -1e308, 5e-324]))
_TABLE = st.tuples(st.sampled_from(["any", "one class", "tied", "certain", "perfect"]), st.integers(0, 2**32 - 1))
_ROWS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, None]), st.one_of(_ODD, st.floats(0, 1)), st.sampled_from(["a", "b", None]),
        st.sampled_from(["f", None]), _ODD, st.sampled_from(["u", "w", None]), st.sampled_from(["1", "2", None]),
    ), max_size=25,
)  # fmt: skip
Row = tuple[Any, ...]
POPULATION = Population(
    "a register",
    (
        Variable("race", (("a", 0.5), ("b", 0.3), ("nobody", 0.2))),
        Variable("x", mean=0.0, sd=1.0),
        Variable("t", (("u", 1.0), ("v", 0.0))),
        Variable("not a column", mean=1.0, sd=2.0),
    ),
)
SPAN = DecisionRange(0.1, 0.6)
TARGETS = (
    Target("most cases", Rate.SENSITIVITY, 0.9),
    Target("few alarms", Rate.SPECIFICITY, 0.9),
    Target("one in five", Rate.FLAG_RATE, 0.2),
)
#: Values that would look perfect, and must therefore never come from nothing.
PERFECT = {"auroc": 1.0, "average_precision": 1.0, "brier": 0.0, "scaled_brier": 1.0}


def _run(kind: Kind, rows: list[Row], reference: list[Row] | None = None, *, show: int = 1) -> Result:
    plan = tables.plan(show_events=show, show_nonevents=show, replicates=100, targets=TARGETS, decision_range=SPAN)
    plan = replace(plan, population=POPULATION, scan_depth=3)
    with tempfile.TemporaryDirectory() as folder:
        sources = [
            tables.write(
                Path(folder),
                {c.name: pa.array([r[i] for r in part], t) for i, (c, t) in enumerate(zip(ROLES, _TYPES, strict=True))},
                ROLES,
                name=str(place),
            )
            for place, part in enumerate((rows, rows if reference is None else reference))
        ]
        return SUITES[kind](source=sources[0], reference=sources[1], plan=plan, progress=tables.quiet)


def _check(result: Result) -> None:
    json.dumps(result.facts, allow_nan=False)
    assert {m.measure for m in result.measurements} <= set(CATALOG)
    for m in result.measurements:
        e, entry = m.estimate, CATALOG[m.measure]
        assert (e.value is None) == (e.reason is not None)
        assert e.n >= 0
        if e.low is not None and e.high is not None and e.value is not None:
            assert e.low <= e.high, m
            assert e.low - 1e-12 <= e.value <= e.high + 1e-12, m
            assert entry.low is None or e.low >= entry.low, m
            assert entry.high is None or e.high <= entry.high + 1e-9, m


@pytest.mark.parametrize("kind", list(Kind))
@settings(max_examples=20, deadline=None, report_multiple_bugs=False)
@given(rows=_ROWS, reference=_ROWS, show=st.sampled_from([0, 1, 3]))
def test_any_table_gives_values_or_reasons(kind: Kind, rows: list[Row], reference: list[Row], show: int) -> None:
    _check(_run(kind, rows, reference, show=show))


def _rows(kind: str, n: int = 60) -> list[Row]:
    rng = np.random.default_rng(3)
    p, y = rng.random(n), rng.integers(0, 2, n)
    p, y = {
        "no rows": (p[:0], y[:0]),
        "one row": (p[:1], y[:1]),
        "no events": (p, 0 * y),
        "only events": (p, 0 * y + 1),
        "constant score": (0 * p + 0.4, y),
        "scores of 0 and 1 that are right": (y.astype(float), y),
        "scores of 0 and 1 that are wrong": (1.0 - y, y),
        "scores of zero": (0 * p, y),
    }[kind]
    return [(int(a), float(b), "a", "f", float(b), "u", str(i)) for i, (a, b) in enumerate(zip(y, p, strict=True))]


CASES = [
    ("no rows", dict.fromkeys(("auroc", "brier", "oe_ratio", "calibration_slope", "prevalence", "sensitivity"))),
    ("one row", dict.fromkeys(("auroc", "average_precision", "brier", "calibration_slope", "sensitivity", "ppv"))),
    ("no events", dict.fromkeys(("auroc", "brier", "scaled_brier", "oe_ratio", "calibration_slope", "ppv"))),
    ("only events", dict.fromkeys(("auroc", "brier", "scaled_brier", "oe_ratio", "calibration_intercept"))),
    ("constant score", {"auroc": None, "average_precision": None, "calibration_slope": None}),
    ("scores of 0 and 1 that are right", {"auroc": 1.0, "brier": 0.0, "calibration_slope": None}),
    ("scores of 0 and 1 that are wrong", {"auroc": 0.0, "brier": 1.0, "calibration_slope": None}),
    ("scores of zero", {"auroc": None, "oe_ratio": None, "calibration_slope": None, "ppv": None}),
]


@pytest.mark.parametrize(("name", "expected"), CASES, ids=[case[0] for case in CASES])
def test_degenerate_tables_give_null_and_a_reason(name: str, expected: dict[str, float | None]) -> None:
    result = _run(Kind.VALIDATION, _rows(name))
    _check(result)
    found = {m.measure: m.estimate for m in result.measurements if m.slice == ""}
    for measure, value in expected.items():
        assert found[measure].value == value, (measure, found[measure])
    for measure, best in PERFECT.items():
        if found[measure].value == best:
            # A perfect value is possible; certainty about it is not.
            assert found[measure].low != found[measure].high


@pytest.mark.parametrize("name", [case[0] for case in CASES])
def test_every_target_is_resolved_or_says_why_not(name: str) -> None:
    result = _run(Kind.VALIDATION, _rows(name))
    for target in TARGETS:
        found = {
            m.measure: m.estimate for m in result.measurements if (m.slice, m.operating_point) == ("", target.name)
        }
        cut = found["resolved_operating_point"]
        for measure in ("sensitivity", "specificity", "positive_likelihood_ratio", "f1", "matthews_correlation"):
            if cut.value is None:
                assert (found[measure].value, found[measure].reason) == (None, cut.reason)
        reached = found[target.rate.value].value
        if reached is not None:
            assert reached <= target.value if target.rate is Rate.FLAG_RATE else reached >= target.value


@pytest.mark.parametrize("people", ["1", "by tens", None])
@pytest.mark.parametrize("name", [case[0] for case in CASES])
def test_tables_of_few_patients_give_values_or_reasons(name: str, people: str | None) -> None:
    rows = [(*row[:6], str(i // 10) if people == "by tens" else people, *row[7:]) for i, row in enumerate(_rows(name))]
    for kind in (Kind.VALIDATION, Kind.BIAS):
        result = _run(kind, rows)
        _check(result)
        if people != "by tens" and people is not None and len(rows) > 1:
            # One patient is no sample: nothing comes out as sure as the rows of sixty would be.
            alone = {m.key: m.estimate for m in _run(kind, _rows(name)).measurements}
            for m in result.measurements:
                if m.measure in ("prevalence", "sensitivity") and m.estimate.low is not None:
                    before = alone[m.key]
                    assert m.estimate.high is not None
                    assert before.low is not None
                    assert before.high is not None
                    assert m.estimate.high - m.estimate.low > before.high - before.low


def test_a_declared_group_without_rows_is_there_and_says_so() -> None:
    result = _run(Kind.VALIDATION, _rows("constant score"))
    unreached = {target.name for target in TARGETS}
    nobody = [m for m in result.measurements if m.slice == "race=nobody" and m.operating_point not in unreached]
    assert nobody
    assert all(m.estimate.value is None and m.estimate.reason == "no rows" for m in nobody)


def test_a_single_group_cannot_be_compared() -> None:
    result = _run(Kind.BIAS, _rows("constant score"))
    unreached = {target.name for target in TARGETS}
    gaps = [m.estimate for m in result.measurements if m.across == "race" and m.operating_point not in unreached]
    assert gaps
    assert all(e.value is None and "fewer than two groups" in (e.reason or "") for e in gaps)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_same_table_gives_the_same_result(kind: Kind) -> None:
    rows = _rows("constant score") + _rows("scores of 0 and 1 that are right")
    rows = [(*row[:2], "ab"[i % 2], *row[3:]) for i, row in enumerate(rows)]
    assert _run(kind, rows, show=3) == _run(kind, rows, show=3)
