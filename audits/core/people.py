"""How sure are we when patients repeat? Rows of one patient are not independent; groups of patients are.

Subjects are hashed into groups, every row of a patient into the same one, and each group's rows are counted apart. An
interval then asks what the measure would be with a group left out (delete-a-group jackknife: Kott 2001, J Off Stat
17:521), or with the groups themselves drawn with replacement (cluster bootstrap: Davison & Hinkley 1997, section 3.8).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from audits.core.arrays import Floats, Ints, totals
from audits.core.cells import Cells, compressed, rungs_of
from audits.core.randomness import stream
from audits.core.slices import MISSING
from audits.core.tally import Tally
from audits.core.tally_spec import INVALID, SCALE, Slice

#: Groups that subjects are hashed into.
GROUPS = 100
#: Cells of one outcome in a board are about this many: see `cells.compressed`.
STEPS = 256


class Repeats(NamedTuple):
    """How patients repeat in a table. rows: those with a subject. subjects: distinct ones. squares: the squares of each
    one's number of rows, added up."""

    rows: int
    subjects: int
    squares: int

    def per_patient(self, rows: int) -> float:
        """Rows per patient. rows: of the table; one without a subject is a patient of its own."""
        return rows / (self.subjects + rows - self.rows) if self.rows > self.subjects else 1.0

    def design_factor(self, rows: int) -> float:
        """The most by which repeated patients multiply the variance of a mean over these rows: sum m^2 / sum m over
        patients with m rows each, which is reached when all rows of a patient are alike (Kish 1965, Survey Sampling,
        section 8.2). Rows per patient are too few wherever some patients have far more rows than others."""
        return (self.squares + rows - self.rows) / rows if self.rows > self.subjects else 1.0


def design_factor(sizes: Floats) -> float:
    """`Repeats.design_factor` of a slice, estimated from the sizes of its groups of patients, float64[GROUPS].

    Patients are in groups by chance, so sizes vary as sum m^2 does; with many patients the error is about 14%.
    """
    rows = float(sizes.sum())
    spread = float(((sizes - sizes.mean()) ** 2).sum()) * len(sizes) / (len(sizes) - 1)
    return min(max(1.0, spread / rows), rows) if rows >= 1 else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """One slice by groups of patients. cells: m cells, compressed. by_group: float64[GROUPS, m], rows of each group;
    the columns add up to cells.n."""

    cells: Cells
    by_group: Floats

    def left_out(self) -> Floats:
        """float64[g, m]: weights with one group left out at a time; only groups that have rows in the slice."""
        present = self.by_group[self.by_group.sum(axis=1) > 0]
        return np.asarray(self.by_group.sum(axis=0) - present)

    def resampled(self, draws: Floats) -> Floats:
        """float64[R, m]: weights with the groups drawn with replacement. draws: float64[R, GROUPS], each row adding up
        to GROUPS; slices that share the draws stay dependent as their patients are."""
        return np.asarray(draws @ self.by_group)

    @property
    def groups(self) -> int:
        """Groups that have rows in the slice."""
        return int((self.by_group.sum(axis=1) > 0).sum())

    @property
    def design_factor(self) -> float:
        """See `design_factor`."""
        return design_factor(self.by_group.sum(axis=1))


def cluster_draws(replicates: int, rng: np.random.Generator) -> Floats:
    """float64[replicates, GROUPS]: how often each group of patients is drawn; every row adds up to GROUPS."""
    return rng.multinomial(GROUPS, np.full(GROUPS, 1 / GROUPS), size=replicates).astype(np.float64)


