"""What does the comparison with the existing method rest on? The pairs, counted, and the cut-offs of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from audits.core.arrays import Floats
from audits.core.cells import Cells, cells_of
from audits.core.pair_cells import PairBoard, board_of, occupied, pair_of
from audits.core.pair_tally import PairTally
from audits.core.pair_targets import Choice, choices
from audits.core.people import GROUPS
from audits.core.randomness import stream
from audits.core.slices import slice_name
from audits.core.tally_spec import Attribute, Slice
from audits.core.targets import resolve
from audits.core.values import OperatingPoint, Source, Target
from audits.engines import duckdb, duckdb_pairs, frames
from audits.engines.connection import silent
from audits.engines.duckdb_pairs import Around, comparator_cut
from audits.suites.part import Scored
from audits.suites.people import affordable

#: Boards only say how much a difference varies: fewer cells tell that as well.
_BOARD_BINS, _BOARD_PAIRS = 64, 4096
#: Scores around the targets of one side that boards tell apart.
_BOARD_EDGES = 64
#: Entries that the count by groups of patients may have, some 270 bytes each while they are read and sorted.
_BOARD_ENTRIES = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A comparison, counted.

    boards: pairs by slice and group of patients, when patients repeat. points: those at which both have a cut-off.
    unreached: by the name of a target that the existing method or the model does not reach, why. choices: by the name
    of a target that both have a cut-off at, how those were chosen.
    """

    tally: PairTally
    boards: PairTally | None
    points: tuple[OperatingPoint, ...]
    unreached: Mapping[str, str]
    choices: Mapping[str, Choice]

    def cuts(self, point: OperatingPoint) -> tuple[int, int]:
        """Where the cut of the score and that of the comparator stand among all."""
        spec = self.tally.spec
        return spec.cuts.index(point.score + 0.0), spec.other_cuts.index(comparator_cut(point) + 0.0)

    def board(self, where: Slice, seed: int) -> PairBoard | None:
        """A slice by groups of patients; None when no patient repeats, or its grouping was too large to be counted."""
        if self.boards is None:
            return None
        names = self.tally.spec.groupings[where.grouping]
        known = [group[:-1] for group in self.boards.spec.groupings]
        if names not in known:
            return None
        rng = stream(seed, "pairs by patient", slice_name(names, where.levels))
        return board_of(self.boards, Slice(known.index(names), where.levels), rng)


def comparator(source: Source) -> str | None:
    """The column with the existing method's answers."""
    return next((item.name for item in source.columns if item.role == "comparator"), None)


def count(scored: Scored) -> Compared:
    """The pair tally of a table with a comparator, and that of its groups of patients.

    Raises NeedsFile when another engine holds the table.
    """
    frames.check_file(scored.source, needed_by=duckdb_pairs.NEEDED_BY)
    points, unreached, chosen = _points(scored)
    around = _around(chosen)
    tally = _count(scored, points, around)
    boards = None if scored.people is None else _people(scored, tally, points, around)
    return Compared(tally, boards, points, unreached, chosen)


def _points(scored: Scored) -> tuple[tuple[OperatingPoint, ...], dict[str, str], dict[str, Choice]]:
    """The operating points with the comparator's cut: at a target it reaches the same rate on its own answers."""
    unreached, points, chosen = dict(scored.unreached), [], {}
    wanted = {target.name: target for target in scored.targets}
    cells = alone(scored) if wanted else None
    for point in scored.plan.operating_points:
        target = wanted.get(point.name)
        if target is None or cells is None or point.comparator is not None:
            points.append(point)
            continue
        decides = bool(np.all((cells.score == 0.0) | (cells.score == 1.0)))
        # A yes or no has no cut-off to choose: it is compared as it is.
        cut = 1.0 if decides else resolve(target, cells)
        if isinstance(cut, str):
            unreached[point.name] = f"the existing method: {cut}"
        else:
            points.append(replace(point, comparator=cut))
            chosen[point.name] = _choice(scored, target, None if decides else cells)
    return tuple(points), unreached, _thinned(scored, chosen)


def _choice(scored: Scored, target: Target, cells: Cells | None) -> Choice:
    """How both cuts of a target were chosen. cells: the comparator's; None when it is a decision."""
    factor = scored.design_factor(Slice(0, ()))
    other = np.ones(1) if cells is None else choices(target, cells, factor)
    return Choice(target, choices(target, scored.everyone, factor), other)


def _thinned(scored: Scored, chosen: dict[str, Choice]) -> dict[str, Choice]:
    """Where patients repeat, only as many scores as their boards can tell apart."""
    if scored.people is None:
        return chosen
    most = max((sum(map(len, sides)) for sides in _sides(chosen)), default=0)
    step = max(1, -(-most // _BOARD_EDGES))
    return {name: choice.thinned(step) for name, choice in chosen.items()}


def _sides(chosen: Mapping[str, Choice]) -> tuple[list[Floats], list[Floats]]:
    """The scores that replicates choose between, of the model and of the comparator."""
    return [each.edges for each in chosen.values()], [each.other_edges for each in chosen.values()]


def _around(chosen: Mapping[str, Choice]) -> Around:
    one, other = ([float(score) for edges in side for score in edges] for side in _sides(chosen))
    return one, other


def alone(scored: Scored) -> Cells:
    """Everyone's cells of the comparator as if it were the score; the table must have one."""
    columns = tuple(
        replace(item, role="score") if item.role == "comparator" else item
        for item in scored.source.columns
        if item.role != "score"
    )
    source, plan = replace(scored.source, columns=columns), replace(scored.plan, subgroups=(), intersections=())
    spec = duckdb.specify(source, replace(plan, operating_points=()), limits=scored.limits)
    return cells_of(duckdb.tally(source, spec, progress=silent, limits=scored.limits), Slice(0, ()))


def _count(scored: Scored, points: tuple[OperatingPoint, ...], around: Around) -> PairTally:
    spec = scored.tally.spec
    specified = duckdb_pairs.specify(
        scored.source, points, spec.attributes, spec.groupings, limits=scored.limits, around=around
    )
    return duckdb_pairs.tally(scored.source, specified, progress=scored.progress, limits=scored.limits)


def _people(scored: Scored, tally: PairTally, points: tuple[OperatingPoint, ...], around: Around) -> PairTally:
    """Pairs by slice and group of patients. Groupings that would make it too large are left out."""
    subject = duckdb.role(scored.source, "subject")
    bare = duckdb_pairs.specify(
        scored.source,
        points,
        (*(a for a in scored.tally.spec.attributes if a.name != subject), Attribute(subject, people=GROUPS)),
        (),
        limits=scored.limits,
        bins=_BOARD_BINS,
        most=_BOARD_PAIRS,
        around=around,
    )
    cells = occupied(tally.spec, pair_of(tally, Slice(0, ())).pairs, bare)
    groupings = affordable(scored.tally, subject, cells, _BOARD_ENTRIES)
    named = {subject, *(name for names in groupings for name in names)}
    specified = replace(
        bare,
        attributes=tuple(each for each in bare.attributes if each.name in named),
        groupings=tuple((*names, subject) for names in groupings),
    )
    return duckdb_pairs.count_pairs(
        scored.source, specified, progress=scored.progress, limits=scored.limits, stage="pairs by patient"
    )
