"""How is the query engine opened, and how is a name written safely into SQL?"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from audits.engines.errors import OutOfDisk, OutOfMemory

#: Every read of a table. Parquet's min and max leave NaN out, and DuckDB trusts them unless told otherwise: without the
#: option it folded `score BETWEEN 0 AND 1` to true on a column with NaN in it (duckdb/duckdb#25521).
SCAN = "read_parquet(?, can_have_nan = true)"
#: The same, with the number of each row within its file as `file_row_number`.
NUMBERED = "read_parquet(?, can_have_nan = true, file_row_number = true)"

#: progress(stage, done, total): told after every query, and in rows while a long one runs. It may raise to stop it.
Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """Progress of a count within a stage that is told already."""


#: How DuckDB says that the disk, or the part of it that this process may use, is full. Its own max_temp_directory_size
#: is not used: in 2.0 blocks of more than the usual size are not counted towards it.
_NO_DISK = ("max_temp_directory_size", "No space left", "File too large", "Disk quota exceeded")


#: Spill folders are named after their process, so that what a killed one left can be told from what is in use.
_SPILL, _DAY = "formulary-spill-", 24 * 60 * 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one audit may use.

    memory_limit: DuckDB's spelling, e.g. "1GB"; it spills to disk beyond that. temp_directory: where a private folder
    for spill files is made, the system's own when None.
    """

    memory_limit: str = "1GB"
    threads: int = 2
    temp_directory: str | None = None


def swept(home: Path, now: float) -> list[str]:
    """Remove the spill folders that a killed process left there, and say which: a day old, their process gone.

    now: seconds since 1970. Processes of another machine or container on the same disk are not seen, hence the day.
    """
    gone = []
    for folder in sorted(home.glob(f"{_SPILL}*-*")):
        owner = folder.name.removeprefix(_SPILL).split("-")[0]
        try:
            old = now - max(folder.stat().st_mtime, *(each.stat().st_mtime for each in folder.iterdir()), 0.0) > _DAY
        except OSError:  # it went while we looked, or is another user's
            continue
        if old and owner.isdecimal() and not _alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
            gone.append(folder.name)
    return gone


@cache
def _swept(home: str) -> None:
    """Once in a process."""
    swept(Path(home), time.time())


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def opened(limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    """A private in-memory engine; nothing is written but spill files, which go when it closes.

    Raises OutOfMemory or OutOfDisk, never half of an answer.
    """
    home = limits.temp_directory or tempfile.gettempdir()
    _swept(home)
    with tempfile.TemporaryDirectory(prefix=f"{_SPILL}{os.getpid()}-", dir=home) as spill:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": limits.memory_limit,
            "threads": limits.threads,
            "temp_directory": spill,
        }
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
