"""What is the interval of a measure when groups of patients are left out, one at a time?"""

from __future__ import annotations

from audits.core.arrays import Floats
from audits.core.functionals import Functional
from audits.core.intervals import Interval
from audits.core.people import Board
from audits.core.scales import Scale, from_error, inner, jackknife_error, student


def limits(
    board: Board, left_out: Floats, functional: Functional, scale: Scale, value: float, confidence: float
) -> Interval | None:
    """Delete-a-group jackknife interval of a value (Kott 2001, J Off Stat 17:521), with t of g - 1 degrees of freedom.

    left_out: `board.left_out()`, float64[g, m], made once for all measures of a slice. None where the measure does not
    vary with the groups, is undefined without one of them, or lies at the end of its scale.
    """
    groups = len(left_out)
    if groups < 2:
        return None
    found = jackknife_error(inner(scale, functional(board.cells, left_out)))
    return from_error(value, found, scale, student(confidence, groups), confidence)
