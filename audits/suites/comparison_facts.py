"""What does a page say of the comparison with the existing method? Each difference for everyone, with its words."""

from __future__ import annotations

from collections.abc import Mapping

from audits.core.comparison import standing
from audits.core.operating import confusion
from audits.core.pair_cells import Pair
from audits.core.pair_targets import fixed
from audits.core.slices import EACH, EVERYONE
from audits.core.values import Criterion, Estimate, On, OperatingPoint, PlanSpec
from audits.engines.duckdb_pairs import comparator_cut
from audits.suites.comparison_count import Compared

#: Differences of which less is better.
_LOWER = {"brier_vs_comparator"}
_AT_POINT = ("sensitivity_vs_comparator", "specificity_vs_comparator", "net_benefit_vs_comparator")

#: (measure, operating point) -> everyone's estimate
Found = Mapping[tuple[str, str], Estimate]


def facts(pair: Pair, found: Found, plan: PlanSpec, compared: Compared) -> dict[str, object]:
    """Everyone's differences, and where each stands against the margin that the plan declares."""
    return {
        "comparator_auroc": _numbers(found["comparator_auroc", ""]),
        "auroc_vs_comparator": _said(found, plan, "auroc_vs_comparator"),
        "brier_vs_comparator": _said(found, plan, "brier_vs_comparator"),
        "operating_points": [_point(pair, found, plan, compared, point) for point in compared.points],
        "unreached": dict(compared.unreached),
    }


def _point(pair: Pair, found: Found, plan: PlanSpec, compared: Compared, point: OperatingPoint) -> dict[str, object]:
    """Both methods at one operating point; nothing of either where there is too little evidence."""
    cut, other = compared.cuts(point)
    shown = found["sensitivity_vs_comparator", point.name].value is not None
    both = [confusion(pair.model, cut), confusion(pair.comparator, other)] if shown else []
    return {
        "name": point.name,
        "score": point.score,
        "comparator": comparator_cut(point),
        "sensitivity": [counts.true_positives / counts.events for counts in both],
        "specificity": [counts.true_negatives / counts.nonevents for counts in both],
        **{measure: _at_point(found, plan, compared, measure, point.name) for measure in _AT_POINT},
    }


def _at_point(found: Found, plan: PlanSpec, compared: Compared, measure: str, point: str) -> dict[str, object]:
    """As `_said`; at a target that fixes what the measure compares, the words claim nothing."""
    said, choice = _said(found, plan, measure, point), compared.choices.get(point)
    if said["value"] is None or choice is None or not choice.both or not fixed(measure, choice.target):
        return said
    return {**said, "words": f"about 0 by construction: the target fixes the {choice.target.rate.value} of both"}


def _said(found: Found, plan: PlanSpec, measure: str, point: str = "") -> dict[str, object]:
    estimate, margin = found[measure, point], margin_of(plan, measure, point)
    words = standing(estimate.low, estimate.high, margin=margin, higher=measure not in _LOWER)
    return {**_numbers(estimate), "margin": margin, "words": words}


def _numbers(estimate: Estimate) -> dict[str, object]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "reason": estimate.reason}


def margin_of(plan: PlanSpec, measure: str, point: str = "") -> float | None:
    """How much worse the plan accepts for everyone: the strictest margin among its criteria; None where it has none."""
    places = ((EVERYONE, EACH), (point, EACH))
    margins = [
        margin
        for each in plan.criteria
        if (each.measure, each.on) == (measure, On.INTERVAL)
        and each.slice in places[0]
        and each.operating_point in places[1]
        and (margin := _margin(each)) is not None
    ]
    return min(margins) if margins else None


def _margin(criterion: Criterion) -> float | None:
    """The margin that a criterion on a difference declares; None where it asks for more than "not much worse"."""
    if criterion.measure in _LOWER:
        bound = criterion.maximum
    else:
        bound = None if criterion.minimum is None else -criterion.minimum
    return bound + 0.0 if bound is not None and bound >= 0 else None
