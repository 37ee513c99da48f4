"""What would the measures at a cut-off be on other counts? Formulas of many confusion tables at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from audits.core.arrays import Floats
from audits.core.cells import Cells
from audits.core.functionals import Functional, divide
from audits.core.scales import Scale


class Tables(NamedTuple):
    """Confusion tables, float64[R] each: rows by flag and outcome."""

    tp: Floats
    fp: Floats
    fn: Floats
    tn: Floats


def tables_at(cells: Cells, weights: Floats, cut: int) -> Tables:
    """The tables of many weightings, float64[R, m], at the cut with this index."""
    flagged, event = cells.flagged(cut), cells.outcome == 1
    sides = np.stack([flagged & event, flagged & ~event, ~flagged & event, ~flagged & ~event], axis=1)
    return Tables(*(weights @ sides.astype(np.float64)).T)


def _matthews(x: Tables) -> Floats:
    margins = (x.tp + x.fp) * (x.fn + x.tn) * (x.tp + x.fn) * (x.fp + x.tn)
    return divide(x.tp * x.tn - x.fp * x.fn, np.sqrt(margins))


#: measure -> (its formula, the scale of its interval)
FORMULAS: Mapping[str, tuple[Callable[[Tables], Floats], Scale]] = MappingProxyType(
    {
        "sensitivity": (lambda x: divide(x.tp, x.tp + x.fn), Scale.SHARE),
        "specificity": (lambda x: divide(x.tn, x.tn + x.fp), Scale.SHARE),
        "ppv": (lambda x: divide(x.tp, x.tp + x.fp), Scale.SHARE),
        "npv": (lambda x: divide(x.tn, x.tn + x.fn), Scale.SHARE),
        "flag_rate": (lambda x: divide(x.tp + x.fp, x.tp + x.fp + x.fn + x.tn), Scale.SHARE),
        "positive_likelihood_ratio": (
            lambda x: divide(divide(x.tp, x.tp + x.fn), divide(x.fp, x.fp + x.tn)), Scale.LOG
        ),
        "negative_likelihood_ratio": (
            lambda x: divide(divide(x.fn, x.tp + x.fn), divide(x.tn, x.fp + x.tn)), Scale.LOG
        ),
        "number_needed_to_evaluate": (lambda x: divide(x.tp + x.fp, x.tp), Scale.INVERSE),
        "f1": (lambda x: divide(2 * x.tp, 2 * x.tp + x.fp + x.fn), Scale.HARMONIC),
        "matthews_correlation": (_matthews, Scale.FISHER),
    }
)  # fmt: skip


def at_cut(measure: str, cut: int) -> Functional:
    """The functional of one of FORMULAS at the cut with this index."""
    formula, _ = FORMULAS[measure]
    return lambda cells, weights: formula(tables_at(cells, weights, cut))
