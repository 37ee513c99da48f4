"""Do intervals hold the truth when patients repeat, and how badly do those for independent rows fail? Simulations.

Each patient has a risk of its own (a random effect in the log odds) and rows that look alike (half of the variance of
the score is the patient's), so that rows of one patient are correlated in both. The truth is that of 400,000 patients.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.special import expit

from audits.core.arrays import Floats, Ints
from audits.core.calibration import calibration_slope, oe_ratio
from audits.core.cells import Cells
from audits.core.discrimination import auroc
from audits.core.jackknife import limits
from audits.core.operating import confusion, share
from audits.core.people import GROUPS, Board
from audits.core.ratios import RATIOS
from audits.core.replicable import AT_CUT, WHOLE
from audits.core.values import Estimate

CUT = 0.5
MEASURES = ("auroc", "oe_ratio", "calibration_slope", "sensitivity", "ppv", "f1", "matthews_correlation",
            "positive_likelihood_ratio")  # fmt: skip
NAIVE = {"auroc": auroc, "oe_ratio": oe_ratio, "calibration_slope": calibration_slope}


def _rows(patients: int, rng: np.random.Generator) -> tuple[Ints, Floats, Ints]:
    """Outcome, score and patient of each row: 4 rows a patient on average, many with one and some with twenty."""
    who = np.repeat(np.arange(patients), rng.geometric(0.25, patients))
    looks = np.sqrt(0.5) * (rng.normal(size=patients)[who] + rng.normal(size=len(who)))
    risk = expit(-1 + looks + rng.normal(size=patients)[who])
    return (rng.random(len(who)) < risk).astype(np.int64), expit(-0.8 + 0.8 * looks).round(2), who


def _board(y: Ints, p: Floats, who: Ints) -> Board:
    code, column, n = np.unique(p * 2 * 1000 + y, return_inverse=True, return_counts=True)
    score, outcome = np.floor(code / 2) / 1000, np.round(code).astype(np.int64) % 2
    # A patient's number modulo the groups stands for the hash of its name.
    by_group = np.bincount(who % GROUPS * len(code) + column, minlength=GROUPS * len(code)).reshape(GROUPS, -1)
    above = (score >= CUT).astype(np.int64)
    cells = Cells(outcome, score, score, score * score, n.astype(np.int64), above, score, True)
    return Board(cells, by_group.astype(np.float64))


def _naive(measure: str, cells: Cells) -> Estimate:
    if measure in NAIVE:
        return NAIVE[measure](cells, 0.95)
    counts = confusion(cells, 0)
    return RATIOS[measure](counts, 0.95) if measure in RATIOS else share(measure, counts, 0.95)


@cache
def _truth() -> dict[str, float]:
    cells = _board(*_rows(400_000, np.random.default_rng(1))).cells
    return {measure: float(_naive(measure, cells).value or 0.0) for measure in MEASURES}


@pytest.mark.parametrize(
    ("patients", "trials", "slack"),
    [
        # Four standard errors of a simulated coverage of 0.95.
        pytest.param(400, 120, 0.08),
        pytest.param(150, 1500, 0.025, marks=pytest.mark.slow),
        pytest.param(400, 1500, 0.02, marks=pytest.mark.slow),
        pytest.param(2000, 1500, 0.02, marks=pytest.mark.slow),
    ],
)
def test_the_jackknife_over_groups_of_patients_covers(patients: int, trials: int, slack: float) -> None:
    rng = np.random.default_rng(patients)
    held: dict[str, list[bool]] = {}
    naive: dict[str, list[bool]] = {}
    for _ in range(trials):
        board = _board(*_rows(patients, rng))
        left_out = board.left_out()
        for measure in MEASURES:
            functional, scale = WHOLE[measure] if measure in WHOLE else (
                AT_CUT[measure][0](0, CUT), AT_CUT[measure][1]
            )  # fmt: skip
            plain, truth = _naive(measure, board.cells), _truth()[measure]
            assert plain.value is not None
            interval = limits(board, left_out, functional, scale, plain.value, 0.95)
            held.setdefault(measure, []).append(interval is not None and interval.low <= truth <= interval.high)
            naive.setdefault(measure, []).append((plain.low or 0.0) <= truth <= (plain.high or 0.0))
    rates = {measure: float(np.mean(each)) for measure, each in held.items()}
    assert all(abs(rate - 0.95) <= slack for rate in rates.values()), rates
    # Rows taken as independent: the reason why this exists.
    assert np.mean(naive["oe_ratio"]) < 0.9
