"""Which declarations of a table are accepted, and what is said about the others?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.core.table_schema import (
    NEEDED_ROLES,
    SINGLE_ROLES,
    TYPE_OF_ROLE,
    Purpose,
    Role,
    SchemaRefused,
    TableSchema,
)

OUTCOME = {"name": "died", "role": "outcome"}
SCORE = {"name": "risk", "role": "score"}


def columns(*more: dict[str, Any]) -> dict[str, Any]:
    return {"columns": [OUTCOME, SCORE, *more]}


def feature(**facts: object) -> dict[str, Any]:
    return {"name": "age", "role": "feature", **facts}


def subgroup(name: str, **facts: object) -> dict[str, Any]:
    return {"name": name, "role": "subgroup", **facts}


REFUSED = [
    ("bad_shape", "", []),
    ("bad_shape", "", {"columns": []}),
    ("bad_shape", "/columns/0", {"columns": ["died"]}),
    ("unknown_key", "", {**columns(), "title": "x"}),
    ("unknown_key", "/columns/2", columns(feature(unit="years"))),
    ("unknown_role", "/columns/2/role", columns({"name": "age", "role": "covariate"})),
    ("unknown_role", "/columns/2/role", columns({"name": "age"})),
    ("bad_type", "/columns/2/type", columns(feature(type="date"))),
    ("bad_type", "/columns/2/type", columns({"name": "race", "role": "subgroup", "type": "number"})),
    ("duplicate_column", "/columns/3/name", columns(feature(), feature())),
    ("duplicate_column", "/columns/3/name", columns(feature(), feature(name="AGE"))),
    ("missing_role", "/columns", {"columns": [OUTCOME]}),
    ("missing_role", "/columns", {"columns": [SCORE]}),
    ("repeated_role", "/columns/2/role", columns({"name": "risk2", "role": "score"})),
    ("repeated_role", "/columns/3/role", columns({"name": "a", "role": "subject"}, {"name": "b", "role": "subject"})),
    *(
        ("repeated_role", "/columns/3/role", columns({"name": "a", "role": role}, {"name": "b", "role": role}))
        for role in ("comparator", "site", "date", "outcome_date")
    ),
    ("bad_type", "/columns/2/type", columns({"name": "seen", "role": "date", "type": "text"})),
    ("bad_type", "/columns/2/type", columns({"name": "ward", "role": "site", "type": "number"})),
    ("bad_range", "/columns/2/minimum", columns({"name": "seen", "role": "date", "minimum": 0})),
    ("bad_levels", "/columns/2/levels", columns({"name": "seen", "role": "date", "levels": ["2024-01-01"]})),
    ("too_many_columns", "/columns", {"columns": [feature(name=f"f{i}") for i in range(513)]}),
    ("bad_range", "/columns/2", columns(feature(minimum=2, maximum=1))),
    ("bad_range", "/columns/2/minimum", columns(feature(minimum=True))),
    ("bad_range", "/columns/2/minimum", columns(feature(minimum=float("nan")))),
    ("bad_range", "/columns/2/maximum", columns(feature(maximum=10**400))),
    ("bad_range", "/columns/2/maximum", columns(feature(type="text", maximum=1))),
    ("bad_levels", "/columns/2/levels", columns(feature(levels=["a"]))),
    ("bad_levels", "/columns/2/levels", columns(feature(type="text", levels=["a", "a"]))),
    ("bad_levels", "/columns/2/levels", columns(feature(type="text", levels=["a\u202eb"]))),
    ("too_many_levels", "/columns/2/levels", columns(feature(type="text", levels=[str(i) for i in range(1001)]))),
    ("ambiguous_group", "/columns/2/levels", columns(subgroup("race", levels=["a", "b & sex=f"]), subgroup("sex"))),
    ("ambiguous_group", "/columns/2/levels", columns(subgroup("race", levels=["b & race=f"]))),
    *(("ambiguous_subgroup", "/columns/2/name", columns(subgroup(name))) for name in ("a=b", "a & b", "& b")),
    ("bad_outcome_levels", "/outcome_levels", {**columns(), "outcome_levels": ["0"]}),
    ("bad_outcome_levels", "/outcome_levels", {**columns(), "outcome_levels": ["0", "1", "2"]}),
    ("bad_levels", "/outcome_levels", {**columns(), "outcome_levels": ["0", "0"]}),
]


@pytest.mark.parametrize(("code", "pointer", "document"), REFUSED)
def test_a_declaration_that_cannot_stand_is_refused_where_it_fails(code: str, pointer: str, document: object) -> None:
    with pytest.raises(SchemaRefused) as refused:
        TableSchema.parse(document, purpose="evaluation")
    assert (refused.value.code, refused.value.pointer) == (code, pointer)
    assert refused.value.message.endswith((".", "]."))


@pytest.mark.parametrize(
    "name", ["", " age", "age ", "a\u200bge", "a\u202ege", "a\tge", "a\nge", "a\0ge", "x" * 129, "\ufb01eld", 7, None]
)
def test_a_name_that_a_reviewer_could_misread_is_refused(name: object) -> None:
    with pytest.raises(SchemaRefused) as refused:
        TableSchema.parse(columns(feature(name=name)), purpose="evaluation")
    assert refused.value.code == "bad_name"


def test_a_reference_table_needs_a_feature_and_neither_outcome_nor_score() -> None:
    assert TableSchema.parse({"columns": [feature()]}, purpose="reference").named(Role.OUTCOME) is None
    with pytest.raises(SchemaRefused) as refused:
        TableSchema.parse(columns(), purpose="reference")
    assert refused.value.code == "missing_role"


def test_a_day_on_which_no_outcome_became_known_is_refused() -> None:
    with pytest.raises(SchemaRefused) as refused:
        TableSchema.parse({"columns": [feature(), {"name": "known", "role": "outcome_date"}]}, purpose="reference")
    assert refused.value.code == "missing_role"


def test_comparator_site_and_dates_have_the_type_that_their_role_implies() -> None:
    roles = ("comparator", "site", "date", "outcome_date")
    schema = TableSchema.parse(columns(*({"name": role, "role": role} for role in roles)), purpose="evaluation")
    assert [column.type for column in schema.columns[2:]] == ["number", "text", "date", "date"]
    assert TableSchema.parse(schema.to_json(), purpose=schema.purpose) == schema
    assert schema.outcome_may_be_unknown


def test_a_feature_is_a_number_unless_it_says_text() -> None:
    schema = TableSchema.parse(columns(feature(), feature(name="ward", type="text")), purpose="evaluation")
    assert [column.type for column in schema.columns[2:]] == ["number", "text"]


def test_undeclared_and_absent_columns_are_both_named() -> None:
    schema = TableSchema.parse(columns(feature()), purpose="evaluation")
    assert schema.differences(["died", "sex", "age", "ward"]) == (["sex", "ward"], ["risk"])


def test_ignored_columns_are_declared_and_not_kept() -> None:
    schema = TableSchema.parse(columns({"name": "note", "role": "ignored"}), purpose="evaluation")
    assert [column.name for column in schema.kept] == ["died", "risk"]


@pytest.mark.parametrize("name", ["R&D", "A&E", "a &", "a & b", "a=b"])
def test_only_subgroups_need_names_that_can_be_joined(name: str) -> None:
    TableSchema.parse(columns(feature(name=name), {"name": "ward", "role": "site"}), purpose="evaluation")
    if " & " not in name and "=" not in name:
        TableSchema.parse(columns(subgroup(name, levels=["a & b", "c=d"])), purpose="evaluation")


def test_every_role_has_a_type_or_chooses_one() -> None:
    assert set(TYPE_OF_ROLE) | {Role.FEATURE} == set(Role)
    assert set(NEEDED_ROLES) == set(Purpose)
    assert Role.SUBJECT in SINGLE_ROLES


@given(
    low=st.none() | st.floats(-1e9, 0),
    high=st.none() | st.floats(0, 1e9),
    levels=st.none() | st.lists(st.text("abcé ", min_size=1, max_size=9), min_size=1, unique=True),
)
def test_a_schema_survives_json(low: float | None, high: float | None, levels: list[str] | None) -> None:
    document = columns(feature(minimum=low, maximum=high), {"name": "race", "role": "subgroup", "levels": levels})
    schema = TableSchema.parse(document, purpose="evaluation")
    assert TableSchema.parse(schema.to_json(), purpose=schema.purpose) == schema
