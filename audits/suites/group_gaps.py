"""How large are the gaps between the groups of each declared grouping?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from audits.core.accuracy import brier_point
from audits.core.calibration import oe_ratio
from audits.core.cells import Cells
from audits.core.discrimination import auroc
from audits.core.fairness import FAMILIES, Comparison, against_rest, between, gap, parity_points, rates_of
from audits.core.gaps import pair_confidence
from audits.core.gates import Floor
from audits.core.intervals import Interval
from audits.core.operating import Confusion, confusion
from audits.core.randomness import stream
from audits.core.replicates import confusion_rates, score_measures
from audits.core.slices import across_name
from audits.core.tally import Tally
from audits.core.values import Estimate, Measurement, OperatingPoint, PlanSpec
from audits.suites.part import Part, Scored
from audits.suites.scored import by_grouping, group_label

#: measure -> (the measure of each group, how groups are compared)
_SCORES = {
    "auroc_difference": ("auroc", "difference"),
    "brier_difference": ("brier", "difference"),
    "oe_ratio_between_groups": ("oe_ratio", "ratio"),
}
_AGAINST_REST = {"sensitivity_vs_rest": "sensitivity", "specificity_vs_rest": "specificity"}
_PARITY_MEASURES = (
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "equal_opportunity_difference",
    "equal_opportunity_ratio",
    "false_positive_rate_difference",
    "false_positive_rate_ratio",
    "equalized_odds_difference",
    "equalized_odds_ratio",
    "predictive_parity_difference",
)


def part(scored: Scored) -> Part:
    """Gaps in scores and at each operating point, and each group against the rest."""
    tally, plan = scored.tally, scored.plan
    sets = by_grouping(scored.found, len(tally.spec.groupings))
    measurements: list[Measurement] = []
    facts: list[dict[str, object]] = []
    for done, groups in enumerate(sets):
        scored.progress("groups", done, len(sets))
        across = across_name(tally.spec.groupings[done + 1])
        named = {group_label(tally, where): cells for where, cells in groups.items()}
        who = _compared(named, plan)
        measurements.extend(_score_gaps(named, who, across, plan))
        for point in plan.operating_points:
            measurements.extend(_at_point(named, scored.everyone, who, across, tally, point, plan))
        facts.append({"across": across, "compared": list(who.groups), "left_out": dict(sorted(who.left_out.items()))})
    scored.progress("groups", len(sets), len(sets))
    return Part(measurements, {"groupings": facts})


def _compared(groups: Mapping[str, Cells], plan: PlanSpec) -> Comparison:
    """Which groups have enough evidence to be compared, and why the others have not."""
    floor = Floor(plan.show_events, plan.show_nonevents)
    left_out = {
        name: refused.reason or "" for name, cells in groups.items() if (refused := floor.refuse(cells)) is not None
    }
    return Comparison(tuple(groups), {}).without(left_out)


def _score_gaps(groups: Mapping[str, Cells], who: Comparison, across: str, plan: PlanSpec) -> list[Measurement]:
    """Gaps in AUROC, Brier score and O/E; groups where one of them is undefined are left out of that one."""
    drawn = {
        name: score_measures(groups[name], plan.replicates, stream(plan.seed, "scores", across, name))
        for name in who.groups
    }
    made = []
    for measure, (each, how) in _SCORES.items():
        values = {name: _score_point(each, groups[name], plan.confidence) for name in who.groups}
        left = who.without({name: value for name, value in values.items() if isinstance(value, str)})
        estimate = left.refuse()
        if estimate is None:
            points = [float(values[name]) for name in left.groups]
            family = (np.array(points), np.stack([drawn[name][each] for name in left.groups]))
            own = _auroc_intervals([groups[name] for name in left.groups], plan) if each == "auroc" else None
            estimate = gap(between(points, how), [family], how, plan.confidence, left, own)
        made.append(Measurement(measure, estimate, across=across))
    return made


def _score_point(measure: str, cells: Cells, confidence: float) -> float | str:
    """A group's value, or the reason why it has none."""
    if measure == "brier":
        return brier_point(cells)
    estimate = auroc(cells, confidence) if measure == "auroc" else oe_ratio(cells, confidence)
    return estimate.value if estimate.value is not None else estimate.reason or ""


def _auroc_intervals(groups: Sequence[Cells], plan: PlanSpec) -> list[Interval]:
    """Each group's own interval, at the confidence that makes those of all pairs hold together."""
    confidence = pair_confidence(plan.confidence, len(groups))
    found = [auroc(cells, confidence) for cells in groups]
    return [Interval(each.low, each.high) for each in found if each.low is not None and each.high is not None]


def _at_point(
    groups: Mapping[str, Cells],
    everyone: Cells,
    who: Comparison,
    across: str,
    tally: Tally,
    point: OperatingPoint,
    plan: PlanSpec,
) -> list[Measurement]:
    """Every parity measure, and each group against the rest, at one operating point."""
    cut = tally.spec.cuts.index(point.score)
    counts = {name: confusion(cells, cut) for name, cells in groups.items()}
    made = [
        Measurement(measure, estimate, across=across, operating_point=point.name)
        for measure, estimate in _parity(counts, who, f"{across}@{point.name}", plan).items()
    ]
    whole = confusion(everyone, cut)
    for name, group in counts.items():
        refused = Floor(plan.show_events, plan.show_nonevents).refuse(groups[name])
        made.extend(
            Measurement(
                measure, refused or against_rest(each, group, whole, plan.confidence), name, operating_point=point.name
            )
            for measure, each in _AGAINST_REST.items()
        )
    return made


def _parity(counts: Mapping[str, Confusion], who: Comparison, name: str, plan: PlanSpec) -> dict[str, Estimate]:
    """The parity measures of one grouping at one operating point."""
    refused = who.refuse()
    if refused is not None:
        return dict.fromkeys(_PARITY_MEASURES, refused)
    drawn = {
        group: confusion_rates(counts[group], plan.replicates, stream(plan.seed, "parity", name, group))
        for group in who.groups
    }

    def estimates(left: Comparison, measures: tuple[str, ...]) -> dict[str, Estimate]:
        points = parity_points({group: counts[group] for group in left.groups})
        values = [rates_of(counts[group]) for group in left.groups]
        families = {
            rate: (np.array([v[rate] for v in values]), np.stack([drawn[group][rate] for group in left.groups]))
            for rate in values[0]
        }
        return {
            measure: gap(
                points[measure],
                [families[rate] for rate in FAMILIES[measure]],
                measure.rpartition("_")[2],
                plan.confidence,
                left,
            )
            for measure in measures
        }

    made = estimates(who, _PARITY_MEASURES[:-1])
    # A predictive value rests on the flagged rows alone: with three of them a gap would be noise with a name.
    least = max(1, plan.show_events)
    flagged = who.without(
        {
            group: f"{counts[group].flagged} flagged rows, and at least {least} are needed"
            for group in who.groups
            if counts[group].flagged < least
        }
    )
    last = _PARITY_MEASURES[-1:]
    return {**made, **(dict.fromkeys(last, r) if (r := flagged.refuse()) else estimates(flagged, last))}
