"""What is the Kolmogorov-Smirnov statistic of the rows themselves? For columns whose bins leave a decision open."""

from __future__ import annotations

from audits.core.values import Source
from audits.engines.connection import SCAN, Limits, column, opened


def exact_ks(source: Source, reference: Source, name: str, *, limits: Limits) -> float:
    """The largest difference between the two cumulative shares of a number column, over every finite value.

    Both tables must have one. Sorts the distinct values of one column, on disk where memory is short.
    """
    x = f"TRY_CAST({column(name)} AS DOUBLE)"
    # Adding zero makes -0.0 and 0.0 one value. One SCAN is one parameter.
    rows = " UNION ALL ".join(
        f"SELECT {x} + CAST(0 AS DOUBLE) AS x, {before} AS before, {now} AS now FROM {SCAN}"  # noqa: S608
        for before, now in ((1, 0), (0, 1))
    )
    query = f"""
        WITH counted AS (
            SELECT x, sum(before) AS before, sum(now) AS now FROM ({rows})
            WHERE x IS NOT NULL AND isfinite(x) GROUP BY x
        ), total AS (
            SELECT nullif(sum(before), 0) AS before, nullif(sum(now), 0) AS now FROM counted
        ),
        climbed AS (
            SELECT sum(before) OVER climb AS before, sum(now) OVER climb AS now FROM counted
            WINDOW climb AS (ORDER BY x ROWS UNBOUNDED PRECEDING)
        )
        SELECT max(abs(CAST(climbed.before AS DOUBLE) / total.before - CAST(climbed.now AS DOUBLE) / total.now))
        FROM climbed, total
    """  # noqa: S608
    with opened(limits) as connection:
        (found,) = connection.execute(query, [reference.path, source.path]).fetchone() or (None,)
    if found is None:
        raise ValueError(f"a table has no finite value in column {name!r}")
    return float(found)
