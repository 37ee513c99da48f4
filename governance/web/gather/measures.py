"""What was measured, and how sure is it? Measurement rows, ready to be read: label, figure, interval, plot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Entry, Spread
from audits.core.figures import Figure, figure, plain
from audits.core.slices import in_words
from audits.core.values import Kind
from audits.models.measurement import MeasurementRow
from governance.web import topics
from governance.web.gather.overview import day
from governance.web.plots import Plot, plots

EVERYONE, WHOLE = "Everyone", "The whole table"
#: Rows of one measure on an audit's page; the rest stand on the measure's own page.
FIRST_ROWS = 8
HEADLINES = (
    "auroc",
    "average_precision",
    "scaled_brier",
    "oe_ratio",
    "calibration_intercept",
    "calibration_slope",
    "prevalence",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
)


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One measurement. place: slice, grouping, operating point or column, "Everyone" where none is named."""

    row: MeasurementRow
    label: str
    place: str
    figure: Figure
    count: str
    plot: Plot | None = None


@dataclass(frozen=True, slots=True)
class MeasureGroup:
    """All that one audit measured under one name, at one operating point. entry: the catalogue's words on it."""

    key: str
    point: str
    label: str
    entry: Entry | None
    lines: tuple[MeasureLine, ...]

    @property
    def first(self) -> tuple[MeasureLine, ...]:
        """What stands on the audit's page: everyone first; all of it when only a little more is left."""
        return self.lines if len(self.lines) <= FIRST_ROWS + 2 else self.lines[:FIRST_ROWS]

    @property
    def more(self) -> int:
        return len(self.lines) - len(self.first)

    @property
    def undefined(self) -> int:
        return sum(line.row.value is None for line in self.lines)

    @property
    def rows_are(self) -> str:
        """The title of the first column: group, site, column, first day."""
        return topics.ROWS[self.entry.spread] if self.entry else topics.ROWS[Spread.TABLE]


@dataclass(frozen=True, slots=True)
class Fold:
    """One measure, at each operating point where it has any."""

    label: str
    entry: Entry | None
    parts: tuple[MeasureGroup, ...]

    @property
    def undefined(self) -> int:
        return sum(part.undefined for part in self.parts)

    @property
    def decides(self) -> bool:
        """Whether a criterion may name it; what is shown only decides nothing."""
        return self.entry is None or self.entry.gated


@dataclass(frozen=True, slots=True)
class Section:
    """Measures that are read together."""

    title: str
    folds: tuple[Fold, ...]


def headlines(rows: Iterable[MeasurementRow]) -> list[MeasureLine]:
    """In the order in which a reviewer reads: does it discriminate, is it calibrated, what does a cut-off do."""
    ordered = sorted(rows, key=lambda row: (HEADLINES.index(row.measure), row.operating_point))
    return [_line(row) for row in ordered]


def groups(rows: Iterable[MeasurementRow], kind: str) -> list[MeasureGroup]:
    """One group per measure and operating point, in the catalogue's order; in each, everyone first."""
    found: dict[tuple[str, str], list[MeasurementRow]] = {}
    for row in rows:
        found.setdefault((row.measure, row.operating_point), []).append(row)
    order = list(CATALOG)
    keys = sorted(found, key=lambda key: (order.index(key[0]) if key[0] in CATALOG else len(order), key[1]))
    return [_group(measure, point, found[(measure, point)], kind) for measure, point in keys]


def sections(found: Iterable[MeasureGroup]) -> list[Section]:
    """The groups under short headings, in the order in which a reviewer reads."""
    folds: dict[str, list[MeasureGroup]] = {}
    for group in found:
        folds.setdefault(group.key, []).append(group)
    titled: dict[str, list[Fold]] = {}
    for key, parts in folds.items():
        entry = CATALOG.get(key)
        fold = Fold(entry.label if entry else key, entry, tuple(parts))
        titled.setdefault(topics.title_of(entry), []).append(fold)
    return [Section(title, tuple(titled[title])) for title in topics.ORDER if title in titled]


def _group(measure: str, point: str, rows: Sequence[MeasurementRow], kind: str) -> MeasureGroup:
    ordered = sorted(rows, key=lambda row: (bool(row.slice), row.slice, row.across, row.column))
    entry = CATALOG.get(measure)
    drawn = plots([row.estimate for row in ordered], reference=_reference(ordered, entry, kind))
    lines = tuple(_line(row, plot) for row, plot in zip(ordered, drawn, strict=True))
    label = entry.label if entry else measure
    return MeasureGroup(measure, point, f"{label} at “{point}”" if point else label, entry, lines)


def _reference(rows: Sequence[MeasurementRow], entry: Entry | None, kind: str) -> float | None:
    """What a slice is compared with: the ideal value where there is one, otherwise everyone's."""
    if entry is not None and entry.target is not None:
        return entry.target
    everyone = next((row for row in rows if not row.slice and not row.across and not row.column), None)
    return everyone.value if everyone is not None and kind in (Kind.VALIDATION, Kind.BIAS) else None


def _line(row: MeasurementRow, plot: Plot | None = None) -> MeasureLine:
    entry = CATALOG.get(row.measure)
    label = entry.label if entry else row.measure
    count = f"{row.n:,}" if row.events is None else f"{row.n:,} / {row.events:,}"
    made = figure(row.estimate)
    # A number that was counted, not estimated, has no interval worth showing.
    if row.value is not None and row.low == row.high:
        made = Figure(plain(row.value), "")
    return MeasureLine(row, label, _place(row, entry), made, count, plot)


def _place(row: MeasurementRow, entry: Entry | None) -> str:
    if row.slice and entry is not None and entry.spread is Spread.WINDOWS:
        return day(row.slice)
    if row.slice:
        return in_words(row.slice)
    if row.across or row.column:
        return row.across.replace(" & ", ", ") or row.column
    return WHOLE if entry is not None and entry.spread is Spread.TABLE else EVERYONE
