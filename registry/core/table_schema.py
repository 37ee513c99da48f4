"""Which columns does an uploaded table declare, and is the declaration itself acceptable?

Pure: parses the JSON that a submitter sends beside a table and refuses what it cannot stand for. Nothing here sees a
row. A file's columns must then be exactly the declared ones (`differences`), so that nothing travels unnamed.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from registry.errors import Refused

MAX_COLUMNS = 512
MAX_LEVELS = 1000
MAX_NAME = 128
# Zero-width and bidirectional characters (Cf) make two different names look alike on a reviewer's screen.
UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
COLUMN_KEYS = frozenset({"name", "role", "type", "minimum", "maximum", "levels"})
TABLE_KEYS = frozenset({"columns", "outcome_levels"})


class Role(StrEnum):
    """What a column is for. Ignored columns are declared, checked for shape, and not kept.

    comparator: the existing method's score, or its decision as 0 or 1, for the same row. date: the day of the
    prediction. outcome_date: the day on which the outcome became known; with it, an outcome not known yet may be empty.
    """

    OUTCOME = "outcome"
    SCORE = "score"
    SUBGROUP = "subgroup"
    FEATURE = "feature"
    SUBJECT = "subject"
    COMPARATOR = "comparator"
    SITE = "site"
    DATE = "date"
    OUTCOME_DATE = "outcome_date"
    IGNORED = "ignored"


class Purpose(StrEnum):
    """An evaluation table is what a model is judged on; a reference table is what drift is measured against."""

    EVALUATION = "evaluation"
    REFERENCE = "reference"


# The only type a role can have; a feature chooses, and says "number" by saying nothing.
TYPE_OF_ROLE = {
    Role.OUTCOME: "number",
    Role.SCORE: "number",
    Role.SUBGROUP: "text",
    Role.SUBJECT: "text",
    Role.COMPARATOR: "number",
    Role.SITE: "text",
    Role.DATE: "date",
    Role.OUTCOME_DATE: "date",
    Role.IGNORED: "text",
}
SINGLE_ROLES = (
    Role.OUTCOME,
    Role.SCORE,
    Role.SUBJECT,
    Role.COMPARATOR,
    Role.SITE,
    Role.DATE,
    Role.OUTCOME_DATE,
)
NEEDED_ROLES = {Purpose.EVALUATION: (Role.OUTCOME, Role.SCORE), Purpose.REFERENCE: (Role.FEATURE,)}


class SchemaRefused(Refused):
    """The declaration cannot stand. facts: pointer, the JSON pointer (RFC 6901) of the offending part."""

    code = "schema_refused"
    status = 422

    def __init__(self, code: str, message: str, pointer: str = "") -> None:
        super().__init__(message, pointer=pointer)
        self.code = code  # type: ignore[misc]  # the base fixes one code per class; a declaration fails in many ways
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One declared column. minimum, maximum: finite, inclusive; levels: the declared values; None where undeclared."""

    name: str
    role: Role
    type: str
    minimum: float | None = None
    maximum: float | None = None
    levels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class TableSchema:
    """The declared columns in order, and the two texts that stand for outcome 0 and outcome 1."""

    columns: tuple[ColumnSpec, ...]
    purpose: Purpose
    outcome_levels: tuple[str, str] = ("0", "1")

    @classmethod
    def parse(cls, document: object, *, purpose: str) -> TableSchema:
        """Read a declaration from decoded JSON. Raises SchemaRefused at the first part that cannot stand."""
        table = _object(document, TABLE_KEYS, "")
        declared = table.get("columns")
        if not isinstance(declared, list) or not declared:
            raise SchemaRefused("bad_shape", 'Declare the columns as a list that is not empty: {"columns": [...]}.')
        if len(declared) > MAX_COLUMNS:
            message = f"{len(declared):,} columns are declared; at most {MAX_COLUMNS} are accepted. Leave some out."
            raise SchemaRefused("too_many_columns", message, "/columns")
        columns = tuple(_column(item, f"/columns/{index}") for index, item in enumerate(declared))
        _refuse_duplicates(columns)
        _refuse_wrong_roles(columns, Purpose(purpose))
        _refuse_ambiguous(columns)
        return cls(columns, Purpose(purpose), _outcome_levels(table.get("outcome_levels", ["0", "1"])))

    @property
    def kept(self) -> tuple[ColumnSpec, ...]:
        """The columns of the canonical table, in its order."""
        return tuple(column for column in self.columns if column.role is not Role.IGNORED)

    def named(self, role: Role) -> ColumnSpec | None:
        """The first column with this role, or None."""
        return next((column for column in self.columns if column.role is role), None)

    @property
    def outcome_may_be_unknown(self) -> bool:
        """Whether a row may come without its outcome: only where the table says when outcomes became known."""
        return self.named(Role.OUTCOME_DATE) is not None

    @property
    def subgroups(self) -> tuple[str, ...]:
        """The names of the columns whose groups are looked at, in order."""
        return tuple(column.name for column in self.columns if column.role is Role.SUBGROUP)

    def differences(self, names: Sequence[str]) -> tuple[list[str], list[str]]:
        """(names that the schema does not declare, declared names that are absent), each in its own order."""
        declared, present = {column.name for column in self.columns}, set(names)
        return (
            [name for name in names if name not in declared],
            [column.name for column in self.columns if column.name not in present],
        )

    def to_json(self) -> dict[str, object]:
        """The declaration again, complete: `parse(schema.to_json(), purpose=schema.purpose)` gives an equal schema."""
        return {
            "columns": [dict(_stated(column)) for column in self.columns],
            "outcome_levels": list(self.outcome_levels),
        }


