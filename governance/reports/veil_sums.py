"""How do the counts of one table add up, as every reader knows? Groupings, sites, windows, and what is flagged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Spread
from audits.core.slices import EVERYONE, slice_name
from audits.core.values import Measurement
from governance.core.suppression import Sum, is_small

KINDS = ("flagged", "left")
#: Rows that have the existing method's answer too, and those that lack it.
PAIRED = ("paired", "unpaired")
COMPARED = "compared"
_SPREADS = {Spread.SITES: "site", Spread.WINDOWS: "window"}
#: The flag rates of slices and of windows.
_RATES = ("flag_rate", "window_flag_rate")

Counts = Mapping[str, tuple[int, ...]]
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Partitions:
    """Sites and windows: their names, how they add up, and what belongs to none of them. unclear: parts that do not
    add up (of several plans), one of which is small, so that all of them are hidden."""

    sites: frozenset[str]
    windows: frozenset[str]
    sums: tuple[Sum, ...]
    rests: Counts
    unclear: frozenset[str]


def flag(name: str, point: str, kind: str) -> str:
    """The cell of those of a slice that are flagged, or left alone, at an operating point."""
    return f"{name}\0{point}\0{kind}"


def twin(cell: str) -> str:
    """The cell that makes up a slice together with this one; no cell's name for one that stands alone."""
    name, _, rest = cell.partition("\0")
    point, _, kind = rest.partition("\0")
    others = dict((KINDS, KINDS[::-1], PAIRED, PAIRED[::-1]))
    return flag(name, point, others[kind]) if kind in others else "\0"


def flag_counts(rows: Iterable[Measurement]) -> dict[str, tuple[int, ...]]:
    """Patients flagged and left alone, per slice and operating point: all, with and without the outcome."""
    found: dict[str, tuple[int, ...]] = {}
    kept = list(rows)
    caught = _values(kept, "sensitivity")
    for row in kept:
        if row.measure not in _RATES or row.estimate.n == 0:
            continue
        value, n, events = row.estimate.value, row.estimate.n, row.estimate.events
        # An undefined rate says nothing, but its count follows from the others: taken for small, to be safe.
        flagged = 1 if value is None else round(value * n)
        sides: tuple[tuple[int, ...], tuple[int, ...]] = (flagged,), (n - flagged,)
        share = caught.get((row.slice, row.operating_point))
        if share is not None and events is not None:
            hits = round(share * events)
            sides = (flagged, hits, flagged - hits), (n - flagged, events - hits, n - flagged - events + hits)
        for kind, side in zip(KINDS, sides, strict=True):
            found[flag(row.slice, row.operating_point, kind)] = side
    return found


def pair_counts(rows: Iterable[Measurement], slices: Counts) -> dict[str, tuple[int, ...]]:
    """Patients with the existing method's answer and without it, per slice."""
    found: dict[str, tuple[int, ...]] = {}
    for row in rows:
        if row.measure == "auroc_vs_comparator" and row.estimate.events is not None:
            n, events = row.estimate.n, row.estimate.events
            pairs = (n, events, n - events)
            lack = tuple(max(0, a - b) for a, b in zip(slices[row.slice], pairs, strict=False))
            for kind, side in zip(PAIRED, (pairs, lack), strict=True):
                found[flag(row.slice, "", kind)] = side
    return found


def compared_counts(rows: Iterable[Measurement]) -> dict[str, tuple[int, ...]]:
    """The existing method's hits, misses, false alarms and those it rightly left alone, per slice and point."""
    found: dict[str, tuple[int, ...]] = {}
    kept = list(rows)
    own = {measure: _values(kept, measure) for measure in ("sensitivity", "specificity")}
    for row in kept:
        measure, _, rest = row.measure.partition("_vs_comparator")
        share = own.get(measure, {}).get((row.slice, row.operating_point))
        value, events = row.estimate.value, row.estimate.events
        if rest or row.measure == measure or share is None or value is None or events is None:
            continue
        size = events if measure == "sensitivity" else row.estimate.n - events
        right = round((share - value) * size)
        cell = flag(row.slice, row.operating_point, COMPARED)
        found[cell] = (*found.get(cell, ()), right, size - right)
    return found


def _values(rows: Iterable[Measurement], measure: str) -> dict[Place, float]:
    return {
        (row.slice, row.operating_point): row.estimate.value
        for row in rows
        if row.measure == measure and row.estimate.value is not None
    }


def partitions(rows: Iterable[Measurement], slices: dict[str, tuple[int, ...]]) -> Partitions:
    """Sites add up to everyone, with the rows that name none; so do windows, with those without a date.

    Where everyone was not measured, the parts together stand in `slices` for it.
    """
    names: dict[str, set[str]] = {"site": set(), "window": set()}
    for row in rows:
        if (entry := CATALOG.get(row.measure)) and entry.spread in _SPREADS:
            names[_SPREADS[entry.spread]].add(row.slice)
    sums, rests, unclear = [], {}, set()
    for kind, parts in names.items():
        if not parts:
            continue
        together = tuple(sum(each) for each in zip(*(slices[part] for part in parts), strict=False))
        rest = tuple(a - b for a, b in zip(slices.setdefault(EVERYONE, together), together, strict=False))
        if min(rest) < 0:
            small = any(is_small(count) for part in parts for count in slices[part])
            unclear |= parts if small else set()
            continue
        nobody = f"\0\0no {kind}"
        rests[nobody] = rest
        # Of the rows that name none nothing else is known: a sum with them says nothing of who is flagged.
        sums.append(Sum(EVERYONE, (*sorted(parts), nobody) if any(rest) else tuple(sorted(parts))))
    return Partitions(frozenset(names["site"]), frozenset(names["window"]), tuple(sums), rests, frozenset(unclear))


def sums_of_slices(slices: Iterable[str], groupings: Sequence[tuple[str, ...]]) -> Iterator[Sum]:
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


def levels_of(name: str, groupings: Sequence[tuple[str, ...]]) -> dict[str, str]:
    """The level of each attribute of a slice, in the order of its grouping; {} for everyone and for other names."""
    # Levels are free text: "race=a & sex=b" could be one odd race, so the grouping with most attributes reads it.
    for attributes in sorted(groupings, key=len, reverse=True):
        pattern = " & ".join(f"{re.escape(attribute)}=(.*?)" for attribute in attributes)
        if found := re.fullmatch(pattern, name, re.DOTALL):
            return dict(zip(attributes, found.groups(), strict=True))
    return {}


def flag_sums(sums: Sequence[Sum], slices: Iterable[str], points: Iterable[str]) -> list[Sum]:
    """The flagged of the parts are the flagged of the whole; flagged and left alone are all; so with pairs."""
    made, names = [], list(slices)
    for kinds, at in ((KINDS, list(points)), (PAIRED, [""])):
        for point in at:
            made += [
                Sum(flag(each.whole, point, kind), tuple(flag(part, point, kind) for part in each.parts))
                for each in sums
                for kind in kinds
            ]
            made += [Sum(name, tuple(flag(name, point, kind) for kind in kinds)) for name in names]
    return made
