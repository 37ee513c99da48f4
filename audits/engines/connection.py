"""How is the query engine opened, and how is a name written safely into SQL?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

#: Every read of a table. Parquet's min and max leave NaN out, and DuckDB trusts them unless told otherwise: without the
#: option it folded `score BETWEEN 0 AND 1` to true on a column with NaN in it (duckdb/duckdb#25521).
SCAN = "read_parquet(?, can_have_nan = true)"

#: progress(stage, done, total): told after every query.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one audit may use. memory_limit: DuckDB's spelling, e.g. "1GB"; it spills to disk beyond that."""

    memory_limit: str = "1GB"
    threads: int = 2


@contextmanager
def opened(limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    """A private in-memory engine; nothing is written but spill files, which go when it closes."""
    connection = duckdb.connect(
        ":memory:", config={"memory_limit": limits.memory_limit, "threads": str(limits.threads)}
    )
    try:
        yield connection
    finally:
        connection.close()


def column(name: str) -> str:
    """A column name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as a quoted literal."""
    return "'" + text.replace("'", "''") + "'"


def real(number: float) -> str:
    """A float64 literal. A bare 0.3 is a DECIMAL, and numpy's repr is not SQL: cast, then spell it out."""
    return f"CAST('{float(number)!r}' AS DOUBLE)"


def within(expression: str, levels: Sequence[str]) -> str:
    """Whether a text is one of the levels; false for an empty list."""
    return f"{expression} IN ({', '.join(literal(level) for level in levels)})" if levels else "false"


def level(expression: str, kept: Sequence[str] | None, missing: str, other: str) -> str:
    """A text column as levels: null becomes its own level first, or GROUPING SETS would read it as "not grouped"."""
    whole = f"CAST({expression} AS VARCHAR)"
    if kept is None:
        return f"coalesce({whole}, {literal(missing)})"
    named = f"WHEN {within(whole, kept)} THEN {whole}"
    return f"CASE WHEN {whole} IS NULL THEN {literal(missing)} {named} ELSE {literal(other)} END"
