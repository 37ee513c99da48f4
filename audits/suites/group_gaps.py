"""How large are the gaps between the groups of each declared grouping?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from audits.core.accuracy import brier_point
from audits.core.arrays import Floats
from audits.core.calibration import oe_ratio
from audits.core.cells import Cells
from audits.core.discrimination import auroc
from audits.core.fairness import FAMILIES, Comparison, between, gap, parity_points, rates_of
from audits.core.gaps import pair_confidence
from audits.core.gates import Floor
from audits.core.intervals import Interval
from audits.core.operating import Confusion, confusion
from audits.core.people import Board, cluster_draws
from audits.core.randomness import stream
from audits.core.replicates import confusion_rates, patients_measures, patients_rates, score_measures
from audits.core.scales import Scale, widened
from audits.core.slices import across_name
from audits.core.values import Estimate, Measurement, OperatingPoint, PlanSpec
from audits.suites.part import Part, Scored
from audits.suites.scored import by_grouping, group_label

#: measure -> (the measure of each group, how groups are compared)
_SCORES = {
    "auroc_difference": ("auroc", "difference"),
    "brier_difference": ("brier", "difference"),
    "oe_ratio_between_groups": ("oe_ratio", "ratio"),
}
_PARITY_MEASURES = (
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "equal_opportunity_difference",
    "equal_opportunity_ratio",
    "false_positive_rate_difference",
    "false_positive_rate_ratio",
    "equalized_odds_difference",
    "equalized_odds_ratio",
    "equalized_odds_mean_difference",
    "false_negative_rate_ratio",
    "true_negative_rate_ratio",
    "accuracy_difference",
    "accuracy_ratio",
)
_PREDICTIVE = ("predictive_parity_difference", "predictive_parity_ratio")
_UNCOUNTED = "no interval: patients repeat, and those of this grouping were too many cells to count"


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """How replicates of one grouping are drawn. boards: of each group, None where rows are independent and where there
    are too many; draws: the groups of patients in each replicate, the same for every group and measure."""

    across: str
    plan: PlanSpec
    boards: Mapping[str, Board] | None = None
    draws: Floats | None = None

    def scores(self, name: str, cells: Cells) -> Mapping[str, Floats]:
        """Replicates of the measures of one group's scores."""
        if self.boards is not None and self.draws is not None:
            return patients_measures(self.boards[name], self.draws)
        return score_measures(cells, self.plan.replicates, stream(self.plan.seed, "scores", self.across, name))

    def rates(self, name: str, counts: Confusion, cut: int, point: str) -> Mapping[str, Floats]:
        """Replicates of one group's rates at an operating point."""
        rng = stream(self.plan.seed, "parity", f"{self.across}@{point}", name)
        if self.boards is not None and self.draws is not None:
            return patients_rates(self.boards[name], cut, self.draws, rng)
        return confusion_rates(counts, self.plan.replicates, rng)

    @property
    def unit(self) -> str:
        return "" if self.draws is None else "of groups of patients, because patients repeat"

    def certain(self, found: Estimate) -> Estimate:
        """The estimate, without its interval where patients repeat and could not be drawn."""
        if self.draws is None or self.boards is not None or found.low is None:
            return found
        return replace(found, low=None, high=None, method=f"{_UNCOUNTED}; {found.method}")


def part(scored: Scored) -> Part:
    """Gaps in scores and at each operating point."""
    tally, plan = scored.tally, scored.plan
    sets = by_grouping(scored.found, len(tally.spec.groupings))
    measurements: list[Measurement] = []
    facts: list[dict[str, object]] = []
    for done, groups in enumerate(sets):
        scored.progress("groups", done, len(sets))
        across = across_name(tally.spec.groupings[done + 1])
        named = {group_label(tally, where): cells for where, cells in groups.items()}
        who = _compared(named, plan)
        boards = {group_label(tally, where): (scored.people or {}).get(where) for where in groups}
        drawn = _drawing(scored, across, {name: board for name, board in boards.items() if board is not None}, who)
        measurements.extend(_score_gaps(named, who, drawn))
        for point in plan.operating_points:
            cut = tally.spec.cuts.index(point.score)
            counts = {name: confusion(cells, cut) for name, cells in named.items()}
            measurements.extend(_at_point(counts, who, cut, point, drawn))
        facts.append({"across": across, "compared": list(who.groups), "left_out": dict(sorted(who.left_out.items()))})
    scored.progress("groups", len(sets), len(sets))
    return Part(measurements, {"groupings": facts})


def _drawing(scored: Scored, across: str, boards: Mapping[str, Board], who: Comparison) -> _Drawn:
    """How the replicates of this grouping are drawn: groups of patients where they repeat, else rows."""
    plan = scored.plan
    if scored.people is None:
        return _Drawn(across, plan)
    draws = cluster_draws(plan.replicates, stream(plan.seed, "patients drawn", across))
    counted = boards if set(who.groups) <= set(boards) else None
    return _Drawn(across, plan, counted, draws)


