"""Do the pages of a Parquet file hold what its footer says they hold?

The footer is a claim by whoever wrote the file, and a reader that believes it reads fewer rows than are there, or
reserves more than is there. Each column chunk is walked page by page, headers only: the pages must tile the chunk
exactly and their values must add up to the footer's row count. Source: the Parquet format's `parquet.thrift`
(PageHeader) in Thrift's compact protocol.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow.parquet as pq

MAX_DEPTH = 8
DATA_PAGE, DATA_PAGE_V2 = 0, 3
# PageHeader: field of the page's own header, by page type; in both kinds field 1 is the number of values.
HEADER_OF_TYPE = {DATA_PAGE: 5, DATA_PAGE_V2: 8}
TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, STRUCT = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12

# What a decoded field is: an integer, a structure's fields by number, or None where it was skipped.
Field: TypeAlias = "int | dict[int, Field] | None"


class PagesDisagree(Exception):
    """The pages and the footer tell different stories; the text says which, without any cell."""


@dataclass(slots=True)
class _Compact:
    """A cursor over Thrift's compact protocol; keeps integers and structures, skips the rest."""

    data: mmap.mmap
    position: int
    end: int

    def byte(self) -> int:
        if self.position >= self.end:
            raise PagesDisagree("a page header runs past the end of its column")
        self.position += 1
        return self.data[self.position - 1]

    def varint(self) -> int:
        value = shift = 0
        while True:
            part = self.byte()
            value |= (part & 0x7F) << shift
            shift += 7
            if part < 0x80:
                return value
            if shift > 63:
                raise PagesDisagree("a page header holds a number of more than 64 bits")

    def integer(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def value(self, kind: int, depth: int) -> Field:
        if kind in (I16, I32, I64):
            return self.integer()
        if kind == STRUCT:
            return self.struct(depth + 1)
        if kind == BYTE:
            self.byte()
        elif kind == DOUBLE:
            self.position += 8
        elif kind == BINARY:
            length = self.varint()
            self.position += length
        elif kind in (LIST, SET):
            self._skip_list(depth)
        elif kind not in (TRUE, FALSE):
            raise PagesDisagree("a page header is garbled")
        return None

    def _skip_list(self, depth: int) -> None:
        head = self.byte()
        count = head >> 4 if head >> 4 < 15 else self.varint()
        for _ in range(count):
            # In a list a boolean takes a byte of its own, unlike in a structure.
            self.value(BYTE if head & 0x0F in (TRUE, FALSE) else head & 0x0F, depth + 1)

    def struct(self, depth: int = 0) -> dict[int, Field]:
        if depth > MAX_DEPTH:
            raise PagesDisagree("a page header is nested too deeply")
        fields: dict[int, Field] = {}
        number = 0
        while head := self.byte():
            number = number + (head >> 4) if head >> 4 else self.integer()
            fields[number] = self.value(head & 0x0F, depth)
        return fields


def check_pages(data: mmap.mmap, metadata: pq.FileMetaData, *, max_inflated_bytes: int) -> None:
    """Raise PagesDisagree unless every column chunk holds exactly its row group's rows.

    data: the whole file. metadata: pyarrow's FileMetaData of it, whose columns are all flat (one value per row).
    """
    stored = inflated = rows = 0
    for group in (metadata.row_group(index) for index in range(metadata.num_row_groups)):
        rows += group.num_rows
        for chunk in (group.column(index) for index in range(group.num_columns)):
            stored += chunk.total_compressed_size
            # Chunks that share bytes would let a small file claim to be a large one.
            if stored > len(data):
                raise PagesDisagree("the columns claim more bytes than the file has")
            values, size = _walk(data, chunk)
            if not values == chunk.num_values == group.num_rows:
                raise PagesDisagree("the footer states another number of rows than the pages hold")
            inflated += size
            if size > chunk.total_uncompressed_size or inflated > max_inflated_bytes:
                raise PagesDisagree("the pages are larger than the footer states or than is accepted")
    if rows != metadata.num_rows:
        raise PagesDisagree("the footer's row count is not the sum of its row groups")


def _walk(data: mmap.mmap, chunk: pq.ColumnChunkMetaData) -> tuple[int, int]:
    """(values in the data pages of one column chunk, bytes of all its pages when inflated, headers included)."""
    # Some writers say 0 for a page that is not there: a dictionary, or the data of a table without rows.
    start = min((at for at in (chunk.dictionary_page_offset, chunk.data_page_offset) if at), default=0)
    end = start + chunk.total_compressed_size
    if start < 4 or chunk.total_compressed_size < 0 or end > len(data) - 8:
        raise PagesDisagree("a column lies outside the file")
    values = size = 0
    cursor = _Compact(data, start, end)
    while cursor.position < end:
        began = cursor.position
        header = cursor.struct()
        stored, inflated = header.get(3), header.get(2)
        if not isinstance(stored, int) or not isinstance(inflated, int) or stored < 0 or inflated < 0:
            raise PagesDisagree("a page header is garbled")
        size += inflated + cursor.position - began
        cursor.position += stored
        values += _values(header)
    if cursor.position != end:
        raise PagesDisagree("a page runs past the end of its column")
    return values, size


def _values(header: dict[int, Field]) -> int:
    kind = header.get(1)
    if kind not in HEADER_OF_TYPE:
        return 0  # a dictionary or an index: no values of its own
    own = header.get(HEADER_OF_TYPE[kind])
    count = own.get(1) if isinstance(own, dict) else None
    if not isinstance(count, int) or count < 0:
        raise PagesDisagree("a page header is garbled")
    return count
