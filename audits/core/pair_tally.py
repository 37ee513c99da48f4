"""How often did which score meet which answer of the existing method? Counts of pairs per slice; pair tallies add.

A row is a pair when its outcome is 0 or 1 and its score and its comparator both lie in [0, 1] (so neither is null, NaN
or infinite). Rows that are no pair are counted in cells of their own, with key -1, and say why in `other`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import reduce

import numpy as np

from audits.core import tally as tallies
from audits.core.arrays import Flags, Floats, Ints
from audits.core.tally import Tally
from audits.core.tally_spec import Attribute, Resolution, Slice, Spec

#: Why a row is no pair, in `other`: its outcome or score is not valid, it has no comparator, or one outside [0, 1].
INVALID, MISSING, OUTSIDE = -1.0, -2.0, -3.0


@dataclass(frozen=True, slots=True)
class PairSpec:
    """What is counted.

    cuts, other_cuts: cut-offs of the score and of the comparator, each strictly increasing and in [0, 1].
    edges, other_edges: where cells of binned pairs begin, strictly increasing, all cuts among them; both empty when
    every pair of values is its own cell.
    margins: how score and comparator are each counted on their own when pairs are binned.
    """

    cuts: tuple[float, ...]
    other_cuts: tuple[float, ...]
    attributes: tuple[Attribute, ...]
    groupings: tuple[tuple[str, ...], ...]
    edges: tuple[float, ...] = ()
    other_edges: tuple[float, ...] = ()
    margins: tuple[Resolution, Resolution] = (Resolution.EXACT, Resolution.EXACT)

    def __post_init__(self) -> None:
        for cuts, edges in ((self.cuts, self.edges), (self.other_cuts, self.other_edges)):
            if any(list(each) != sorted(set(each)) for each in (cuts, edges)):
                raise ValueError("cuts and edges must be strictly increasing")
            if not self.exact and not set(cuts) <= set(edges):
                raise ValueError("every cut must be an edge")

    @property
    def exact(self) -> bool:
        """Whether every pair of values is its own cell."""
        return not (self.edges or self.other_edges)

    def margin(self, index: int) -> Spec:
        """What is counted of the score (0) or of the comparator (1) on its own."""
        cuts = (self.cuts, self.other_cuts)[index]
        return Spec(cuts, self.attributes, self.groupings, self.margins[index], bins=65_536)


@dataclass(frozen=True, slots=True, eq=False)
class PairTally:
    """Counts and fixed-point sums, one entry per (slice, outcome, cell of the score, cell of the comparator).

    place: int64[m], index into slices. outcome: int64[m] in {-1, 0, 1}. key, other: float64[m], the values themselves
    (exact) or how many edges lie at or below them (binned). n: int64[m] >= 1. s, c: int64[m], sums of score and of
    comparator at 2^30. margins: tallies of score and of comparator over the pairs alone; () when pairs are exact.
    """

    spec: PairSpec
    slices: tuple[Slice, ...]
    place: Ints
    outcome: Ints
    key: Floats
    other: Floats
    n: Ints
    s: Ints
    c: Ints
    margins: tuple[Tally, ...] = ()

    def __add__(self, added: PairTally) -> PairTally:
        """The pair tally of the two tables together. Raises ValueError unless the specifications are equal."""
        if self.spec != added.spec:
            raise ValueError("pair tallies add only when they count the same thing")
        names = ("outcome", "key", "other", "n", "s", "c")
        joined = (np.concatenate([getattr(self, name), getattr(added, name)]) for name in names)
        place = np.concatenate([self.place, added.place + len(self.slices)])
        margins = tuple(one + two for one, two in zip(self.margins, added.margins, strict=True))
        return build(self.spec, (*self.slices, *added.slices), place, *joined, margins=margins)

    def to_bytes(self) -> bytes:
        """The canonical bytes: what is counted, then the columns little-endian, then the margins."""
        spec = self.spec
        header = {
            "attributes": [[a.name, a.levels, a.people, a.window] for a in spec.attributes],
            "cuts": [[cut.hex() for cut in cuts] for cuts in (spec.cuts, spec.other_cuts)],
            "edges": [[edge.hex() for edge in edges] for edges in (spec.edges, spec.other_edges)],
            "groupings": spec.groupings,
            "margins": spec.margins,
            "slices": [[where.grouping, where.levels] for where in self.slices],
        }
        line = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        columns = (self.place, self.outcome, self.key, self.other, self.n, self.s, self.c)
        body = b"".join(c.astype("<f8" if c.dtype.kind == "f" else "<i8").tobytes() for c in columns)
        margins = b"".join(margin.to_bytes() for margin in self.margins)
        return b"formulary pair tally 1\n" + line.encode("utf-8", "surrogatepass") + b"\n" + body + margins

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical bytes."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def rows(self, why: float | None = None) -> int:
        """Rows that are pairs, or those that are none for this reason: INVALID, MISSING or OUTSIDE."""
        return int(self.n[self._of_everyone & (self.other >= 0 if why is None else self.other == why)].sum())

    @property
    def _of_everyone(self) -> Flags:
        index = self.slices.index(Slice(0, ())) if Slice(0, ()) in self.slices else -1
        return np.asarray(self.place == index)


def build(
    spec: PairSpec,
    slices: tuple[Slice, ...],
    place: Ints,
    outcome: Ints,
    key: Floats,
    other: Floats,
    n: Ints,
    s: Ints,
    c: Ints,
    *,
    margins: tuple[Tally, ...] = (),
) -> PairTally:
    """A pair tally in canonical order from entries in any order; entries of the same cell are added (int64, exact)."""
    ordered = sorted({slices[index] for index in np.unique(place)})
    rank = {name: index for index, name in enumerate(ordered)}
    place = np.array([rank.get(name, -1) for name in slices], dtype=np.int64)[place] if len(place) else place
    order = np.lexsort((other, key, outcome, place))
    place, outcome, key, other = place[order], outcome[order], key[order], other[order]
    changed = place[1:] != place[:-1]
    for values in (outcome, key, other):
        changed = changed | (values[1:] != values[:-1])
    first = np.flatnonzero(np.concatenate([np.ones(min(len(place), 1), dtype=bool), changed]))

    def total(values: Ints) -> Ints:
        return np.add.reduceat(values[order], first) if len(first) else values[order]

    kept = (place[first], outcome[first], key[first], other[first])
    return PairTally(spec, tuple(ordered), *kept, total(n), total(s), total(c), margins)


def empty(spec: PairSpec) -> PairTally:
    """The pair tally of a table without rows; adding it changes nothing."""
    none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
    margins = () if spec.exact else tuple(tallies.empty(spec.margin(index)) for index in (0, 1))
    return PairTally(spec, (), none, none, nothing, nothing, none, none, none, margins)


def merge(spec: PairSpec, parts: list[PairTally]) -> PairTally:
    """The pair tally of all the parts together."""
    return reduce(lambda left, right: left + right, parts, empty(spec))
