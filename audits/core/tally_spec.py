"""What exactly is counted? The specification that makes two tallies the same kind of thing, so that they add.

A row is valid when its outcome is 0 or 1 and its score lies in [0, 1] (so not null, NaN or infinite). Invalid rows are
counted in cells of their own, per slice: outcome -1 when the outcome is invalid, key -1 when either is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from audits.core.slices import slice_name
from audits.core.values import Window

#: Fixed point: a score p adds floor(p * 2^30 + 1/2). The half matters: without it Brier is biased by 5e-10.
SCALE = 1 << 30
#: Distinct scores up to which every score is its own cell and everything is exact.
EXACT_LIMIT = 65_536
#: Levels kept per attribute; rarer ones are counted together as "(other)".
LEVEL_LIMIT = 50
#: Declared levels, or combinations of them, beyond this are reported only when they have rows.
MOST_COMBINATIONS = 400
INVALID = -1


class Resolution(StrEnum):
    """How scores become cells."""

    EXACT = "exact"  # one cell per distinct float64 score
    BINS = "bins"  # power-of-two bins; every operating point is an extra edge


@dataclass(frozen=True, slots=True)
class Attribute:
    """What rows are told apart by: a text column as it is, a subject column as groups, or a date column as windows.

    levels: those kept under their own name, the rest being "(other)"; None keeps all.
    people: when above 0, the level is the group of the row's subject, "0" to str(people - 1): the number in the first
    seven hexadecimal digits of the MD5 of its UTF-8 bytes, modulo `people`.
    window: when set, the level is the ISO 8601 date of the day, or of the Monday of the week, that a date lies in.
    A missing value is the level "(missing)" in each case.
    """

    name: str
    levels: tuple[str, ...] | None = None
    people: int = 0
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Spec:
    """What is counted.

    cuts: the operating points' scores, strictly increasing, each in [0, 1]; a row is above a cut when score >= cut.
    groupings: tuples of attribute names, always starting with () for everyone.
    bins: a power of two, so that floor(score * bins) is exact in float64.
    """

    cuts: tuple[float, ...]
    attributes: tuple[Attribute, ...]
    groupings: tuple[tuple[str, ...], ...]
    resolution: Resolution
    bins: int = 4096

    def __post_init__(self) -> None:
        if any(not 0.0 <= cut <= 1.0 for cut in self.cuts) or list(self.cuts) != sorted(set(self.cuts)):
            raise ValueError("cuts must be strictly increasing and lie in [0, 1]")
        if self.bins < 2 or self.bins & (self.bins - 1):
            raise ValueError("bins must be a power of two")
        if (
            not self.groupings
            or self.groupings[0] != ()
            or len({frozenset(g) for g in self.groupings}) != len(self.groupings)
        ):
            raise ValueError("groupings must be distinct and start with everyone")
        names = {attribute.name for attribute in self.attributes}
        if any(name not in names for grouping in self.groupings for name in grouping):
            raise ValueError("a grouping may only use declared attributes")


@dataclass(frozen=True, slots=True, order=True)
class Slice:
    """One group of rows: the place of its grouping in `Spec.groupings`, and its level of each attribute."""

    grouping: int
    levels: tuple[str, ...]

    def name(self, spec: Spec) -> str:
        """The slice as measurements spell it; "" for everyone."""
        return slice_name(spec.groupings[self.grouping], self.levels)
