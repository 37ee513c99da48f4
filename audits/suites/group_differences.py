"""How does each declared subgroup, and each declared intersection, differ from everyone else?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from audits.core import holm, utility
from audits.core.accuracy import brier
from audits.core.calibration import calibration_slope, oe_ratio
from audits.core.catalog import CATALOG
from audits.core.cells import Cells
from audits.core.discrimination import auroc
from audits.core.functionals import Functional
from audits.core.gates import Floor
from audits.core.operating import Confusion, confusion, share
from audits.core.people_groups import Roster, roster
from audits.core.replicable import AT_CUT, WHOLE
from audits.core.scales import student
from audits.core.subgroup_differences import (
    Between,
    difference,
    log_ratio,
    rest_of,
    share_difference,
    share_ratio,
)
from audits.core.tally_spec import Slice
from audits.core.values import Estimate, Measurement, OperatingPoint
from audits.suites.part import Part, Scored
from audits.suites.scored import by_grouping

#: measure of the scores -> (how it is made, low and high end of its difference)
_SCORES: Mapping[str, tuple[Callable[[Cells, float], Estimate], float, float]] = {
    "calibration_slope": (calibration_slope, -math.inf, math.inf),
    "auroc": (auroc, -1.0, 1.0),
    "brier": (brier, -1.0, 1.0),
}
_SHARES = ("sensitivity", "specificity", "ppv", "npv", "flag_rate")
_LOGS = ("oe_ratio_vs_rest_ratio", *(f"{measure}_vs_rest_ratio" for measure in _SHARES))
#: What is compared -> the p-value of "no difference from the rest".
_TESTED = {
    "oe_ratio_vs_rest_ratio": "oe_ratio_vs_rest_p",
    "calibration_slope_vs_rest": "calibration_slope_vs_rest_p",
    "auroc_vs_rest": "auroc_vs_rest_p",
    "sensitivity_vs_rest": "sensitivity_vs_rest_p",
    "specificity_vs_rest": "specificity_vs_rest_p",
}
#: A standard error below this is rounding.
_NOTHING = 1e-12
#: (measure, slice, operating point) -> what lies between the slice and everyone else
Made = dict[tuple[str, str, str], Between]


def part(scored: Scored) -> Part:
    """Every difference and ratio, then the p-values, adjusted for how many subgroups were compared."""
    sets = by_grouping(scored.found, len(scored.tally.spec.groupings))
    made: Made = {}
    for done, groups in enumerate(sets):
        scored.progress("subgroups", done, len(sets))
        whose = _patients(scored, groups)
        for where, cells in groups.items():
            made |= _slice(scored, where, cells, whose)
    scored.progress("subgroups", len(sets), len(sets))
    measurements = [
        Measurement(measure, found.estimate, name, operating_point=point)
        for (measure, name, point), found in made.items()
    ]
    return Part([*measurements, *_tests(made)])


def _patients(scored: Scored, groups: Mapping[Slice, Cells]) -> Roster | None:
    """The patients of a grouping; None where rows are independent, and where they are too many to count."""
    if scored.people is None:
        return None
    boards = {where: scored.people[where] for where in groups if where in scored.people}
    counted = all(where in boards for where, cells in groups.items() if cells.rows)
    return roster(boards) if boards and counted else None


def _slice(scored: Scored, where: Slice, group: Cells, whose: Roster | None) -> Made:
    """Everything between one slice and everyone else."""
    plan, name, cuts = scored.plan, where.name(scored.tally.spec), scored.tally.spec.cuts
    rest = rest_of(scored.everyone, group)
    floor = Floor(plan.show_events, plan.show_nonevents)
    refused = floor.refuse(group)
    if refused is None and (outside := floor.refuse(rest)) is not None:
        refused = Estimate.undefined(f"outside the group: {outside.reason}", n=group.rows, events=group.events)
    made: Made = {}
    # Of everyone too: the difference is as unsure as the less sure side.
    factor = max(scored.design_factor(where), scored.design_factor(Slice(0, ())))
    honest = _Honest(whose, where, factor, plan.confidence)
    for measure, found in _scores(group, rest, plan.confidence, refused):
        made[measure, name, ""] = honest.limits(found, measure, WHOLE[measure.partition("_vs_")[0]][0])
    for point in plan.operating_points:
        cut = cuts.index(point.score)
        pair = (confusion(group, cut), confusion(rest, cut))
        for measure, found in _at_point(*pair, point, plan.confidence, refused):
            functional = AT_CUT[measure.partition("_vs_")[0]][0](cut, point.score)
            made[measure, name, point.name] = honest.limits(found, measure, functional)
    return made


def _scores(group: Cells, rest: Cells, confidence: float, refused: Estimate | None) -> Iterator[tuple[str, Between]]:
    """Measures of the scores, the O/E ratio first."""
    if refused is not None:
        yield from ((measure, Between(refused)) for measure in ("oe_ratio_vs_rest_ratio", *_names(_SCORES)))
        return
    yield "oe_ratio_vs_rest_ratio", log_ratio(oe_ratio(group, confidence), oe_ratio(rest, confidence), confidence)
    for measure, (make, low, high) in _SCORES.items():
        one, two = make(group, confidence), make(rest, confidence)
        yield f"{measure}_vs_rest", difference(one, two, confidence, low=low, high=high)


def _at_point(
    group: Confusion, rest: Confusion, point: OperatingPoint, confidence: float, refused: Estimate | None
) -> Iterator[tuple[str, Between]]:
    """Measures at one operating point."""
    for measure in _SHARES:
        if refused is not None:
            yield from ((name, Between(refused)) for name in (f"{measure}_vs_rest", f"{measure}_vs_rest_ratio"))
            continue
        one, two = share(measure, group, confidence), share(measure, rest, confidence)
        yield f"{measure}_vs_rest", share_difference(measure, group, rest, one, two, confidence)
        yield f"{measure}_vs_rest_ratio", share_ratio(one, two)
    if refused is not None:
        yield "net_benefit_vs_rest", Between(refused)
        return
    one, two = (utility.at_point(side, point.score, confidence)["net_benefit"] for side in (group, rest))
    yield "net_benefit_vs_rest", difference(one, two, confidence, low=-math.inf, high=math.inf)


def _names(measures: Mapping[str, object]) -> list[str]:
    return [f"{measure}_vs_rest" for measure in measures]


@dataclass(frozen=True, slots=True)
class _Honest:
    """How wide limits must be when patients repeat; as they are when rows are independent. whose: the patients, where
    they are counted. design: the most by which they multiply a variance; 1 when rows are independent."""

    whose: Roster | None
    where: Slice
    design: float
    confidence: float

    def limits(self, found: Between, measure: str, functional: Functional) -> Between:
        """The same value with limits as wide as the jackknife over groups of patients says, and never narrower."""
        estimate, log = found.estimate, measure in _LOGS
        if self.design <= 1.0 or estimate.value is None or estimate.low is None or estimate.high is None:
            return found
        if log and not estimate.low > 0:
            # Nobody is hit: the upper limit falls with the number of patients itself, not with its root.
            words = f"upper limit times {self.design:.4g} rows per patient, weighed by rows, because patients repeat"
            high = estimate.high * self.design
            return Between(replace(estimate, high=high, method=f"{estimate.method}; {words}"))
        factor, how = math.sqrt(self.design), "by the root of the rows per patient, weighed by rows"
        if self.whose is not None:
            error = self.whose.against_rest(self.where, functional, log=log)
            if error > _NOTHING:
                span = math.log(estimate.high / estimate.low) if log else estimate.high - estimate.low
                factor = 2 * student(self.confidence, self.whose.groups) * error / span if span > 0 else 1.0
                how = "jackknife over groups of patients"
        entry, factor = CATALOG[measure], max(1.0, factor)
        words = f"{factor:.3g} times as wide, because patients repeat ({how})"
        return found.widened(factor, log=log, words=words, low=entry.low, high=entry.high)


def _tests(made: Made) -> list[Measurement]:
    """The p-value of each compared subgroup, adjusted within its family: one measure at one operating point."""
    measurements = []
    families: dict[tuple[str, str], dict[str, Between]] = {}
    for (measure, name, point), found in made.items():
        if measure in _TESTED:
            families.setdefault((measure, point), {})[name] = found
    for (measure, point), members in families.items():
        tested = {name: p for name, found in members.items() if (p := found.p) is not None}
        whole = dict(zip(tested, holm.adjusted(list(tested.values())), strict=True))
        for name, found in members.items():
            n, events = found.estimate.n, found.estimate.events
            if name not in tested:
                reason = found.estimate.reason or "the test has no statistic, because nothing varies"
                estimate = Estimate.undefined(reason, n=n, events=events)
            else:
                test = "score test" if point else "test that goes with the interval"
                method = f"Holm over {len(tested)} subgroups; {test}, unadjusted p {tested[name]:.3g}"
                estimate = Estimate(whole[name], n=n, events=events, method=method)
            measurements.append(Measurement(_TESTED[measure], estimate, name, operating_point=point))
    return measurements
