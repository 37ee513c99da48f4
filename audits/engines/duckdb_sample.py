"""Which rows stand for a table when a tool needs rows? A bounded sample, the same for the same table and seed."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from audits.core.values import Source
from audits.engines.connection import NUMBERED, Limits, column, opened


def sample(source: Source, names: Sequence[str], *, most: int, seed: int, limits: Limits) -> pa.Table:
    """At most `most` rows with the named columns, evenly spaced from a start that the seed chooses, in order.

    Systematic sampling: row r is taken when (r + start) * most / rows passes a whole number, so exactly min(most, rows)
    rows are taken, whatever the engine's threads do.
    """
    rows = max(1, source.rows)
    start, kept = int(seed) % rows, min(int(most), rows)
    place = f"((file_row_number + {start}) % {rows})"
    query = (
        f"SELECT {', '.join(column(name) for name in names)} FROM {NUMBERED} "  # noqa: S608
        f"WHERE (({place} + 1) * {kept}) // {rows} > ({place} * {kept}) // {rows} ORDER BY file_row_number"
    )
    with opened(limits) as connection:
        return connection.sql(query, params=[source.path]).to_arrow_table()
