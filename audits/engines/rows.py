"""What state are numbers and whole rows in, counted in one pass? Missing, out of range, distinct, repeated.

Distinct numbers of a large table are counted among those whose hash falls into one of 64 parts, which is a simple
random sample of the distinct values whatever their order and number of rows (adaptive sampling: Flajolet 1990,
Computing 43:391). Whole rows of a large table are told apart by a hash of 64 bits: among n distinct rows it takes some
two for one with a probability of n^2 / 2^65, which is 3 in a million for ten million rows.

Which values stand most often is asked of the rows whose number has a hash in one part: a random sample of all rows,
whatever their order, and the same one every time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from audits.core.arrays import Floats, Ints
from audits.core.values import Column

#: Rows up to which everything is counted exactly.
EXACT_ROWS = 200_000
#: Parts of the hash; distinct values in one of them below which a column is counted again, exactly.
PARTS = 64
FEW_IN_PART = 1024
#: Rows of the sample that says which values to count, and how many values that are.
SAMPLE_ROWS, CANDIDATES = 65_536, 64

Words = npt.NDArray[np.uint64]


class NumberCounter:
    """One number column. low, high: the declared range, infinite where there is none. binary: only 0 and 1 are right"""

    def __init__(self, item: Column, low: float, high: float, *, binary: bool) -> None:
        self.item = item
        self.rows = self.present = self.outside = 0
        self._low, self._high, self._binary = low, high, binary
        self._sampled: list[Words] = []
        self._waiting = 0
        self._picked: list[Floats] = []

    def add(self, values: Floats, missing: int, picked: Ints) -> None:
        """Count some rows. values: float64[rows], NaN where missing; missing: how many are; picked: the places of those
        in the sample."""
        self._picked.append(values[picked])
        self.rows += len(values)
        self.present += len(values) - missing
        # NaN is neither below nor above, but it is not 0 or 1 either.
        if self._binary:
            self.outside += int(((values != 0) & (values != 1)).sum()) - missing
        elif np.isfinite(self._low) or np.isfinite(self._high):
            self.outside += int(((values < self._low) | (values > self._high)).sum())
        kept = values[in_part(values.view(np.uint64))]
        self._sampled.append((kept[~np.isnan(kept)] + 0.0).view(np.uint64))
        self._waiting += len(kept)
        if self._waiting > 1 << 17:
            self._settle()

    @property
    def in_part(self) -> int:
        """Distinct values in the part of the hash that is looked at."""
        self._settle()
        return len(self._sampled[0])

    def candidates(self) -> tuple[Floats, int, int]:
        """The values that stand most often in the sample, of those that stand there twice; its rows with a value; and
        how often a value that is not among the candidates stands there, at most."""
        sample = np.concatenate([np.zeros(0), *self._picked]) + 0.0
        sample = sample[~np.isnan(sample)]
        values, counts = np.unique(sample, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        chosen = order[: min(CANDIDATES, int((counts > 1).sum()))]
        left = counts[order[len(chosen) :]]
        return values[chosen], len(sample), int(left[0]) if len(left) else 0

    def _settle(self) -> None:
        # Sorted, not np.unique: since NumPy 2.3 that hashes, which takes a hundred times as long on numbers like these.
        found = np.sort(np.concatenate([np.zeros(0, dtype=np.uint64), *self._sampled]))
        self._sampled = [found[np.flatnonzero(np.diff(found, prepend=found[:1] + np.uint64(1)))]]
        self._waiting = 0


class GroupCounter:
    """Missing values per column and level. levels: of each subgroup, how many; a row with any other has that code."""

    def __init__(self, columns: int, levels: Sequence[int]) -> None:
        self._counts = [np.zeros((columns, size + 1), dtype=np.int64) for size in levels]

    def add(self, place: int, missing: Ints, codes: Sequence[Ints]) -> None:
        """Count the missing values of one column. missing: their places; codes: of every row, per subgroup."""
        for counts, each in zip(self._counts, codes, strict=True):
            counts[place] += np.bincount(each[missing], minlength=counts.shape[1])

    def counts(self, subgroup: int) -> Ints:
        """int64[columns, levels]."""
        return np.asarray(self._counts[subgroup][:, :-1])


def picked(numbers: Ints, rows: int) -> Ints:
    """The places of the rows in the sample. numbers: int64[n], of the rows within their file; rows: of the table."""
    part = min(1.0, SAMPLE_ROWS / max(1, rows))
    return np.flatnonzero(mixed(numbers.astype(np.uint64) + np.uint64(1)) <= np.uint64(int(part * ((1 << 64) - 2048))))


def in_part(bits: Words) -> Ints:
    """The places of the values whose hash falls into one of PARTS parts. bits: uint64[rows], contiguous.

    A hash of 32 bits says which part (a multiplication, then the finaliser of MurmurHash3, which processors do eight at
    a time); the values themselves are compared whole.
    """
    halves = bits.view(np.uint32).reshape(-1, 2)
    found = halves[:, 0] * np.uint32(0x9E3779B1) + np.uint32(0x27D4EB2F)
    found ^= found >> np.uint32(16)
    found += halves[:, 1]
    for factor, shift in ((0x85EBCA6B, 16), (0xC2B2AE35, 13)):
        found ^= found >> np.uint32(shift)
        found *= np.uint32(factor)
    return np.flatnonzero(found < np.uint32((1 << 32) // PARTS))


def mixed(bits: Words) -> Words:
    """uint64[rows]: a hash of 64 bits (the finaliser of MurmurHash3)."""
    found = bits ^ (bits >> np.uint64(33))
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        found = found * np.uint64(factor)
        found ^= found >> np.uint64(33)
    return found


def spread(values: Sequence[float | None], implied: tuple[float | None, float | None]) -> tuple[float, float]:
    """The declared range, else the implied one, infinite where neither says anything."""
    low, high = (own if own is not None else other for own, other in zip(values, implied, strict=True))
    return -np.inf if low is None else low, np.inf if high is None else high
