"""How are the table's people distributed over one variable? Each person counted once, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from audits.core.representativeness import Moments
from audits.core.values import Source
from audits.engines.connection import SCAN, Limits, column, opened, real
from audits.engines.subjects import subject_of

#: Fixed point, so that sums do not depend on the order of rows: whole 2^-20ths of a standard deviation, up to 2^10.
_SCALE, _MOST = 1 << 20, 1 << 10


@dataclass(frozen=True, slots=True)
class Levels:
    """People by level, and people without any."""

    counts: Mapping[str, int]
    missing: int


def levels(source: Source, name: str, *, limits: Limits) -> Levels:
    """People by the level of a column. A patient with several levels counts at the one of most rows; of equal ones at
    the first in the alphabet. A row without a subject is a person of its own."""
    query = f"""
        WITH raw AS ({_raw(source, f"CAST({column(name)} AS VARCHAR)")}),
        counted AS (SELECT s, o, x, count(*) AS n FROM raw GROUP BY s, o, x),
        ranked AS (
            SELECT x, row_number() OVER (PARTITION BY s, o ORDER BY x IS NULL, n DESC, x) AS place FROM counted
        )
        SELECT x, count(*) FROM ranked WHERE place = 1 GROUP BY x ORDER BY x
    """  # noqa: S608
    with opened(limits) as connection:
        rows = connection.execute(query, [source.path]).fetchall()
    counts = {str(level): int(n) for level, n in rows if level is not None}
    return Levels(counts, sum(int(n) for level, n in rows if level is None))


def numbers(source: Source, name: str, mean: float, sd: float, *, limits: Limits) -> tuple[Moments, int]:
    """A number column in units of a population with this mean and standard deviation, and people without a value.

    A patient counts with the mean of the values; values beyond 1,024 standard deviations count as that.
    """
    x = f"TRY_CAST({column(name)} AS DOUBLE)"
    place = f"((x - {real(mean)}) / {real(sd)})"
    low, high = real(-float(_MOST)), real(float(_MOST))
    clipped = f"CASE WHEN {place} < {low} THEN {low} WHEN {place} > {high} THEN {high} ELSE {place} END"
    query = f"""
        WITH raw AS ({_raw(source, f"CASE WHEN isfinite({x}) THEN {x} END")}),
        units AS (SELECT s, o, CASE WHEN x IS NOT NULL THEN CAST(floor({clipped} * {_SCALE} + 0.5) AS BIGINT) END AS u
                  FROM raw),
        people AS (SELECT CAST(floor(CAST(sum(u) AS DOUBLE) / count(u) + 0.5) AS BIGINT) AS u FROM units GROUP BY s, o)
        SELECT count(u), coalesce(sum(u), 0), coalesce(sum(CAST(u * u AS HUGEINT)), 0), count(*) FROM people
    """  # noqa: S608
    with opened(limits) as connection:
        n, total, square, people = connection.execute(query, [source.path]).fetchone() or (0, 0, 0, 0)
    n, total, square = int(n), int(total), int(square)
    average = total / n / _SCALE if n else 0.0
    # Whole numbers up to here: the variance is not the small difference of two large ones.
    variance = (n * square - total * total) / (n * (n - 1)) / _SCALE**2 if n > 1 else 0.0
    return Moments(n, average, variance), int(people) - n


def _raw(source: Source, value: str) -> str:
    """SQL for the value of each row, its subject s, and o, which tells rows without a subject apart."""
    subject = subject_of(source)
    whose = f"CAST({column(subject)} AS VARCHAR)" if subject is not None else "CAST(NULL AS VARCHAR)"
    own = "CASE WHEN s IS NULL THEN row_number() OVER () ELSE 0 END"
    return f"SELECT s, {own} AS o, x FROM (SELECT {whose} AS s, {value} AS x FROM {SCAN})"  # noqa: S608
