"""How is an accepted table written, so that equal rows always give equal bytes?

Row groups are cut by row count alone and each is written from contiguous columns, so neither the batch size nor the
format of the upload shows in the result. No schema metadata, no time, no path goes into the file.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

# DuckDB's own row group size: its threads then share a scan evenly.
ROW_GROUP_ROWS = 122_880


class CanonicalWriter:
    """Collects batches and writes them as row groups of exactly 122,880 rows; the last may be shorter."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = 0
        self._writer = pq.ParquetWriter(
            path,
            schema,
            version="2.6",
            data_page_version="1.0",
            compression="zstd",
            compression_level=3,
            use_dictionary=True,
            write_statistics=True,
            store_schema=False,
            write_page_checksum=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if kind is None:
            self._flush(ROW_GROUP_ROWS if self._waiting_rows else 0)
        self._writer.close()

    def add(self, batch: pa.RecordBatch) -> None:
        """Take the next rows, in the schema's columns."""
        self._waiting.append(batch)
        self._waiting_rows += batch.num_rows
        if self._waiting_rows >= ROW_GROUP_ROWS:
            self._flush(ROW_GROUP_ROWS)

    def _flush(self, rows: int) -> None:
        if not rows:
            return
        table = pa.Table.from_batches(self._waiting, self._schema)
        # Page boundaries follow chunk boundaries, and those depend on how the upload was read: hence one chunk.
        self._writer.write_table(table.slice(0, rows).combine_chunks(), row_group_size=ROW_GROUP_ROWS)
        rest = table.slice(rows)
        self._waiting, self._waiting_rows = rest.to_batches(), rest.num_rows


def digest(path: Path) -> str:
    """SHA-256 of the file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
