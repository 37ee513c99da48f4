"""How far is each day or week from the reference? PSI of one column by window, on the reference's own tenths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audits.core.arrays import Floats, Ints
from audits.core.drift import Pair, grouped, noise_floor, population_stability, resampled, tenths
from audits.core.feature_tally import FeatureTally, Shape
from audits.core.intervals import reflected
from audits.core.values import Estimate

#: Windows that are looked at: the last so many that have rows.
MOST_WINDOWS = 400
#: Replicates beyond each limit of an interval: its ends must be drawn, not be the most extreme one of a few.
BEYOND = 10
#: Replicates that are drawn at once, so that many groups need little memory.
_AT_ONCE = 10_000
#: Counts drawn for the worst window at most: seconds. With ten groups they suffice for 400 windows at 99% confidence.
_MOST_DRAWN = 16_000_000
#: Present values below which a window's PSI is all noise: with ten groups and 100 values chance alone gives 0.09.
LEAST_VALUES = 100


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Into which groups a column's values fall, and how many of the reference's do.

    edges: for numbers, increasing; group i holds the values with i edges at or below them. levels: for texts, those
    kept; group len(levels) holds the others. shares: float64[g], counts of the reference.
    """

    name: str
    edges: tuple[float, ...]
    levels: tuple[str, ...] | None
    reference: Floats

    @property
    def size(self) -> int:
        return len(self.reference)


def groups_of(both: Pair, before: FeatureTally) -> Groups:
    """The groups on which the column's PSI rests, so that every window is measured on the same ones."""
    spec = before.spec
    if spec.shape is Shape.LEVELS:
        reference = np.zeros(len(spec.levels) + 1)
        reference[both.key.astype(np.int64)] = both.reference
        return Groups(spec.name, (), spec.levels, reference)
    place = tenths(both)
    first = both.key[np.flatnonzero(np.diff(place)) + 1]
    edges = first if spec.shape is Shape.VALUES else np.array([spec.edges[int(cell) - 1] for cell in first])
    return Groups(spec.name, tuple(float(edge) for edge in edges), None, grouped(both, place)[0])


def indices(groups: Groups, counts: Ints) -> Floats:
    """float64[w]: the PSI of each window; NaN where it has too few values. counts: int64[w, g]."""
    used = _used(groups, counts)
    found = population_stability(groups.reference[used], counts[:, used].astype(np.float64))
    return np.where(counts.sum(axis=1) >= LEAST_VALUES, found, np.nan)


def index(
    groups: Groups,
    counts: Ints,
    window: int,
    independent: tuple[float, float],
    confidence: float,
    replicates: int,
    rng: np.random.Generator,
) -> Estimate:
    """The PSI of one window with its interval. counts: int64[w, g] of all of them, which fix the groups in use."""
    n = int(counts[window].sum())
    if groups.reference.sum() == 0:
        return Estimate.undefined("the reference has no present values in this column", n=n)
    if n < LEAST_VALUES:
        return Estimate.undefined(f"{n} values in this window, and at least {LEAST_VALUES} are needed", n=n)
    used = _used(groups, counts)
    reference, current = groups.reference[used], counts[window][used].astype(np.float64)
    value = float(population_stability(reference, current))
    interval = reflected(value, _redrawn(reference, current, independent, replicates, rng), confidence)
    floor = noise_floor(int(used.sum()), reference.sum() * independent[0], n * independent[1])
    method = f"reflected bootstrap, {replicates:,} replicates; {int(used.sum())} bins; by chance alone {floor:.3g}"
    return Estimate(value, interval.low, interval.high, n, None, method)


def _redrawn(
    reference: Floats, current: Floats, independent: tuple[float, float], replicates: int, rng: np.random.Generator
) -> Floats:
    """float64[replicates]: the index of samples drawn anew from both tables."""
    parts = [min(_AT_ONCE, replicates - start) for start in range(0, replicates, _AT_ONCE)]
    drawn = ((resampled(reference, independent[0], n, rng), resampled(current, independent[1], n, rng)) for n in parts)
    return np.concatenate([population_stability(before, now) for before, now in drawn])


def worst(
    groups: Groups,
    counts: Ints,
    starts: Sequence[str],
    independent: tuple[float, float],
    confidence: float,
    replicates: int,
    rng: np.random.Generator,
) -> Estimate:
    """The largest PSI that any window has, with an interval that allows for having looked at all of them.

    replicates: at least so many are drawn; more where the interval for many windows lies far out in their tails.
    """
    if groups.reference.sum() == 0:
        return Estimate.undefined("the reference has no present values in this column", n=int(counts.sum()))
    found = indices(groups, counts)
    tried = int(np.isfinite(found).sum())
    if tried == 0:
        reason = f"no window has {LEAST_VALUES} values in this column"
        return Estimate.undefined(reason, n=int(counts.sum()))
    where = int(np.nanargmax(found))
    # Bonferroni: the largest of many is large by chance too.
    tail = (1 - confidence) / tried
    needed = math.ceil(2 * BEYOND / tail)
    draws = replicates if needed * groups.size > _MOST_DRAWN else max(replicates, needed)
    each = index(groups, counts, where, independent, 1 - tail, draws, rng)
    method = f"{each.method}; window of {starts[where]}, the largest of {tried}"
    if draws < needed:
        return Estimate(
            each.value, None, None, each.n, None, f"{method}; no interval: it would take {needed:,} replicates"
        )
    return Estimate(each.value, each.low, each.high, each.n, None, f"{method}, interval for all of them at once")


def _used(groups: Groups, counts: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """bool[g]: the groups that either table ever holds; an empty one would only smooth the others."""
    return np.asarray((groups.reference + counts.sum(axis=0)) > 0)
