"""Which measurements of one table may a report show? The suppression rule, applied to subgroups, flags and columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Entry, Needs, Spread
from audits.core.slices import EVERYONE, MISSING, across_name
from audits.core.values import Kind, Measurement
from governance.core.suppression import SMALL_TEXT, Sum, hidden, is_small, tells_few
from governance.reports import veil_sums
from governance.reports.veil_sums import COMPARED, KINDS, PAIRED, Counts, flag, levels_of

WITHHELD = "withheld"
NOT_SHOWN = "Not shown: it rests on fewer than 11 patients, or would reveal such a group."
_ABOUT_MISSING = frozenset({"missing_share", "missing_share_difference"})
#: A level's share of the people: with the known share of the population it is a count.
_SHARE_OF_PEOPLE = "participation_to_prevalence"
#: Of these, n counts columns.
_OF_COLUMNS = frozenset({"drifted_columns", "drifted_share"})
#: Its n is that of the window that it names, without the rows that lack the column.
_OF_A_WINDOW = "worst_window_psi"
_GROUPS = re.compile(r"over (\d+) groups of patients")

Groupings = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Veil:
    """What stays hidden of one table. cells: hidden ones; small_across: groupings that compare a small group;
    counted: (rows, events, non-events) of every slice that was judged; paired: those with a comparator, of everyone;
    columns: rows by column; sites, windows: whether any of them is hidden."""

    cells: frozenset[str]
    small_across: frozenset[str]
    counted: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    paired: tuple[int, ...] = ()
    columns: Mapping[str, int] = field(default_factory=dict)
    sites: bool = False
    windows: bool = False

    def hides(self, found: Measurement) -> bool:
        """Whether this measurement rests on a hidden cell, or gives a small count away by itself."""
        if found.across:
            return found.across in self.small_across
        if tells_few(found.estimate.method) or _rests_on_few(found):
            return True
        entry = CATALOG.get(found.measure)
        if found.column:
            missing = found.measure in _ABOUT_MISSING and f"{found.column}={MISSING}" in self.cells
            return missing or (entry is not None and entry.unit == "share" and self._differs(found))
        if found.measure == _SHARE_OF_PEOPLE and found.slice not in self.counted:
            return True
        if entry is not None and entry.needs is Needs.SCAN and self._differs(found):
            return True
        return found.slice in self.cells or not self._flags(found, entry).isdisjoint(self.cells)

    def _flags(self, found: Measurement, entry: Entry | None) -> set[str]:
        """The cells of its operating point: sensitivity and specificity together give the number of the flagged away,
        so each hides with it. Against the existing method: also that one's, and the rows that have both."""
        name, point = found.slice, found.operating_point
        flags = {flag(name, point, kind) for kind in KINDS if point}
        if entry is not None and entry.needs is Needs.COMPARATOR:
            flags |= {flag(name, point, COMPARED), flag(name, "", PAIRED[0])}
        return flags

    def hides_counts(self, found: Measurement) -> bool:
        """Whether n and events of a shown measurement would reveal a hidden cell, or a few rows, by subtraction."""
        entry = CATALOG.get(found.measure)
        if found.measure == _OF_A_WINDOW:
            return True
        if found.across or entry is None or (entry.kind is Kind.QUALITY and not found.column):
            return False
        if entry.spread is Spread.TABLE and (
            (entry.needs is Needs.SITE and self.sites) or (entry.needs is Needs.DATE and self.windows)
        ):
            return True
        return self._differs(found)

    def slices(self) -> tuple[str, ...]:
        """The hidden subgroups and sites, by name."""
        return tuple(sorted(cell for cell in self.cells if "\0" not in cell and "=" in cell))

    def _differs(self, found: Measurement) -> bool:
        """Whether a few rows more, or less, than this one rests on are those of its slice."""
        rows = self.columns.get(found.column)
        whole = self.counted.get(found.slice, ()) if not found.column else () if rows is None else (rows,)
        own = _counts(found)
        return own[0] > 0 and any(is_small(abs(a - b)) for a, b in zip(whole, own, strict=False))


def shown_counts(n: int, events: int | None) -> tuple[str, str | None]:
    """What stands in the place of hidden counts. Of few patients, even that none had the outcome is not said."""
    if is_small(n):
        return SMALL_TEXT, None if events is None else SMALL_TEXT
    return WITHHELD, None if events is None else SMALL_TEXT if is_small(events) else WITHHELD


