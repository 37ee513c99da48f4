"""Which measurements of one table may a report show? The suppression rule, applied to subgroups, flags and columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from audits.core.slices import EVERYONE, MISSING, belongs_to, slice_name
from audits.core.values import Measurement
from governance.core.suppression import SMALL_TEXT, Sum, hidden, is_small

WITHHELD = "withheld"
NOT_SHOWN = "Not shown: it rests on fewer than 11 patients, or would reveal such a group."
_FLAGS = {"ppv": ("flagged",), "npv": ("left",), "flag_rate": ("flagged", "left")}
_ABOUT_MISSING = frozenset({"missing_share", "missing_share_difference"})

Groupings = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Veil:
    """What stays hidden of one table. cells: hidden ones; small_across: groupings that compare a small group."""

    cells: frozenset[str]
    small_across: frozenset[str]

    def hides(self, found: Measurement) -> bool:
        """Whether this measurement rests on a hidden cell."""
        if found.across:
            return found.across in self.small_across
        if found.column:
            return found.measure in _ABOUT_MISSING and f"{found.column}={MISSING}" in self.cells
        kinds = _FLAGS.get(found.measure, ())
        flags = {_flag(found.slice, found.operating_point, kind) for kind in kinds}
        return found.slice in self.cells or not flags.isdisjoint(self.cells)

    def slices(self) -> tuple[str, ...]:
        """The hidden slices, by name."""
        return tuple(sorted(cell for cell in self.cells if "\0" not in cell))


def shown_count(count: int | None) -> str | None:
    """What stands in the place of a hidden count."""
    if count is None:
        return None
    return SMALL_TEXT if is_small(count) else WITHHELD


def veil_of(measurements: Iterable[Measurement], groupings: Groupings) -> Veil:
    """The veil over everything that was measured on one table. groupings: all that any of its plans declared."""
    rows = [each for each in measurements if not each.across and not each.column and each.estimate.events is not None]
    slices = {row.slice: _counts(row) for row in rows}
    sums = list(_sums_of_slices(slices, groupings))
    flags = _flag_counts(rows)
    sums += [total for point in sorted({row.operating_point for row in rows} - {""}) for total in _flag_sums(sums, point)]
    sums += [
        Sum(name, parts)
        for name in slices
        for point in sorted({row.operating_point for row in rows} - {""})
        if set(parts := (_flag(name, point, "flagged"), _flag(name, point, "left"))) <= flags.keys()
    ]
    known = {**slices, **flags}
    sums = [each for each in sums if {each.whole, *each.parts} <= known.keys()]
    cells: frozenset[str] = frozenset()
    # What is flagged in a hidden slice is hidden with it, which may ask for more.
    while (more := hidden(known, sums, already=cells | _of_hidden(cells, flags))) != cells:
        cells = more
    return Veil(cells, _small_across(slices, rows, groupings))


def bars(counts: Mapping[str, int], *, already: Iterable[str] = ()) -> frozenset[str]:
    """The bars of a histogram with a known total that must not be drawn."""
    return hidden({name: (count,) for name, count in counts.items()} | {EVERYONE: (sum(counts.values()),)},
                  [Sum(EVERYONE, tuple(counts))], already=already) - {EVERYONE}  # fmt: skip


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
        flagged, left = (1, 1) if value is None else (round(value * n), n - round(value * n))
        found[_flag(row.slice, row.operating_point, "flagged")] = (flagged,)
        found[_flag(row.slice, row.operating_point, "left")] = (left,)
    return found


def _sums_of_slices(slices: Mapping[str, object], groupings: Groupings) -> Iterator[Sum]:
    """Each grouping adds up to everyone, and to the slices of each grouping that it refines."""
    for fine in groupings:
        members = [name for name in slices if belongs_to(name, fine)]
        for coarse in [(), *(each for each in groupings if set(each) < set(fine))]:
            parts: dict[str, list[str]] = {}
            for name in members:
                levels = levels_of(name, fine)
                parts.setdefault(slice_name(coarse, [levels[attribute] for attribute in coarse]), []).append(name)
            yield from (Sum(whole, tuple(sorted(names))) for whole, names in sorted(parts.items()))


def levels_of(name: str, attributes: Sequence[str]) -> dict[str, str]:
    """The level of each attribute in a slice's name that `belongs_to` these attributes."""
    found, rest = {}, name
    for position, attribute in enumerate(attributes):
        rest = rest.removeprefix(f"{attribute}=")
        following = attributes[position + 1 : position + 2]
        level, _, tail = rest.partition(f" & {following[0]}=") if following else (rest, "", "")
        found[attribute] = level
        rest = f"{following[0]}={tail}" if following else ""
    return found


def _flag_sums(sums: Iterable[Sum], point: str) -> list[Sum]:
    return [
        Sum(_flag(each.whole, point, kind), tuple(_flag(part, point, kind) for part in each.parts))
        for each in sums
        for kind in ("flagged", "left")
    ]


def _of_hidden(cells: frozenset[str], flags: Mapping[str, object]) -> frozenset[str]:
    return frozenset(flag for flag in flags if flag.partition("\0")[0] in cells)


def _small_across(
    slices: Mapping[str, tuple[int, ...]], rows: Iterable[Measurement], groupings: Groupings
) -> frozenset[str]:
    """Groupings with a small group that took part in the comparison: a gap between two would give it away."""
    valued = {row.slice for row in rows if row.estimate.value is not None}
    small = {name for name, counts in slices.items() if name in valued and any(map(is_small, counts))}
    return frozenset(" & ".join(names) for names in groupings if any(belongs_to(name, names) for name in small))
