"""Which CSV files are refused, and is the row that is named the right one?"""

from __future__ import annotations

import pytest

from registry.ingest.limits import Limits
from tests.registry.ingest.tables import GOOD_CSV, GOOD_ROWS, HEADER, Desk, schema_of

ROW = GOOD_ROWS[0]


def lines(*rows: str) -> str:
    return "\n".join((HEADER, *rows)) + "\n"


REFUSED = [
    # code, data row, file line, content
    ("not_utf8", 2, 3, lines(ROW).encode() + b"0,0.1,wei\xdf,1,A,p1,x\n"),
    ("not_utf8", None, 1, GOOD_CSV.encode("utf-16")),
    ("nul_character", 1, 2, lines("0,0.1,wh\0ite,1,A,p1,x")),
    ("ragged_row", 2, 3, lines(ROW, "0,0.1,white")),
    ("ragged_row", 1, 2, lines(ROW + ",surplus")),
    ("ragged_row", 2, 3, lines(ROW, "", ROW)),
    ("ragged_row", 3, 6, lines('0,0.1,white,1,"A\n\nB",p1,x', ROW, "1")),
    ("score_out_of_range", 2, 5, lines('0,0.1,white,1,"A\r\n\nB",p1,x', "1,1.5,white,1,A,p1,x")),
    ("malformed_csv", 2, 3, lines(ROW, '0,0.1,white,1,"A"B,p1,x')),
    ("malformed_csv", 2, 3, lines(ROW, '0,0.1,white,1,"A,p1,x')),
    ("malformed_csv", None, 1, GOOD_CSV.replace("\n", "\r")),
    ("malformed_csv", None, None, GOOD_CSV.replace(",", ";")),
    ("field_too_large", 1, 2, lines("0,0.1,white,1," + "A" * 32_769 + ",p1,x")),
    ("field_too_large", 1, 2, lines("0,0.1,white,1," + "é" * 20_000 + ",p1,x")),
    ("duplicate_column", None, None, GOOD_CSV.replace("ward", "age")),
    ("undeclared_column", None, None, GOOD_CSV.replace("ward", "w\u202eard")),
    ("empty_table", None, None, lines()),
    ("empty_table", None, None, "\n\n"),
    ("empty_table", None, None, ""),
]


@pytest.mark.parametrize(("code", "row", "line", "content"), REFUSED)
def test_a_broken_file_is_refused_at_its_row(
    desk: Desk, code: str, row: int | None, line: int | None, content: str | bytes
) -> None:
    refusal = desk.refused(content)
    assert (refusal.code, refusal.row, refusal.line) == (code, row, line)


def test_a_bad_cell_before_a_broken_row_is_reported_first(desk: Desk) -> None:
    refusal = desk.refused(lines("0,2,white,1,A,p1,x", "0"))
    assert (refusal.code, refusal.row) == ("score_out_of_range", 1)


def test_missing_and_undeclared_columns_are_both_named(desk: Desk) -> None:
    refusal = desk.refused(GOOD_CSV.replace("ward", "bed"))
    assert refusal.code == "undeclared_column"
    assert '"bed"' in refusal.message
    assert '"ward"' in refusal.message


def test_a_missing_column_is_named(desk: Desk) -> None:
    refusal = desk.refused("died,risk\n0,0.1\n", schema=schema_of("died", "risk", "age"))
    assert (refusal.code, refusal.column) == ("missing_column", "age")


def test_one_row_too_many_is_refused_at_that_row(desk: Desk) -> None:
    refusal = desk.refused(GOOD_CSV, limits=Limits(max_rows=2))
    assert (refusal.code, refusal.row) == ("too_many_rows", 3)
    assert desk.send(GOOD_CSV, limits=Limits(max_rows=3)).summary.rows == 3


def test_too_many_columns_are_refused(desk: Desk) -> None:
    assert desk.refused(GOOD_CSV, limits=Limits(max_columns=6)).code == "too_many_columns"


def test_a_file_over_the_limit_is_refused_unopened(desk: Desk) -> None:
    assert desk.refused(GOOD_CSV, limits=Limits(max_bytes=20)).code == "too_large"


@pytest.mark.parametrize("magic", [b"\x1f\x8b\x08\0", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"BZh9", b"\xfd7zXZ\0"])
def test_a_compressed_file_is_refused(desk: Desk, magic: bytes) -> None:
    assert desk.refused(magic + b"\0" * 20).code == "compressed_upload"


def test_a_file_announced_as_what_it_is_not_is_refused(desk: Desk) -> None:
    assert desk.refused(GOOD_CSV, file_format="parquet").code == "wrong_format"
    assert desk.refused(b"PAR1 is not how a header begins", file_format="csv").code == "wrong_format"


def test_byte_order_mark_crlf_and_empty_last_lines_change_nothing(desk: Desk) -> None:
    plain = desk.send(GOOD_CSV).summary
    dressed = desk.send("\ufeff" + GOOD_CSV.replace("\n", "\r\n") + "\r\n\r\n").summary
    assert dressed == plain