def boards(
    tally: Tally,
    groupings: Sequence[tuple[str, ...]],
    rng: np.random.Generator,
    *,
    cuts: Sequence[float] | None = None,
    edges: Collection[float] = (),
) -> dict[Slice, Board]:
    """The board of each slice that has valid rows. groupings: those of the audit, which give slices their place; the
    tally must be binned and hold each of them with the subject's attribute behind it.

    cuts: those of the tally's that `Cells.above` counts, increasing; all of them without. edges: further scores that no
    cell of a board lies on both sides of; each must be an edge of the bins. The tally's cuts are always such scores.

    A row without a subject is a patient of its own: those rows are dealt out to the groups at random, in the same way
    whatever other slices there are.
    """
    seed = int(rng.integers(2**53))
    place, bases = {names: index for index, names in enumerate(groupings)}, list[Slice]()
    owner, group = np.full(len(tally.slices), -1), np.zeros(len(tally.slices), dtype=np.int64)
    for index, where in enumerate(tally.slices):
        names = tally.spec.groupings[where.grouping]
        if not names:
            continue
        base = Slice(place[names[:-1]], where.levels[:-1])
        if not bases or bases[-1] != base:
            bases.append(base)
        owner[index] = len(bases) - 1
        group[index] = -1 if where.levels[-1] == MISSING else int(where.levels[-1])
    # Slices are sorted with the subject last, so those of one board, and their entries, lie side by side.
    starts = np.searchsorted(owner[tally.place], np.arange(len(bases) + 1))
    fences = np.unique([*tally.spec.cuts, *edges])
    declared = np.array(tally.spec.cuts if cuts is None else cuts, dtype=np.float64)
    found = {}
    for index, base in enumerate(bases):
        part = slice(starts[index], starts[index + 1])
        if _valid(tally, part).any():
            rng = stream(seed, "patients", *base.levels)
            found[base] = _recounted(_board(tally, group, part, fences, rng), fences, declared)
    return found


def _recounted(board: Board, fences: Floats, cuts: Floats) -> Board:
    """The board whose cells' `above` counts these cuts, which are some of the fences that it counted."""
    at = np.concatenate([[-1.0], fences])[board.cells.above]
    return replace(board, cells=replace(board.cells, above=np.searchsorted(cuts, at, side="right").astype(np.int64)))


def _valid(tally: Tally, part: slice) -> Ints:
    return np.asarray((tally.key[part] != INVALID) & (tally.outcome[part] != INVALID))


def _board(tally: Tally, group: Ints, part: slice, fences: Floats, rng: np.random.Generator) -> Board:
    """The board whose entries these are; `above` counts the fences, which no cell lies on both sides of."""
    inside = _valid(tally, part)
    key, outcome, n = tally.key[part][inside].astype(np.int64), tally.outcome[part][inside], tally.n[part][inside]
    whose = group[tally.place[part][inside]]
    codes, column = np.unique(key * 2 + outcome, return_inverse=True)
    size = len(codes)
    counts = totals(column, n, size)
    ordinal, passed = np.divmod(codes // 2, len(tally.spec.cuts) + 1)
    # A cut inside a bin is nearer to the scores above it than the bin's own edge.
    least = np.maximum(ordinal / tally.spec.bins, np.array([0.0, *tally.spec.cuts])[passed])
    cells = Cells(
        outcome=codes % 2,
        rank=(codes // 2).astype(np.float64),
        score=totals(column, tally.s1[part][inside], size) / (counts * SCALE),
        square=totals(column, tally.s2[part][inside], size) / (counts * SCALE),
        n=counts.astype(np.int64),
        above=np.searchsorted(fences, least, side="right").astype(np.int64),
        least=least,
        exact=False,
    )
    named = whose >= 0
    by_group = totals(whose[named] * size + column[named], n[named], GROUPS * size).reshape(GROUPS, size)
    if not named.all():
        lost = totals(column[~named], n[~named], size).astype(np.int64)
        by_group = by_group + rng.multinomial(lost, np.full(GROUPS, 1 / GROUPS)).T
    return _compressed(Board(cells, by_group))


def _compressed(board: Board) -> Board:
    """The same board on compressed cells."""
    cells, joined = board.cells, compressed(board.cells, STEPS)
    if len(joined.n) == len(cells.n):
        return board
    width = int(cells.above.max(initial=0)) + 1
    rung = rungs_of(cells.ladder, STEPS)[cells.rung]
    target = np.searchsorted(joined.rank * 2 + joined.outcome, (rung * width + cells.above) * 2 + cells.outcome)
    order = np.argsort(target, kind="stable")
    starts = np.searchsorted(target[order], np.arange(len(joined.n)))
    return Board(joined, np.add.reduceat(board.by_group[:, order], starts, axis=1))
