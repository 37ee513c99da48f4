"""How is a sample of scores written as the cells that measures take?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audits.core.arrays import Floats
from audits.core.cells import Cells


def cells(events: Sequence[float] | Floats, nonevents: Sequence[float] | Floats) -> Cells:
    """One cell per row. events, nonevents: the scores of each outcome, [0, 1]."""
    score = np.concatenate([np.asarray(events, dtype=np.float64), np.asarray(nonevents, dtype=np.float64)])
    outcome = (np.arange(len(score)) < len(events)).astype(np.int64)
    ones = np.ones(len(score), dtype=np.int64)
    return Cells(outcome, score, score, score * score, ones, 0 * ones, score, True)
