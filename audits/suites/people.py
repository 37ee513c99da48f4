"""How sure are the figures when patients repeat? Their groups counted, and every interval that can be made of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from audits.core.arrays import Floats, totals
from audits.core.catalog import CATALOG
from audits.core.cells import Cells, Ladder
from audits.core.decision_curve import grid
from audits.core.discrimination import binning_bound, binning_slack
from audits.core.functionals import Functional
from audits.core.jackknife import limits
from audits.core.people import GROUPS, Board, boards
from audits.core.randomness import stream
from audits.core.replicable import AT_CUT, WHOLE, WIDENED
from audits.core.scales import Scale, widened, width
from audits.core.slices import EVERYONE
from audits.core.tally import Tally
from audits.core.tally_spec import Attribute, Resolution, Slice
from audits.core.targets import edges_near
from audits.core.values import Estimate, Measurement
from audits.engines import duckdb, engine
from audits.suites.part import Scored

#: Bins of the second count, coarsest first: an interval needs far less than a value does.
_BINS = (256, 1024, 4096, 16_384, 65_536)
#: AUROC that ties inside the bins may cost an interval's replicates.
_TIES = 2e-3
#: Entries (48 bytes each, several copies while they are sorted) that the second count may have.
_MOST_ENTRIES = 4_000_000


def counted(given: Scored) -> dict[Slice, Board]:
    """Each slice by groups of patients, from a second count. Groupings that would make it too large are left out."""
    subject, tally = duckdb.role(given.source, "subject"), given.tally
    bins, occupied = _fitting(given.everyone)
    edges = _edges(given)
    # Edges of the bins are kept without being cuts; a score of 1 shares the last bin with those below it.
    more = {edge for edge in edges if edge >= 1.0 or edge * bins % 1.0}
    groupings = affordable(tally, subject, occupied + 2 * len(more), _MOST_ENTRIES)
    spec = replace(
        tally.spec,
        cuts=tuple(sorted({*tally.spec.cuts, *more})),
        attributes=(*(a for a in tally.spec.attributes if a.name != subject), Attribute(subject, people=GROUPS)),
        groupings=((), *((*names, subject) for names in groupings)),
        resolution=Resolution.BINS,
        bins=bins,
    )
    again = engine.tally(
        given.source, spec, progress=lambda _, done, all_: given.progress("patients", done, all_), limits=given.limits
    )
    rng = stream(given.plan.seed, "patients")
    return boards(again, tally.spec.groupings, rng, cuts=tally.spec.cuts, edges=edges)


def _edges(given: Scored) -> set[float]:
    """Scores at which boards must count as exactly as the table does: those that replicates of a target's cut choose
    between, and the operating points of the decision range."""
    span = given.plan.decision_range
    edges = set() if span is None else {float(point) for point in grid(span)}
    for target in given.targets:
        if target.name not in given.unreached:
            edges |= {float(score) for score in edges_near(target, given.everyone)}
    return edges


def _fitting(everyone: Cells) -> tuple[int, int]:
    """The fewest bins that keep the ranking, and how many cells they make of everyone's rows."""
    for bins in _BINS:
        place = np.minimum((everyone.least * bins).astype(np.int64), bins - 1)
        _, rung = np.unique(place, return_inverse=True)
        size = int(rung.max(initial=-1)) + 1
        events = totals(rung, everyone.n * everyone.outcome, size)
        nonevents = totals(rung, everyone.n, size) - events
        occupied = int((events > 0).sum() + (nonevents > 0).sum())
        if binning_bound(Ladder(np.arange(size, dtype=np.float64), events, nonevents)) <= _TIES:
            break
    return bins, occupied


def affordable(tally: Tally, subject: str, occupied: int, most: int = _MOST_ENTRIES) -> list[tuple[str, ...]]:
    """Everyone and as many groupings, those with fewest slices first, as stay within `most` entries. occupied: cells
    that one group of patients can have rows in."""
    slices = [0] * len(tally.spec.groupings)
    for where in tally.slices:
        slices[where.grouping] += 1
    kept, spent = [], 0
    for index in sorted(range(len(slices)), key=lambda each: (slices[each], each)):
        names = tally.spec.groupings[index]
        spent += min(tally.rows, slices[index] * GROUPS * occupied)
        if subject not in names and (not names or spent <= most):
            kept.append(names)
    return sorted(kept, key=tally.spec.groupings.index)


