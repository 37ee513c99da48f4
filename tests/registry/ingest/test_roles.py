"""Are the comparator, the site and the two dates read exactly, and refused by name where they cannot be?"""

from __future__ import annotations

import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from registry.core.table_schema import TableSchema
from registry.ingest.limits import Limits
from tests.registry.ingest.tables import Desk

COLUMNS = [
    {"name": "died", "role": "outcome"},
    {"name": "risk", "role": "score"},
    {"name": "news", "role": "comparator"},
    {"name": "ward", "role": "site"},
    {"name": "seen", "role": "date"},
    {"name": "known", "role": "outcome_date"},
]
SCHEMA = TableSchema.parse({"columns": COLUMNS}, purpose="evaluation")
ORDER = [str(column["name"]) for column in COLUMNS]
ROWS = (
    "0,0.1,0.2,north,2024-03-01,2024-03-31",
    "1,0.9,,south,2024-03-02T23:59:59.5+02:00,2024-04-01 07:30",
    ",0.5,1,,2024-02-29,",
)
GOOD = "\n".join((",".join(ORDER), *ROWS)) + "\n"


def with_cell(column: str, text: str, row: str = ROWS[0]) -> str:
    cells = row.split(",")
    cells[ORDER.index(column)] = text
    return GOOD + ",".join(cells) + "\n"


def typed(**changes: pa.Array) -> pa.Table:
    day = datetime.date
    columns = {
        "died": pa.array([0, 1, None], pa.int8()),
        "risk": pa.array([0.1, 0.9, 0.5]),
        "news": pa.array([0.2, None, 1.0]),
        "ward": pa.array(["north", "south", None]),
        "seen": pa.array([day(2024, 3, 1), day(2024, 3, 2), day(2024, 2, 29)]),
        "known": pa.array([day(2024, 3, 31), day(2024, 4, 1), None]),
    }
    return pa.table({**columns, **changes})


def test_dates_become_days_and_an_unknown_outcome_stays_unknown(desk: Desk) -> None:
    parsed = desk.send(GOOD, schema=SCHEMA)
    table = pq.read_table(parsed.canonical)
    assert table.schema.field("seen").type == table.schema.field("known").type == pa.date32()
    assert table["seen"].to_pylist() == [
        datetime.date(2024, 3, 1),
        datetime.date(2024, 3, 2),
        datetime.date(2024, 2, 29),
    ]
    assert table["known"].to_pylist() == [datetime.date(2024, 3, 31), datetime.date(2024, 4, 1), None]
    assert table["died"].to_pylist() == [0, 1, None]
    assert table["news"].to_pylist() == [0.2, None, 1.0]
    assert parsed.summary.outcomes == {"0": 1, "1": 1}


def test_csv_and_parquet_give_the_same_bytes(desk: Desk) -> None:
    from_text = desk.send(GOOD, schema=SCHEMA).summary.sha256
    assert desk.send(typed(), schema=SCHEMA).summary.sha256 == from_text
    texts = pa.array(["2024-03-01", "2024-03-02", "2024-02-29T00:00Z"])
    assert desk.send(typed(seen=texts), schema=SCHEMA).summary.sha256 == from_text
    assert desk.send(typed(seen=texts.dictionary_encode()), schema=SCHEMA).summary.sha256 == from_text


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_moment_keeps_the_day_of_its_own_time_zone(desk: Desk, unit: str) -> None:
    moments = [datetime.datetime(2024, 3, 1, 23, 30), datetime.datetime(1969, 12, 31, 1), datetime.datetime(2024, 1, 1)]
    for zone, first in ((None, 1), ("UTC", 1), ("Europe/Berlin", 2)):
        sent = desk.send(typed(seen=pa.array(moments, pa.timestamp(unit, tz=zone))), schema=SCHEMA)
        found = pq.read_table(sent.canonical)["seen"].to_pylist()
        assert found == [datetime.date(2024, 3, first), datetime.date(1969, 12, 31), datetime.date(2024, 1, 1)]


def test_a_date_in_milliseconds_is_read_too(desk: Desk) -> None:
    noon = pa.array([43_200_000, 86_400_000, 0], pa.int64()).cast(pa.date64())
    found = pq.read_table(desk.send(typed(seen=noon), schema=SCHEMA).canonical)["seen"].to_pylist()
    assert found == [datetime.date(1970, 1, 1), datetime.date(1970, 1, 2), datetime.date(1970, 1, 1)]


REFUSED = [
    ("date_missing", "seen", ""),
    ("bad_date", "seen", "01.03.2024"),
    ("bad_date", "seen", "2024-3-1"),
    ("bad_date", "seen", "20240301"),
    ("bad_date", "seen", "2023-02-29"),
    ("bad_date", "seen", "2024-03-01T24:30"),
    ("bad_date", "seen", "2024-03-01 morning"),
    ("bad_date", "seen", " 2024-03-01"),
    ("date_out_of_range", "seen", "1899-12-31"),
    ("date_out_of_range", "known", "9999-12-31"),
    ("outcome_unexplained", "died", ""),
    ("outcome_not_declared", "died", "2"),
    ("comparator_out_of_range", "news", "7"),
    ("comparator_out_of_range", "news", "-0.01"),
    ("comparator_not_finite", "news", "nan"),
    ("wrong_type", "news", "low"),
]


