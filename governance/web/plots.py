"""Where does an interval lie beside the others? Their places on one axis; pure, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audits.core.values import Estimate

WIDTH = 160.0  # of a plot, in its own units; `.plot` in components.css gives it the same width in pixels
EDGE = 4.0


@dataclass(frozen=True, slots=True)
class Plot:
    """Where an interval lies on an axis of WIDTH units. reference: of a value to compare with, or None."""

    low: float
    value: float
    high: float
    reference: float | None

    @property
    def length(self) -> float:
        """Of the interval; at least a hair, so that a very narrow one is still seen."""
        return max(self.high - self.low, 1.0)


def plots(estimates: Sequence[Estimate], *, reference: float | None = None) -> list[Plot | None]:
    """Each interval on the one axis that holds them all; None where there is nothing to draw."""
    ends = [end for each in estimates for end in (each.low, each.value, each.high) if end is not None]
    ends += [] if reference is None else [reference]
    if not ends:
        return [None for _ in estimates]
    low, high = min(ends), max(ends)
    scale = (WIDTH - 2 * EDGE) / (high - low) if high > low else 0.0

    def at(value: float) -> float:
        return round(EDGE + (value - low) * scale, 2) if scale else WIDTH / 2

    line = None if reference is None else at(reference)
    return [
        None
        if each.value is None or each.low is None or each.high is None
        else Plot(at(each.low), at(each.value), at(each.high), line)
        for each in estimates
    ]
