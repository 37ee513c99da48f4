"""Which cells are refused, and is the message fit to be shown?"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from registry.core.table_schema import TableSchema
from registry.ingest.cells import REASONS
from registry.ingest.limits import Limits
from tests.registry.ingest.tables import COLUMNS, GOOD_CSV, GOOD_ROWS, HEADER, Desk, good_table, schema_of

ORDER = HEADER.split(",")
SEX = {"name": "sex", "role": "subgroup"}
TWO_SUBGROUPS = TableSchema.parse(
    {"columns": [*(COLUMNS[name] for name in ("died", "risk", "race")), SEX]}, purpose="evaluation"
)


def with_cell(column: str, text: str) -> str:
    """The good table with one more row whose cell in `column` is `text`."""
    cells = GOOD_ROWS[0].split(",")
    cells[ORDER.index(column)] = text
    return GOOD_CSV + ",".join(cells) + "\n"


REFUSED = [
    ("score_missing", "risk", ""),
    ("score_not_finite", "risk", "NaN"),
    ("score_not_finite", "risk", "-inf"),
    ("score_not_finite", "risk", "1e999"),
    ("score_out_of_range", "risk", "1.0000001"),
    ("score_out_of_range", "risk", "-0.1"),
    ("wrong_type", "risk", "high"),
    ("wrong_type", "risk", " 0.5"),
    ("wrong_type", "risk", '"0,5"'),
    ("outcome_missing", "died", ""),
    ("outcome_not_declared", "died", "2"),
    ("outcome_not_declared", "died", "1.0"),
    ("wrong_type", "age", "50 years"),
    ("feature_not_finite", "age", "nan"),
    ("feature_not_finite", "age", "Infinity"),
    ("subject_missing", "mrn", ""),
    ("bad_subject", "mrn", '"p\n1"'),
    ("bad_subject", "mrn", "p\u200b1"),
    ("subject_missing", "mrn", "   "),
    ("subject_too_long", "mrn", "p" * 129),
]


@pytest.mark.parametrize(("code", "column", "text"), REFUSED)
def test_a_cell_that_cannot_stand_is_refused_at_its_row_and_column(
    desk: Desk, code: str, column: str, text: str
) -> None:
    refusal = desk.refused(with_cell(column, text))
    assert (refusal.code, refusal.row, refusal.line, refusal.column) == (code, 4, 5, column)


TYPED = [
    ("score_not_finite", 2, "risk", pa.array([0.1, float("nan"), None])),
    ("score_missing", 2, "risk", pa.array([0.1, None, float("nan")])),
    ("wrong_type", None, "risk", pa.array([True, False, True])),
    ("outcome_missing", 2, "died", pa.array([0, None, 1])),
    ("outcome_not_declared", 3, "died", pa.array([0, 1, 2])),
    ("wrong_type", None, "died", pa.array([0.0, 1.0, 0.0])),
    ("feature_not_finite", 3, "age", pa.array([1.0, None, float("inf")])),
    ("wrong_type", None, "age", pa.array([1, 2, 3], pa.date32())),
    ("wrong_type", None, "ward", pa.array([b"a", b"b", b"c"])),
    ("nul_character", 2, "ward", pa.array(["a", "b\0", "c"])),
    ("subject_missing", 1, "mrn", pa.array([None, None, "p"], pa.string())),
    ("field_too_large", 3, "ward", pa.array(["a", "b", "c" * 32_769])),
    ("bad_group_name", None, "race", pa.array(["a", "b\u202e", "c"])),
]


@pytest.mark.parametrize(("code", "row", "column", "values"), TYPED)
def test_a_typed_cell_is_held_to_the_same_rules(
    desk: Desk, code: str, row: int | None, column: str, values: pa.Array
) -> None:
    refusal = desk.refused(good_table(**{column: values}))
    assert (refusal.code, refusal.row, refusal.column) == (code, row, column)


def test_text_in_parquet_that_is_not_utf8_is_refused_at_its_row(desk: Desk) -> None:
    damaged = pa.array([b"a", b"\xff", b"c"]).view(pa.string())
    refusal = desk.refused(good_table(ward=damaged))
    assert (refusal.code, refusal.row, refusal.column) == ("not_utf8", 2, "ward")


def test_the_first_row_is_reported_whichever_column_it_is_in(desk: Desk) -> None:
    rows = [*GOOD_ROWS, "0,0.1,white,old,A,p1,x", "0,7,white,50,A,p1,x"]
    refusal = desk.refused("\n".join((HEADER, *rows)))
    assert (refusal.row, refusal.column) == (4, "age")


def test_the_row_is_exact_beyond_the_first_batch(desk: Desk) -> None:
    rows = "0,0.5\n1,0.25\n" * 70_000
    refusal = desk.refused("died,risk\n" + rows + "0,x\n", schema=schema_of("died", "risk"))
    assert (refusal.code, refusal.row, refusal.line) == ("wrong_type", 140_001, 140_002)


@pytest.mark.parametrize("level", ["0", "1"])
def test_one_class_alone_cannot_be_evaluated(desk: Desk, level: str) -> None:
    refusal = desk.refused(f"died,risk\n{level},0.1\n{level},0.2\n", schema=schema_of("died", "risk"))
    assert (refusal.code, refusal.column) == ("single_class_outcome", "died")
    assert f'"{level}"' in refusal.message


def test_one_class_alone_is_accepted_as_a_reference(desk: Desk) -> None:
    summary = desk.send("died,age\n0,1\n", schema=schema_of("died", "age", purpose="reference")).summary
    assert summary.outcomes == {"0": 1, "1": 0}


def test_too_many_groups_are_refused(desk: Desk) -> None:
    refusal = desk.refused(GOOD_CSV, limits=Limits(max_groups=1))
    assert (refusal.code, refusal.column) == ("too_many_groups", "race")


@pytest.mark.parametrize("level", ["white & sex=f", "white & race=black", "& & sex="])
def test_a_group_that_reads_as_a_combination_is_refused(desk: Desk, level: str) -> None:
    refusal = desk.refused(f"died,risk,race,sex\n0,0.1,white,f\n1,0.9,{level},f\n", schema=TWO_SUBGROUPS)
    assert (refusal.code, refusal.column) == ("ambiguous_group", "race")
    assert "rename the group" in refusal.message


def test_a_group_may_hold_the_signs_that_part_names_where_they_part_none(desk: Desk) -> None:
    levels = ["white & black", "a=b", "white & age=9", "x &sex=f", "R&D"]
    rows = "".join(f"{index % 2},0.5,{level},f\n" for index, level in enumerate(levels))
    found = desk.send("died,risk,race,sex\n" + rows, schema=TWO_SUBGROUPS).summary.columns
    assert [column.levels for column in found if column.name == "race"] == [dict.fromkeys(sorted(levels), 1)]


def test_a_site_may_be_called_as_a_combination_is(desk: Desk) -> None:
    columns = [*(COLUMNS[name] for name in ("died", "risk", "race")), {"name": "place", "role": "site"}]
    schema = TableSchema.parse({"columns": columns}, purpose="evaluation")
    sent = desk.send("died,risk,race,place\n0,0.1,white,a & race=b\n1,0.9,white,c\n", schema=schema)
    assert sent.summary.rows == 2


def test_declared_outcome_levels_become_zero_and_one(desk: Desk) -> None:
    schema = schema_of("died", "risk", outcome_levels=["alive", "dead"])
    assert desk.send("died,risk\ndead,0.9\nalive,0.1\nalive,0\n", schema=schema).summary.outcomes == {"0": 2, "1": 1}


def test_a_message_repeats_at_most_forty_characters_of_a_cell(desk: Desk) -> None:
    refusal = desk.refused(with_cell("age", "9x" * 100))
    assert "9x" * 20 in refusal.message
    assert "9x" * 20 + "9" not in refusal.message


@pytest.mark.parametrize(
    "code", ["subject_missing", "bad_subject", "subject_too_long", "field_too_large", "nul_character", "not_utf8"]
)
def test_no_message_that_a_subject_can_cause_has_room_for_a_cell(code: str) -> None:
    assert "{cell}" not in REASONS[code]


@pytest.mark.parametrize("text", ['"secret-7\n7"', "secret-7" + "7" * 40_000])
def test_a_subject_is_never_repeated(desk: Desk, text: str) -> None:
    refusal = desk.refused(with_cell("mrn", text))
    assert "secret" not in refusal.message + repr(refusal.facts)


def test_facts_travel_beside_the_message(desk: Desk) -> None:
    expected: dict[str, Any] = {"row": 4, "line": 5, "column": "risk"}
    assert desk.refused(with_cell("risk", "2")).facts == expected
