"""How often does each value of a column occur? Exact counts of several columns in one pass, kept for further questions.

The counts lie in a temporary table of the connection, with one row per column and value: (place, x, n), where place is
the column's place in the table and x is null where the value is missing. Like everything else it spills to disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from audits.core.values import Column
from audits.engines.connection import SCAN, column

# Groups are given by position: a name of our own could be that of a column, and would then mean the column.

#: Columns that are grouped in one pass: each keeps its distinct values in memory, or on disk.
TOGETHER = 16


@dataclass(frozen=True, slots=True)
class Counted:
    """One column: rows, those with a value, distinct values, rows with the commonest, rows that break its rule."""

    rows: int = 0
    present: int = 0
    distinct: int = 0
    dominant: int = 0
    outside: int = 0


def value(item: Column) -> str:
    """SQL for a cell as every query reads it: float64 or text. -0.0 and 0.0 are one value."""
    if item.type != "number":
        return f"CAST({column(item.name)} AS VARCHAR)"
    return f"(TRY_CAST({column(item.name)} AS DOUBLE) + CAST(0 AS DOUBLE))"


def missing(item: Column) -> str:
    """SQL for "there is no value"; never null."""
    return f"({value(item)} IS NULL OR isnan({value(item)}))" if item.type == "number" else f"({value(item)} IS NULL)"


def made(connection: duckdb.DuckDBPyConnection, name: str, *, number: bool) -> None:
    """An empty temporary table of this name, for numbers or for texts."""
    kind = "DOUBLE" if number else "VARCHAR"
    connection.execute(f"CREATE TEMP TABLE {name} (place INTEGER, x {kind}, n BIGINT)")


def filling(name: str, items: Sequence[tuple[int, Column]]) -> str:
    """SQL that adds these columns, of one type, to the temporary table: one pass over a file."""
    cells = ", ".join(f"{value(item)} AS c{index}" for index, (_, item) in enumerate(items))
    own = [f"c{index}" for index in range(len(items))]
    everything = (1 << len(items)) - 1
    # A set's bits are those of the columns that it does not group by, the last column being the lowest.
    cases = " ".join(
        f"WHEN {everything ^ (1 << (len(items) - 1 - index))} THEN {place}" for index, (place, _) in enumerate(items)
    )
    return (
        f"INSERT INTO {name} SELECT CASE grouping_id({', '.join(own)}) {cases} END, coalesce({', '.join(own)}, NULL), "  # noqa: S608
        f"count(*) FROM (SELECT {cells} FROM {SCAN}) GROUP BY GROUPING SETS ({', '.join(f'({each})' for each in own)})"
    )


def summed(
    connection: duckdb.DuckDBPyConnection, name: str, rules: Sequence[tuple[int, str]], *, number: bool
) -> dict[int, Counted]:
    """What each column in the temporary table comes to. rules: per column, SQL for "x is wrong", or ""."""
    present = "x IS NOT NULL AND NOT isnan(x)" if number else "x IS NOT NULL"
    cases = " ".join(f"WHEN {place} THEN ({rule})" for place, rule in rules if rule)
    wrong = f"CASE place {cases} ELSE false END" if cases else "false"
    query = (
        f"SELECT place, sum(n), coalesce(sum(n) FILTER (WHERE {present}), 0), count(*) FILTER (WHERE {present}), "  # noqa: S608
        f"coalesce(max(n) FILTER (WHERE {present}), 0), coalesce(sum(n) FILTER (WHERE {present} AND ({wrong})), 0) "
        f"FROM {name} GROUP BY place"
    )
    return {int(row[0]): Counted(*(int(n) for n in row[1:])) for row in connection.execute(query).fetchall()}


def unseen(connection: duckdb.DuckDBPyConnection, now: str, past: str) -> dict[int, int]:
    """Per column, the rows with a value in one temporary table that it never has in the other; none where there are
    no such rows."""
    query = (
        f"SELECT place, sum(n) FROM {now} ANTI JOIN {past} USING (place, x) "  # noqa: S608
        "WHERE x IS NOT NULL GROUP BY place"
    )
    return {int(place): int(rows) for place, rows in connection.execute(query).fetchall()}


def levels(connection: duckdb.DuckDBPyConnection, name: str, place: int, most: int) -> list[tuple[str, int]]:
    """The commonest levels of one text column with their rows, the commonest first."""
    query = f"SELECT x, n FROM {name} WHERE place = ? AND x IS NOT NULL ORDER BY n DESC, x LIMIT {int(most)}"  # noqa: S608
    return [(str(level), int(n)) for level, n in connection.execute(query, [place]).fetchall()]
