"""Which Parquet files are refused, above all those whose footer lies?"""

from __future__ import annotations

import random
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from registry.core.table_schema import TableSchema
from registry.ingest.limits import Limits
from registry.ingest.refusals import TableRefused
from tests.registry.ingest.tables import COLUMNS, Desk, good_table, schema_of

ROWS = 1234
# Thrift, compact: "the next field, a 64-bit integer" and then the zigzag varint of 1,234, of 1,000 and of 8,000.
TRUE_COUNT, FEWER, MORE = b"\x16\xa4\x13", b"\x16\xd0\x0f", b"\x16\x80\x7d"
SCHEMA = schema_of("died", "risk", "ward")


def honest(**written: object) -> bytes:
    """A good file of 1,234 rows, a count whose bytes are easy to find in its footer."""
    table = pa.table(
        {
            "died": pa.array([row % 2 for row in range(ROWS)], pa.int8()),
            "risk": pa.array([row / ROWS for row in range(ROWS)]),
            "ward": pa.array([f"ward {row % 50}" for row in range(ROWS)]),
        }
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **written)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def footer_edited(edit: Callable[[bytes], bytes]) -> bytes:
    content = honest()
    length = int.from_bytes(content[-8:-4], "little")
    footer = edit(content[-8 - length : -8])
    return content[: -8 - length] + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def last_replaced(footer: bytes) -> bytes:
    start = footer.rindex(TRUE_COUNT)
    return footer[:start] + FEWER + footer[start + len(FEWER) :]


def flipped(content: bytes, position: int) -> bytes:
    return content[:position] + bytes([content[position] ^ 0xFF]) + content[position + 1 :]


LIES: dict[str, Callable[[], bytes]] = {
    "every count in the footer says fewer rows": lambda: footer_edited(lambda f: f.replace(TRUE_COUNT, FEWER)),
    "every count in the footer says more rows": lambda: footer_edited(lambda f: f.replace(TRUE_COUNT, MORE)),
    "only the file's row count says fewer": lambda: footer_edited(lambda f: f.replace(TRUE_COUNT, FEWER, 1)),
    "only the file's row count says more": lambda: footer_edited(lambda f: f.replace(TRUE_COUNT, MORE, 1)),
    "only the row group's count says fewer": lambda: footer_edited(last_replaced),
    "the footer is empty": lambda: footer_edited(lambda f: b""),
    "the footer is noise": lambda: footer_edited(lambda f: random.Random(1).randbytes(len(f))),
    "the footer is cut": lambda: footer_edited(lambda f: f[:-40]),
    "the footer's length is absurd": lambda: honest()[:-8] + b"\xff\xff\xff\x7fPAR1",
    "bytes are missing in the middle": lambda: honest()[:500] + honest()[600:],
    "the end is missing": lambda: honest()[:-100],
    "only the magic is left": lambda: b"PAR1" * 3,
    "a page was changed under its checksum": lambda: flipped(honest(write_page_checksum=True), 3000),
    "a page header was changed": lambda: flipped(honest(), 5),
    "the pages are zeros": lambda: b"PAR1" + b"\0" * 2000 + honest()[2004:],
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_file_that_does_not_hold_what_its_footer_says_is_refused(desk: Desk, lie: Callable[[], bytes]) -> None:
    assert desk.refused(lie(), file_format="parquet", schema=SCHEMA).code == "corrupt_parquet"


def test_the_file_from_which_the_lies_are_made_is_good(desk: Desk) -> None:
    assert desk.send(honest(), file_format="parquet", schema=SCHEMA).summary.rows == ROWS


@pytest.mark.parametrize("seed", range(12))
def test_random_damage_is_refused_or_harmless_and_never_breaks_the_parser(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    content = honest(write_page_checksum=True)
    for _ in range(3):
        content = flipped(content, chance.randrange(4, len(content)))
    try:
        assert desk.send(content, file_format="parquet", schema=SCHEMA).summary.rows == ROWS
    except TableRefused:
        assert list(desk.workdir.iterdir()) == []


@pytest.mark.parametrize(
    "values",
    [pa.array([[1], [2], [3]]), pa.array([{"a": 1}] * 3), pa.array([{"a": 1, "b": 2}] * 3)],
    ids=["list", "struct", "struct of two"],
)
@pytest.mark.parametrize("column", ["age", "note"])
def test_nested_columns_are_refused_even_when_ignored(desk: Desk, column: str, values: pa.Array) -> None:
    assert desk.refused(good_table(**{column: values})).code == "nested_type"


def test_duplicate_columns_are_refused(desk: Desk) -> None:
    table = good_table()
    refusal = desk.refused(table.append_column("age", table["age"]))
    assert (refusal.code, refusal.column) == ("duplicate_column", "age")


def test_too_many_rows_row_groups_and_columns_are_refused(desk: Desk) -> None:
    assert desk.refused(good_table(), limits=Limits(max_rows=2)).code == "too_many_rows"
    assert desk.refused(good_table(), limits=Limits(max_row_groups=2), row_group_size=1).code == "too_many_row_groups"
    assert desk.refused(good_table(), limits=Limits(max_columns=6)).code == "too_many_columns"


def test_a_table_without_rows_is_refused(desk: Desk) -> None:
    assert desk.refused(good_table().slice(0, 0)).code == "empty_table"


def test_a_column_whose_name_begins_like_another_with_a_dot_is_not_mistaken_for_it(desk: Desk) -> None:
    declared = [*COLUMNS.values(), {"name": "age.years", "role": "feature"}]
    schema = TableSchema.parse({"columns": declared}, purpose="evaluation")
    table = good_table().append_column("age.years", pa.array([1.0, 2.0, 3.0]))
    found = {column.name: column.maximum for column in desk.send(table, schema=schema).summary.columns}
    assert (found["age"], found["age.years"]) == (61.5, 3.0)


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "lz4", "brotli"])
@pytest.mark.parametrize("page_version", ["1.0", "2.0"])
def test_every_usual_way_of_writing_is_accepted(desk: Desk, compression: str, page_version: str) -> None:
    content = honest(compression=compression, data_page_version=page_version, data_page_size=1000, row_group_size=500)
    assert desk.send(content, file_format="parquet", schema=SCHEMA).summary.rows == ROWS
