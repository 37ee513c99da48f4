"""How far is a curve from where it should be, when noise alone already moves it away? Limits for such a distance.

The mean of |gap| is above 0 in every sample, also of a perfect model: noise only adds. Replicates add the noise once
more, so both the percentile and the reflected limits of a bootstrap go wrong near 0: in simulations of a perfectly
calibrated model reflected limits held the truth 74% of the time (tests/reference/test_calibration_coverage.py). So the
two ends are made apart. The lower limit takes off what noise may have added to a curve that lies on the diagonal
wherever a simultaneous band (max-T) cannot tell it from it, which is the directional bootstrap of Fang & Santos (2019,
Rev Econ Stud 86:377). For distances of the farthest parts of a curve even that was not enough (87%): theirs is the
distance of what the band leaves no doubt about. The upper limit is the larger of the percentile and the reflected one.
Far from 0 the limits are the usual ones; near 0 they hold more often than they say.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np

from audits.core.arrays import Flags, Floats
from audits.core.intervals import Interval

#: summary(gaps, weights): gaps and weights float64[R, m]; each distance as float64[R].
Summary = Callable[[Floats, Floats], Mapping[str, Floats]]


def deviation_limits(
    values: Mapping[str, float],
    gaps: Floats,
    weights: Floats,
    summary: Summary,
    confidence: float,
    farthest: Collection[str] = (),
) -> dict[str, Interval] | None:
    """Limits of each distance, at or above 0 and around its value; None when replicates cannot tell.

    gaps, weights: float64[1 + R, m], signed gaps at m places and their weights, the observed ones first. A replicate
    with an undefined gap is left out; with half of them gone there are no limits. farthest: the distances that look at
    the farthest parts only.
    """
    whole: Flags = np.asarray(np.isfinite(gaps).all(axis=1))
    if not whole[0] or whole[1:].sum() < max(1, (len(whole) - 1) / 2):
        return None
    observed, drawn, weights = gaps[0], gaps[whole][1:], weights[whole]
    noise = drawn - observed
    error = noise.std(axis=0)
    if not error.max(initial=0.0) > 0.0:
        return None
    largest = (np.abs(noise) / np.where(error > 0, error, np.inf)).max(axis=1)
    critical, stricter = np.quantile(largest, (confidence, 0.5 + confidence / 2))
    known = np.where(np.abs(observed) > critical * error, observed, 0.0)
    plain = summary(np.vstack([observed, drawn]), weights)
    pulled = summary(np.vstack([known, known + noise]), weights)
    certain = summary(np.maximum(np.abs(observed) - stricter * error, 0.0)[None], weights[:1])
    before, now = (np.array([found[key] for key in values]) for found in (plain, pulled))
    limits = _limits(values, before, now, confidence)
    for key in farthest:
        limits[key] = limits[key]._replace(low=min(values[key], float(certain[key][0])))
    return limits


def _limits(values: Mapping[str, float], plain: Floats, pulled: Floats, confidence: float) -> dict[str, Interval]:
    """plain, pulled: float64[distances, 1 + R], those of the observed curve and of its replicates; only differences
    from the first count, so that the places may be fewer than those behind the values."""
    tail = (1 - confidence) / 2
    moved, off = (found[:, 1:] - found[:, :1] for found in (plain, pulled))
    added = np.quantile(off, 1 - tail, axis=1)
    least, most = np.quantile(moved, (tail, 1 - tail), axis=1)
    return {
        key: Interval(max(0.0, min(value, value - more)), max(value, value + up, value - down))
        for (key, value), more, up, down in zip(values.items(), added, most, least, strict=True)
    }
