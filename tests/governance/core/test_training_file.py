"""Which CSV files of rosters and training records are accepted, and does a refusal point at the row?"""

from __future__ import annotations

from datetime import date

import pytest

from governance.core import training_file
from governance.core.training_file import (
    MAX_BYTES,
    MAX_ROWS,
    RECORDS,
    ROSTER,
    FileRefused,
    RecordRow,
    RosterRow,
    neutral,
    read,
)

TODAY = date(2026, 11, 21)
ROSTER_HEAD = "person,name,role,left_on\n"
RECORDS_HEAD = "person,course,course_version,completed_on,valid_until,revoked\n"


def records(*lines: str) -> tuple[tuple[int, object], ...]:
    return read(RECORDS, (RECORDS_HEAD + "\n".join(lines)).encode(), today=TODAY)


def refused(kind: str, content: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read(kind, content, today=TODAY)
    return caught.value


def test_a_roster_is_read_with_the_line_of_each_row() -> None:
    content = b"person,name,role\n17,Nora Nurse,Nurse\n\n18,Dirk Doctor,Physician\n"
    assert read(ROSTER, content, today=TODAY) == (
        (2, RosterRow("17", "Nora Nurse", "Nurse")),
        (4, RosterRow("18", "Dirk Doctor", "Physician")),
    )


def test_records_are_read_with_dates_and_revocations() -> None:
    assert records("17,privacy,3,2026-01-01,2027-01-01,", "18,privacy,3,2026-01-02,,YES") == (
        (2, RecordRow("17", "privacy", "3", date(2026, 1, 1), date(2027, 1, 1))),
        (3, RecordRow("18", "privacy", "3", date(2026, 1, 2), None, True)),
    )


def test_a_byte_order_mark_semicolons_and_columns_in_another_order_are_taken() -> None:
    content = "\ufeffName;Role;Person\r\nNora;Nurse;17\r\n".encode()
    assert read(ROSTER, content, today=TODAY) == ((2, RosterRow("17", "Nora", "Nurse")),)


def test_a_cell_of_several_lines_is_refused_at_the_line_where_its_row_begins() -> None:
    found = refused(ROSTER, b'person,name,role\n17,"Nora\nNurse",Nurse\n18,,Nurse\n')
    assert [(each.line, each.field) for each in found.problems] == [(2, "name"), (4, "name")]


def test_the_same_line_twice_counts_once() -> None:
    assert len(records(*["17,privacy,3,2026-01-01,,"] * 3)) == 1


def test_two_lines_that_contradict_each_other_are_refused() -> None:
    found = refused(ROSTER, b"person,name,role\n17,Nora,Nurse\n17,Nora,Physician\n")
    assert str(found.problems[0]) == "Line 3: this contradicts line 2 about the same person"


def test_formula_cells_are_kept_as_text_and_leave_neutralised() -> None:
    ((_, row),) = read(ROSTER, b"person,name,role\n17,=cmd|' /C calc'!A0,Nurse\n", today=TODAY)
    assert isinstance(row, RosterRow)
    assert row.name == "=cmd|' /C calc'!A0"
    assert neutral(row.name) == "'=cmd|' /C calc'!A0"
    assert [neutral(cell) for cell in ("+1", "-1", "@a", "Nora")] == ["'+1", "'-1", "'@a", "Nora"]


def test_look_alikes_of_one_person_are_one_person() -> None:
    ((_, row),) = read(ROSTER, "person,name,role\n\uff11\uff17,Nora,Nurse\n".encode(), today=TODAY)
    assert isinstance(row, RosterRow)
    assert row.person == "17"


@pytest.mark.parametrize(
    ("line", "field", "words"),
    [
        (",privacy,3,2026-01-01,,", "person", "1 to 64 characters"),
        (f"{'9' * 65},privacy,3,2026-01-01,,", "person", "1 to 64 characters"),
        ("17\u200b,privacy,3,2026-01-01,,", "person", "invisible"),
        ("17,juggling,3,2026-01-01,,", "course", "“juggling” is not a known course"),
        ("17,privacy,,2026-01-01,,", "course_version", "1 to 40 characters"),
        ("17,privacy,3,01.02.2026,,", "completed_on", "a date such as"),
        ("17,privacy,3,20260101,,", "completed_on", "a date such as"),
        ("17,privacy,3,,,", "completed_on", "a date such as"),
        ("17,privacy,3,2026-11-22,,", "completed_on", "future"),
        ("17,privacy,3,2026-01-02,2026-01-01,", "valid_until", "before the course"),
        ("17,privacy,3,2026-01-01,soon,", "valid_until", "a date such as"),
        ("17,privacy,3,2026-01-01,,perhaps", "revoked", "“yes” or “no”"),
        ("17,privacy,3,2026-01-01", "", "4 cells where the header has 6"),
    ],
)
def test_a_bad_row_is_refused_with_line_and_field(line: str, field: str, words: str) -> None:
    found = refused(RECORDS, f"{RECORDS_HEAD}16,privacy,3,2026-01-01,,\n{line}\n".encode())
    assert (found.problems[0].line, found.problems[0].field) == (3, field)
    assert words in found.problems[0].message


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"person,name,role\n", 0, "no row below"),
        (b"", 0, "no row below"),
        (b"person,name\n17,Nora\n", 1, "missing"),
        (b"person,name,role,shoe\n17,Nora,Nurse,41\n", 1, "not known"),
        (b"person,name,role,name\n17,Nora,Nurse,N\n", 1, "twice"),
        (b"person,name,role\n17,\xff,Nurse\n", 0, "not UTF-8"),
        (b'person,name,role\n17,"Nora"x,Nurse\n', 2, "not CSV"),
        (b"x" * (MAX_BYTES + 1), 0, "at most"),
    ],
)
def test_a_bad_file_is_refused_as_a_whole(content: bytes, line: int, words: str) -> None:
    found = refused(ROSTER, content)
    assert found.problems[0].line == line
    assert words in found.problems[0].message


def test_too_many_rows_are_refused() -> None:
    lines = "".join(f"p{number},N,R\n" for number in range(MAX_ROWS + 1))
    assert "send the file in parts" in str(refused(ROSTER, b"person,name,role\n" + lines.encode()))


def test_all_problems_are_told_and_the_first_fifty_shown() -> None:
    found = refused(ROSTER, ("person,name,role\n" + ",N,R\n" * 70).encode())
    assert (len(found.problems), found.total) == (training_file.MOST_SHOWN, 70)
