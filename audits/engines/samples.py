"""Which rows stand for a large table? The same systematic sample every time, taken from all along it."""

from __future__ import annotations

import glob
from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow.parquet as pq

from audits.core.arrays import Floats
from audits.core.values import Source
from audits.engines.connection import column, literal

#: Rows that a sample has at least, and up to twice as many: the quantiles of 65,536 rows lie within half of a 256th.
SAMPLE_ROWS = 65_536
#: A sample is taken from this many stretches of the table at most, each as long as a row group is, evenly apart.
_STRETCHES = 32
_STRETCH_ROWS = 122_880


def sample(connection: duckdb.DuckDBPyConnection, source: Source, names: Sequence[str]) -> dict[str, Floats]:
    """float64 of each named number column without its nulls; every row of a table of up to 131,072."""
    columns = ", ".join(f"TRY_CAST({column(name)} AS DOUBLE) AS c{i}" for i, name in enumerate(names))
    parts = [
        f"SELECT {columns} FROM read_parquet({literal(path)}, can_have_nan = true, file_row_number = true) "  # noqa: S608
        f"WHERE ({where}) AND file_row_number % {step} = 0"
        for path, where, step in _stretches(source.path)
    ]
    if not parts:
        return {name: np.zeros(0) for name in names}
    table = connection.sql(" UNION ALL ".join(parts)).to_arrow_table()
    return {name: table[f"c{i}"].drop_null().to_numpy() for i, name in enumerate(names)}


def _stretches(path: str) -> list[tuple[str, str, int]]:
    """Of every file that is sampled: its path, which stretches of it (SQL), and every which row of those."""
    files = [(each, pq.read_metadata(each).num_rows) for each in sorted(glob.glob(path, recursive=True))]
    stretches = [
        (file, start, min(start + _STRETCH_ROWS, rows))
        for file, rows in files
        for start in range(0, rows, _STRETCH_ROWS)
    ]
    count = min(len(stretches), _STRETCHES)
    chosen = [stretches[index * len(stretches) // count] for index in range(count)]
    step = max(1, sum(end - start for _, start, end in chosen) // SAMPLE_ROWS)
    parts = []
    for file in dict.fromkeys(file for file, _, _ in chosen):
        own = [f"file_row_number BETWEEN {start} AND {end - 1}" for each, start, end in chosen if each == file]
        parts.append((file, " OR ".join(own), step))
    return parts