def name_problem(name: str) -> str | None:
    """Why a column cannot be called so, or None when it can."""
    if not name or name != name.strip():
        return "is empty or begins or ends with a space"
    return text_problem(name)


def text_problem(text: str) -> str | None:
    """Why a text (a group's name in a cell) cannot be shown safely to a person, or None when it can."""
    if len(text) > MAX_NAME:
        return f"is longer than {MAX_NAME} characters"
    if any(unicodedata.category(character) in UNSAFE_CATEGORIES for character in text):
        return "contains control, bidirectional or zero-width characters"
    return None


def ambiguity(level: str, subgroups: Sequence[str]) -> str | None:
    """What in a group's name would make it read as a combination of groups, " & sex=" say; None when nothing does.

    A combination is called "race=white & sex=female": a race of that name would be mistaken for it.
    """
    return next((text for name in subgroups if (text := f" & {name}=") in level), None)


def _stated(column: ColumnSpec) -> Iterator[tuple[str, object]]:
    yield from (("name", column.name), ("role", column.role.value), ("type", column.type))
    if column.minimum is not None:
        yield "minimum", column.minimum
    if column.maximum is not None:
        yield "maximum", column.maximum
    if column.levels is not None:
        yield "levels", list(column.levels)


def _object(value: object, keys: frozenset[str], pointer: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise SchemaRefused("bad_shape", "Expected a JSON object here.", pointer)
    for key in value:
        if key not in keys:
            message = f"Unknown key {str(key)[:40]!r}; the keys are {', '.join(sorted(keys))}."
            raise SchemaRefused("unknown_key", message, pointer)
    return value


def _column(item: object, pointer: str) -> ColumnSpec:
    stated = _object(item, COLUMN_KEYS, pointer)
    name, role = _name(stated.get("name"), f"{pointer}/name"), _role(stated.get("role"), f"{pointer}/role")
    type_ = _type(stated.get("type"), role, f"{pointer}/type")
    low = _bound(stated.get("minimum"), type_, f"{pointer}/minimum")
    high = _bound(stated.get("maximum"), type_, f"{pointer}/maximum")
    if low is not None and high is not None and low > high:
        raise SchemaRefused("bad_range", f"Column {name!r}: the minimum is above the maximum; swap them.", pointer)
    return ColumnSpec(name, role, type_, low, high, _levels(stated.get("levels"), type_, f"{pointer}/levels"))


def _name(value: object, pointer: str) -> str:
    if not isinstance(value, str):
        raise SchemaRefused("bad_name", "Every column needs a name, as text.", pointer)
    problem = name_problem(value)
    if problem is None and unicodedata.normalize("NFKC", value) != value:
        problem = f"is not in Unicode form NFKC (write {unicodedata.normalize('NFKC', value)!r})"
    if problem is not None:
        raise SchemaRefused("bad_name", f"The column name {value[:40]!r} {problem}; rename it.", pointer)
    return value


def _role(value: object, pointer: str) -> Role:
    if not isinstance(value, str) or value not in {role.value for role in Role}:
        message = f"Unknown role {str(value)[:40]!r}; a role is one of {', '.join(Role)}."
        raise SchemaRefused("unknown_role", message, pointer)
    return Role(value)


def _type(value: object, role: Role, pointer: str) -> str:
    allowed = (TYPE_OF_ROLE[role],) if role in TYPE_OF_ROLE else ("number", "text")
    if value is None:
        return allowed[0]
    if value not in allowed:
        message = f"The type {str(value)[:40]!r} does not fit the role {role}; it can be {' or '.join(allowed)}."
        raise SchemaRefused("bad_type", message, pointer)
    return str(value)


def _bound(value: object, type_: str, pointer: str) -> float | None:
    if value is None:
        return None
    if type_ != "number" or isinstance(value, bool) or not isinstance(value, int | float):
        raise SchemaRefused("bad_range", "A bound is a number, and belongs to a column of numbers.", pointer)
    try:
        bound = float(value)
    except OverflowError as err:
        raise SchemaRefused("bad_range", "A bound must fit a 64-bit float.", pointer) from err
    if not math.isfinite(bound):
        raise SchemaRefused("bad_range", "A bound is finite; leave it out where there is none.", pointer)
    return bound


def _levels(value: object, type_: str, pointer: str) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or type_ != "text" or not all(isinstance(level, str) for level in value):
        raise SchemaRefused("bad_levels", "Levels are a list of texts, and belong to a column of text.", pointer)
    if len(value) > MAX_LEVELS:
        message = f"{len(value):,} levels are declared; at most {MAX_LEVELS:,} are accepted. Group the rare ones."
        raise SchemaRefused("too_many_levels", message, pointer)
    if not value or len(set(value)) != len(value) or any(not level or text_problem(level) for level in value):
        message = f"Levels are distinct, at most {MAX_LEVELS:,}, and each is plain text up to {MAX_NAME} characters."
        raise SchemaRefused("bad_levels", message, pointer)
    return tuple(value)


def _outcome_levels(value: object) -> tuple[str, str]:
    levels = _levels(value, "text", "/outcome_levels")
    if levels is None or len(levels) != 2:
        message = 'Name exactly two outcome levels: first the one without the event, then with, as in ["0", "1"].'
        raise SchemaRefused("bad_outcome_levels", message, "/outcome_levels")
    return levels[0], levels[1]


def _refuse_duplicates(columns: Sequence[ColumnSpec]) -> None:
    seen: set[str] = set()
    for index, column in enumerate(columns):
        # SQL engines compare names without case: "Age" and "age" would be one column there and two here.
        if column.name.casefold() in seen:
            message = f"Two columns are named {column.name!r} (upper and lower case count as equal); rename one."
            raise SchemaRefused("duplicate_column", message, f"/columns/{index}/name")
        seen.add(column.name.casefold())


def _refuse_ambiguous(columns: Sequence[ColumnSpec]) -> None:
    """Refuse names of subgroups and of their levels that two different groups of patients could both be called by."""
    subgroups = [column.name for column in columns if column.role is Role.SUBGROUP]
    for index, column in enumerate(columns):
        if column.role is not Role.SUBGROUP:
            continue
        if "=" in column.name or " & " in f" {column.name}":
            message = (
                f"The subgroup {column.name!r} has “=” or “ & ” in its name, which part the names of groups; rename it."
            )
            raise SchemaRefused("ambiguous_subgroup", message, f"/columns/{index}/name")
        for level in column.levels or ():
            text = ambiguity(level, subgroups)
            if text is not None:
                message = (
                    f"Column {column.name!r}: the group {level!r} contains {text!r}, as a combination does; rename it."
                )
                raise SchemaRefused("ambiguous_group", message, f"/columns/{index}/levels")


def _refuse_wrong_roles(columns: Sequence[ColumnSpec], purpose: Purpose) -> None:
    roles = [column.role for column in columns]
    for role in NEEDED_ROLES[purpose]:
        if role not in roles:
            message = f"A table for {purpose} needs a column with the role {role}; none is declared."
            raise SchemaRefused("missing_role", message, "/columns")
    for role in SINGLE_ROLES:
        if roles.count(role) > 1:
            second = [index for index, each in enumerate(roles) if each is role][1]
            message = f"{roles.count(role)} columns have the role {role}; keep one, and give the others another role."
            raise SchemaRefused("repeated_role", message, f"/columns/{second}/role")
    if Role.OUTCOME_DATE in roles and Role.OUTCOME not in roles:
        message = f"A column with the role {Role.OUTCOME_DATE} needs one with the role {Role.OUTCOME} beside it."
        raise SchemaRefused("missing_role", message, "/columns")
