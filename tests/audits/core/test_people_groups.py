"""On common cells, do a group and its rest vary together as their patients do?"""

from __future__ import annotations

import math

import numpy as np
import pytest

from audits.core import functionals
from audits.core.cells import Cells
from audits.core.functionals_operating import at_cut
from audits.core.people import GROUPS, Board
from audits.core.people_groups import Roster, roster
from audits.core.tally_spec import Slice

RNG = np.random.default_rng(3)
N = 4000
WHO = RNG.integers(0, GROUPS, N)
P = (RNG.integers(0, 50, N) + 0.5) / 50
Y = (RNG.random(N) < P).astype(np.int64)
GROUP = RNG.integers(0, 3, N)


def _board(mask: np.ndarray) -> Board:
    """One cell per outcome and score, ranks of its own."""
    pairs = sorted(set(zip(P[mask].tolist(), Y[mask].tolist(), strict=True)))
    place = {pair: index for index, pair in enumerate(pairs)}
    by_group = np.zeros((GROUPS, len(pairs)))
    for who, p, y in zip(WHO[mask], P[mask].tolist(), Y[mask].tolist(), strict=True):
        by_group[who, place[p, y]] += 1
    score = np.array([p for p, _ in pairs])
    above = (score >= 0.5).astype(np.int64)
    n = by_group.sum(axis=0).astype(np.int64)
    cells = Cells(
        np.array([y for _, y in pairs]), np.arange(float(len(pairs))), score, score**2, n, above, score, False
    )
    return Board(cells, by_group)


@pytest.fixture(scope="module")
def made() -> Roster:
    return roster({Slice(1, (str(index),)): _board(np.equal(GROUP, index)) for index in range(3)})


def test_the_slices_add_up_to_everyone(made: Roster) -> None:
    assert sum(made.group(where) for where in made.boards) == pytest.approx(made.everyone)
    assert made.everyone.sum(axis=1) == pytest.approx(np.bincount(WHO, minlength=GROUPS))
    assert made.cells.rows == N
    assert made.groups == GROUPS
    assert not made.group(Slice(1, ("nobody",))).any()


def test_scores_keep_their_order_and_cuts(made: Roster) -> None:
    order = np.argsort(made.cells.rank, kind="stable")
    assert (np.diff(made.cells.score[order]) >= -1e-12).all()
    assert ((made.cells.score >= 0.5) == (made.cells.above == 1)).all()


@pytest.mark.parametrize("measure", ["sensitivity", "auroc", "log oe"])
def test_the_error_is_the_jackknife_over_rows(made: Roster, measure: str) -> None:
    functional = {"sensitivity": at_cut("sensitivity", 0), "auroc": functionals.auroc}.get(
        measure, functionals.oe_ratio
    )

    def value(mask: np.ndarray) -> float:
        y, p = Y[mask] == 1, P[mask]
        if measure == "sensitivity":
            return float((p[y] >= 0.5).mean())
        if measure == "auroc":
            wins = (p[y][:, None] > p[~y][None, :]) + 0.5 * (p[y][:, None] == p[~y][None, :])
            return float(wins.mean())
        return math.log(y.sum() / p.sum())

    left = np.array([value((GROUP == 1) & (who != WHO)) - value((GROUP != 1) & (who != WHO)) for who in range(GROUPS)])
    expected = math.sqrt((GROUPS - 1) / GROUPS * ((left - left.mean()) ** 2).sum())
    found = made.against_rest(Slice(1, ("1",)), functional, log=measure == "log oe")
    assert found == pytest.approx(expected, rel=1e-6)


def test_an_undefined_measure_has_no_error(made: Roster) -> None:
    assert math.isnan(made.against_rest(Slice(1, ("nobody",)), functionals.auroc, log=False))
