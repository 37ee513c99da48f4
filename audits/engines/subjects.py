"""Whose row is it? The subject column of a table, and how many people its rows belong to."""

from __future__ import annotations

from audits.core.people import Repeats
from audits.core.values import Source
from audits.engines.connection import SCAN, Limits, column, opened


def people(source: Source, *, limits: Limits) -> Repeats | None:
    """How patients repeat; None when the table has no subject column."""
    subject = subject_of(source)
    if subject is None:
        return None
    query = f"SELECT coalesce(sum(n), 0), count(*), coalesce(sum(n * n), 0) FROM ({people_sql(subject)})"  # noqa: S608
    with opened(limits) as connection:
        found = connection.execute(query, [source.path]).fetchone() or (0, 0, 0)
    return Repeats(*(int(number) for number in found))


def people_sql(name: str) -> str:
    """SQL for one row per subject with its number of rows; null subjects are nobody."""
    return (
        f"SELECT CAST({column(name)} AS VARCHAR) AS s, count(*) AS n FROM {SCAN} "  # noqa: S608
        f"WHERE {column(name)} IS NOT NULL GROUP BY 1"
    )


def subject_of(source: Source) -> str | None:
    """The name of the subject column, if the table has one."""
    return next((item.name for item in source.columns if item.role == "subject"), None)
