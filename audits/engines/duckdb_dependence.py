"""How many independent rows is a table worth when its patients repeat?"""

from __future__ import annotations

from audits.core.values import Source
from audits.engines.connection import SCAN, Limits, column, opened
from audits.engines.subjects import subject_of


def independent_share(source: Source, *, limits: Limits) -> float:
    """Independent rows over rows, (0, 1]; 1 when no subject repeats, or when the table does not name its subjects.

    Rows of one patient may be as alike as one row. Then the table tells as much as (sum of m)^2 / (sum of m^2)
    independent rows, m being the rows of each patient: the worst case, so what rests on it errs on the wide side
    (Kish 1965, Survey Sampling, section 8.2). Rows without a subject are their own.
    """
    subject = subject_of(source)
    if subject is None:
        return 1.0
    query = (
        f"SELECT coalesce(sum(CASE WHEN s IS NULL THEN n ELSE n * n END), 0), coalesce(sum(n), 0) FROM "  # noqa: S608
        f"(SELECT CAST({column(subject)} AS VARCHAR) AS s, CAST(count(*) AS DOUBLE) AS n FROM {SCAN} GROUP BY s)"
    )
    with opened(limits) as connection:
        squares, rows = connection.execute(query, [source.path]).fetchone() or (0, 0)
    return float(rows / squares) if squares else 1.0
