"""Are rows told apart by patient groups and by days and weeks exactly as the specification says?"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audits.core.tally import Tally
from audits.core.tally_spec import Attribute, Resolution, Spec
from audits.core.values import Column, Window
from audits.engines import duckdb
from audits.engines.connection import Limits
from tests.audits import tables

SUBJECTS = ["p1", "p2", "é", "", "  p1", "(missing)", "病人", None, "p1"]
#: A Sunday and the Monday after it, both sides of a year's end, a leap day, the calendar's ends, and none.
DAYS = [date(2024, 3, 3), date(2024, 3, 4), date(2024, 12, 31), date(2025, 1, 1), date(2024, 2, 29), date.min, None]


def _count(folder: Path, name: str, values: Any, attribute: Attribute) -> Tally:
    size = len(values)
    data = {"y": np.zeros(size, np.int8), "p": np.full(size, 0.5), name: values}
    source = tables.write(folder, data, (*tables.COLUMNS[:2], Column(name, "feature", "text")))
    spec = Spec((), (attribute,), ((), (name,)), Resolution.EXACT)
    return duckdb.tally(source, spec, progress=tables.quiet, limits=Limits())


def _levels(tally: Tally) -> dict[str, int]:
    return {where.levels[0]: int(tally.n[tally.place == i].sum()) for i, where in enumerate(tally.slices) if i}


@pytest.mark.parametrize("people", [1, 7, 100])
def test_a_subject_lies_in_the_group_of_its_md5(tmp_path: Path, people: int) -> None:
    counted = _count(tmp_path, "who", pa.array(SUBJECTS), Attribute("who", people=people))
    expected = Counter(
        "(missing)" if s is None else str(int(hashlib.md5(s.encode()).hexdigest()[:7], 16) % people) for s in SUBJECTS
    )
    assert _levels(counted) == expected


def _start(day: date | None, window: Window) -> str:
    if day is None:
        return "(missing)"
    return (day if window is Window.DAY else day - timedelta(days=day.weekday())).isoformat()


@pytest.mark.parametrize("window", list(Window))
@pytest.mark.parametrize("kind", ["date", "text", "timestamp"])
def test_a_date_lies_in_its_window(tmp_path: Path, window: Window, kind: str) -> None:
    days = [day for day in DAYS if kind != "timestamp" or day is None or day.year > 1]
    values = {
        "date": lambda: pa.array(days, pa.date32()),
        "text": lambda: pa.array([None if day is None else day.isoformat() for day in days]),
        "timestamp": lambda: pa.array(
            [None if day is None else datetime(day.year, day.month, day.day, 23, 59) for day in days],
            pa.timestamp("us"),
        ),
    }[kind]()
    counted = _count(tmp_path, "when", values, Attribute("when", window=window))
    assert _levels(counted) == Counter(_start(day, window) for day in days)


def test_what_is_not_a_day_of_the_calendar_is_missing(tmp_path: Path) -> None:
    values = pa.array(["", "soon", "2024-02-30", "infinity", "10000-01-01", "2024-01-05"])
    counted = _count(tmp_path, "when", values, Attribute("when", window=Window.DAY))
    assert _levels(counted) == {"(missing)": 5, "2024-01-05": 1}
