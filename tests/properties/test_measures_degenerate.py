"""Does every measure of every audit stay a value or a reason, whatever the table holds?"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.core.catalog import CATALOG
from audits.core.values import Column, Kind, Result
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
#: Values that would look perfect, and must therefore never come from nothing.
PERFECT = {"auroc": 1.0, "average_precision": 1.0, "brier": 0.0, "scaled_brier": 1.0}


def _run(kind: Kind, rows: list[Row], reference: list[Row] | None = None, *, show: int = 1) -> Result:
    plan = tables.plan(show_events=show, show_nonevents=show, replicates=100)
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


def test_a_declared_group_without_rows_is_there_and_says_so() -> None:
    result = _run(Kind.VALIDATION, _rows("constant score"))
    nobody = [m for m in result.measurements if m.slice == "race=nobody"]
    assert nobody
    assert all(m.estimate.value is None and m.estimate.reason == "no rows" for m in nobody)


def test_a_single_group_cannot_be_compared() -> None:
    result = _run(Kind.BIAS, _rows("constant score"))
    gaps = [m.estimate for m in result.measurements if m.across == "race"]
    assert gaps
    assert all(e.value is None and "fewer than two groups" in (e.reason or "") for e in gaps)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_same_table_gives_the_same_result(kind: Kind) -> None:
    rows = _rows("constant score") + _rows("scores of 0 and 1 that are right")
    rows = [(*row[:2], "ab"[i % 2], *row[3:]) for i, row in enumerate(rows)]
    assert _run(kind, rows, show=3) == _run(kind, rows, show=3)
