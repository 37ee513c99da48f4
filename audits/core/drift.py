"""How far has a column moved from the reference? PSI, Jensen-Shannon, KS and Wasserstein on counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

from audits.core.arrays import Floats, Ints, totals
from audits.core.cells import Ladder, rungs_of
from audits.core.feature_tally import FEATURE_SCALE, FeatureTally, Shape
from audits.core.intervals import newcombe, reflected
from audits.core.values import Estimate

TENTHS = 10
#: Added to every share's count, so that an empty tenth does not make the index infinite.
SMOOTHING = 0.5
#: Squares of values beyond this leave float64.
_FARTHEST = 1e100
#: Cells in replicates; the point estimates always use all of them.
_STEPS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """One column in both tables, on the union of their cells. key, reference, current: float64[k], key increasing.

    independent: for each table the share of its rows that counts as independent, (0, 1]; below 1 where patients repeat.
    """

    key: Floats
    reference: Floats
    current: Floats
    independent: tuple[float, float] = (1.0, 1.0)

    @property
    def sizes(self) -> tuple[int, int]:
        """Present values in the reference and now."""
        return int(self.reference.sum()), int(self.current.sum())

    @property
    def effective(self) -> tuple[float, float]:
        """The number of independent values that tell as much, at least 1 each."""
        first, second = (size * share for size, share in zip(self.sizes, self.independent, strict=True))
        return max(1.0, first), max(1.0, second)

    @property
    def dependence(self) -> str:
        """What a method says about patients that repeat; "" where rows are independent."""
        if self.independent == (1.0, 1.0):
            return ""
        first, second = self.effective
        return f"; patients repeat: as if {first:,.0f} and {second:,.0f} rows were independent (Kish)"


def pair(reference: FeatureTally, current: FeatureTally, independent: tuple[float, float] = (1.0, 1.0)) -> Pair:
    """Both columns' counts aligned; they must share a specification."""
    if reference.spec != current.spec:
        raise ValueError("columns compare only when they are counted alike")
    key = np.union1d(reference.key, current.key)
    counts = [np.zeros(len(key)), np.zeros(len(key))]
    for side, part in zip(counts, (reference, current), strict=True):
        side[np.searchsorted(key, part.key)] = part.n
    return Pair(key, counts[0], counts[1], independent)


def tenths(pair: Pair) -> Ints:
    """int64[k]: the tenth of the reference that each cell belongs to; a heavy value has a tenth of its own."""
    middle = (np.cumsum(pair.reference) - pair.reference / 2) / pair.reference.sum()
    _, place = np.unique(np.minimum((middle * TENTHS).astype(np.int64), TENTHS - 1), return_inverse=True)
    return np.asarray(place, dtype=np.int64)


def grouped(pair: Pair, place: Ints) -> tuple[Floats, Floats]:
    """Counts of both tables per group of cells."""
    return totals(place, pair.reference), totals(place, pair.current)


def population_stability(reference: Floats, current: Floats, smoothing: float = SMOOTHING) -> Floats:
    """Sum of (a - e) ln(a / e) over the last axis; counts, made shares after smoothing (Siddiqi 2006)."""
    expected, actual = reference + smoothing, current + smoothing
    expected = expected / expected.sum(axis=-1, keepdims=True)
    actual = actual / actual.sum(axis=-1, keepdims=True)
    return np.asarray(((actual - expected) * np.log(actual / expected)).sum(axis=-1))


def jensen_shannon_distance(reference: Floats, current: Floats) -> Floats:
    """scipy's Jensen-Shannon distance (natural logarithm) over the last axis; counts need not be shares."""
    # Rounding can leave -1e-17 under the root for equal shares, which scipy turns into NaN; equal means 0.
    with np.errstate(invalid="ignore"):
        distance = np.asarray(jensenshannon(reference, current, axis=-1), dtype=np.float64)
    return np.asarray(np.nan_to_num(distance, nan=0.0))


