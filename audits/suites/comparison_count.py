"""What does the comparison with the existing method rest on? The pairs, counted, and the cut-offs of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from audits.core.cells import Cells, cells_of
from audits.core.pair_tally import PairTally
from audits.core.people import GROUPS
from audits.core.tally_spec import Attribute, Slice
from audits.core.targets import resolve
from audits.core.values import OperatingPoint
from audits.engines import duckdb, duckdb_pairs
from audits.engines.duckdb_pairs import comparator_cut
from audits.suites.part import Scored

#: Boards only say how much a difference varies: fewer cells tell that as well.
_BOARD_BINS, _BOARD_PAIRS = 64, 4096


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A comparison, counted. boards: pairs by slice and group of patients, when patients repeat. points: those at which
    both have a cut-off. unreached: by the name of a target that the existing method or the model does not reach, why.
    """

    tally: PairTally
    boards: PairTally | None
    points: tuple[OperatingPoint, ...]
    unreached: Mapping[str, str]

    def cuts(self, point: OperatingPoint) -> tuple[int, int]:
        """Where the cut of the score and that of the comparator stand among all."""
        spec = self.tally.spec
        return spec.cuts.index(point.score + 0.0), spec.other_cuts.index(comparator_cut(point) + 0.0)


def comparator(scored: Scored) -> str | None:
    """The column with the existing method's answers."""
    return next((item.name for item in scored.source.columns if item.role == "comparator"), None)


def count(scored: Scored) -> Compared:
    """The pair tally of a table with a comparator, and that of its groups of patients."""
    points, unreached = _points(scored)
    boards = None if scored.people is None else _people(scored, points)
    return Compared(_count(scored, points), boards, points, unreached)


def _points(scored: Scored) -> tuple[tuple[OperatingPoint, ...], dict[str, str]]:
    """The operating points with the comparator's cut: at a target it reaches the same rate on its own answers."""
    unreached, points = dict(scored.unreached), []
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
    return tuple(points), unreached


def alone(scored: Scored) -> Cells:
    """Everyone's cells of the comparator as if it were the score; the table must have one."""
    columns = tuple(
        replace(item, role="score") if item.role == "comparator" else item
        for item in scored.source.columns
        if item.role != "score"
    )
    source, plan = replace(scored.source, columns=columns), replace(scored.plan, subgroups=(), intersections=())
    spec = duckdb.specify(source, replace(plan, operating_points=()), limits=scored.limits)
    return cells_of(duckdb.tally(source, spec, progress=_silent, limits=scored.limits), Slice(0, ()))


def _silent(stage: str, done: int, total: int) -> None:
    """A count within a stage tells nothing of its own."""


def _count(scored: Scored, points: tuple[OperatingPoint, ...]) -> PairTally:
    spec = scored.tally.spec
    specified = duckdb_pairs.specify(scored.source, points, spec.attributes, spec.groupings, limits=scored.limits)
    return duckdb_pairs.tally(scored.source, specified, progress=scored.progress, limits=scored.limits)


def _people(scored: Scored, points: tuple[OperatingPoint, ...]) -> PairTally:
    """Pairs by slice and group of patients."""
    spec, subject = scored.tally.spec, duckdb.role(scored.source, "subject")
    specified = duckdb_pairs.specify(
        scored.source,
        points,
        (*(a for a in spec.attributes if a.name != subject), Attribute(subject, people=GROUPS)),
        tuple((*names, subject) for names in spec.groupings),
        limits=scored.limits,
        bins=_BOARD_BINS,
        most=_BOARD_PAIRS,
    )
    return duckdb_pairs.count_pairs(
        scored.source, specified, progress=scored.progress, limits=scored.limits, stage="pairs by patient"
    )
