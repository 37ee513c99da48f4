"""How are numbers counted between edges, fast? By arithmetic where the edges allow it, by binary search where not.

Edges that are whole multiples of a power of two are found by one multiplication, exact in float64, and a table of at
most 65,536 places; eight comparisons a value (and as many mispredicted branches) take ten times as long.
"""

from __future__ import annotations

import numpy as np

from audits.core.arrays import Floats, Ints
from audits.core.feature_tally import FEATURE_CLIP, FEATURE_SCALE, FeatureSpec, FeatureTally

#: Places of the grid that an edge is found on.
_MOST_PLACES = 1 << 16
#: Places that edges are rounded to, so that the grid stays in a processor's nearest cache.
_ROUNDED_PLACES = 1 << 14
#: Shares of the edges that rounding may cost.
_KEPT = 0.9
#: Powers of two beyond which a product could leave float64.
_LARGEST_POWER = 512


def rounded(edges: Floats) -> Floats:
    """Almost the same edges, the inner ones rounded down to multiples of a power of two; the same where that would
    lose more than a tenth of them. edges: float64[k], strictly increasing."""
    inner = edges[1:-1]
    if len(inner) < 2:
        return edges
    power = int(np.ceil(np.log2((inner[-1] - inner[0]) / _ROUNDED_PLACES)))
    if abs(power) > _LARGEST_POWER:
        return edges
    moved = np.unique(np.floor(inner * 2.0**-power)) * 2.0**power + 0.0
    moved = moved[(moved > edges[0]) & (moved < edges[-1])]
    return np.concatenate([edges[:1], moved, edges[-1:]]) if len(moved) >= _KEPT * len(inner) else edges


class BinCounter:
    """Counts of one column between the edges of a specification, and sums of positions."""

    def __init__(self, spec: FeatureSpec) -> None:
        self._spec = spec
        self._edges: Floats = np.array(spec.edges, dtype=np.float64)
        self._size = len(spec.edges) + 1
        self._grid = _grid(self._edges)
        self._sums = [np.zeros(self._size, dtype=np.int64) for _ in range(3)]
        self._missing = self._nan = self._infinite = 0
        self._low, self._high = np.inf, -np.inf

    def add(self, values: Floats, missing: int) -> None:
        """Count some rows. values: float64[rows], NaN where missing; missing: how many of them are."""
        finite = np.isfinite(values)
        odd = len(values) - int(finite.sum())
        if odd:
            nan = int(np.isnan(values).sum())
            self._missing, self._nan, self._infinite = (
                self._missing + missing,
                self._nan + nan - missing,
                self._infinite + odd - nan,
            )
            values = values[finite]
        if not len(values):
            return
        self._low, self._high = min(self._low, float(values.min())), max(self._high, float(values.max()))
        cell = self._cells(values)
        start, width = self._spec.span
        with np.errstate(over="ignore"):
            position = np.clip((values - start) / width, -FEATURE_CLIP, FEATURE_CLIP)
        first = np.floor(position * FEATURE_SCALE + 0.5)
        second = np.floor(position * position * FEATURE_SCALE + 0.5)
        # bincount adds in float64: below 2^30 each and less than 2^23 of them, so every sum is exact.
        for total, weights in zip(self._sums, (None, first, second), strict=True):
            total += np.bincount(cell, weights, self._size).astype(np.int64)

    def _cells(self, values: Floats) -> Ints:
        """int64[rows]: how many edges lie at or below each value."""
        if self._grid is None:
            return np.searchsorted(self._edges, values, side="right").astype(np.int64)
        scale, first, places = self._grid
        with np.errstate(over="ignore"):
            place = np.floor(values * scale)
        if scale < 1:
            # A tiny negative value may become -0.0 on the way, and the place of zero is the wrong one.
            place[(place == 0) & (values < 0)] = -1
        place = np.clip(place - (first - 1), 0, len(places) - 1).astype(np.int64)
        return np.asarray(places[place] + (values >= self._edges[0]) + (values >= self._edges[-1]))

    def tally(self) -> FeatureTally:
        """What was counted."""
        filled = np.flatnonzero(self._sums[0])
        n, s1, s2 = (total[filled] for total in self._sums)
        low, high = (float(end) + 0.0 if len(filled) else None for end in (self._low, self._high))
        others = (self._missing, self._nan, self._infinite)
        return FeatureTally(self._spec, *others, filled.astype(np.float64), n, s1, s2, low, high)


def _grid(edges: Floats) -> tuple[float, float, Ints] | None:
    """What a value is multiplied with, the place of the first inner edge, and how many inner edges lie at or below each
    place from the one before it on; None when the inner edges lie on no grid that is small enough."""
    inner = edges[1:-1]
    if not len(inner):
        return None
    power = min((_power(edge) for edge in inner if edge), default=0)
    if abs(power) > _LARGEST_POWER:
        return None
    with np.errstate(over="ignore"):
        span = (inner[-1] - inner[0]) * 2.0**-power  # infinite where float64 has no such number
    if span >= _MOST_PLACES:
        return None
    place = (inner * 2.0**-power - inner[0] * 2.0**-power).astype(np.int64)
    size = int(place[-1]) + 2
    held = np.searchsorted(place, np.arange(-1, size - 1), side="right").astype(np.int64)
    return 2.0**-power, float(inner[0] * 2.0**-power), held


def _power(edge: float) -> int:
    """The largest power of two that a non-zero float64 is a whole multiple of."""
    mantissa, exponent = np.frexp(edge)
    whole = int(mantissa * 2.0**53)
    return int(exponent) - 53 + ((whole & -whole).bit_length() - 1)
