"""What would another sample of the same groups have given? Bootstrap replicates drawn from cells, never from rows.

Drawing n rows with replacement and counting them per cell is one multinomial draw, so resampling the cells is
resampling the rows (Efron & Tibshirani 1993, chapter 6). Groups are strata: each keeps its own number of rows. Measures
of scores weigh the rows instead of drawing them (Bayesian bootstrap: Rubin 1981, Ann Stat 9:130; for ROC curves Gu,
Ghosal & Roy 2008, Stat Med 27:5407). The n rows of a cell together then weigh a gamma variate of shape n, no outcome is
ever lost, and a draw costs a quarter.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from audits.core import functionals
from audits.core.arrays import Floats, Ints, totals
from audits.core.cells import Cells, Ladder, rungs_of
from audits.core.functionals import divide
from audits.core.functionals_operating import tables_at
from audits.core.operating import Confusion
from audits.core.people import Board

#: Rungs of the score ladder in replicates. Each holds about 1/32 of events and non-events, weighed alike, so that ties
#: inside a rung take about 1/32^2 of the variance of an AUROC, however rare the events are.
STEPS = 32


def draw(counts: Ints, replicates: int, rng: np.random.Generator) -> Floats:
    """float64[replicates, cells]: multinomial counts with the observed total and shares. counts: int64[cells]."""
    total = int(counts.sum())
    return rng.multinomial(total, counts / total, size=replicates).astype(np.float64)


def confusion_rates(counts: Confusion, replicates: int, rng: np.random.Generator) -> Mapping[str, Floats]:
    """Replicates of the shares that parity measures compare; each float64[replicates]."""
    cells = (counts.true_positives, counts.false_positives, counts.false_negatives, counts.true_negatives)
    # Half a row more in each cell (Jeffreys): a group with 10 of 10 caught would otherwise replicate 10 of 10 for ever,
    # and claim certainty (Brown, Cai & DasGupta 2001, Stat Sci 16:101).
    smooth = np.array(cells, dtype=np.float64) + 0.5
    return _rates(rng.multinomial(counts.rows, smooth / smooth.sum(), size=replicates).astype(np.float64))


def patients_rates(board: Board, cut: int, draws: Floats, rng: np.random.Generator) -> Mapping[str, Floats]:
    """The same when patients repeat: groups of patients drawn with replacement, in all groups alike.

    draws: float64[R, GROUPS]. About half a patient more is in each cell, with as many rows as an average row's patient.
    """
    more = rng.poisson(0.5, size=(len(draws), 4)) * board.design_factor
    return _rates(np.stack(tables_at(board.cells, board.resampled(draws), cut), axis=1) + more)


def _rates(tables: Floats) -> Mapping[str, Floats]:
    """The shares of many confusion tables, float64[R, 4]: TP, FP, FN, TN."""
    tp, fp, fn, tn = tables.T
    total = tp + fp + fn + tn
    return MappingProxyType(
        {
            "selection_rate": divide(tp + fp, total),
            "true_positive_rate": divide(tp, tp + fn),
            "false_positive_rate": divide(fp, fp + tn),
            "false_negative_rate": divide(fn, tp + fn),
            "true_negative_rate": divide(tn, fp + tn),
            "accuracy": divide(tp + tn, total),
            "precision": divide(tp, tp + fp),
        }
    )


def score_measures(cells: Cells, replicates: int, rng: np.random.Generator) -> Mapping[str, Floats]:
    """Replicates of AUROC, Brier score and O/E of one group; each float64[replicates]."""
    ladder = cells.ladder
    # Both outcomes weigh the same: equal rows would put all of few events into the last rungs.
    even = Ladder(ladder.rank, *(side / max(1.0, side.sum()) for side in (ladder.events, ladder.nonevents)))
    rung = rungs_of(even, STEPS)[cells.rung]
    steps = int(rung.max()) + 1
    place = cells.outcome * steps + rung
    counts = totals(place, cells.n, 2 * steps)
    loss = cells.square - 2 * cells.score * cells.outcome + cells.outcome
    weight = np.maximum(counts, 1)
    mean_loss = totals(place, cells.n * loss, 2 * steps) / weight
    mean_score = totals(place, cells.n * cells.score, 2 * steps) / weight
    drawn = rng.standard_gamma(counts, size=(replicates, 2 * steps))
    nonevents, events = drawn[:, :steps], drawn[:, steps:]
    below = np.cumsum(nonevents, axis=1) - nonevents / 2
    pairs = events.sum(axis=1) * nonevents.sum(axis=1)
    return MappingProxyType(
        {
            "auroc": divide((events * below).sum(axis=1), pairs),
            "brier": drawn @ mean_loss / drawn.sum(axis=1),
            "oe_ratio": divide(events.sum(axis=1), drawn @ mean_score),
        }
    )


def patients_measures(board: Board, draws: Floats) -> Mapping[str, Floats]:
    """Replicates of AUROC, Brier score and O/E when patients repeat; draws as in `patients_rates`."""
    weights = board.resampled(draws)
    made = {"auroc": functionals.auroc, "brier": functionals.brier, "oe_ratio": functionals.oe_ratio}
    return MappingProxyType({name: functional(board.cells, weights) for name, functional in made.items()})
