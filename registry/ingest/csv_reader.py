"""Which rows does a CSV file hold, and on which line does each begin?

Strict: UTF-8 only (a byte order mark is accepted), no NUL, every row as long as the header, quotes closed (RFC 4180).
The standard library's reader is used for the sake of exact row numbers: it streams, and it says how many lines a
quoted cell spans.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

import pyarrow as pa

from registry.ingest.batch import Batch, rows_per_batch
from registry.ingest.limits import Limits
from registry.ingest.refusals import TableRefused, place

BOM = b"\xef\xbb\xbf"
# The beginning of the csv module's own message -> our code and what to do about it.
REASONS = {
    "field larger": (
        "field_too_large",
        "a cell is larger than accepted; shorten it, or close a quotation mark left open",
    ),
    "unexpected end": ("malformed_csv", "a quotation mark is never closed; close it"),
    "new-line character": ("malformed_csv", "a carriage return stands alone; end lines with LF or CR LF, or quote it"),
}
OTHER_REASON = ("malformed_csv", 'text follows a closing quotation mark; write a quotation mark inside a cell as ""')


class _LineRefused(Exception):
    """A physical line that cannot be read; the row it belongs to is known one level up."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class CsvReader:
    """A CSV file with its header read. Empty lines are accepted at the end of the file and nowhere else."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        csv.field_size_limit(limits.max_field_bytes)
        self._limits = limits
        self._reader = csv.reader(_decoded(file, limits), strict=True)
        self._rows_read = 0
        self.names = tuple(self._header())

    @property
    def types(self) -> Mapping[str, pa.DataType]:
        return dict.fromkeys(self.names, pa.string())

    def batches(self, names: Sequence[str]) -> Iterator[Batch]:
        size, wanted = rows_per_batch(len(self.names)), [(name, self.names.index(name)) for name in names]
        block: list[list[str]] = []
        lines: list[int] = []
        try:
            for line, cells in self._rows():
                block.append(cells)
                lines.append(line)
                if len(block) == size:
                    yield self._batch(block, lines, wanted)
                    block, lines = [], []
        except TableRefused:
            # The rows before the broken one come first, so that the first problem of the file is the one reported.
            if block:
                yield self._batch(block, lines, wanted)
            raise
        if block:
            yield self._batch(block, lines, wanted)

    def _batch(self, block: list[list[str]], lines: list[int], wanted: Sequence[tuple[str, int]]) -> Batch:
        across = list(zip(*block, strict=True))
        columns = {name: pa.array(across[index], pa.string()) for name, index in wanted}
        return Batch(self._rows_read - len(block) + 1, len(block), columns, lines)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        width, blank = len(self.names), None
        while (found := self._next()) is not None:
            line, cells = found
            if not cells:
                blank = blank or line
                continue
            if blank is not None:
                raise self._refused("ragged_row", "the row is empty; remove the line", blank)
            if len(cells) != width:
                reason = f"{len(cells):,} cells stand under {width:,} column names; quote cells that contain commas"
                raise self._refused("ragged_row", reason, line)
            if self._rows_read == self._limits.max_rows:
                reason = f"a table has at most {self._limits.max_rows:,} rows; send a sample or split it"
                raise self._refused("too_many_rows", reason, line)
            self._rows_read += 1
            yield line, cells

    def _header(self) -> list[str]:
        found = self._next(header=True)
        if found is None or not found[1]:
            raise TableRefused("empty_table", "The file has no header; its first line must name the columns.")
        names = found[1]
        if len(names) == 1 and any(separator in names[0] for separator in ";\t|"):
            raise TableRefused("malformed_csv", "The columns are not separated by commas; export with commas.")
        return names

    def _next(self, *, header: bool = False) -> tuple[int, list[str]] | None:
        line = self._reader.line_num + 1
        try:
            return line, next(self._reader)
        except StopIteration:
            return None
        except _LineRefused as err:
            code, reason, cause = err.code, err.reason, err
            raise self._refused(code, reason, line, header=header) from cause
        except csv.Error as err:
            code, reason = next((found for start, found in REASONS.items() if str(err).startswith(start)), OTHER_REASON)
            raise self._refused(code, reason, line, header=header) from err

    def _refused(self, code: str, reason: str, line: int, *, header: bool = False) -> TableRefused:
        if header:
            return TableRefused(code, f"In the header, {reason}.", line=line)
        row = self._rows_read + 1
        return TableRefused(code, f"{place(row, line)}: {reason}.", row, line=line)


def _decoded(file: BinaryIO, limits: Limits) -> Iterator[str]:
    """The file's lines as text. Line by line, because UTF-8 never hides a line end, so a bad byte's row is exact."""
    longest = limits.max_columns * limits.max_field_bytes
    first = True
    while raw := file.readline(longest + 1):
        if first and raw.startswith(BOM):
            raw = raw[len(BOM) :]
        first = False
        if len(raw) > longest:
            raise _LineRefused("field_too_large", "a line is longer than any accepted row; check the line ends")
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as err:
            raise _LineRefused("not_utf8", "a character is not UTF-8; export the table as UTF-8") from err
        if "\0" in text:
            raise _LineRefused("nul_character", "a NUL character is present; export the table as UTF-8 text")
        yield text
