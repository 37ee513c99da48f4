"""How sure is net benefit at every operating point of a range? Limits at each point, and at all of them at once.

Vickers 2008, BMC Med Inform Decis Mak 8:53; Hothorn, Bretz & Westfall 2008, Biom J 50:346 (max-T).
"""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import norm
from scipy.stats import t as t_distribution

from audits.core.arrays import Floats, Ints
from audits.core.decision_curve import Flagged, net_benefits
from audits.core.people import Board
from audits.core.utility import difference, odds

#: Operating points at which the shared critical value is found: neighbours nearly say the same.
_COARSE = 40


def band(
    counts: Flagged,
    confidence: float,
    replicates: int,
    rng: np.random.Generator,
    board: Board | None = None,
    factor: float = 1.0,
) -> tuple[Floats, Floats]:
    """Limits of the model's net benefit, float64[k] twice, that hold at all operating points at once (max-T).

    board, factor: as in `growth`."""
    shared = critical_confidence(counts, confidence, replicates, rng, gains=False)
    low, high = gain_limits(counts, shared, growth(counts, board, factor, confidence))
    return low[: len(counts.points)], high[: len(counts.points)]


def critical_confidence(
    counts: Flagged, confidence: float, replicates: int, rng: np.random.Generator, *, gains: bool
) -> float:
    """The confidence that each operating point needs for all to hold together: from the largest standardised error of
    simulated samples. gains: of the gains over treating all and over none, and not only of net benefit.

    Counts between operating points are drawn from the normal distribution with a multinomial's covariance; only how
    errors at different points hang together is taken from them, never how large they are.
    """
    keep = np.unique(np.linspace(0, len(counts.points) - 1, _COARSE).round().astype(np.int64))
    weight = counts.odds[keep]
    totals = ((counts.events, counts.true), (counts.rows - counts.events, counts.false))
    between = np.concatenate([-np.diff(np.concatenate([[total], part[keep], [0]])) for total, part in totals])
    drawn = np.sqrt(between) * rng.standard_normal((replicates, len(between)))
    drawn -= drawn.sum(axis=1, keepdims=True) * (between / counts.rows)
    true, false = (np.cumsum(part[:, ::-1], axis=1)[:, ::-1] for part in np.split(drawn, [len(keep) + 1], axis=1))
    families = [true[:, 1:] - weight * false[:, 1:]]
    if gains:
        families.append(families[0] - (true[:, :1] - weight * false[:, :1]))
    noise = np.hstack(families)
    error = noise.std(axis=0)
    largest = (np.abs(noise) / np.where(error > 0, error, np.inf)).max(axis=1)
    # Never below the pointwise one, which a sample without any spread would otherwise give.
    return max(confidence, float(2 * norm.cdf(np.quantile(largest, confidence)) - 1))


def gain_limits(counts: Flagged, confidence: float, grown: Floats) -> tuple[Floats, Floats]:
    """Pointwise limits, float64[2k] twice: of the advantage over none at each operating point, then of that over all.

    grown: float64[2k], how many times larger each standard error is than for independent rows (`growth`). Limits are
    those of as many times fewer rows as its square, which also holds where nobody is flagged.
    """
    found: list[tuple[float, float, float]] = []
    for everyone in (False, True):
        each = grown[len(counts.points) :] if everyone else grown[: len(counts.points)]
        for point, t, f, growing in zip(counts.points, counts.true, counts.false, each, strict=True):
            weight, scale, fewer = odds(float(point)), 1.0, float(growing) ** 2
            hits, costs = int(t), int(f)
            if everyone:
                # What treating all gains is an event not missed; what it costs is a row without one not left alone.
                hits, costs = counts.rows - counts.events - costs, counts.events - hits
                weight, scale = 1 / weight, weight
            value, interval = difference(hits / fewer, costs / fewer, weight, counts.rows / fewer, confidence)
            found.append((scale * value, scale * interval.low, scale * interval.high))
    _, low, high = np.array(found).T
    return low, high


def growth(counts: Flagged, board: Board | None, factor: float, confidence: float) -> Floats:
    """float64[2k]: how many times larger standard errors are for groups of patients than for rows; at least 1.

    board: the same rows by groups of patients, whose cells the operating points must be edges of. factor: what repeated
    patients multiply a variance by at most; its root is taken where there are no groups to compare, or nothing varies.
    """
    size = len(counts.points)
    if board is None or board.groups < 2:
        return np.full(2 * size, math.sqrt(factor))
    left_out = board.left_out()
    model, everyone = net_benefits(counts.points, board.cells, np.vstack([board.by_group.sum(axis=0), left_out]))
    found = np.hstack([model, model - everyone])[1:]
    spread = (len(found) - 1) / len(found) * ((found - found.mean(axis=0)) ** 2).sum(axis=0)
    # Variance of a mean over rows of 1 (hit), -w (cost) or 0.
    weight, rows = counts.odds, counts.rows
    missed, left = counts.events - counts.true, rows - counts.events - counts.false
    plain = np.concatenate([_variance(counts.true, counts.false, weight, rows), _variance(missed, left, weight, rows)])
    ratio = np.divide(spread, plain, out=np.full(2 * size, factor), where=plain > 0)
    tail = 0.5 + confidence / 2
    student = t_distribution.ppf(tail, len(found) - 1) / norm.ppf(tail)
    return np.asarray(np.sqrt(np.maximum(1.0, ratio)) * student)


def grown_words(board: Board | None, factor: float) -> str:
    """What `growth` did, for the end of a method; "" where rows are independent."""
    if board is not None and board.groups > 1:
        return f"; jackknife over {board.groups} groups of patients"
    if factor <= 1.0:
        return ""
    why = "the patients of this slice not being counted" if board is None else "there being one group of patients"
    return f"; widened by the root of {factor:.4g} rows per patient, weighed by rows, {why}"


def _variance(hits: Ints, costs: Ints, weight: Floats, rows: int) -> Floats:
    mean = (hits - weight * costs) / rows
    return np.asarray(((hits + weight**2 * costs) / rows - mean**2) / rows)
