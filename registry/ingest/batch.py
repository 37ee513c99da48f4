"""What does a file reader hand on? A run of consecutive rows, column by column, that knows where it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

# Enough rows to make vectorised work worthwhile, few enough cells that 512 wide columns stay within the memory limit.
MAX_ROWS = 65_536
MAX_CELLS = 1_048_576


@dataclass(frozen=True, slots=True)
class Batch:
    """first_row: number of its first data row, 1-based. lines: the file line on which each row begins (CSV only)."""

    first_row: int
    rows: int
    columns: Mapping[str, pa.Array]
    lines: Sequence[int] | None = None

    def line(self, index: int) -> int | None:
        """The file line of the row at this 0-based index."""
        return None if self.lines is None else self.lines[index]


class TableReader(Protocol):
    """A file whose header has been read and whose rows have not."""

    @property
    def names(self) -> tuple[str, ...]:
        """The file's column names, in its order."""

    @property
    def types(self) -> Mapping[str, pa.DataType]:
        """The type in which each column arrives."""

    def batches(self, names: Sequence[str]) -> Iterator[Batch]:
        """The named columns of every row, in file order. Raises TableRefused where the file itself is broken."""


def rows_per_batch(columns: int) -> int:
    """How many rows of so many columns are handled at once."""
    return max(1, min(MAX_ROWS, MAX_CELLS // max(1, columns)))
