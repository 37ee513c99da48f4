"""Are the file's columns exactly the declared ones, and can each be read as declared?"""

from __future__ import annotations

from collections.abc import Sequence

from registry.core.table_schema import TableSchema
from registry.ingest.batch import TableReader
from registry.ingest.cells import type_problem
from registry.ingest.limits import Limits
from registry.ingest.refusals import TableRefused, shown

NAMES_IN_MESSAGE = 5


def check_header(table: TableReader, schema: TableSchema, limits: Limits) -> None:
    """Raise TableRefused for the first thing wrong with the file's columns; undeclared and missing ones together."""
    if len(table.names) > limits.max_columns:
        message = f"The file has {len(table.names):,} columns; at most {limits.max_columns:,} are accepted."
        raise TableRefused("too_many_columns", message)
    _refuse_duplicates(table.names)
    undeclared, missing = schema.differences(table.names)
    if undeclared:
        message = f"The file has columns that are not declared: {_listed(undeclared)}."
        if missing:
            message += f" Declared, but not in the file: {_listed(missing)}."
        raise TableRefused("undeclared_column", f'{message} Declare them; "ignored" drops one.', column=undeclared[0])
    if missing:
        message = f"Declared, but not in the file: {_listed(missing)}. Add them or declare them no longer."
        raise TableRefused("missing_column", message, column=missing[0])
    for column in schema.kept:
        problem = type_problem(column, table.types[column.name])
        if problem is not None:
            message = f"Column {shown(column.name)} is of type {table.types[column.name]}, but {problem}."
            raise TableRefused("wrong_type", message, column=column.name)


def _refuse_duplicates(names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            message = f"The header names {shown(name)} more than once; rename or remove one."
            raise TableRefused("duplicate_column", message, column=name)
        seen.add(name)


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - NAMES_IN_MESSAGE
    listed = ", ".join(shown(name) for name in names[:NAMES_IN_MESSAGE])
    return f"{listed} and {rest:,} more" if rest > 0 else listed
