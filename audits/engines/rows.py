"""What state are numbers and whole rows in, counted in one pass? Missing, out of range, distinct, repeated.

Distinct numbers of a large table are counted among those whose hash falls into one of 64 parts, which is a simple
random sample of the distinct values whatever their order and number of rows (adaptive sampling: Flajolet 1990,
Computing 43:391). Whole rows of a large table are told apart by a hash of 64 bits: among n distinct rows it takes some
two for one with a probability of n^2 / 2^65, which is 3 in a million for ten million rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from audits.core.arrays import Floats
from audits.core.values import Column

#: Rows up to which everything is counted exactly.
EXACT_ROWS = 200_000
#: Parts of the hash; distinct values in one of them below which a column is counted again, exactly.
PARTS = 64
FEW_IN_PART = 1024

Words = npt.NDArray[np.uint64]


class NumberCounter:
    """One number column. low, high: the declared range, infinite where there is none. binary: only 0 and 1 are right"""

    def __init__(self, item: Column, low: float, high: float, *, binary: bool) -> None:
        self.item = item
        self.present = self.outside = 0
        self._low, self._high, self._binary = low, high, binary
        self._sampled: list[Words] = []
        self._waiting = 0

    def add(self, values: Floats) -> None:
        """Count some rows. values: float64[rows], NaN where missing."""
        missing = np.isnan(values)
        if missing.any():
            values = values[~missing]
        self.present += len(values)
        wrong = (values < self._low) | (values > self._high)
        if self._binary:
            wrong |= (values != 0) & (values != 1)
        self.outside += int(wrong.sum())
        bits = (values + 0.0).view(np.uint64)
        kept = bits[mixed(bits) < np.uint64((1 << 64) // PARTS)]
        self._sampled.append(kept)
        self._waiting += len(kept)
        if self._waiting > 1 << 17:
            self._settle()

    @property
    def in_part(self) -> int:
        """Distinct values in the part of the hash that is looked at."""
        self._settle()
        return len(self._sampled[0])

    def _settle(self) -> None:
        self._sampled = [np.unique(np.concatenate([np.zeros(0, dtype=np.uint64), *self._sampled]))]
        self._waiting = 0


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