@pytest.mark.parametrize(("code", "column", "text"), REFUSED)
def test_a_cell_that_cannot_stand_is_refused_at_its_row_and_column(
    desk: Desk, code: str, column: str, text: str
) -> None:
    refusal = desk.refused(with_cell(column, text), schema=SCHEMA)
    assert (refusal.code, refusal.row, refusal.line, refusal.column) == (code, 4, 5, column)


def test_the_first_of_several_bad_dates_is_the_one_reported(desk: Desk) -> None:
    rows = [ROWS[0].replace("2024-03-01", bad) for bad in ("2024-03-05", "9999-12-31", "soon", "")]
    refusal = desk.refused("\n".join((",".join(ORDER), *rows)), schema=SCHEMA)
    assert (refusal.code, refusal.row) == ("date_out_of_range", 2)


def test_the_day_of_the_upload_itself_may_stand_and_the_next_may_not(desk: Desk) -> None:
    today = datetime.date(2024, 4, 1)
    for content in (GOOD, typed()):
        refusal = desk.refused(content, schema=SCHEMA, today=today - datetime.timedelta(1))
        assert (refusal.code, refusal.row, refusal.column) == ("date_in_future", 2, "known")
    assert desk.send(GOOD, schema=SCHEMA, today=today).summary.rows == 3


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("seen", "2025-07-01", "date_in_future"),
        ("known", "2205-01-01", "date_out_of_range"),
        ("known", "2199-12-31", "date_in_future"),
    ],
)
def test_a_date_that_nobody_can_have_seen_is_refused_at_its_row(desk: Desk, column: str, text: str, code: str) -> None:
    refusal = desk.refused(with_cell(column, text), schema=SCHEMA, today=datetime.date(2025, 6, 30))
    assert (refusal.code, refusal.row, refusal.column) == (code, 4, column)


TYPED = [
    ("date_missing", 2, "seen", pa.array([datetime.date(2024, 1, 1), None, None])),
    ("date_out_of_range", 1, "seen", pa.array([2**30, 0, 0], pa.int32()).cast(pa.date32())),
    ("date_out_of_range", 1, "seen", pa.array([2**40, 0, 0], pa.int64()).cast(pa.timestamp("s"))),
    ("date_out_of_range", 1, "seen", pa.array([(2**32 + 19_000) * 86_400_000, 0, 0]).cast(pa.timestamp("ms"))),
    ("wrong_type", None, "seen", pa.array([20240301, 20240302, 20240303])),
    ("wrong_type", None, "seen", pa.array([0, 0, 0], pa.timestamp("us", tz="Nowhere/Atlantis"))),
    ("comparator_not_finite", 2, "news", pa.array([None, float("inf"), 0.5])),
    ("wrong_type", None, "news", pa.array([True, False, None])),
    ("bad_group_name", None, "ward", pa.array(["a", "b\u202e", "c"])),
]


@pytest.mark.parametrize(("code", "row", "column", "values"), TYPED)
def test_a_typed_cell_is_held_to_the_same_rules(
    desk: Desk, code: str, row: int | None, column: str, values: pa.Array
) -> None:
    refusal = desk.refused(typed(**{column: values}), schema=SCHEMA)
    assert (refusal.code, refusal.row, refusal.column) == (code, row, column)


def test_an_outcome_that_is_known_and_empty_is_refused_in_parquet_too(desk: Desk) -> None:
    refusal = desk.refused(typed(known=pa.array([datetime.date(2024, 1, 1)] * 3)), schema=SCHEMA)
    assert (refusal.code, refusal.row, refusal.column) == ("outcome_unexplained", 3, "died")


def test_sites_are_counted_like_groups_and_limited_like_them(desk: Desk) -> None:
    found = {column.name: column.levels for column in desk.send(GOOD, schema=SCHEMA).summary.columns}
    assert found["ward"] == {"north": 1, "south": 1}


def test_too_many_sites_are_refused(desk: Desk) -> None:
    assert desk.refused(GOOD, schema=SCHEMA, limits=Limits(max_groups=1)).code == "too_many_groups"


def test_outcomes_that_are_all_unknown_are_not_an_evaluation(desk: Desk) -> None:
    refusal = desk.refused(",".join(ORDER) + "\n,0.5,1,,2024-02-29,\n", schema=SCHEMA)
    assert (refusal.code, refusal.column) == ("no_known_outcome", "died")


def test_one_known_class_among_unknown_outcomes_is_still_one_class(desk: Desk) -> None:
    rows = "\n".join((",".join(ORDER), ROWS[0], ROWS[2]))
    assert desk.refused(rows, schema=SCHEMA).code == "single_class_outcome"


def test_without_an_outcome_date_every_outcome_must_be_known(desk: Desk) -> None:
    schema = TableSchema.parse({"columns": COLUMNS[:5]}, purpose="evaluation")
    refusal = desk.refused(",".join(ORDER[:5]) + "\n0,0.1,,a,2024-01-01\n,0.1,,a,2024-01-01\n", schema=schema)
    assert (refusal.code, refusal.row) == ("outcome_missing", 2)
