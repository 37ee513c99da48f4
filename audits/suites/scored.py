"""What do the two audits of scores share? The tally at a fitting resolution, and the slices that must be reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod

from audits.core import checks, slices
from audits.core.cells import Cells, cells_of
from audits.core.discrimination import binning_bound
from audits.core.tally import Tally
from audits.core.tally_spec import LEVEL_LIMIT, MOST_COMBINATIONS, Resolution, Slice
from audits.core.values import Kind, PlanSpec, Result, Source
from audits.engines import engine
from audits.engines.connection import Limits, Progress
from audits.engines.errors import AmbiguousNames
from audits.suites import people, targets
from audits.suites.part import Part, Scored

#: Above this certified error of the AUROC the bins are made finer, once.
_TOO_COARSE = 5e-4
_FINER = 65_536


def gather(source: Source, reference: Source | None, plan: PlanSpec, *, progress: Progress, limits: Limits) -> Scored:
    """The table counted once, and every slice that must be reported."""
    tally = count(source, plan, progress=progress, limits=limits)
    found, declared = reported(source, tally), plan.targets
    unreached: dict[str, str] = {}
    if declared:
        plan, unreached = targets.resolved(plan, found[Slice(0, ())])
        tally = _recut(source, tally, plan, progress=progress, limits=limits)
        found = reported(source, tally)
    subjects = engine.people(source, limits=limits)
    given = Scored(source, reference, plan, tally, found, progress, limits, None, subjects, declared, unreached)
    return replace(given, people=people.counted(given)) if given.rows_per_patient > 1.0 else given


def _recut(source: Source, tally: Tally, plan: PlanSpec, *, progress: Progress, limits: Limits) -> Tally:
    """The tally with the plan's operating points as cuts: bins are counted again, scores themselves need not be."""
    spec = replace(tally.spec, cuts=tuple(sorted({point.score + 0.0 for point in plan.operating_points})))
    if spec.resolution is Resolution.EXACT:
        return replace(tally, spec=spec)
    return engine.tally(source, spec, progress=lambda _, d, n: progress("cuts", d, n), limits=limits)


def result(kind: Kind, given: Scored, parts: Sequence[Part]) -> Result:
    """What the parts found, judged by the plan's criteria for this kind of audit. Raises AmbiguousNames."""
    measurements = [measurement for part in parts for measurement in part.measurements]
    measurements, clustered = people.adjusted(given, measurements)
    measurements = targets.adjusted(given, measurements)
    measurements.extend(targets.missing(kind, given, measurements))
    _refuse_twins((measurement.key for measurement in measurements), "measurements")
    facts = table_facts(given) | clustered
    for part in parts:
        facts |= part.facts
    criteria = [criterion for criterion in given.plan.criteria if criterion.kind is kind]
    made = checks.apply(criteria, measurements)
    return Result(kind, tuple(measurements), made, given.tally.digest, facts)


def count(source: Source, plan: PlanSpec, *, progress: Progress, limits: Limits) -> Tally:
    """The tally of a table: exact when distinct scores are few, else binned finely enough."""
    spec = engine.specify(source, plan, limits=limits)
    tally = engine.tally(source, spec, progress=progress, limits=limits)
    if spec.resolution is Resolution.BINS:
        everyone = cells_of(tally, Slice(0, ()))
        if binning_bound(everyone.ladder) > _TOO_COARSE:
            tally = engine.tally(source, replace(spec, bins=_FINER), progress=progress, limits=limits)
    return tally


def reported(source: Source, tally: Tally) -> dict[Slice, Cells]:
    """Every slice with rows and every declared one without, in canonical order, with its cells.

    Raises AmbiguousNames where two slices are called the same, as uploads are refused for but frames are not.
    """
    declared = {column.name: column.levels for column in source.columns if column.levels}
    found = set(tally.slices) | {Slice(0, ())}
    for index, names in enumerate(tally.spec.groupings):
        levels = [declared.get(name, ()) for name in names]
        if names and all(levels) and prod(len(each) for each in levels) <= MOST_COMBINATIONS:
            found |= {Slice(index, combination) for combination in product(*levels)}
    _refuse_twins(((where.name(tally.spec),) for where in found), "groups of patients")
    return {where: cells_of(tally, where) for where in sorted(found)}


def _refuse_twins(names: Iterable[tuple[str, ...]], what: str) -> None:
    """Raise where a name appears twice; its parts are those that tell measurements apart."""
    for name, times in Counter(names).most_common(1):
        if times > 1:
            called = ", ".join(part for part in name if part)
            remedy = "rename the level that contains “ & ” and the name of a column, or the column"
            raise AmbiguousNames(f"Two {what} are both called “{called}”; {remedy}.")


def group_label(tally: Tally, where: Slice) -> str:
    """A group as people read it among its siblings: the slice's name."""
    return slices.slice_name(tally.spec.groupings[where.grouping], where.levels)


def by_grouping(found: Mapping[Slice, Cells], groupings: int) -> list[dict[Slice, Cells]]:
    """The slices of each grouping but everyone's, in the spec's order."""
    return [{w: c for w, c in found.items() if w.grouping == index} for index in range(1, groupings)]


def table_facts(given: Scored) -> dict[str, object]:
    """What was counted and what was not, for the page's first line.

    rows_per_subject: above 1 the rows of one person are not independent.
    """
    tally, found = given.tally, given.subjects
    return {
        "rows_per_subject": found.rows / found.subjects if found and found.subjects else None,
        "rows": tally.rows,
        "invalid_outcomes": tally.invalid_outcomes,
        "invalid_scores": tally.invalid_scores,
        "resolution": tally.spec.resolution.value,
        "bins": tally.spec.bins if tally.spec.resolution is Resolution.BINS else None,
        "capped_attributes": [a.name for a in tally.spec.attributes if a.levels is not None],
        "level_limit": LEVEL_LIMIT,
    }
