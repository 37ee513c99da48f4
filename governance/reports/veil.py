"""Which measurements of one table may a report show? The suppression rule, applied to subgroups, flags and columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Needs, Spread
from audits.core.slices import EVERYONE, MISSING, across_name, slice_name
from audits.core.values import Measurement
from governance.core.suppression import SMALL_TEXT, Sum, hidden, is_small

WITHHELD = "withheld"
NOT_SHOWN = "Not shown: it rests on fewer than 11 patients, or would reveal such a group."
_KINDS = ("flagged", "left")
_ABOUT_MISSING = frozenset({"missing_share", "missing_share_difference"})
#: A level's share of the people: with the known share of the population it is a count.
_SHARE_OF_PEOPLE = "participation_to_prevalence"

Groupings = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Veil:
    """What stays hidden of one table. cells: hidden ones; small_across: groupings that compare a small group;
    counted: every slice whose counts are known, and so were judged."""

    cells: frozenset[str]
    small_across: frozenset[str]
    counted: frozenset[str] = frozenset()

    def hides(self, found: Measurement) -> bool:
        """Whether this measurement rests on a hidden cell."""
        if found.across:
            return found.across in self.small_across
        if found.column:
            return found.measure in _ABOUT_MISSING and f"{found.column}={MISSING}" in self.cells
        if found.measure == _SHARE_OF_PEOPLE and found.slice not in self.counted:
            return True
        # Sensitivity and specificity together give the number of the flagged away, so each hides with it.
        flags = {_flag(found.slice, found.operating_point, kind) for kind in _KINDS if found.operating_point}
        return found.slice in self.cells or not flags.isdisjoint(self.cells) or _rests_on_few(found)

    def slices(self) -> tuple[str, ...]:
        """The hidden slices, by name."""
        return tuple(sorted(cell for cell in self.cells if "\0" not in cell))


def shown_counts(n: int, events: int | None) -> tuple[str, str | None]:
    """What stands in the place of hidden counts. Of few patients, even that none had the outcome is not said."""
    if is_small(n):
        return SMALL_TEXT, None if events is None else SMALL_TEXT
    return WITHHELD, None if events is None else SMALL_TEXT if is_small(events) else WITHHELD


def veil_of(measurements: Iterable[Measurement], groupings: Groupings) -> Veil:
    """The veil over everything that was measured on one table. groupings: all that any of its plans declared."""
    rows = [each for each in measurements if not each.across and not each.column and each.estimate.events is not None]
    # Some measures rest on fewer rows of a slice than others (those with a comparator): the slice is all of them.
    slices = {row.slice: _counts(row) for row in sorted(rows, key=lambda row: row.estimate.n)}
    flags = _flag_counts(rows)
    known = {**slices, **flags}
    points = sorted({row.operating_point for row in rows} - {""})
    of_slices = [*_sums_of_slices(slices, groupings), *_sums_of_partitions(rows)]
    sums = of_slices + [total for point in points for total in _flag_sums(of_slices, slices, point)]
    sums = [each for each in sums if {each.whole, *each.parts} <= known.keys()]
    cells: frozenset[str] = frozenset()
    # What is flagged in a hidden slice is hidden with it, which may ask for more.
    while (more := hidden(known, sums, already=cells | _of_hidden(cells, flags))) != cells:
        cells = more
    return Veil(cells, _small_across(slices, rows, groupings), frozenset(slices))


def bars(counts: Mapping[str, int], *, already: Iterable[str] = ()) -> frozenset[str]:
    """The bars of a histogram with a known total that must not be drawn."""
    cells = {name: (count,) for name, count in counts.items()} | {EVERYONE: (sum(counts.values()),)}
    return hidden(cells, [Sum(EVERYONE, tuple(counts))], already=already) - {EVERYONE}


def _counts(row: Measurement) -> tuple[int, ...]:
    n, events = row.estimate.n, row.estimate.events or 0
    return (n, events, n - events)


def _flag(name: str, point: str, kind: str) -> str:
    return f"{name}\0{point}\0{kind}"


def _flag_counts(rows: Iterable[Measurement]) -> dict[str, tuple[int, ...]]:
    """Patients flagged and left alone, per slice and operating point."""
    found: dict[str, tuple[int, ...]] = {}
    for row in rows:
        if row.measure != "flag_rate" or row.estimate.n == 0:
            continue
        value, n = row.estimate.value, row.estimate.n
        # An undefined rate says nothing, but its count follows from the others: taken for small, to be safe.
        flagged, left = (1, n - 1) if value is None else (round(value * n), n - round(value * n))
        found[_flag(row.slice, row.operating_point, "flagged")] = (flagged,)
        found[_flag(row.slice, row.operating_point, "left")] = (left,)
    return found


def _sums_of_slices(slices: Iterable[str], groupings: Groupings) -> Iterator[Sum]:
    """Each grouping adds up to everyone, and to the slices of each grouping that it refines."""
    read = {name: levels for name in slices if (levels := levels_of(name, groupings))}
    for fine in groupings:
        members = {name: levels for name, levels in read.items() if tuple(levels) == fine}
        for coarse in [(), *(each for each in groupings if set(each) < set(fine))]:
            parts: dict[str, list[str]] = {}
            for name, levels in members.items():
                whole = slice_name(coarse, [levels[attribute] for attribute in coarse])
                parts.setdefault(whole, []).append(name)
            yield from (Sum(whole, tuple(sorted(names))) for whole, names in sorted(parts.items()))


def _sums_of_partitions(rows: Iterable[Measurement]) -> Iterator[Sum]:
    """Sites add up to everyone, and so do windows of time."""
    for spread in (Spread.SITES, Spread.WINDOWS):
        parts = {row.slice for row in rows if (entry := CATALOG.get(row.measure)) and entry.spread is spread}
        if parts:
            yield Sum(EVERYONE, tuple(sorted(parts)))


def _rests_on_few(found: Measurement) -> bool:
    """Whether a measure of the table names a slice by itself, as the worst of a scan does, and that slice is small."""
    entry, events = CATALOG.get(found.measure), found.estimate.events
    if entry is None or entry.needs is not Needs.SCAN or events is None:
        return False
    return any(map(is_small, (found.estimate.n, events, found.estimate.n - events)))


def levels_of(name: str, groupings: Groupings) -> dict[str, str]:
    """The level of each attribute of a slice, in the order of its grouping; {} for everyone and for other names."""
    # Levels are free text: "race=a & sex=b" could be one odd race, so the grouping with most attributes reads it.
    for attributes in sorted(groupings, key=len, reverse=True):
        pattern = " & ".join(f"{re.escape(attribute)}=(.*?)" for attribute in attributes)
        if found := re.fullmatch(pattern, name, re.DOTALL):
            return dict(zip(attributes, found.groups(), strict=True))
    return {}


def _flag_sums(sums: Iterable[Sum], slices: Iterable[str], point: str) -> Iterator[Sum]:
    """The flagged of the parts are the flagged of the whole; flagged and left alone are all."""
    for each in sums:
        for kind in _KINDS:
            yield Sum(_flag(each.whole, point, kind), tuple(_flag(part, point, kind) for part in each.parts))
    for name in slices:
        yield Sum(name, tuple(_flag(name, point, kind) for kind in _KINDS))


def _of_hidden(cells: frozenset[str], flags: Mapping[str, object]) -> frozenset[str]:
    return frozenset(flag for flag in flags if flag.partition("\0")[0] in cells)


def _small_across(
    slices: Mapping[str, tuple[int, ...]], rows: Iterable[Measurement], groupings: Groupings
) -> frozenset[str]:
    """Groupings with a small group that took part in the comparison: a gap between two would give it away."""
    valued = {row.slice for row in rows if row.estimate.value is not None}
    small = {name for name, counts in slices.items() if name in valued and any(map(is_small, counts))}
    return frozenset(across_name(tuple(levels_of(name, groupings))) for name in small)
