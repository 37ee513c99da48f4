"""Does every measure of a drift audit stay a value or a reason, whatever dates, outcomes and columns hold?"""

from __future__ import annotations

import json
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.core.catalog import CATALOG
from audits.core.values import Column, Estimate, Rate, Result, Target, Window
from audits.suites import drift
from tests.audits import tables

ROLES = (
    *tables.COLUMNS,
    Column("x", "feature", "number"),
    Column("c", "comparator", "number"),
    Column("day", "date", "date"),
    Column("known", "outcome_date", "date"),
    Column("s", "subject", "text"),
)
_TYPES = (pa.int8(), pa.float64(), pa.string(), pa.string(), pa.float64(), pa.float64(), pa.date32(), pa.date32(),
          pa.string())  # fmt: skip
_FIRST = date(2025, 1, 1)
_DATES = st.one_of(
    st.none(), st.integers(0, 40).map(lambda days: _FIRST + timedelta(days)), st.just(date(9999, 12, 31))
)
_ODD = st.one_of(st.none(), st.floats(), st.sampled_from([0.0, 1.0, 1e308, -1e308, 5e-324]))
Row = tuple[Any, ...]
_ROWS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, None]), st.one_of(_ODD, st.floats(0, 1)), st.sampled_from(["a", "b", None]),
        st.sampled_from(["f", None]), _ODD, _ODD, _DATES, _DATES, st.sampled_from(["1", "2", None]),
    ), max_size=25,
)  # fmt: skip


def run(rows: list[Row], reference: list[Row], **plan: Any) -> Result:
    spec = tables.plan(**{"show_events": 1, "show_nonevents": 1, "replicates": 100, **plan})
    with tempfile.TemporaryDirectory() as folder:
        sources = []
        for name, part in (("now", rows), ("before", reference)):
            data = {
                c.name: pa.array([row[i] for row in part], kind)
                for i, (c, kind) in enumerate(zip(ROLES, _TYPES, strict=True))
            }
            sources.append(tables.write(Path(folder), data, ROLES, name=name))
        return drift.run(source=sources[0], reference=sources[1], plan=spec, progress=tables.quiet)


def check(result: Result) -> None:
    json.dumps(result.facts, allow_nan=False)
    assert len({m.key for m in result.measurements}) == len(result.measurements)
    for m in result.measurements:
        e, entry = m.estimate, CATALOG[m.measure]
        assert (e.value is None) == (e.reason is not None)
        if e.value is None:
            continue
        low, high = (e.value if end is None else end for end in (e.low, e.high))
        assert low - 1e-12 <= e.value <= high + 1e-12, m
        assert entry.low is None or low >= entry.low, m
        assert entry.high is None or high <= entry.high + 1e-9, m


@settings(max_examples=12, deadline=None, report_multiple_bugs=False)
@given(rows=_ROWS, reference=_ROWS, window=st.sampled_from(list(Window)))
def test_any_dated_tables_give_values_or_reasons(rows: list[Row], reference: list[Row], window: Window) -> None:
    check(run(rows, reference, window=window, targets=(Target("fifth", Rate.FLAG_RATE, 0.2),)))


def rows(n: int, **changes: Any) -> list[Row]:
    """n rows over five weeks, alike but for what is changed: a value, or a function of the row's number."""
    made = []
    for place in range(n):
        day = _FIRST + timedelta(place % 35)
        row = {"y": place % 2, "p": (place % 10) / 10, "race": "a", "gender": "f", "x": float(place % 7), "c": 0.5}
        row |= {"day": day, "known": day + timedelta(3), "s": str(place)}
        row |= {name: change(place) if callable(change) else change for name, change in changes.items()}
        made.append(tuple(row.values()))
    return made


def found(result: Result) -> dict[tuple[str, str], Estimate]:
    return {(m.measure, m.column): m.estimate for m in result.measurements if not m.slice and not m.operating_point}


@pytest.mark.parametrize(
    ("changes", "undefined"),
    [
        ({"day": None}, ["cusum_alarm", "label_delay_median", "label_delay_p90"]),
        ({"known": None}, ["label_delay_median"]),
        ({"y": lambda place: place % 2 if place % 3 else None}, ["cusum_alarm", "label_delay_p90"]),
        ({"known": _FIRST - timedelta(9)}, ["label_delay_median"]),
        ({"p": 0.0}, ["cusum_high", "cusum_low", "cusum_alarm"]),
        ({"p": 1.0}, ["cusum_high", "cusum_alarm"]),
        ({"y": None}, ["cusum_alarm", "label_delay_median"]),
    ],
    ids=[
        "no dates",
        "nothing dated",
        "a third awaited",
        "known too early",
        "certain of none",
        "certain of all",
        "no outcomes",
    ],
)
def test_what_cannot_be_followed_is_null_with_a_reason(changes: dict[str, Any], undefined: list[str]) -> None:
    result = run(rows(400, **changes), rows(400))
    check(result)
    for measure in undefined:
        estimate = found(result)[measure, ""]
        assert estimate.value is None, estimate
        assert estimate.reason


def test_the_same_constant_before_and_now_has_not_drifted_and_is_not_certain_of_few_rows() -> None:
    alike = found(run(rows(400), rows(400)))
    assert (alike["drift_p", "c"].value, alike["drifted", "c"].value) == (1.0, 0.0)
    few = found(run(rows(20), rows(20)))
    assert few["drifted", "c"].value is None
    assert few["drifted_columns", ""].value is None


def test_a_constant_that_changes_has_drifted() -> None:
    moved = found(run(rows(400, c=0.7, race="b"), rows(400)))
    assert moved["drifted", "c"].value == 1.0
    assert moved["drifted", "race"].value == 1.0
    assert moved["cramers_v", "race"].value == pytest.approx(1.0)


def test_the_same_tables_give_the_same_result() -> None:
    assert run(rows(300), rows(200)) == run(rows(300), rows(200))
