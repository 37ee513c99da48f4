"""What did the table hold day by day or week by week? Counts of columns per window, and the delay of outcomes."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np

from audits.core.arrays import Ints
from audits.core.label_delay import Delays
from audits.core.slices import MISSING
from audits.core.tally_spec import Attribute
from audits.core.values import Source, Window
from audits.core.windows import Groups
from audits.engines.connection import SCAN, Limits, Progress, column, literal, opened, real
from audits.engines.levels import level_of

_DAYS = {Window.DAY: 1, Window.WEEK: 7}
#: One date in so many may lie after the day on which the table was closed: a typing error must not set that day.
_ASTRAY = 1000


def named(source: Source, role: str) -> str | None:
    """The one column with this role; None when there is none, or more than one."""
    found = [item.name for item in source.columns if item.role == role]
    return found[0] if len(found) == 1 else None


def starts(source: Source, date: str, window: Window, *, limits: Limits) -> tuple[tuple[str, ...], int]:
    """The first day of every window that has rows, in order, and how many rows have no date."""
    with opened(limits) as connection:
        query = f"SELECT {level_of(Attribute(date, window=window))} AS w, count(*) FROM {SCAN} GROUP BY w ORDER BY w"  # noqa: S608
        found = {str(name): int(n) for name, n in connection.execute(query, [source.path]).fetchall()}
    return tuple(name for name in sorted(found) if name != MISSING), found.get(MISSING, 0)


def counts(
    source: Source,
    date: str,
    window: Window,
    first_days: Sequence[str],
    columns: Sequence[Groups],
    *,
    progress: Progress,
    limits: Limits,
) -> list[Ints]:
    """For each column int64[windows, groups]: the present values of each window in each group, one query a column."""
    made = []
    with opened(limits) as connection:
        for done, groups in enumerate(columns):
            progress("windows", done, len(columns))
            made.append(_count(connection, source, level_of(Attribute(date, window=window)), first_days, groups))
    progress("windows", len(columns), len(columns))
    return made


def _count(
    connection: duckdb.DuckDBPyConnection, source: Source, level: str, first_days: Sequence[str], groups: Groups
) -> Ints:
    name = column(groups.name)
    x = f"TRY_CAST({name} AS DOUBLE)" if groups.levels is None else f"CAST({name} AS VARCHAR)"
    present = "x IS NOT NULL AND isfinite(x)" if groups.levels is None else "x IS NOT NULL"
    query = f"""
        WITH raw AS (SELECT {level} AS w, {x} AS x FROM {SCAN})
        SELECT w, {_group(groups)} AS g, count(*) FROM raw WHERE {present} GROUP BY w, g
    """  # noqa: S608
    place = {start: index for index, start in enumerate(first_days)}
    found = np.zeros((len(first_days), groups.size), dtype=np.int64)
    for start, group, n in connection.execute(query, [source.path]).fetchall():
        if start in place:
            found[place[start], int(group)] = n
    return found


def _group(groups: Groups) -> str:
    """SQL for the group of a present value x."""
    if groups.levels is None:
        return " + ".join(["0", *(f"CAST(x >= {real(edge)} AS BIGINT)" for edge in groups.edges)])
    cases = " ".join(f"WHEN {literal(name)} THEN {index}" for index, name in enumerate(groups.levels))
    return f"CASE x {cases} ELSE {len(groups.levels)} END" if cases else "0"


def delays(source: Source, window: Window, *, limits: Limits) -> Delays | None:
    """Days from prediction to known outcome; None unless the table has an outcome and both dates.

    An outcome is known when it is 0 or 1; since when, its date says, which often only events have. A row that still
    waits has waited until the last day that the table knows of, of which one date in a thousand may lie astray.
    """
    date, known, outcome = (named(source, role) for role in ("date", "outcome_date", "outcome"))
    if date is None or known is None or outcome is None:
        return None
    raw = (
        f"raw AS MATERIALIZED (SELECT {level_of(Attribute(date, window=window))} AS w, "  # noqa: S608
        f"TRY_CAST({column(date)} AS DATE) AS day, TRY_CAST({column(known)} AS DATE) AS known, "
        f"coalesce(TRY_CAST({column(outcome)} AS DOUBLE) IN (0, 1), false) AS labelled FROM {SCAN})"
    )
    with opened(limits) as connection:
        shares = connection.execute(_by_window(raw, _DAYS[window]), [source.path]).fetchall()
        lengths = connection.execute(_by_length(raw), [source.path]).fetchall()
    windows = [row for row in shares if row[0] != MISSING]
    after = [row for row in lengths if row[0] is not None and row[0] >= 0]
    days, arrived, waiting = (np.array([row[place] for row in after], dtype=np.int64) for place in range(3))
    rows, labelled, age = (np.array([row[place] for row in windows], dtype=np.int64) for place in (1, 2, 3))
    before = sum(int(row[1]) for row in lengths if row[0] is not None and row[0] < 0)
    dateless = sum(int(row[3]) for row in lengths)
    starts = tuple(str(row[0]) for row in windows)
    return Delays(days, arrived, waiting, starts, rows, labelled, before, dateless, age)


def _last() -> str:
    """SQL for the last day that the table knows of, but for a few astray."""
    return f"""
        dates AS (SELECT day FROM raw WHERE day IS NOT NULL UNION ALL SELECT known FROM raw WHERE known IS NOT NULL),
        counted AS (
            SELECT day, sum(count(*)) OVER (ORDER BY day DESC) AS since, sum(count(*)) OVER () AS n
            FROM dates GROUP BY day
        ),
        last AS (SELECT max(day) AS day FROM counted WHERE since > n // {_ASTRAY})
    """  # noqa: S608


def _by_window(raw: str, days: int) -> str:
    """SQL: each window, its rows, those with a known outcome, and the days that the table has seen since its last."""
    return f"""
        WITH {raw}, {_last()}
        SELECT w, count(*), count(*) FILTER (WHERE labelled), any_value(last.day - (TRY_CAST(w AS DATE) + {days - 1}))
        FROM raw, last GROUP BY w ORDER BY w
    """  # noqa: S608


def _by_length(raw: str) -> str:
    """SQL: a number of days, outcomes that took so long, those that have been awaited so long; known without a date."""
    return f"""
        WITH {raw}, {_last()}, dated AS (
            SELECT labelled, known IS NOT NULL AS dated,
                   CASE WHEN labelled THEN known - raw.day ELSE greatest(last.day - raw.day, 0) END AS d
            FROM raw, last WHERE raw.day IS NOT NULL
        )
        SELECT d, count(*) FILTER (WHERE labelled AND dated), count(*) FILTER (WHERE NOT labelled),
               count(*) FILTER (WHERE labelled AND NOT dated)
        FROM dated GROUP BY d ORDER BY d
    """  # noqa: S608
