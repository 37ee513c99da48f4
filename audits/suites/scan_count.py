"""Which combinations of subgroups are there, and what does each one hold? One extra count, rolled up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from audits.core import scan
from audits.core.arrays import Flags, Floats, Ints, totals
from audits.core.cells import Cells, cells_of, rungs_of
from audits.core.scan import Combinations
from audits.core.slices import slice_name
from audits.core.tally import Tally
from audits.core.tally_spec import INVALID, Resolution, Slice, Spec
from audits.engines import engine
from audits.suites.part import Scored

#: Entries that the extra count may have: above that its bins are made coarser, down to the fewest.
_MOST_ENTRIES = 2_000_000
_FEWEST_BINS = 256
#: Rungs of the score ladder on which combinations are told apart; those that are named are measured on all scores.
_RUNGS = 256


@dataclass(frozen=True, slots=True)
class Combination:
    """Some attributes, each at one level."""

    attributes: tuple[str, ...]
    levels: tuple[str, ...]

    @property
    def name(self) -> str:
        return slice_name(self.attributes, self.levels)


@dataclass(frozen=True, slots=True, eq=False)
class Scanned:
    """The combinations that were compared. whole: everyone, as one. too_small: without enough evidence, inside or
    outside; beyond: with enough, but more of them than are compared."""

    tally: Tally
    members: tuple[Combination, ...]
    found: Combinations
    whole: Combinations
    too_small: int
    beyond: int

    def sides(self, member: Combination) -> tuple[Cells, Cells]:
        """The rows of one combination, and those outside it, at every score that was counted."""
        spec, index = self.tally.spec, _holder(self.tally.spec, member.attributes)
        where = [spec.groupings[index].index(name) for name in member.attributes]
        # -1: rows of another grouping; 0: outside; 1: inside.
        side = np.array(
            [
                -1 if each.grouping != index else int(tuple(each.levels[w] for w in where) == member.levels)
                for each in self.tally.slices
            ]
        )[self.tally.place]
        return _together(self.tally, side == 1), _together(self.tally, side == 0)


def count(scored: Scored, attributes: Sequence[str], depth: int) -> Scanned:
    """Every combination of up to `depth` >= 1 attributes that has rows, with enough evidence and within the limit."""
    tally = _tally(scored, attributes, depth)
    names = [names for size in range(1, depth + 1) for names in combinations(attributes, size)]
    members: list[Combination] = []
    counted = []
    for subset in names:
        own, part = _subset(tally, subset)
        members.extend(own)
        counted.append(part)
    found = _joined([member.name for member in members], counted)
    whole = _everyone(tally)
    enough = scan.enough(found, whole, scored.plan.show_events, scored.plan.show_nonevents)
    kept = np.flatnonzero(enough)
    kept = kept[scan.most_informative(found.only(kept), scan.MOST)]
    chosen = tuple(members[place] for place in kept)
    few = int((~enough).sum())
    return Scanned(tally, chosen, found.only(kept), whole, few, len(members) - few - len(kept))


def _tally(scored: Scored, attributes: Sequence[str], depth: int) -> Tally:
    """The table by every combination: as it is counted already where the plan declares them all, else counted again."""
    declared = {frozenset(names) for names in scored.tally.spec.groupings}
    if all(frozenset(names) in declared for names in combinations(attributes, depth)):
        return scored.tally
    return engine.tally(
        scored.source,
        _specify(scored, attributes, depth),
        progress=lambda _, done, total: scored.progress("combinations", done, total),
        limits=scored.limits,
    )


def _specify(scored: Scored, attributes: Sequence[str], depth: int) -> Spec:
    """Every combination of exactly `depth` attributes; smaller ones are rolled up from those."""
    sets = tuple(combinations(attributes, depth))
    alone, joined = (tuple(attributes), ()) if depth == 1 else ((), sets)
    spec = engine.specify(
        scored.source, replace(scored.plan, subgroups=alone, intersections=joined), limits=scored.limits
    )
    main = scored.tally.spec
    if scored.tally.rows * len(sets) <= _MOST_ENTRIES:
        return replace(spec, resolution=main.resolution, bins=main.bins)
    bins = main.bins
    while bins > _FEWEST_BINS and len(sets) * 128 * bins > _MOST_ENTRIES:
        bins //= 2
    return replace(spec, resolution=Resolution.BINS, bins=bins)


def _holder(spec: Spec, subset: tuple[str, ...]) -> int:
    """The first grouping that tells these attributes apart."""
    return next(index for index, names in enumerate(spec.groupings) if set(subset) <= set(names))


def _together(tally: Tally, entries: Flags) -> Cells:
    """The cells of some entries of the tally, as if they were one slice; a score may have several cells."""
    everyone = (Slice(0, ()),)
    place = np.zeros(int(entries.sum()), dtype=np.int64)
    outcome, n, s1, s2 = (part[entries] for part in (tally.outcome, tally.n, tally.s1, tally.s2))
    return cells_of(Tally(tally.spec, everyone, place, outcome, tally.key[entries], n, s1, s2), everyone[0])


def _rungs(tally: Tally, cells: Cells) -> Ints:
    """int64[m]: the rung of each cell, the same in every combination."""
    ladder = cells_of(tally, Slice(0, ())).ladder
    return rungs_of(ladder, _RUNGS)[np.searchsorted(ladder.rank, cells.rank)]


def _subset(tally: Tally, subset: tuple[str, ...]) -> tuple[list[Combination], Combinations]:
    """All combinations of the levels of some attributes."""
    index = _holder(tally.spec, subset)
    where = [tally.spec.groupings[index].index(name) for name in subset]
    levels = [tuple(s.levels[w] for w in where) if s.grouping == index else None for s in tally.slices]
    present = sorted({each for each in levels if each is not None})
    number = {each: place for place, each in enumerate(present)}
    code = np.array([-1 if each is None else number[each] for each in levels], dtype=np.int64)[tally.place]
    entries = np.asarray((code >= 0) & (tally.key != INVALID) & (tally.outcome != INVALID))
    cells = _together(tally, entries)
    members = [Combination(subset, each) for each in present]
    return members, _counted(len(members), code[entries], cells, _rungs(tally, cells), len(tally.spec.cuts))


def _everyone(tally: Tally) -> Combinations:
    cells = cells_of(tally, Slice(0, ()))
    return _counted(1, np.zeros(len(cells.n), dtype=np.int64), cells, _rungs(tally, cells), len(tally.spec.cuts))


def _counted(size: int, code: Ints, cells: Cells, rung: Ints, cuts: int) -> Combinations:
    """Cells by combination. code: int64[m], which of `size` combinations each cell belongs to."""

    def table(weights: Floats, width: int, place: Ints) -> Floats:
        return totals(code * width + place, weights, size * width).reshape(size, width)

    event = cells.outcome == 1
    events, nonevents = (table(cells.n * side, _RUNGS, rung) for side in (event, ~event))
    # A row at or above `above` cuts is caught at each of those, so counts by `above` add up from the top.
    caught = table(cells.n * event, cuts + 1, cells.above)[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    cleared = table(cells.n * ~event, cuts + 1, cells.above).cumsum(axis=1)[:, :-1]
    return Combinations(("",) * size, events, nonevents, totals(code, cells.n * cells.score, size), caught, cleared)


def _joined(names: Sequence[str], parts: Sequence[Combinations]) -> Combinations:
    """Several sets of combinations as one."""
    columns = ("events", "nonevents", "expected", "caught", "cleared")
    return Combinations(tuple(names), *(np.concatenate([getattr(p, name) for p in parts]) for name in columns))
