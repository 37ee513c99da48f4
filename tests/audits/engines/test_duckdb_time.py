"""Are windows, delays and samples counted right, on dirty dates too?"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audits.core.values import Column, Source, Window
from audits.engines import duckdb_time
from audits.engines.connection import Limits
from audits.engines.duckdb_dependence import independent_share
from audits.engines.duckdb_sample import sample
from tests.audits import tables

ROLES = (
    Column("y", "outcome", "number"),
    Column("day", "date", "date"),
    Column("known", "outcome_date", "date"),
    Column("who", "subject", "text"),
)


def table(folder: Path, rows: list[tuple[Any, ...]]) -> Source:
    types = (pa.int8(), pa.date32(), pa.date32(), pa.string())
    data = {
        column.name: pa.array([row[place] for row in rows], kind)
        for place, (column, kind) in enumerate(zip(ROLES, types, strict=True))
    }
    return tables.write(folder, data, ROLES)


def rows() -> list[tuple[Any, ...]]:
    return [
        (0, date(2025, 1, 6), date(2025, 1, 8), "a"),
        (1, date(2025, 1, 12), date(2025, 1, 14), "a"),
        (1, date(2025, 1, 13), date(2025, 2, 2), "b"),
        (0, date(2025, 1, 20), None, "b"),
        (None, date(2025, 1, 22), date(2025, 1, 23), "b"),
        (1, date(2025, 1, 30), date(2025, 1, 29), "c"),  # known before it was predicted
        (1, None, date(2025, 1, 29), None),
    ]


def test_weeks_begin_on_mondays_and_missing_dates_are_counted_apart(tmp_path: Path) -> None:
    found = duckdb_time.starts(table(tmp_path, rows()), "day", Window.WEEK, limits=Limits())
    assert found == (("2025-01-06", "2025-01-13", "2025-01-20", "2025-01-27"), 1)
    days, _ = duckdb_time.starts(table(tmp_path, rows()), "day", Window.DAY, limits=Limits())
    assert days[:2] == ("2025-01-06", "2025-01-12")


def test_a_known_outcome_without_a_date_is_known(tmp_path: Path) -> None:
    """Often only the event has a date: whoever left without it is a known outcome, and not one that is awaited."""
    weeks = [date(2025, 1, 6), date(2025, 1, 13)]
    given = [
        (int(place == 0), day, date(2025, 1, 20) if place == 0 else None, "a") for day in weeks for place in range(5)
    ]
    found = duckdb_time.delays(table(tmp_path, given), Window.WEEK, limits=Limits())
    assert found is not None
    assert (found.rows.tolist(), found.labelled.tolist()) == ([5, 5], [5, 5])
    assert (found.days.tolist(), found.known.tolist(), found.waiting.sum()) == ([7, 14], [1, 1], 0)
    assert (found.dateless, found.blind_from, found.unsettled) == (8, None, ())


@pytest.mark.parametrize("column", ["day", "known"])
def test_one_date_that_is_astray_does_not_make_everyone_wait_for_years(column: str, tmp_path: Path) -> None:
    first, far = date(2025, 1, 6), date(2025, 12, 1)
    given = [(1, first, date(2025, 1, 9), "a")] * 1500 + [(None, first, None, "a")] * 500
    usual = duckdb_time.delays(table(tmp_path, given), Window.WEEK, limits=Limits())
    given[0] = (1, far, far, "a") if column == "day" else (1, first, far, "a")
    found = duckdb_time.delays(table(tmp_path, given), Window.WEEK, limits=Limits())
    assert usual is not None
    assert found is not None
    for each in (usual, found):
        assert each.days[each.waiting > 0].tolist() == [3]
        assert each.age is not None
        assert each.age[0] == -3


def test_delays_by_hand(tmp_path: Path) -> None:
    found = duckdb_time.delays(table(tmp_path, rows()), Window.WEEK, limits=Limits())
    assert found is not None
    # The last day that the table knows of is 2 February: 11 days after the 22nd.
    assert list(zip(found.days, found.known, found.waiting, strict=True)) == [
        (2, 2, 0),
        (11, 0, 1),
        (20, 1, 0),
    ]
    assert found.starts == ("2025-01-06", "2025-01-13", "2025-01-20", "2025-01-27")
    # The 20th's outcome is 0 and has no date: known, but nobody says since when.
    assert (found.rows.tolist(), found.labelled.tolist()) == ([2, 1, 2, 1], [2, 1, 1, 1])
    assert (found.before, found.dateless) == (1, 1)
    # The weeks end on the 12th, 19th, 26th and on 2 February.
    assert found.age is not None
    assert found.age.tolist() == [21, 14, 7, 0]
    assert found.blind_from is None


def test_a_table_without_both_dates_has_no_delays(tmp_path: Path) -> None:
    source = table(tmp_path, rows())
    bare = Source(source.path, (ROLES[0], ROLES[1]), source.rows)
    assert duckdb_time.delays(bare, Window.WEEK, limits=Limits()) is None


def test_a_table_without_rows_is_empty_and_no_error(tmp_path: Path) -> None:
    source = table(tmp_path, [])
    assert duckdb_time.starts(source, "day", Window.WEEK, limits=Limits()) == ((), 0)
    found = duckdb_time.delays(source, Window.WEEK, limits=Limits())
    assert found is not None
    assert (found.known.sum(), found.blind_from) == (0, None)


def test_repeated_patients_are_worth_kishs_number_of_rows(tmp_path: Path) -> None:
    # Two rows of a, three of b, one of c, one of nobody: (2 + 3 + 1 + 1) / (4 + 9 + 1 + 1).
    assert independent_share(table(tmp_path, rows()), limits=Limits()) == pytest.approx(7 / 15)
    source = table(tmp_path, rows())
    assert independent_share(Source(source.path, ROLES[:3], source.rows), limits=Limits()) == 1.0
    assert independent_share(table(tmp_path, []), limits=Limits()) == 1.0


@pytest.mark.parametrize(("n", "most"), [(0, 10), (1, 10), (10, 10), (11, 10), (1000, 7), (997, 996)])
@pytest.mark.parametrize("seed", [0, 5, 2**53 - 1])
def test_a_sample_has_exactly_its_size_and_is_spread_over_the_table(
    n: int, most: int, seed: int, tmp_path: Path
) -> None:
    source = tables.write(tmp_path, {"x": np.arange(float(n))}, (Column("x", "feature", "number"),), groups=100)
    taken = sample(source, ["x"], most=most, seed=seed, limits=Limits())["x"].to_numpy()
    assert len(taken) == min(n, most)
    assert (np.diff(taken) > 0).all()
    if n > most:
        assert np.diff(taken).max() <= -(-n // most) + 1
    again = sample(source, ["x"], most=most, seed=seed, limits=Limits(threads=1))["x"].to_numpy()
    assert again.tolist() == taken.tolist()
