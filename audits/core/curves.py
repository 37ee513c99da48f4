"""What do the charts of a validation draw? Small aggregated series: ROC, precision-recall, tenths, histogram."""

from __future__ import annotations

import numpy as np

from audits.core.arrays import Floats, totals
from audits.core.cells import Cells, rungs_of
from audits.core.intervals import wilson

ROC_POINTS = 200
TENTHS = 10
BARS = 20


def roc(cells: Cells) -> list[dict[str, float]]:
    """At most ROC_POINTS (false positive rate, sensitivity) pairs from (0, 0) to (1, 1); [] when undefined."""
    ladder = cells.ladder
    if not ladder.events.any() or not ladder.nonevents.any():
        return []
    rates = [np.concatenate([[0.0], np.cumsum(part[::-1]) / part.sum()]) for part in (ladder.nonevents, ladder.events)]
    # Evenly spaced along the curve's own length, so that steep and flat parts are drawn equally well.
    along = rates[0] + rates[1]
    wanted = np.searchsorted(along, np.linspace(0.0, along[-1], ROC_POINTS - 1))
    keep = np.unique(np.concatenate([[0], np.minimum(wanted, len(along) - 1), [len(along) - 1]]))
    return [{"fpr": float(rates[0][i]), "sensitivity": float(rates[1][i])} for i in keep]


def precision_recall(cells: Cells) -> list[dict[str, float]]:
    """At most ROC_POINTS (recall, precision) pairs from the highest scores down to all rows; [] when undefined.

    Each is the precision among rows at or above one score; none is drawn for recall 0, where nobody is flagged.
    """
    ladder = cells.ladder
    if not ladder.events.any() or not ladder.nonevents.any():
        return []
    caught = np.cumsum(ladder.events[::-1])
    recall, precision = caught / caught[-1], caught / np.cumsum((ladder.events + ladder.nonevents)[::-1])
    # Precision jumps where few are flagged: spaced along the curve's own length, as the ROC is.
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(recall)) + np.abs(np.diff(precision)))])
    wanted = np.searchsorted(along, np.linspace(0.0, along[-1], ROC_POINTS - 2))
    keep = np.unique(np.concatenate([[0], np.minimum(wanted, len(along) - 1), [len(along) - 1]]))
    return [{"recall": float(recall[i]), "precision": float(precision[i])} for i in keep]


def calibration(cells: Cells, confidence: float) -> list[dict[str, float | int]]:
    """Tenths of the scores: n, events, mean score, observed rate with its Wilson interval."""
    if cells.rows == 0:
        return []
    tenth = rungs_of(cells.ladder, TENTHS)[cells.rung]
    size = int(tenth.max()) + 1
    n = totals(tenth, cells.n, size)
    events = totals(tenth, cells.n * cells.outcome, size)
    mean = totals(tenth, cells.n * cells.score, size) / n
    return [_tenth(int(n[i]), int(events[i]), float(mean[i]), confidence) for i in range(size)]


def _tenth(n: int, events: int, mean: float, confidence: float) -> dict[str, float | int]:
    interval = wilson(events, n, confidence)
    return {
        "n": n, "events": events, "mean_score": mean,
        "observed": events / n, "low": interval.low, "high": interval.high,
    }  # fmt: skip


def histogram(cells: Cells) -> dict[str, list[float] | list[int]]:
    """Rows per twentieth of the score range, by outcome; the last bar includes a score of 1."""
    bar = np.minimum((cells.score * BARS).astype(np.int64), BARS - 1)
    edges: Floats = np.linspace(0.0, 1.0, BARS + 1)

    def bars(outcome: int) -> list[int]:
        chosen = cells.outcome == outcome
        return [int(v) for v in totals(bar[chosen], cells.n[chosen], BARS)]

    return {"edges": [float(edge) for edge in edges], "events": bars(1), "nonevents": bars(0)}
