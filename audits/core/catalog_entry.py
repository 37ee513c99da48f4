"""What is known about one measure? The shape of a catalogue row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from audits.core.values import Kind


class Direction(StrEnum):
    """Which way is good."""

    HIGHER = "higher"
    LOWER = "lower"
    TARGET = "target"
    NEITHER = "neither"


class Spread(StrEnum):
    """What a measure is repeated over, beside operating points."""

    SLICES = "slices"  # everyone, each level, each intersection
    GROUPINGS = "groupings"  # one number between the groups of an attribute
    COLUMNS = "columns"  # one number per column
    TABLE = "table"  # one number for the whole table
    SITES = "sites"  # one number per site; the measurement's slice names it
    WINDOWS = "windows"  # one number per day or week; the measurement's slice is its first day


class Needs(StrEnum):
    """What a table or a plan must bring for a measure to be made at all."""

    COMPARATOR = "comparator"
    SITE = "site"
    DATE = "date"
    SUBJECT = "subject"
    POPULATION = "population"
    DECISION_RANGE = "decision_range"
    SCAN = "scan"
    TARGET = "operating_point_target"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the catalogue.

    low, high: the range a value can take, None where unbounded. target: the ideal value when direction is TARGET.
    meaning: one plain sentence. misread: how people get it wrong. citation: where the definition comes from.
    numeric_only, category_only: the measure exists for number columns alone, or for categories alone. needs: what must
    be there for it to be made. gated: whether a criterion may name it; some measures are shown and decide nothing.
    """

    key: str
    label: str
    kind: Kind
    spread: Spread
    unit: str
    low: float | None
    high: float | None
    direction: Direction
    meaning: str
    misread: str
    citation: str
    target: float | None = None
    per_operating_point: bool = False
    numeric_only: bool = False
    needs: Needs | None = None
    gated: bool = True
    category_only: bool = False

    def can_be(self, value: float) -> bool:
        """Whether the measure can take this value."""
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)

    @property
    def range_in_words(self) -> str:
        """What `can_be` allows: "from 0 to 1", "from 0 on", "anywhere"."""
        if self.low is None and self.high is None:
            return "anywhere"
        if self.low is None:
            return f"up to {self.high:g}"
        return f"from {self.low:g} on" if self.high is None else f"from {self.low:g} to {self.high:g}"
