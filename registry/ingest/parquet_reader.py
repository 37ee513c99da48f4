"""Which rows does a Parquet file hold, once its footer has been found to tell the truth?

Flat columns only. Every limit that pyarrow offers against a hostile file is set, page checksums are verified where
present, and nothing is restored from the file but columns (CVE-2023-47248 was an extension type that ran code).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from registry.ingest.batch import Batch, rows_per_batch
from registry.ingest.limits import Limits
from registry.ingest.parquet_pages import PagesDisagree, check_pages
from registry.ingest.refusals import TableRefused, shown

THRIFT_STRING_BYTES = 2**20
THRIFT_CONTAINER_ITEMS = 100_000
# A dictionary lets a small file repeat a long text; few rows at a time keep an honest one within the memory limit.
MAX_BATCH_ROWS = 16_384
# What pyarrow raises on damaged bytes; ArrowInvalid and a bad column name are ValueErrors.
DAMAGE = (pa.ArrowException, ValueError, OverflowError, RuntimeError, EOFError)


class ParquetReader:
    """A Parquet file whose footer was checked against its pages."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        try:
            self._file = pq.ParquetFile(
                path,
                memory_map=False,
                pre_buffer=False,
                thrift_string_size_limit=THRIFT_STRING_BYTES,
                thrift_container_size_limit=THRIFT_CONTAINER_ITEMS,
                page_checksum_verification=True,
                arrow_extensions_enabled=False,
            )
            schema = self._file.schema_arrow
        except MemoryError:
            raise  # pyarrow's is an ArrowException too, but it is a limit that was met, not damage that was found
        except (*DAMAGE, OSError) as err:
            raise _corrupt("its footer cannot be read", err) from err
        self.names: tuple[str, ...] = tuple(schema.names)
        self.types: Mapping[str, pa.DataType] = {field.name: field.type for field in schema}
        _refuse_too_much(self._file.metadata, limits)
        _refuse_nested(schema, self._file.metadata)
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                check_pages(data, self._file.metadata, max_inflated_bytes=limits.max_inflated_bytes)
            except (PagesDisagree, *DAMAGE, OSError) as err:
                raise _corrupt(str(err) if isinstance(err, PagesDisagree) else "its footer is garbled", err) from err

    def batches(self, names: Sequence[str]) -> Iterator[Batch]:
        read, size = 0, min(MAX_BATCH_ROWS, rows_per_batch(len(names)))
        try:
            for batch in self._file.iter_batches(batch_size=size, columns=list(names), use_threads=False):
                # A name with a dot in it can select more columns than it names, hence the selection by name again.
                columns = {name: batch.column(name) for name in names}
                yield Batch(read + 1, batch.num_rows, columns)
                read += batch.num_rows
        except MemoryError:
            raise
        except (*DAMAGE, OSError) as err:
            raise _corrupt("its pages cannot be read", err) from err
        if read != self._file.metadata.num_rows:
            raise _corrupt("the footer states another number of rows than the pages hold", None)


def _corrupt(reason: str, err: BaseException | None) -> TableRefused:
    if isinstance(err, OSError) and err.errno:
        raise err  # the disk failed, not the file: pyarrow's own complaints carry no errno
    return TableRefused(
        "corrupt_parquet", f"The Parquet file is damaged: {reason}. Write the file again and resend it."
    )


def _refuse_too_much(metadata: pq.FileMetaData, limits: Limits) -> None:
    if metadata.num_columns > limits.max_columns:
        message = f"The file has {metadata.num_columns:,} columns; at most {limits.max_columns:,} are accepted."
        raise TableRefused("too_many_columns", message)
    if metadata.num_rows > limits.max_rows:
        message = f"The footer states {metadata.num_rows:,} rows; at most {limits.max_rows:,} are accepted. Split it."
        raise TableRefused("too_many_rows", message)
    if metadata.num_row_groups > limits.max_row_groups:
        message = (
            f"The file has {metadata.num_row_groups:,} row groups; at most {limits.max_row_groups:,} are accepted. "
            "Write it with larger row groups."
        )
        raise TableRefused("too_many_row_groups", message)


def _refuse_nested(schema: pa.Schema, metadata: pq.FileMetaData) -> None:
    for field in schema:
        if pa.types.is_nested(field.type):
            message = f"Column {shown(field.name)} holds lists or structures; write one plain value per cell."
            raise TableRefused("nested_type", message, column=field.name)
    if len(schema) != metadata.num_columns:
        raise TableRefused("nested_type", "Some columns hold structures; write one plain value per cell.")