def noise_floor(bins: int, reference: float, current: float) -> float:
    """The PSI expected without any shift: (B - 1)(1/n + 1/m) (Yurdakul & Naranjo 2020)."""
    return (bins - 1) * (1 / reference + 1 / current)


def ks_bounds(reference: Floats, current: Floats) -> tuple[float, float]:
    """The KS statistic at the cells' edges, and the most it can be inside them; counts in order of value."""
    one, two = np.cumsum(reference) / reference.sum(), np.cumsum(current) / current.sum()
    before_one, before_two = np.concatenate([[0.0], one[:-1]]), np.concatenate([[0.0], two[:-1]])
    least = float(np.abs(one - two).max())
    return least, max(least, float(np.maximum(one - before_two, two - before_one).max()))


def ks_range(both: Pair, shape: Shape, exact_ks: float | None = None) -> tuple[float, float]:
    """The least and the most that the KS statistic of the rows can be; equal where it is known exactly."""
    if exact_ks is not None:
        return exact_ks, exact_ks
    least, most = ks_bounds(both.reference, both.current)
    return (least, least) if shape is Shape.VALUES else (least, most)


def spread(tally: FeatureTally) -> float:
    """The reference's standard deviation (population form), never below 0.001: evidently's norm."""
    place, total = tally.positions(), tally.present
    mean = float(tally.n @ place) / total
    if tally.spec.shape is Shape.BINS:
        _, width = tally.spec.span
        scale = float(FEATURE_SCALE)
        first, second = float(tally.s1.sum()) / scale / total, float(tally.s2.sum()) / scale / total
        variance = max(0.0, second - first**2) * width**2
        return max(math.sqrt(variance), 0.001)
    return max(math.sqrt(float(tally.n @ (place - mean) ** 2) / total), 0.001)


def categories(
    both: Pair, place: Ints, confidence: float, replicates: int, rng: np.random.Generator
) -> dict[str, Estimate]:
    """PSI, its noise floor and Jensen-Shannon on grouped cells; both tables must have present values."""
    reference, current = grouped(both, place)
    n, m = both.sizes
    before, now = (
        resampled(side, share, replicates, rng)
        for side, share in zip((reference, current), both.independent, strict=True)
    )
    bins = f"{len(reference)} bins; reference n = {n}{both.dependence}"
    method = f"reflected bootstrap, {replicates:,} replicates; {bins}"
    floor = noise_floor(len(reference), *both.effective)
    return {
        "psi": _gap(
            float(population_stability(reference, current)), population_stability(before, now), confidence, m, method
        ),
        "psi_noise_floor": Estimate(floor, floor, floor, m, None, f"exact; {bins}"),
        "jensen_shannon": root_of_square(
            float(jensen_shannon_distance(reference, current)),
            jensen_shannon_distance(before, now),
            confidence,
            m,
            method,
            math.sqrt(math.log(2)),
        ),
    }


def resampled(counts: Floats, independent: float, replicates: int, rng: np.random.Generator) -> Floats:
    """float64[replicates, cells]: what other samples would have counted, on the scale of the counts.

    Where only a share of the rows is independent, that many are drawn: a table in which patients repeat strays as far
    as a smaller one (Kish 1965, Survey Sampling, section 8.2).
    """
    total = counts.sum()
    size = max(1, round(total * independent))
    return np.asarray(rng.multinomial(size, counts / total, size=replicates) * (total / size))


