"""In which combination of subgroups, declared or not, does the model do worst?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from audits.core import scan
from audits.core.arrays import Floats
from audits.core.functionals import Functional
from audits.core.people import GROUPS, Board, boards
from audits.core.randomness import stream
from audits.core.replicable import AT_CUT, WHOLE
from audits.core.scales import Scale, from_error, inner, jackknife_error, student, widened
from audits.core.tally_spec import Attribute, Resolution, Slice
from audits.core.values import Estimate, Measurement, OperatingPoint
from audits.engines import duckdb, engine
from audits.suites import scan_count
from audits.suites.part import Part, Scored
from audits.suites.scan_count import Combination, Scanned

#: Attributes combined at most, in the order of the table's columns.
_MOST_ATTRIBUTES = 8
#: Rows up to which the patients of a combination are counted; beyond that limits are widened.
_MOST_ROWS = 2_000_000
_BINS = 1024
_SCORES = {"oe_ratio": scan.oe_departure, "auroc": scan.auroc_departure}
_AT_CUTS = {"sensitivity": scan.sensitivity_departure, "specificity": scan.specificity_departure}


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question to the scan: a measure, at an operating point if it has one."""

    measure: str
    point: OperatingPoint | None = None
    cut: int | None = None

    def departures(self, scanned: Scanned) -> Floats:
        """How far each combination is from everyone outside it, in standard errors; the smallest is the worst."""
        rest = scanned.found.outside(scanned.whole)
        if self.cut is None:
            return _SCORES[self.measure](scanned.found, rest)
        return _AT_CUTS[self.measure](scanned.found, rest, self.cut)

    def functional(self) -> tuple[Functional, Scale]:
        """The measure on other weights, and how its interval bends."""
        if self.cut is None or self.point is None:
            return WHOLE[self.measure]
        make, scale = AT_CUT[self.measure]
        return make(self.cut, self.point.score), scale


def part(scored: Scored) -> Part:
    """The worst combination for each measure; nothing when the plan asks for no scan."""
    plan, cuts = scored.plan, scored.tally.spec.cuts
    if plan.scan_depth == 0:
        return Part()
    columns = [item.name for item in scored.source.columns if item.role == "subgroup"]
    attributes = columns[:_MOST_ATTRIBUTES]
    depth = min(plan.scan_depth, len(attributes))
    asked = [_Asked(measure) for measure in _SCORES]
    asked += [_Asked(measure, p, cuts.index(p.score)) for measure in _AT_CUTS for p in plan.operating_points]
    scanned = scan_count.count(scored, attributes, depth) if depth and scored.everyone.rows else None
    worst = {each: scan.worst(each.departures(scanned)) for each in asked} if scanned and scanned.members else {}
    whose = _patients(scored, scanned, worst) if scanned else {}
    measurements: list[Measurement] = []
    told: list[dict[str, object]] = []
    for each in asked:
        found = [_told(scored, scanned, each, place, whose) for place in worst.get(each, [])] if scanned else []
        nothing = Estimate.undefined(_nothing(columns, scanned))
        estimate = found[0][0] if found else nothing
        point = each.point.name if each.point else ""
        measurements.append(Measurement(f"worst_subgroup_{each.measure}", estimate, operating_point=point))
        told.extend(fact for _, fact in found)
    return Part(measurements, {"scan": _facts(scanned, depth, attributes, columns) | {"worst": told}})


def _nothing(columns: list[str], scanned: Scanned | None) -> str:
    """Why no combination could be named."""
    if not columns:
        return "the table has no subgroup columns to combine"
    if scanned is None or not scanned.members:
        return "no combination of subgroups has enough evidence, inside and outside it"
    return "no combination of subgroups can be compared with everyone outside it"


def _facts(scanned: Scanned | None, depth: int, attributes: list[str], columns: list[str]) -> dict[str, object]:
    few, beyond = (scanned.too_small, scanned.beyond) if scanned else (0, 0)
    count = len(scanned.members) if scanned else 0
    return {
        "scanned": count,
        "left_out": few + beyond,
        "too_small": few,
        "beyond_limit": beyond,
        "depth": depth,
        "attributes": attributes,
        "not_scanned": columns[len(attributes) :],
        "multiplicity": f"limits hold for all {count} combinations at once (Bonferroni)",
    }


def _told(
    scored: Scored, scanned: Scanned, asked: _Asked, place: int, whose: Mapping[Combination, Board]
) -> tuple[Estimate, dict[str, object]]:
    """One combination: its estimate with simultaneous limits, and what the page tells of it."""
    member, count = scanned.members[place], len(scanned.members)
    inside, outside = scanned.sides(member)
    confidence = scan.simultaneous(scored.plan.confidence, count)
    found = scan.estimate(asked.measure, inside, asked.cut, confidence)
    rest = scan.estimate(asked.measure, outside, asked.cut, confidence)
    if scored.people is not None:
        found = _repeated(found, asked, whose.get(member), scored.design_factor(Slice(0, ())), confidence)
    if found.value is not None:
        words = f"in {member.name}, the worst of {count} combinations; limits hold for all of them at once (Bonferroni)"
        found = replace(found, method=f"{words}; {found.method}")
    return found, {
        "measure": asked.measure,
        "operating_point": asked.point.name if asked.point else "",
        "slice": member.name,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "n": found.n,
        "events": found.events,
        "rest": rest.value,
    }


def _repeated(found: Estimate, asked: _Asked, board: Board | None, design: float, confidence: float) -> Estimate:
    """The same value with limits from groups of patients, and never narrower than if rows were independent.

    design: the most by which patients multiply a variance in the whole table, for a combination without a board.
    """
    if found.value is None or found.low is None or found.high is None:
        return found
    functional, scale = asked.functional()
    limits = None
    if board is not None and board.groups > 1:
        error = jackknife_error(inner(scale, functional(board.cells, board.left_out())))
        limits = from_error(found.value, error, scale, student(confidence, board.groups), confidence)
    how = "jackknife over groups of patients, because patients repeat"
    if limits is None:
        factor = design if board is None else board.design_factor
        limits = widened(found, scale, factor)
        how = f"widened by the root of {factor:.4g} rows per patient, weighed by rows"
    low, high = min(found.low, limits.low), max(found.high, limits.high)
    return replace(found, low=low, high=high, method=f"{found.method}; {how}")


def _patients(scored: Scored, scanned: Scanned, worst: Mapping[_Asked, list[int]]) -> dict[Combination, Board]:
    """The patients of the combinations that are told of; none where rows are independent or too many."""
    if scored.people is None or scored.tally.rows > _MOST_ROWS:
        return {}
    members = {scanned.members[place] for places in worst.values() for place in places}
    subject = duckdb.role(scored.source, "subject")
    groupings = ((), *sorted({member.attributes for member in members}))
    spec = replace(
        scanned.tally.spec,
        attributes=(*scanned.tally.spec.attributes, Attribute(subject, people=GROUPS)),
        groupings=((), *((*names, subject) for names in groupings[1:])),
        resolution=Resolution.BINS,
        bins=_BINS,
    )
    tally = engine.tally(
        scored.source,
        spec,
        progress=lambda _, done, total: scored.progress("patients of combinations", done, total),
        limits=scored.limits,
    )
    made = boards(tally, groupings, stream(scored.plan.seed, "patients of combinations"))
    wanted = {Slice(groupings.index(member.attributes), member.levels): member for member in members}
    return {wanted[where]: board for where, board in made.items() if where in wanted}
