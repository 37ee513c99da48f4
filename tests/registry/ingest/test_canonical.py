"""Is the canonical table the uploaded one, and are its bytes a function of its content alone?"""

from __future__ import annotations

import csv
import io
import math
import unicodedata
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.ingest.canonical import ROW_GROUP_ROWS, digest
from registry.ingest.parsed import Summary
from tests.registry.ingest.tables import GOOD_CSV, Desk, good_table, schema_of

KEPT = ["died", "risk", "race", "age", "ward", "mrn"]
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), max_size=20)
# Subjects as they are kept: Unicode form NFKC, no blanks around them, 1 to 128 characters.
SUBJECT = PLAIN.map(lambda text: unicodedata.normalize("NFKC", text).strip()).filter(lambda text: 0 < len(text) <= 128)
ROW = st.tuples(
    st.sampled_from(["0", "1"]),
    st.floats(0, 1),
    PLAIN,
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
    SUBJECT,
    TEXT,
)


def test_the_canonical_table_holds_the_kept_columns_in_declared_order_and_fixed_types(desk: Desk) -> None:
    table = pq.read_table(desk.send(GOOD_CSV).canonical)
    assert table.schema.remove_metadata() == pa.schema(
        [
            pa.field("died", pa.int8(), nullable=False),
            pa.field("risk", pa.float64(), nullable=False),
            ("race", pa.string()),
            ("age", pa.float64()),
            ("ward", pa.string()),
            pa.field("mrn", pa.string(), nullable=False),
        ]
    )
    assert table.to_pylist()[1] == {
        "died": 1, "risk": 0.9, "race": "black", "age": None, "ward": "B", "mrn": "p2",
    }  # fmt: skip


def test_schema_order_not_file_order_decides(desk: Desk) -> None:
    schema = schema_of("risk", "died")
    assert pq.read_schema(desk.send("died,risk\n0,0.5\n1,0.5\n", schema=schema).canonical).names == ["risk", "died"]


def test_the_summary_says_what_is_in_the_table(desk: Desk) -> None:
    parsed = desk.send(GOOD_CSV)
    summary = parsed.summary
    columns = {column.name: column for column in summary.columns}
    assert (summary.rows, summary.outcomes, summary.subjects) == (3, {"0": 2, "1": 1}, 2)
    assert (columns["race"].levels, columns["race"].nulls) == ({"black": 1, "white": 1}, 1)
    assert (columns["age"].minimum, columns["age"].maximum, columns["age"].nulls) == (50.0, 61.5, 1)
    assert (columns["mrn"].distinct, columns["mrn"].distinct_capped) == (2, False)
    assert (summary.sha256, summary.size) == (digest(parsed.canonical), parsed.canonical.stat().st_size)
    assert Summary.from_json(summary.to_json()) == summary


def test_subjects_are_listed_once_each_and_sorted(desk: Desk) -> None:
    parsed = desk.send(GOOD_CSV + "1,0.5,white,1,A,\u00e9,x\n1,0.5,white,1,A,Z,x\n")
    assert parsed.subjects is not None
    assert parsed.subjects.read_bytes() == "Z\np1\np2\né\n".encode()


def test_without_a_subject_column_there_is_no_list_of_subjects(desk: Desk) -> None:
    parsed = desk.send("died,risk\n0,0.5\n1,0.5\n", schema=schema_of("died", "risk"))
    assert (parsed.subjects, parsed.summary.subjects) == (None, None)
    assert [path.name for path in desk.workdir.iterdir()] == [f"{parsed.summary.sha256}.parquet"]


def test_the_same_csv_twice_gives_the_same_bytes(desk: Desk) -> None:
    first = desk.send(GOOD_CSV).canonical.read_bytes()
    assert desk.send(GOOD_CSV).canonical.read_bytes() == first


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"ward": pa.array(["A", "B", ""])},
        {"ward": pa.array(["A", "B", None]).dictionary_encode()},
        {"race": pa.array(["white", "black", None], pa.large_string())},
        {"died": pa.array([False, True, False])},
        {"died": pa.array(["0", "1", "0"])},
        {"age": pa.array(["50", "", "61.5"])},
        {"age": pa.array([50, None, 61.5], pa.float32())},
    ],
    ids=str,
)
def test_an_equal_parquet_gives_the_same_digest_as_the_csv(desk: Desk, changes: dict[str, pa.Array]) -> None:
    assert desk.send(good_table(**changes)).summary.sha256 == desk.send(GOOD_CSV).summary.sha256


def test_how_a_large_parquet_is_cut_does_not_show(desk: Desk) -> None:
    rows = ROW_GROUP_ROWS + 5_000
    table = pa.table({"died": [row % 2 for row in range(rows)], "risk": [math.sin(row) ** 2 for row in range(rows)]})
    digests = {desk.send(table, schema=schema_of("died", "risk"), row_group_size=size).summary.sha256
               for size in (1_000, 50_000, rows)}  # fmt: skip
    assert len(digests) == 1
    metadata = pq.read_metadata(next(desk.workdir.glob("*.parquet")))
    assert [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)] == [ROW_GROUP_ROWS, 5_000]


def test_minus_zero_and_zero_are_one_number(desk: Desk) -> None:
    schema = schema_of("died", "risk")
    digests = {desk.send(f"died,risk\n0,{zero}\n1,1\n", schema=schema).summary.sha256 for zero in ("0", "-0.0")}
    assert len(digests) == 1


def test_whole_numbers_of_subjects_read_as_their_digits(desk: Desk) -> None:
    parsed = desk.send(good_table(mrn=pa.array([7, 10, 7])))
    assert parsed.subjects is not None
    assert parsed.subjects.read_text() == "10\n7\n"


def test_subjects_that_look_the_same_are_one_subject(desk: Desk) -> None:
    parsed = desk.send(good_table(mrn=pa.array(["P7", " \uff30\uff17 ", "p8"])))
    assert parsed.subjects is not None
    assert parsed.subjects.read_text() == "P7\np8\n"


def test_another_engine_reads_the_same_table(desk: Desk) -> None:
    canonical = desk.send(GOOD_CSV).canonical
    query = f"select sum(died), sum(risk), count(age), count(distinct mrn) from '{canonical}'"
    with duckdb.connect() as connection:
        assert connection.execute(query).fetchall() == [(1, pytest.approx(1.5), 2, 2)]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=30))
def test_every_table_comes_back_as_it_was_sent(desk: Desk, rows: list[tuple[object, ...]]) -> None:
    rows = [*rows, ("0", 0.0, "", None, "", "p", ""), ("1", 1.0, "", None, "", "p", "")]
    sink = io.StringIO(newline="")
    csv.writer(sink).writerows([[*KEPT, "note"], *rows])
    table = pq.read_table(desk.send(sink.getvalue()).canonical)
    sent = [tuple(int(str(row[0])) if at == 0 else (cell if cell != "" else None) for at, cell in enumerate(row[:6]))
            for row in rows]  # fmt: skip
    assert [tuple(row.values()) for row in table.to_pylist()] == sent
    typed = pa.table({name: [row[at] for row in sent] for at, name in enumerate(KEPT)})
    typed = typed.append_column("note", pa.array([str(row[6]) for row in rows]))
    assert digest(desk.send(typed).canonical) == digest(Path(desk.send(sink.getvalue()).canonical))