def numbers(
    both: Pair,
    sides: tuple[FeatureTally, FeatureTally],
    confidence: float,
    replicates: int,
    rng: np.random.Generator,
    exact_ks: float | None = None,
) -> dict[str, Estimate]:
    """KS and normalised Wasserstein of a number column; both tables must have present values.

    exact_ks: the statistic of the rows themselves, where it was asked for because the bins leave too much open.
    """
    reference, current = sides
    ends = (abs(end or 0.0) for part in (reference, current) for end in (part.low, part.high))
    norm = spread(reference) if max(ends) <= _FARTHEST else None
    n, m = both.sizes
    least, most = ks_range(both, reference.spec.shape, exact_ks)
    farthest, moved = _number_errors(reference, current, both, norm, replicates, rng)
    method = f"bootstrap band, {replicates:,} replicates; reference n = {n}{both.dependence}"
    reach = float(np.quantile(farthest, confidence))
    within = "" if least == most else f"; binned, the statistic is at most {most:.4g}"
    within += "; statistic of the rows themselves" if exact_ks is not None else ""
    ks = Estimate(least, max(0.0, least - reach), min(1.0, most + reach), m, None, method + within)
    if norm is None:
        return {"ks": ks, "wasserstein": Estimate.undefined("values above 1e100 have no usable distance", n=m)}
    far = float(wasserstein_distance(reference.positions(), current.positions(), reference.n, current.n) / norm)
    reach = float(np.quantile(moved, confidence))
    return {"ks": ks, "wasserstein": Estimate(far, max(0.0, far - reach), far + reach, m, None, method)}


def _number_errors(
    reference: FeatureTally,
    current: FeatureTally,
    both: Pair,
    norm: float | None,
    replicates: int,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """float64[replicates]: how far the difference of the two distributions strays, at its worst and in total.

    KS is the largest value, and Wasserstein the area, of |F - G|; by the triangle inequality neither can be further
    from the truth than the largest error, or the area of the error, of F - G itself (the bootstrap form of the
    Kolmogorov-Smirnov band: Bickel & Krieger 1989, J Am Stat Assoc 84:95). On at most _STEPS groups of cells.
    """
    group = rungs_of(Ladder(both.key, both.reference, both.current), _STEPS)
    total, place = np.zeros(int(group.max()) + 1), np.zeros(int(group.max()) + 1)
    for part in (reference, current):
        where = group[np.searchsorted(both.key, part.key)]
        np.add.at(total, where, part.n)
        if norm is not None:
            np.add.at(place, where, part.n * (part.positions() / norm))
    observed = [side[None, :] for side in grouped(both, group)]
    # Rows weighed instead of drawn (Rubin 1981, Ann Stat 9:130): the same spread of shares, at a third of the time.
    size = (replicates, len(total))
    drawn = [rng.standard_gamma(side * share, size) for side, share in zip(observed, both.independent, strict=True)]
    apart, found = ((_cumulative(one) - _cumulative(two)) for one, two in (observed, drawn))
    error = np.abs(found - apart)
    return error.max(axis=1), error[:, :-1] @ np.diff(place / total)


def _cumulative(counts: Floats) -> Floats:
    """Cumulative shares along the last axis."""
    return np.asarray(np.cumsum(counts, axis=1) / counts.sum(axis=1, keepdims=True))


def missing_change(reference: FeatureTally, current: FeatureTally, confidence: float) -> Estimate:
    """Missing share now minus in the reference, with Newcombe's interval."""
    if not reference.rows or not current.rows:
        return Estimate.undefined("one of the tables has no rows", n=current.rows)
    counts = (current.absent, current.rows, reference.absent, reference.rows)
    interval = newcombe(*counts, confidence)
    method = f"Newcombe method 10, {counts[0]} of {counts[1]} against {counts[2]} of {counts[3]}"
    return Estimate(
        counts[0] / counts[1] - counts[2] / counts[3], interval.low, interval.high, current.rows, None, method
    )


def _gap(value: float, replicates: Floats, confidence: float, n: int, method: str) -> Estimate:
    interval = reflected(value, replicates, confidence)
    return Estimate(value, interval.low, interval.high, n, None, method)


def root_of_square(
    value: float, replicates: Floats, confidence: float, n: int, method: str, highest: float
) -> Estimate:
    """A distance whose square behaves like a PSI: the interval is that of the square, and its root is taken last.

    Simulated without any drift, reflecting the distance itself missed 0 half of the time, its square never.
    highest: the most that the distance can be.
    """
    square = reflected(value**2, replicates**2, confidence)
    high = min(math.sqrt(square.high), highest)
    return Estimate(value, math.sqrt(square.low), max(value, high), n, None, method)
