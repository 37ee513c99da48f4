"""What can a page of the report consist of? A few kinds of block; `report.typ` knows how each one looks.

Every text is data: it is set as it stands, whatever characters it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audits.charts.chart import Chart


@dataclass(frozen=True, slots=True)
class Cell:
    """tone: good, bad, unsure, quiet or "". mono: set like a digest. note: a smaller line below, e.g. an interval."""

    text: str
    tone: str = ""
    mono: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """share: of the width that is left, 0 for as wide as its content. right: numbers are set to the right."""

    title: str
    share: float = 0
    right: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph. quiet: smaller, as a note."""

    text: str
    quiet: bool = False
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    kind: str = "heading"


@dataclass(frozen=True, slots=True)
class Pairs:
    """Names and values, one below the other."""

    rows: tuple[tuple[str, Cell], ...]
    kind: str = "pairs"


@dataclass(frozen=True, slots=True)
class Table:
    """caption: "" for none. Its first column names the row."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Picture:
    """One chart. wide: share of the text's width, in percent."""

    chart: Chart
    caption: str
    wide: int = 100


@dataclass(frozen=True, slots=True)
class Pictures:
    """Charts side by side."""

    items: tuple[Picture, ...]
    kind: str = "pictures"


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature in full: who, when, meaning what, over which bytes."""

    name: str
    username: str
    meaning: str
    tone: str
    at: str
    statement: str
    remarks: tuple[tuple[str, str], ...]
    digest: str
    kind: str = "signed"


Block = Text | Heading | Pairs | Table | Pictures | Signed


@dataclass(frozen=True, slots=True)
class Chapter:
    """fresh: whether it begins on a new page."""

    title: str
    blocks: tuple[Block, ...]
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    text: str
    remedy: str
    source: str


@dataclass(frozen=True, slots=True)
class Cover:
    """tone: good or bad. verdict: one sentence. reasons: all of them."""

    title: str
    model: str
    verdict: str
    tone: str
    explained: str
    reasons: tuple[Reason, ...]
    pairs: Pairs


@dataclass(frozen=True, slots=True)
class Report:
    title: str
    description: str
    running: str
    cover: Cover
    chapters: tuple[Chapter, ...]


def pairs(*rows: tuple[str, str | Cell | None]) -> Pairs:
    """Names and values; absent values are said to be."""
    return Pairs(tuple((name, _cell(value)) for name, value in rows))


def table(columns: Sequence[Column], rows: Sequence[Sequence[str | Cell]], caption: str = "") -> Table:
    return Table(tuple(columns), tuple(tuple(_cell(cell) for cell in row) for row in rows), caption)


def digest(sha256: str) -> Cell:
    return Cell(sha256, mono=True)


def _cell(value: str | Cell | None) -> Cell:
    if isinstance(value, Cell):
        return value
    return Cell(value) if value else Cell("not stated", tone="quiet")
