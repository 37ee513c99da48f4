"""How do groups and their rest vary together when patients repeat? The boards of one grouping on common cells.

A patient can have rows in a group and outside it, so neither varies on its own. On common cells the rest is everyone
minus the group, and leaving out a group of patients leaves them out of both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from audits.core.arrays import Floats, Ints, totals
from audits.core.cells import Cells
from audits.core.functionals import Functional
from audits.core.people import GROUPS, STEPS, Board
from audits.core.scales import jackknife_error
from audits.core.tally_spec import Slice


@dataclass(frozen=True, slots=True, eq=False)
class Roster:
    """The slices of one grouping by groups of patients. cells: m common cells. everyone: float64[GROUPS, m], rows of
    all slices; place: where each board's cells went, int64[its cells]."""

    cells: Cells
    everyone: Floats
    boards: Mapping[Slice, Board]
    place: Mapping[Slice, Ints]

    @property
    def groups(self) -> int:
        """Groups of patients that have rows."""
        return int((self.everyone.sum(axis=1) > 0).sum())

    def group(self, where: Slice) -> Floats:
        """float64[GROUPS, m]: rows of one slice; zeros when it has none."""
        rows = np.zeros_like(self.everyone)
        if where in self.boards:
            np.add.at(rows.T, self.place[where], self.boards[where].by_group.T)
        return rows

    def against_rest(self, where: Slice, measure: Functional, *, log: bool) -> float:
        """Jackknife standard error of measure(group) - measure(rest), of logarithms if asked; NaN where undefined."""
        group = self.group(where)
        rest = np.maximum(self.everyone - group, 0.0)
        present = self.everyone.sum(axis=1) > 0
        if present.sum() < 2:
            return math.nan
        sides = [measure(self.cells, side.sum(axis=0) - side[present]) for side in (group, rest)]
        if log:
            sides = [np.log(np.where(side > 0, side, np.nan)) for side in sides]
        return jackknife_error(sides[0] - sides[1])


def roster(boards: Mapping[Slice, Board]) -> Roster:
    """The boards of the slices of one grouping, which part everyone, on about STEPS common cells per outcome."""
    named = sorted(boards)
    parts = [boards[where].cells for where in named]
    outcome, above, score, square, n, least = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("outcome", "above", "score", "square", "n", "least")
    )
    order = np.argsort(score, kind="stable")
    middle = np.empty(len(n))
    middle[order] = (np.cumsum(n[order]) - n[order] / 2) / max(1, n.sum())
    # Equal scores belong on one rung, whichever slice they came from.
    _, which = np.unique(score, return_inverse=True)
    rung = (
        (totals(which, middle * n) / np.maximum(totals(which, n), 1) * STEPS).astype(np.int64)[which]
        if len(n)
        else which
    )
    width = int(above.max(initial=0)) + 1
    codes, place = np.unique((rung * width + above) * 2 + outcome, return_inverse=True)
    size = len(codes)
    count = np.maximum(totals(place, n, size), 1)
    lowest = np.full(size, np.inf)
    np.minimum.at(lowest, place, least)
    cells = Cells(
        outcome=codes % 2,
        rank=(codes // 2).astype(np.float64),
        score=totals(place, n * score, size) / count,
        square=totals(place, n * square, size) / count,
        n=totals(place, n, size).astype(np.int64),
        above=codes // 2 % width,
        least=lowest,
        exact=False,
    )
    edges = np.cumsum([0, *(len(part.n) for part in parts)])
    places = {where: place[edges[i] : edges[i + 1]] for i, where in enumerate(named)}
    everyone = np.zeros((GROUPS, size))
    for where in named:
        np.add.at(everyone.T, places[where], boards[where].by_group.T)
    return Roster(cells, everyone, boards, places)
