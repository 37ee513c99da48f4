"""Do intervals hold the truth when patients repeat, and how badly do those for independent rows fail? Simulations.

Each patient has a risk of its own (a random effect in the log odds) and rows that look alike (half of the variance of
the score is the patient's), so that rows of one patient are correlated in both. The truth is that of 400,000 patients.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.special import expit, logit

from audits.core.arrays import Floats, Ints
from audits.core.calibration import calibration_slope, oe_ratio
from audits.core.calibration_bins import calibration_error
from audits.core.calibration_curve import curve_of
from audits.core.calibration_distance import distances
from audits.core.cells import Cells
from audits.core.discrimination import auroc
from audits.core.jackknife import limits
from audits.core.operating import confusion, share
from audits.core.people import GROUPS, Board, Repeats
from audits.core.ratios import RATIOS
from audits.core.replicable import AT_CUT, WHOLE, WIDENED
from audits.core.scales import widened
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


def _unequal(shift: float, rng: np.random.Generator) -> tuple[Cells, Repeats]:
    """Scores that are off by `shift` in the log odds: 2,940 patients with one row each, and 60 with a hundred."""
    rows = np.concatenate([np.full(60, 100), np.ones(2940, dtype=np.int64)])
    who = np.repeat(np.arange(3000), rows)
    looks, own = rng.normal(-1, 1, 3000)[who], rng.normal(size=3000)[who]
    y = (rng.random(len(who)) < expit(looks + own)).astype(np.int64)
    cells = _board(y, expit(_marginal(looks) + shift).round(3), who).cells
    return cells, Repeats(len(who), 3000, int((rows**2).sum()))


def _marginal(looks: Floats) -> Floats:
    """Log odds of the outcome of a patient who looks like this, over all that patients can be of their own."""
    node, weight = np.polynomial.hermite_e.hermegauss(20)
    return np.asarray(logit(expit(looks[:, None] + node) @ (weight / weight.sum())))


@pytest.mark.parametrize(
    ("shift", "trials", "least"),
    [
        (0.4, 25, 0.85),
        pytest.param(0.0, 150, 0.93, marks=pytest.mark.slow),
        pytest.param(0.4, 150, 0.93, marks=pytest.mark.slow),
    ],
)
def test_distances_are_covered_where_few_patients_have_most_rows(shift: float, trials: int, least: float) -> None:
    rng = np.random.default_rng(61)
    line = _marginal(rng.normal(-1, 1, 100_000))
    truth = float(np.abs(expit(line) - expit(line + shift)).mean())
    held: dict[str, list[bool]] = {}
    for _ in range(trials):
        cells, repeats = _unequal(shift, rng)
        made = {"ici": distances(cells, curve_of(cells), 0.95, 100, rng)["ici"]}
        made["ece"] = calibration_error(cells, 0.95, 100, rng)
        for measure, found in made.items():
            for by, factor in (("mean", repeats.per_patient(cells.rows)), ("most", repeats.design_factor(cells.rows))):
                interval = widened(found, WIDENED[measure], factor)
                held.setdefault(f"{measure}, {by}", []).append(max(0.0, interval.low) <= truth <= interval.high)
    rates = {name: float(np.mean(each)) for name, each in held.items()}
    assert all(rates[f"{measure}, most"] >= least for measure in ("ici", "ece")), rates
    # Rows per patient, all patients weighing the same: the reason why they do not.
    assert rates["ici, mean"] < 0.85, rates
