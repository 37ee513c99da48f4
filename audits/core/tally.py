"""What did the table hold, counted once? Sufficient statistics per slice, outcome and score cell; tallies add."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import reduce

import numpy as np

from audits.core import tally_bytes
from audits.core.arrays import Flags, Floats, Ints
from audits.core.tally_spec import INVALID, Slice, Spec


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Counts and fixed-point sums, one entry per (slice, outcome, score cell), in that order and without repeats.

    slices: sorted, only those with rows. place: int64[m], index into slices. outcome: int64[m] in {-1, 0, 1}.
    key: float64[m], the score itself (exact) or bin * (cuts + 1) + cuts at or below the score (bins); -1 if invalid.
    n: int64[m] >= 1. s1, s2: int64[m], sums of score and score squared at 2^30; 0 in invalid cells.
    """

    spec: Spec
    slices: tuple[Slice, ...]
    place: Ints
    outcome: Ints
    key: Floats
    n: Ints
    s1: Ints
    s2: Ints

    def __add__(self, other: Tally) -> Tally:
        """The tally of the two tables together. Raises ValueError unless the specifications are equal."""
        if self.spec != other.spec:
            raise ValueError("tallies add only when they count the same thing")
        slices = (*self.slices, *other.slices)
        place = np.concatenate([self.place, other.place + len(self.slices)])
        pairs = ((getattr(self, name), getattr(other, name)) for name in ("outcome", "key", "n", "s1", "s2"))
        return build(self.spec, slices, place, *(np.concatenate(pair) for pair in pairs))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tally) and self.spec == other.spec and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical bytes."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """The canonical bytes; `parse` reads them back."""
        return tally_bytes.pack(self.spec, self.slices, (self.place, self.outcome, self.key, self.n, self.s1, self.s2))

    @property
    def rows(self) -> int:
        """Rows read, valid or not."""
        return int(self.n[self._everyone].sum())

    @property
    def invalid_outcomes(self) -> int:
        """Rows whose outcome is neither 0 nor 1."""
        return int(self.n[self._everyone & (self.outcome == INVALID)].sum())

    @property
    def invalid_scores(self) -> int:
        """Rows with a valid outcome whose score is missing or outside [0, 1]."""
        return int(self.n[self._everyone & (self.outcome != INVALID) & (self.key == INVALID)].sum())

    @property
    def _everyone(self) -> Flags:
        index = self.slices.index(Slice(0, ())) if self.slices else -1
        return np.asarray(self.place == index)


def build(
    spec: Spec, slices: tuple[Slice, ...], place: Ints, outcome: Ints, key: Floats, n: Ints, s1: Ints, s2: Ints
) -> Tally:
    """A tally in canonical order from entries in any order; entries of the same cell are added (int64, exact)."""
    ordered = sorted({slices[index] for index in np.unique(place)})
    rank = {name: index for index, name in enumerate(ordered)}
    place = np.array([rank.get(name, -1) for name in slices], dtype=np.int64)[place] if len(place) else place
    order = np.lexsort((key, outcome, place))
    place, outcome, key = place[order], outcome[order], key[order]
    changed = (place[1:] != place[:-1]) | (outcome[1:] != outcome[:-1]) | (key[1:] != key[:-1])
    first = np.flatnonzero(np.concatenate([np.ones(min(len(place), 1), dtype=bool), changed]))

    def total(values: Ints) -> Ints:
        return np.add.reduceat(values[order], first) if len(first) else values[order]

    return Tally(spec, tuple(ordered), place[first], outcome[first], key[first], total(n), total(s1), total(s2))


def empty(spec: Spec) -> Tally:
    """The tally of a table without rows; adding it changes nothing."""
    none = np.zeros(0, dtype=np.int64)
    return Tally(spec, (), none, none, np.zeros(0), none, none, none)


def merge(spec: Spec, parts: list[Tally]) -> Tally:
    """The tally of all the parts together."""
    return reduce(lambda left, right: left + right, parts, empty(spec))


def parse(data: bytes) -> Tally:
    """The tally in its canonical bytes. Raises ValueError unless they are canonical to the last bit."""
    spec, slices, (place, outcome, n, s1, s2), key = tally_bytes.unpack(data)
    if len(place) and not (place.min() >= 0 and place.max() < len(slices)):
        raise ValueError("a tally names a slice that it does not have")
    tally = build(spec, slices, place, outcome, key, n, s1, s2)
    if tally.to_bytes() != data:
        raise ValueError("a tally is not in canonical order")
    return tally
