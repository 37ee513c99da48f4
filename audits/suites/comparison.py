"""Is the model better than the existing method on the same patients, for everyone and for each slice?"""

from __future__ import annotations

from collections.abc import Mapping

from audits.core import comparison
from audits.core.functionals_paired import WHOLE, PairFunctional, at_point, by_people
from audits.core.gates import Floor
from audits.core.pair_cells import PairBoard, board_of, pair_of
from audits.core.pair_tally import MISSING, OUTSIDE
from audits.core.randomness import stream
from audits.core.slices import EVERYONE
from audits.core.tally_spec import Slice
from audits.core.utility import Advantage, gain_confidence
from audits.core.values import Estimate, Measurement, PlanSpec
from audits.suites.comparison_count import Compared, comparator, count
from audits.suites.comparison_facts import facts
from audits.suites.part import Part, Scored


def counted(scored: Scored) -> Compared | None:
    """What the comparison rests on; None when the table names no existing method."""
    return None if comparator(scored) is None else count(scored)


def part(scored: Scored, compared: Compared | None = None) -> Part:
    """Differences from the existing method; nothing when the table names none. compared: when it is counted already."""
    column = comparator(scored)
    if column is None:
        return Part()
    compared = compared or count(scored)
    measurements: list[Measurement] = []
    for where in scored.found:
        measurements.extend(_slice(scored, compared, where))
    everyone = {(m.measure, m.operating_point): m.estimate for m in measurements if m.slice == EVERYONE}
    told: dict[str, object] = {
        "comparator": column,
        "pairs": compared.tally.rows(),
        "without_comparator": compared.tally.rows(MISSING),
        "comparator_outside": compared.tally.rows(OUTSIDE),
        "tally_digest": compared.tally.digest,
        **facts(pair_of(compared.tally, Slice(0, ())), everyone, scored.plan, compared),
    }
    return Part(measurements, {"comparison": told})


def _slice(scored: Scored, compared: Compared, where: Slice) -> list[Measurement]:
    """Every measure of one slice; the same undefined estimate for all when it has too few pairs."""
    plan, name = scored.plan, where.name(scored.tally.spec)
    pair = pair_of(compared.tally, where)
    refused = Floor(plan.show_events, plan.show_nonevents).refuse(pair.model)
    board = None
    if refused is None and compared.boards is not None:
        board = board_of(compared.boards, where, stream(plan.seed, "pairs by patient", name))
    found = dict.fromkeys(comparison.WHOLE, refused) if refused else comparison.whole(pair, plan.confidence)
    made = [
        Measurement(measure, estimate, slice=name) for measure, estimate in _honest(found, WHOLE, board, plan).items()
    ]
    for point in compared.points:
        cut, other = compared.cuts(point)
        found = (
            dict.fromkeys(comparison.AT_POINT, refused)
            if refused
            else comparison.at_point(pair, cut, other, point.score, plan.confidence)
        )
        functionals = at_point(cut, other, point.score)
        made.extend(
            Measurement(measure, estimate, name, operating_point=point.name)
            for measure, estimate in _honest(found, functionals, board, plan).items()
        )
    for point_name, reason in compared.unreached.items():
        lost = refused or Estimate.undefined(reason, n=pair.pairs.rows, events=pair.pairs.events)
        made.extend(Measurement(measure, lost, name, operating_point=point_name) for measure in comparison.AT_POINT)
    return made


def advantages(scored: Scored, compared: Compared, where: Slice, alternatives: int) -> dict[str, Advantage]:
    """By operating point, the model's net benefit over the existing method's, where it is defined.

    alternatives: how many the model is compared with in all, which the upper limits are made wider for.
    """
    plan, name = scored.plan, where.name(scored.tally.spec)
    pair = pair_of(compared.tally, where)
    if Floor(plan.show_events, plan.show_nonevents).refuse(pair.model) is not None:
        return {}
    board = None
    if compared.boards is not None:
        board = board_of(compared.boards, where, stream(plan.seed, "pairs by patient", name))
    found = {}
    for point in compared.points:
        cut, other = compared.cuts(point)
        key, both = "net_benefit_vs_comparator", []
        for confidence in (plan.confidence, gain_confidence(plan.confidence, alternatives)):
            made = comparison.at_point(pair, cut, other, point.score, confidence)[key]
            if board is not None:
                made = by_people(key, made, at_point(cut, other, point.score)[key], board, confidence)
            both.append(made)
        low, high = both[0].low, both[1].high
        if both[0].value is not None and low is not None and high is not None:
            found[point.name] = Advantage("the existing method", both[0].value, low, high)
    return found


def _honest(
    found: Mapping[str, Estimate], functionals: Mapping[str, PairFunctional], board: PairBoard | None, plan: PlanSpec
) -> Mapping[str, Estimate]:
    """The same estimates, their intervals from groups of patients where patients repeat."""
    if board is None:
        return found
    return {
        measure: by_people(measure, estimate, functionals[measure], board, plan.confidence)
        for measure, estimate in found.items()
    }
