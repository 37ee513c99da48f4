"""How far are scores from what happened, bin by bin? The expected calibration error, which depends on its bins."""

from __future__ import annotations

import numpy as np

from audits.core.arrays import Floats, Ints, totals
from audits.core.cells import Cells, rungs_of
from audits.core.deviation import deviation_limits
from audits.core.functionals import divide
from audits.core.values import Estimate

#: Bins of about equal rows; equal scores are never parted, so there may be fewer.
BINS = 10
KEY = "ece"


def calibration_error(cells: Cells, confidence: float, replicates: int, rng: np.random.Generator) -> Estimate:
    """Sum over bins of (rows in it / rows) |events / rows in it - mean score| (Naeini 2015). Cells must hold rows."""
    rows, events = cells.rows, cells.events
    weight = cells.n[None].astype(np.float64)
    size, gap = _bins(cells, weight)
    value = min(1.0, float(_summary(gap, size)[KEY][0]))
    drawn = gap + _errors(cells) * rng.standard_normal((replicates, size.shape[1]))
    gaps = np.vstack([gap, drawn])
    found = deviation_limits({KEY: value}, gaps, np.broadcast_to(size, gaps.shape), _summary, confidence)
    method = f"{size.shape[1]} bins of about equal rows; it depends on the bins and on n"
    if found is None:
        return Estimate(value, None, None, rows, events, f"{method}; no interval: scores of 0 and 1 do not vary")
    method += f"; {replicates:,} simulated samples, the noise taken off"
    return Estimate(value, found[KEY].low, min(1.0, found[KEY].high), rows, events, method)


def _errors(cells: Cells) -> Floats:
    """float64[bins]: standard error of each bin's gap. A bin with one outcome shows no spread of it, so its scores say
    how much there is."""
    place = bins_of(cells)
    rows, events = totals(place, cells.n), totals(place, cells.n * cells.outcome)
    loss = totals(place, cells.n * (cells.outcome - cells.score) ** 2) / rows
    gap = totals(place, cells.n * (cells.outcome - cells.score)) / rows
    expected = totals(place, cells.n * cells.score * (1 - cells.score)) / rows
    one_outcome = (events == 0) | (events == rows)
    return np.sqrt(np.maximum(np.where(one_outcome, expected, loss - gap * gap), 0.0) / rows)


def _bins(cells: Cells, weights: Floats) -> tuple[Floats, Floats]:
    """float64[R, bins]: rows of each bin, and its event rate minus its mean score (0 for a bin without rows)."""
    place = bins_of(cells)
    inside = (place[:, None] == np.arange(int(place.max()) + 1)).astype(np.float64)
    size = weights @ inside
    return size, np.nan_to_num(divide((weights * (cells.outcome - cells.score)) @ inside, size), nan=0.0)


def bins_of(cells: Cells) -> Ints:
    """int64[m]: the bin of each cell, from the lowest scores up, without gaps."""
    return np.asarray(rungs_of(cells.ladder, BINS)[cells.rung])


def _summary(gaps: Floats, sizes: Floats) -> dict[str, Floats]:
    return {KEY: divide((np.abs(gaps) * sizes).sum(axis=1), sizes.sum(axis=1))}
