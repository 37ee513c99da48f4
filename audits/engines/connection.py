"""How is the query engine opened, and how is a name written safely into SQL?"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from audits.engines.errors import OutOfDisk, OutOfMemory

#: Every read of a table. Parquet's min and max leave NaN out, and DuckDB trusts them unless told otherwise: without the
#: option it folded `score BETWEEN 0 AND 1` to true on a column with NaN in it (duckdb/duckdb#25521).
SCAN = "read_parquet(?, can_have_nan = true)"

#: progress(stage, done, total): told after every query, and in rows while a long one runs. It may raise to stop it.
Progress = Callable[[str, int, int], None]

#: How DuckDB says that the disk, or the share of it that may be used, is full.
_NO_DISK = ("max_temp_directory_size", "No space left", "failed to offload")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one audit may use.

    memory_limit: DuckDB's spelling, e.g. "1GB"; it spills to disk beyond that. temp_directory: where a private folder
    for spill files is made, the system's own when None. temp_limit: how large that may become, e.g. "10GB"; None for
    what the disk has.
    """

    memory_limit: str = "1GB"
    threads: int = 2
    temp_directory: str | None = None
    temp_limit: str | None = None


@contextmanager
def opened(limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    """A private in-memory engine; nothing is written but spill files, which go when it closes.

    Raises OutOfMemory or OutOfDisk, never half of an answer.
    """
    with tempfile.TemporaryDirectory(prefix="formulary-spill-", dir=limits.temp_directory) as spill:
        config = {"memory_limit": limits.memory_limit, "threads": str(limits.threads), "temp_directory": spill}
        if limits.temp_limit is not None:
            config["max_temp_directory_size"] = limits.temp_limit
        connection = duckdb.connect(":memory:", config=config)
        try:
            # The share of a running query is only known while the bar is on; it is never printed.
            connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
            connection.execute("SET progress_bar_time = 0")
            yield connection
        except (duckdb.OutOfMemoryException, duckdb.IOException) as err:
            if any(words in str(err) for words in _NO_DISK):
                raise OutOfDisk("The disk is too full for what this audit cannot keep in memory.") from err
            if isinstance(err, duckdb.OutOfMemoryException):
                raise OutOfMemory(f"This audit needs more memory than the {limits.memory_limit} it may use.") from err
            raise
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