def veil_of(measurements: Iterable[Measurement], groupings: Groupings) -> Veil:
    """The veil over everything that was measured on one table. groupings: all that any of its plans declared."""
    given = list(measurements)
    cells = [each for each in given if not each.across and not each.column and _is_cell(each)]
    # Of a window whose outcomes are not known there is n alone. Some measures rest on fewer rows of a slice than
    # others (those with a comparator): the slice is all of them.
    ordered = sorted(cells, key=lambda row: (row.estimate.events is not None, row.estimate.n))
    slices: dict[str, tuple[int, ...]] = {row.slice: _counts(row) for row in ordered}
    partitions = veil_sums.partitions(cells, slices)
    flags = veil_sums.flag_counts(cells) | veil_sums.pair_counts(cells, slices)
    known = {**slices, **partitions.rests, **flags, **veil_sums.compared_counts(cells)}
    of_slices = [*veil_sums.sums_of_slices(slices, groupings), *partitions.sums]
    sums = of_slices + veil_sums.flag_sums(of_slices, slices, sorted({row.operating_point for row in cells} - {""}))
    sums = [each for each in sums if {each.whole, *each.parts} <= known.keys()]
    found = _hidden(known, sums, flags, frozenset(_of_few_patients(cells)) | partitions.unclear)
    columns: dict[str, int] = {}
    for row in given:
        if row.measure in _ABOUT_MISSING:
            columns[row.column] = max(row.estimate.n, columns.get(row.column, 0))
    return Veil(
        found,
        _small_across(slices, cells, groupings),
        slices,
        flags.get(flag(EVERYONE, "", PAIRED[0]), ()),
        columns,
        sites=not partitions.sites.isdisjoint(found),
        windows=not partitions.windows.isdisjoint(found),
    )


def bars(counts: Mapping[str, int], *, already: Iterable[str] = ()) -> frozenset[str]:
    """The bars of a histogram with a known total that must not be drawn."""
    cells = {name: (count,) for name, count in counts.items()} | {EVERYONE: (sum(counts.values()),)}
    return hidden(cells, [Sum(EVERYONE, tuple(counts))], already=already) - {EVERYONE}


def _hidden(known: Counts, sums: Sequence[Sum], flags: Iterable[str], few: frozenset[str]) -> frozenset[str]:
    """What is flagged in a hidden slice is hidden with it, which may ask for more."""
    small = {cell for cell, counts in known.items() if any(map(is_small, counts))}
    # Flagged and left alone are all: who is hidden with the few is known from the start, not searched for.
    cells = few | small | {twin for cell in small if (twin := veil_sums.twin(cell)) in known}
    while (more := hidden(known, sums, already=cells | _of_hidden(cells, flags))) != cells:
        cells = more
    return cells


def _of_hidden(cells: frozenset[str], flags: Iterable[str]) -> frozenset[str]:
    return frozenset(each for each in flags if each.partition("\0")[0] in cells)


def _is_cell(row: Measurement) -> bool:
    """Whether it says how many rows a slice has: one with events, or that of a window whose events are not known."""
    entry = CATALOG.get(row.measure)
    spread = entry.spread if entry else Spread.SLICES
    if spread is Spread.WINDOWS:
        return row.measure != "window_psi"
    return spread in (Spread.SLICES, Spread.SITES) and row.estimate.events is not None


def _of_few_patients(rows: Iterable[Measurement]) -> set[str]:
    """Slices of many rows of a few patients, as their methods tell."""
    told = [(row.slice, found) for row in rows for found in _GROUPS.finditer(row.estimate.method)]
    return {name for name, found in told if name and is_small(int(found[1]))}


def _counts(row: Measurement) -> tuple[int, ...]:
    n, events = row.estimate.n, row.estimate.events
    return (n,) if events is None else (n, events, n - events)


def _rests_on_few(found: Measurement) -> bool:
    """Whether its own counts are small, whatever its slice: that of the worst of a scan, or of pairs."""
    return found.measure not in _OF_COLUMNS and any(map(is_small, _counts(found)))


def _small_across(
    slices: Mapping[str, tuple[int, ...]], rows: Iterable[Measurement], groupings: Groupings
) -> frozenset[str]:
    """Groupings with a small group that took part in the comparison: a gap between two would give it away."""
    valued = {row.slice for row in rows if row.estimate.value is not None}
    small = {name for name, counts in slices.items() if name in valued and any(map(is_small, counts))}
    return frozenset(across_name(tuple(levels_of(name, groupings))) for name in small)
