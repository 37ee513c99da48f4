"""Since when has the model been off? A cumulative sum of observed minus expected events, window by window.

S+ = max(0, S+ + z - k) and S- = max(0, S- - z - k), z being a window's events minus those expected, in standard
deviations; an alarm where either passes h (Page 1954, Biometrika 41:100). Everything stays in standard deviations and
unrounded: rounding before the comparison would decide alarms.

What is expected comes from a reference, which is a sample too: its error would shift every window the same way, and a
sum of such shifts alarms by itself. So the chart starts itself (Hawkins 1987, The Statistician 36:299): each window is
judged by the reference and the windows before it, with the doubt that those leave in its standard deviation, and then
joins them. Without a change z is then normal with deviation 1 and independent from window to window, as the run length
supposes. The price: beside a small reference, a change from the first windows on is soon taken for normal.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from audits.core.cells import Cells

#: Half of the shift, in standard deviations, that the chart is quickest to find.
ALLOWANCE = 0.5
#: Where the alarm is. With 4 a weekly chart would raise a false one every 168 weeks, with 5 every 465.
LIMIT = 5.0
#: Windows are joined until they expect this many of either outcome: below it z is not close to normal.
LEAST_EXPECTED = 5.0
_STATES = 400


@dataclass(frozen=True, slots=True)
class Window:
    """Observed and expected events of one window, and the variance of their difference. start: ISO 8601 date."""

    start: str
    rows: int
    observed: float
    expected: float
    variance: float

    def __add__(self, other: Window) -> Window:
        """Both together; dated by the later one, because only then is the sum known."""
        return Window(
            other.start,
            self.rows + other.rows,
            self.observed + other.observed,
            self.expected + other.expected,
            self.variance + other.variance,
        )


@dataclass(frozen=True, slots=True)
class Point:
    """Both sums after one window. z: its own deviation."""

    start: str
    z: float
    high: float
    low: float


@dataclass(frozen=True, slots=True)
class Standard:
    """What the model is held to: its log odds moved by `intercept`, known with `information`, which is 1 / SE squared;
    infinite where it is no estimate but the scores' own claim.
    """

    intercept: float
    information: float = math.inf

    def doubting(self, seen: Window) -> Window:
        """The window with the variance that it has when the doubt about the intercept counts too (delta method)."""
        return replace(seen, variance=seen.variance + seen.variance**2 / self.information)

    def after(self, seen: Window) -> Standard:
        """The standard once this window, as `window` made it, belongs to what is known: one step of Newton's method."""
        known = self.information + seen.variance
        return Standard(self.intercept + (seen.observed - seen.expected) / known, known)


def window(start: str, cells: Cells, intercept: float) -> Window:
    """Expected events when the model is calibrated as it was: log odds moved by the reference's intercept."""
    chance = expit(logit(cells.score) + intercept)
    expected, variance = float(cells.n @ chance), float(cells.n @ (chance * (1 - chance)))
    return Window(start, cells.rows, float(cells.events), expected, variance)


def followed(windows: Iterable[tuple[str, Cells]], held: Standard) -> list[Window]:
    """The windows for the chart, each against the standard and all windows before it.

    windows: first day and cells, in order. Neighbours are put together until they expect enough of both outcomes; what
    is left at the end waits.
    """
    made: list[Window] = []
    waiting: Window | None = None
    for start, cells in windows:
        each = window(start, cells, held.intercept)
        waiting = each if waiting is None else waiting + each
        if min(waiting.expected, waiting.rows - waiting.expected) >= LEAST_EXPECTED and waiting.variance > 0:
            made.append(held.doubting(waiting))
            held = held.after(waiting)
            waiting = None
    return made


def chart(windows: Sequence[Window], k: float = ALLOWANCE) -> list[Point]:
    """Both sums after each window, from 0; they go on after an alarm."""
    points: list[Point] = []
    high = low = 0.0
    for each in windows:
        z = (each.observed - each.expected) / math.sqrt(each.variance)
        high, low = max(0.0, high + z - k), max(0.0, low - z - k)
        points.append(Point(each.start, z, high, low))
    return points


def alarm(points: Sequence[Point], h: float = LIMIT) -> str | None:
    """The start of the first window whose sum is above h."""
    return next((point.start for point in points if max(point.high, point.low) > h), None)


@cache
def average_run_length(k: float = ALLOWANCE, h: float = LIMIT, shift: float = 0.0) -> float:
    """Windows until an alarm of the two-sided chart, on average, when z is normal around `shift` with deviation 1.

    A Markov chain on a grid of S (Brook & Evans 1972, Biometrika 59:539); the two sides combine as 1/L = 1/L+ + 1/L-.
    """
    return 1 / (1 / _one_sided(k, h, shift) + 1 / _one_sided(k, h, -shift))


def _one_sided(k: float, h: float, shift: float) -> float:
    width = 2 * h / (2 * _STATES - 1)
    state = np.arange(_STATES) * width
    # From state i, S + z - k falls into the cell of width `width` around state j; state 0 takes all that is below.
    above = norm.cdf(state[None, :] + width / 2 - state[:, None] + k - shift)
    moves = np.diff(above, axis=1, prepend=0.0)
    return float(np.linalg.solve(np.eye(_STATES) - moves, np.ones(_STATES))[0])