def _compared(groups: Mapping[str, Cells], plan: PlanSpec) -> Comparison:
    """Which groups have enough evidence to be compared, and why the others have not."""
    floor = Floor(plan.show_events, plan.show_nonevents)
    left_out = {
        name: refused.reason or "" for name, cells in groups.items() if (refused := floor.refuse(cells)) is not None
    }
    return Comparison(tuple(groups), {}).without(left_out)


def _score_gaps(groups: Mapping[str, Cells], who: Comparison, drawn: _Drawn) -> list[Measurement]:
    """Gaps in AUROC, Brier score and O/E; groups where one of them is undefined are left out of that one."""
    replicates = {name: drawn.scores(name, groups[name]) for name in who.groups}
    plan, made = drawn.plan, []
    for measure, (each, how) in _SCORES.items():
        values = {name: _score_point(each, groups[name], plan.confidence) for name in who.groups}
        left = who.without({name: value for name, value in values.items() if isinstance(value, str)})
        estimate = left.refuse()
        if estimate is None:
            points = [float(values[name]) for name in left.groups]
            family = (np.array(points), np.stack([replicates[name][each] for name in left.groups]))
            own = _auroc_intervals({name: groups[name] for name in left.groups}, drawn) if each == "auroc" else None
            value = between(points, how)
            estimate = drawn.certain(gap(value, [family], how, plan.confidence, left, own, unit=drawn.unit))
        made.append(Measurement(measure, estimate, across=drawn.across))
    return made


def _score_point(measure: str, cells: Cells, confidence: float) -> float | str:
    """A group's value, or the reason why it has none."""
    if measure == "brier":
        return brier_point(cells)
    estimate = auroc(cells, confidence) if measure == "auroc" else oe_ratio(cells, confidence)
    return estimate.value if estimate.value is not None else estimate.reason or ""


def _auroc_intervals(groups: Mapping[str, Cells], drawn: _Drawn) -> list[Interval]:
    """Each group's own interval, at the confidence that makes those of all pairs hold together; as many times wider on
    the scale of odds as repeated patients can make it. Where they were not counted no interval is reported."""
    confidence = pair_confidence(drawn.plan.confidence, len(groups))
    found = {name: auroc(cells, confidence) for name, cells in groups.items()}
    return [
        Interval(*widened(each, Scale.LOGIT, 1.0 if drawn.boards is None else drawn.boards[name].design_factor))
        for name, each in found.items()
        if each.low is not None and each.high is not None
    ]


def _at_point(
    counts: Mapping[str, Confusion], who: Comparison, cut: int, point: OperatingPoint, drawn: _Drawn
) -> list[Measurement]:
    """Every parity measure of one grouping at one operating point."""
    refused = who.refuse()
    if refused is not None:
        made = dict.fromkeys((*_PARITY_MEASURES, *_PREDICTIVE), refused)
    else:
        rates = {group: drawn.rates(group, counts[group], cut, point.name) for group in who.groups}
        # A predictive value rests on the flagged rows alone: with three of them a gap would be noise with a name.
        least = max(1, drawn.plan.show_events)
        few = {
            group: f"{counts[group].flagged} flagged rows, and at least {least} are needed"
            for group in who.groups
            if counts[group].flagged < least
        }
        made = _parity(counts, who, rates, _PARITY_MEASURES if few else (*_PARITY_MEASURES, *_PREDICTIVE), drawn)
        if few:
            made |= _parity(counts, who.without(few), rates, _PREDICTIVE, drawn)
    return [Measurement(m, estimate, across=drawn.across, operating_point=point.name) for m, estimate in made.items()]


def _parity(
    counts: Mapping[str, Confusion],
    left: Comparison,
    rates: Mapping[str, Mapping[str, Floats]],
    measures: tuple[str, ...],
    drawn: _Drawn,
) -> dict[str, Estimate]:
    """Parity measures among the groups that are left."""
    refused = left.refuse()
    if refused is not None:
        return dict.fromkeys(measures, refused)
    points = parity_points({group: counts[group] for group in left.groups})
    values = [rates_of(counts[group]) for group in left.groups]
    families = {
        rate: (np.array([v[rate] for v in values]), np.stack([rates[group][rate] for group in left.groups]))
        for rate in values[0]
    }
    made = {}
    for measure in measures:
        how = "mean" if "_mean_" in measure else measure.rpartition("_")[2]
        each = [families[rate] for rate in FAMILIES[measure]]
        made[measure] = drawn.certain(gap(points[measure], each, how, drawn.plan.confidence, left, unit=drawn.unit))
    return made