def adjusted(scored: Scored, measurements: Sequence[Measurement]) -> tuple[list[Measurement], dict[str, object]]:
    """The measurements, with intervals from groups of patients where patients repeat; and the facts about it."""
    if scored.people is None:
        return list(measurements), {}
    made = list(measurements)
    places = {where.name(scored.tally.spec): where for where in scored.found}
    by_slice: dict[str, list[int]] = {}
    for index, item in enumerate(made):
        if item.slice in places and not item.across and not item.column:
            by_slice.setdefault(item.slice, []).append(index)
    ratios: dict[int, float] = {}
    for name, indexes in by_slice.items():
        board = scored.people.get(places[name])
        left_out = board.left_out() if board is not None else np.zeros((0, 0))
        for index in indexes:
            found = _adjusted(scored, made[index], places[name], board, left_out)
            if found is not None:
                made[index], ratios[index] = found
    return made, {"repeated_patients": _facts(scored, made, ratios)}


def _adjusted(
    scored: Scored, item: Measurement, where: Slice, board: Board | None, left_out: Floats
) -> tuple[Measurement, float] | None:
    """The measurement with its new interval, and how many times as wide it is; None when it keeps the one it has."""
    estimate, known = item.estimate, _functional(scored, item)
    if known is None or estimate.value is None or estimate.low is None or estimate.high is None:
        return None
    functional, scale = known
    factor, interval = scored.design_factor(where), None
    why = "the patients of this slice not being counted"
    if board is not None:
        why = "the jackknife having no spread" if functional is not None else "noise moving this measure one way only"
        if functional is not None:
            interval = limits(board, left_out, functional, scale, estimate.value, scored.plan.confidence)
    method = f"widened by the root of {factor:.4g} rows per patient, weighed by rows, {why}"
    if interval is not None and board is not None:
        method = f"jackknife over {board.groups} groups of patients, {scale.value}"
        below, above = binning_slack(item.measure, scored.found[where], estimate.value)
        low, high = interval.low - below, interval.high + above
    else:
        low, high = widened(estimate, scale, factor)
    low, high = _within(item.measure, min(low, estimate.value), max(high, estimate.value))
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    before = width(estimate.low, estimate.high, scale)
    ratio = width(low, high, scale) / before if before > 0.0 else math.nan
    wider = f", {ratio:.2f} times as wide as if rows were independent" if math.isfinite(ratio) else ""
    words = f"{method}{wider} ({estimate.method})"
    new = Estimate(estimate.value, low, high, estimate.n, estimate.events, words)
    return replace(item, estimate=new), ratio


def _within(measure: str, low: float, high: float) -> tuple[float, float]:
    """The limits inside the range of the measure."""
    entry = CATALOG[measure]
    least = -math.inf if entry.low is None else entry.low
    most = math.inf if entry.high is None else entry.high
    return max(least, low), min(most, high)


def _functional(scored: Scored, item: Measurement) -> tuple[Functional | None, Scale] | None:
    """How the measure is made on other weights (None: it is widened), and its scale; None when neither is known."""
    if item.measure in WIDENED:
        return None, WIDENED[item.measure]
    if item.measure == "net_benefit_gain" and any(column.role == "comparator" for column in scored.source.columns):
        # On other weights it is that over the simple strategies, and here it is over the existing method as well.
        return None, Scale.PLAIN
    if not item.operating_point:
        return WHOLE.get(item.measure)
    score = next((p.score for p in scored.plan.operating_points if p.name == item.operating_point), None)
    if score is None or item.measure not in AT_CUT:
        return None
    make, scale = AT_CUT[item.measure]
    return make(scored.tally.spec.cuts.index(score), score), scale


def _facts(scored: Scored, made: Sequence[Measurement], ratios: Mapping[int, float]) -> dict[str, object]:
    """How much wider the intervals became: everyone's by measure, and the median of all."""
    wider: dict[str, list[float]] = {}
    for index, ratio in ratios.items():
        if made[index].slice == EVERYONE and math.isfinite(ratio):
            wider.setdefault(made[index].measure, []).append(ratio)
    finite = [ratio for ratio in ratios.values() if math.isfinite(ratio)]
    people = scored.people or {}
    return {
        "rows_per_subject": scored.rows_per_patient,
        "groups": people[Slice(0, ())].groups if Slice(0, ()) in people else 0,
        "wider": {measure: median(each) for measure, each in wider.items()},
        "median_ratio": median(finite) if finite else None,
        "without_subject": scored.tally.rows - scored.subjects.rows if scored.subjects else 0,
    }
