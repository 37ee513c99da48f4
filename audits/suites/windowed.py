"""What do the parts that follow time share? Each window's cells, and what the reference holds the model to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from audits.core.cells import Cells, cells_of
from audits.core.tally_spec import Attribute, Slice
from audits.core.targets import resolve
from audits.core.values import OperatingPoint, Source
from audits.core.windows import MOST_WINDOWS
from audits.engines import duckdb, duckdb_time
from audits.engines.duckdb_time import named
from audits.suites.two_tables import Compared


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """The windows that are looked at.

    starts: each one's first day. cells: its rows with a valid outcome and score. cuts: the operating points' scores.
    points: operating points, targets being resolved on the reference. unreached: why a target has no score there.
    unsettled: windows with outcomes that are still awaited, on which performance is not judged. earlier: windows before
    these, left out. undated: rows without a date. held: the reference's cells; None where it has no outcome and score.
    """

    date: str
    starts: tuple[str, ...]
    cells: tuple[Cells, ...]
    cuts: tuple[float, ...]
    points: tuple[OperatingPoint, ...]
    unreached: Mapping[str, str]
    unsettled: frozenset[str]
    earlier: int
    undated: int
    held: Cells | None


def windows_of(given: Compared) -> Windows | None:
    """Count the table by window; None when it has no date, outcome or score column."""
    date = named(given.source, "date")
    if date is None or not _scored(given.source):
        return None
    held = _held(given)
    points, unreached = _points(given, held)
    starts, undated = duckdb_time.starts(given.source, date, given.plan.window, limits=given.limits)
    kept = starts[-MOST_WINDOWS:]
    plan = replace(given.plan, subgroups=(), intersections=(), operating_points=points, targets=())
    spec = duckdb.specify(given.source, plan, limits=given.limits)
    spec = replace(spec, attributes=(Attribute(date, window=plan.window),), groupings=((), (date,)))
    tally = duckdb.tally(given.source, spec, progress=given.progress, limits=given.limits)
    cells = tuple(cells_of(tally, Slice(1, (start,))) for start in kept)
    unsettled = frozenset(given.delays.unsettled if given.delays else ()) & frozenset(kept)
    return Windows(date, kept, cells, spec.cuts, points, unreached, unsettled, len(starts) - len(kept), undated, held)


def _held(given: Compared) -> Cells | None:
    """Everyone in the reference; None when it has no outcome and score."""
    source = given.reference
    if source is None or not _scored(source):
        return None
    plan = replace(given.plan, subgroups=(), intersections=())
    spec = duckdb.specify(source, plan, limits=given.limits)
    tally = duckdb.tally(source, spec, progress=lambda _, d, n: given.progress("held", d, n), limits=given.limits)
    return cells_of(tally, Slice(0, ()))


def _points(given: Compared, held: Cells | None) -> tuple[tuple[OperatingPoint, ...], dict[str, str]]:
    """Operating points; a target's cut-off is where the reference puts it, so that a window cannot move it."""
    points, unreached = list(given.plan.operating_points), {}
    for target in given.plan.targets:
        nothing = "the reference has no outcome and score on which to find the target's cut-off"
        cut = resolve(target, held) if held is not None else nothing
        if isinstance(cut, str):
            unreached[target.name] = cut
        else:
            points.append(OperatingPoint(target.name, cut))
    return tuple(points), unreached


def _scored(source: Source) -> bool:
    return named(source, "outcome") is not None and named(source, "score") is not None
