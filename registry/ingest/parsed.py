"""What is known about a table once it has been accepted? Values only; nothing here is a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """One column of the canonical table.

    nulls: missing cells. distinct: different values, missing not counted; a lower bound when distinct_capped.
    minimum, maximum: of numbers, None for texts, dates and a column without values. levels: cells per group, of
    subgroups and the site, in the order of their names.
    """

    name: str
    role: str
    type: str
    nulls: int
    distinct: int
    distinct_capped: bool
    minimum: float | None = None
    maximum: float | None = None
    levels: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What the parser reports. sha256, size: of the canonical file. outcomes: rows per canonical outcome, 0 and 1; the
    rest, if any, is not known yet."""

    rows: int
    columns: tuple[ColumnSummary, ...]
    outcomes: Mapping[str, int] | None
    subjects: int | None
    sha256: str
    size: int
    engines: Mapping[str, str]

    def to_json(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> Summary:
        facts = dict(document)
        columns = facts.pop("columns")
        if not isinstance(columns, list | tuple):
            raise TypeError("columns are a list")
        return cls(columns=tuple(ColumnSummary(**column) for column in columns), **facts)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class ParsedTable:
    """An accepted table. canonical: its Parquet file. subjects: the distinct subjects, one per line, sorted by code
    point; None without a subject column. Both lie in the caller's working directory and are the caller's to remove.
    """

    canonical: Path
    subjects: Path | None
    summary: Summary
