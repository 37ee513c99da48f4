"""Over which operating points is acting on the model worth it? Net benefit over a declared range, from cells.

The range is read at dyadic operating points k/256 (k/1024 or k/4096 in a narrow range): of these every binned cell lies
wholly on one side, so that counts are exact whatever the bins (`Cells.least`).

Vickers & Elkin 2006, Med Decis Making 26:565.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audits.core.arrays import Floats, Ints, totals
from audits.core.cells import Cells
from audits.core.functionals import divide
from audits.core.values import DecisionRange

#: At least this many operating points, where the finest grid has them.
_ENOUGH = 20
_GRIDS = (256, 1024, 4096)


@dataclass(frozen=True, slots=True, eq=False)
class Flagged:
    """Exact counts of one set of rows. points: float64[k], operating points, increasing. true, false: int64[k], flagged
    rows with and without the outcome."""

    points: Floats
    true: Ints
    false: Ints
    rows: int
    events: int

    @property
    def odds(self) -> Floats:
        return np.asarray(self.points / (1 - self.points))

    @property
    def model(self) -> Floats:
        """float64[k]: net benefit of acting on those flagged."""
        return np.asarray((self.true - self.odds * self.false) / self.rows)

    @property
    def everyone(self) -> Floats:
        """float64[k]: net benefit of acting on everyone."""
        return np.asarray((self.events - self.odds * (self.rows - self.events)) / self.rows)


def grid(span: DecisionRange) -> Floats:
    """float64[k]: the operating points inside the range; empty when it is narrower than the finest grid."""
    found = np.zeros(0)
    for parts in _GRIDS:
        found = np.arange(np.ceil(span.low * parts), np.floor(span.high * parts) + 1) / parts
        if len(found) >= _ENOUGH:
            break
    return found


def flagged(cells: Cells, points: Floats) -> Flagged:
    """The counts at each operating point; cells as counted, not compressed."""
    rung = np.searchsorted(points, cells.least, side="right")
    true, false = (_at_or_above(rung, cells.n * (cells.outcome == outcome), len(points)) for outcome in (1, 0))
    return Flagged(points, true, false, cells.rows, cells.events)


def _at_or_above(rung: Ints, n: Ints, size: int) -> Ints:
    """int64[size]: rows that lie at or above each point. rung: points at or below each row."""
    return np.asarray(np.cumsum(totals(rung, n, size + 1)[::-1])[::-1][1:].astype(np.int64))


def net_benefits(points: Floats, cells: Cells, weights: Floats) -> tuple[Floats, Floats]:
    """float64[R, k] twice: net benefit of the model and of treating all at each operating point on each weighting."""
    rows, events = weights.sum(axis=1)[:, None], (weights @ (cells.outcome == 1))[:, None]
    above = (cells.least[:, None] >= points).astype(np.float64)
    event, weight = (cells.outcome == 1)[:, None], points / (1 - points)
    model = divide(weights @ (above * event) - weight * (weights @ (above * ~event)), rows)
    return model, divide(events - weight * (rows - events), rows)


def described(counts: Flagged) -> str:
    """The operating points that were looked at, in words."""
    return f"{len(counts.points)} operating points from {counts.points[0]:.4g} to {counts.points[-1]:.4g}"
