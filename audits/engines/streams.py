"""How are rows read as arrays? A query's answer in batches, none of which is kept, with the rows told as they go by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from audits.core.arrays import Floats, Ints
from audits.engines.connection import Progress

#: Rows that are fetched at once: a row group.
_FETCHED = 122_880
#: Rows in one batch: arrays of 256 KB stay in a processor's cache, and larger ones cost twice the time.
BATCH = 32_768


def batches(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    params: Sequence[str],
    *,
    progress: Progress,
    stage: str,
    rows: int,
    start: int = 0,
) -> Iterator[pa.RecordBatch]:
    """The batches of a query that answers one row per row, in no particular order. Rows are told from `start` on.

    Closing the iterator, or an exception while it runs (also one out of `progress`), stops the query.
    """
    done = start
    progress(stage, done, rows)
    # Unordered: nothing is held back until an earlier row group is through.
    connection.execute("SET preserve_insertion_order = false")
    reader = connection.sql(query, params=list(params)).to_arrow_reader(_FETCHED)
    try:
        for fetched in reader:
            for first in range(0, fetched.num_rows, BATCH):
                yield fetched.slice(first, BATCH)
            done += fetched.num_rows
            progress(stage, min(done, rows), rows)
    except BaseException:
        connection.interrupt()
        raise
    finally:
        reader.close()


def floats(column: pa.Array) -> Floats:
    """A column as float64; null becomes NaN."""
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)


def integers(column: pa.Array) -> Ints:
    """A column without nulls as int64."""
    return np.asarray(column.to_numpy(zero_copy_only=False)).astype(np.int64)
