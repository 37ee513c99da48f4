"""How would the model do at a site after it was recalibrated on the others? Logistic recalibration, from cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from audits.core.arrays import Floats
from audits.core.calibration import log_odds, separated
from audits.core.cells import Cells
from audits.core.logistic import fit


@dataclass(frozen=True, slots=True)
class Recalibration:
    """A corrected score has the log odds intercept + slope * log odds of the score (Cox 1958, Biometrika 45:562)."""

    intercept: float
    slope: float

    def applied(self, cells: Cells) -> Cells:
        """The same rows with corrected scores; binned scores are corrected at their cell's mean."""
        line, _ = log_odds(cells)
        score = np.asarray(expit(self.intercept + self.slope * line))
        # A falling line turns the order of the scores round; ranks follow the scores then.
        return replace(cells, score=score, square=score * score, rank=score, least=score)


def fitted(parts: Sequence[Cells]) -> Recalibration | str:
    """Intercept and slope on the rows of all the parts together, or the reason why there are none."""
    joined = together(parts)
    if joined.rows == 0 or joined.events in (0, joined.rows):
        return "the other sites hold only one outcome"
    line, _ = log_odds(joined)
    if len(np.unique(line)) < 2:
        return "every score of the other sites is the same"
    if separated(line, joined):
        return "the scores of the other sites separate the outcomes completely"
    weight: Floats = joined.n.astype(np.float64)
    centre = float(weight @ line) / joined.rows
    design = np.column_stack([np.ones(len(line)), line - centre])
    found = fit(design, joined.outcome.astype(np.float64), weight, np.zeros(len(line)))
    if found is None:
        return "the recalibration on the other sites did not converge"
    intercept, slope = (float(each) for each in found.coefficients)
    return Recalibration(intercept - slope * centre, slope)


def together(parts: Sequence[Cells]) -> Cells:
    """The rows of several parts of one tally."""
    names = ("outcome", "rank", "score", "square", "n", "above", "least")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Cells(**columns, exact=all(part.exact for part in parts))
