"""What would another sample of the same groups have given? Bootstrap replicates drawn from cells, never from rows.

Drawing n rows with replacement and counting them per cell is one multinomial draw, so resampling the cells is
resampling the rows (Efron & Tibshirani 1993, chapter 6). Groups are strata: each keeps its own number of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from audits.core.arrays import Floats, Ints, totals
from audits.core.cells import Cells, ladder_of, rungs_of
from audits.core.functionals import divide
from audits.core.operating import Confusion

#: Rungs of the score ladder in replicates: an AUROC's own spread is some hundred times what these ties cost.
STEPS = 256


def draw(counts: Ints, replicates: int, rng: np.random.Generator) -> Floats:
    """float64[replicates, cells]: multinomial counts with the observed total and shares. counts: int64[cells]."""
    total = int(counts.sum())
    return rng.multinomial(total, counts / total, size=replicates).astype(np.float64)


def confusion_rates(counts: Confusion, replicates: int, rng: np.random.Generator) -> Mapping[str, Floats]:
    """Replicates of the four shares that parity measures compare; each float64[replicates]."""
    cells = (counts.true_positives, counts.false_positives, counts.false_negatives, counts.true_negatives)
    # Half a row more in each cell (Jeffreys): a group with 10 of 10 caught would otherwise replicate 10 of 10 for ever,
    # and claim certainty (Brown, Cai & DasGupta 2001, Stat Sci 16:101).
    smooth = np.array(cells, dtype=np.float64) + 0.5
    tp, fp, fn, tn = rng.multinomial(counts.rows, smooth / smooth.sum(), size=replicates).astype(np.float64).T
    return MappingProxyType(
        {
            "selection_rate": (tp + fp) / (tp + fp + fn + tn),
            "true_positive_rate": divide(tp, tp + fn),
            "false_positive_rate": divide(fp, fp + tn),
            "precision": divide(tp, tp + fp),
        }
    )


def score_measures(cells: Cells, replicates: int, rng: np.random.Generator) -> Mapping[str, Floats]:
    """Replicates of AUROC, Brier score and O/E of one group; each float64[replicates]."""
    ladder = ladder_of(cells)
    rung = rungs_of(ladder, STEPS)[np.searchsorted(ladder.rank, cells.rank)]
    steps = int(rung.max()) + 1
    place = cells.outcome * steps + rung
    counts = totals(place, cells.n, 2 * steps)
    loss = cells.square - 2 * cells.score * cells.outcome + cells.outcome
    weight = np.maximum(counts, 1)
    mean_loss = totals(place, cells.n * loss, 2 * steps) / weight
    mean_score = totals(place, cells.n * cells.score, 2 * steps) / weight
    drawn = draw(counts.astype(np.int64), replicates, rng)
    nonevents, events = drawn[:, :steps], drawn[:, steps:]
    below = np.cumsum(nonevents, axis=1) - nonevents / 2
    pairs = events.sum(axis=1) * nonevents.sum(axis=1)
    return MappingProxyType(
        {
            "auroc": divide((events * below).sum(axis=1), pairs),
            "brier": drawn @ mean_loss / cells.rows,
            "oe_ratio": divide(events.sum(axis=1), drawn @ mean_score),
        }
    )
