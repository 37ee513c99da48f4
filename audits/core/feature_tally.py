"""What values did one column hold, counted once? Counts per value, bin or level; feature tallies add."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from audits.core.arrays import Floats, Ints

#: Distinct numbers up to which every value is its own cell and KS is exact.
VALUES_LIMIT = 4096
#: Quantile bins of the reference beyond that.
FEATURE_BINS = 256
#: Fixed point of the sums: positions are measured in reference ranges, clipped to ±8, at 2^24.
FEATURE_SCALE = 1 << 24
FEATURE_CLIP = 8.0


class Shape(StrEnum):
    """How a column's values become cells."""

    VALUES = "values"
    BINS = "bins"
    LEVELS = "levels"


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """What is counted for one column.

    edges: for BINS, strictly increasing and finite; cell i holds values with i edges at or below them.
    levels: for LEVELS, those kept, sorted; cell len(levels) holds every other one.
    """

    name: str
    shape: Shape
    edges: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()

    @property
    def span(self) -> tuple[float, float]:
        """Where position 0 is, and how long one unit of position is, in the column's unit."""
        if not self.edges:
            return 0.0, 1.0
        width = self.edges[-1] - self.edges[0]
        # A range too wide for float64 has no usable positions; one unit then stands for nothing in particular.
        return self.edges[0], width if 0.0 < width < np.inf else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTally:
    """Counts of one column.

    rows = missing + nan + infinite + the present values in cells. key: float64[m], increasing: the value, or the cell's
    index. n: int64[m] >= 1. s1, s2: int64[m], sums of position and its square (BINS only, else 0).
    low, high: smallest and largest finite value of a number column; None when there is none.
    """

    spec: FeatureSpec
    missing: int
    nan: int
    infinite: int
    key: Floats
    n: Ints
    s1: Ints
    s2: Ints
    low: float | None = None
    high: float | None = None

    @property
    def present(self) -> int:
        """Rows with a finite number or a text."""
        return int(self.n.sum())

    @property
    def rows(self) -> int:
        """Rows read."""
        return self.present + self.missing + self.nan + self.infinite

    @property
    def absent(self) -> int:
        """Rows without a usable value: null or NaN."""
        return self.missing + self.nan

    @property
    def distinct(self) -> int | None:
        """How many different values, when every one was kept."""
        return len(self.key) if self.spec.shape is Shape.VALUES else None

    def __add__(self, other: FeatureTally) -> FeatureTally:
        """The tally of both tables' columns. Raises ValueError unless the specifications are equal."""
        if self.spec != other.spec:
            raise ValueError("feature tallies add only when they count the same thing")
        key, place = np.unique(np.concatenate([self.key, other.key]), return_inverse=True)

        def total(name: str) -> Ints:
            summed = np.zeros(len(key), dtype=np.int64)
            np.add.at(summed, place, np.concatenate([getattr(self, name), getattr(other, name)]))
            return summed

        lows = [x for x in (self.low, other.low) if x is not None]
        highs = [x for x in (self.high, other.high) if x is not None]
        return FeatureTally(
            self.spec,
            self.missing + other.missing,
            self.nan + other.nan,
            self.infinite + other.infinite,
            key,
            total("n"),
            total("s1"),
            total("s2"),
            min(lows, default=None),
            max(highs, default=None),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FeatureTally) and self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash(self.to_bytes())

    def positions(self) -> Floats:
        """float64[m]: where each cell lies on the column's own scale; a bin lies at the mean of what it holds."""
        if self.spec.shape is not Shape.BINS:
            return self.key
        start, width = self.spec.span
        return np.asarray(start + width * (self.s1 / (self.n * float(FEATURE_SCALE))))

    def to_bytes(self) -> bytes:
        """Canonical bytes: one header line, then key, n, s1, s2, little-endian."""
        header = {
            "edges": [edge.hex() for edge in self.spec.edges],
            "high": None if self.high is None else self.high.hex(),
            "infinite": self.infinite,
            "levels": self.spec.levels,
            "low": None if self.low is None else self.low.hex(),
            "missing": self.missing,
            "name": self.spec.name,
            "nan": self.nan,
            "shape": self.spec.shape.value,
        }
        line = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        arrays = (self.key.astype("<f8"), *(part.astype("<i8") for part in (self.n, self.s1, self.s2)))
        body = b"".join(part.tobytes() for part in arrays)
        return b"formulary feature tally 1\n" + line.encode("utf-8", "surrogatepass") + b"\n" + body


def digest_of(parts: tuple[FeatureTally, ...]) -> str:
    """SHA-256 (hex) of several columns' tallies in order."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.to_bytes()
        whole.update(len(data).to_bytes(8, "little") + data)
    return whole.hexdigest()
