"""Is acting on the model worth it, at each operating point and over the declared range?"""

from __future__ import annotations

import numpy as np

from audits.core import utility
from audits.core.arrays import Floats, Ints
from audits.core.cells import Cells
from audits.core.decision_curve import described, flagged, grid
from audits.core.decision_limits import band, grown_words
from audits.core.gates import Floor
from audits.core.least_gain import KEY, TOO_NARROW, least_gain
from audits.core.operating import confusion
from audits.core.people import Board
from audits.core.randomness import stream
from audits.core.tally_spec import Slice
from audits.core.values import Estimate, Measurement
from audits.suites.comparison import advantages
from audits.suites.comparison_count import alone
from audits.suites.comparison_slice import Comparer
from audits.suites.part import Part, Scored

#: Points of the chart; the measure looks at all of them.
_DRAWN = 100
_DIGITS = 5
_CHOSEN = "; pt was chosen on these rows to reach the target"


def part(scored: Scored, compared: Comparer | None = None) -> Part:
    """Net benefit of every slice at every operating point; with a decision range, also its least gain and the curve.

    compared: the existing method on the same rows, which the gain at an operating point must beat too.
    """
    span = scored.plan.decision_range
    points = grid(span) if span is not None else None
    made: list[Measurement] = []
    for done, (where, cells) in enumerate(scored.found.items()):
        scored.progress("utility", done, len(scored.found))
        made.extend(_of_slice(scored, where, cells, points, compared))
    scored.progress("utility", len(scored.found), len(scored.found))
    return Part(made, {} if points is None else {"decision_curve": _drawn(scored, points, compared)})


def _of_slice(
    scored: Scored, where: Slice, cells: Cells, points: Floats | None, compared: Comparer | None
) -> list[Measurement]:
    plan, name = scored.plan, where.name(scored.tally.spec)
    refused = Floor(plan.show_events, plan.show_nonevents).refuse(cells)
    made: list[Measurement] = []
    if points is not None:
        estimate = refused or least_gain(
            flagged(cells, points), plan.confidence, plan.replicates, _rng(scored, name), *_patients(scored, where)
        )
        made.append(Measurement(KEY, estimate, slice=name))
    targets = {target.name for target in scored.targets}
    rivals = {} if compared is None or refused else advantages(compared, where)
    for point in plan.operating_points:
        found = dict.fromkeys(utility.KEYS, refused) if refused is not None else utility.at_point(
            confusion(cells, scored.tally.spec.cuts.index(point.score)), point.score, plan.confidence,
            [rivals[point.name]] if point.name in rivals else [],
        )  # fmt: skip
        made.extend(
            Measurement(measure, _told(estimate, point.name in targets), name, operating_point=point.name)
            for measure, estimate in found.items()
            if estimate is not None
        )
    return made


def _told(estimate: Estimate, chosen: bool) -> Estimate:
    """The same estimate, saying so when the operating point was chosen by looking at the table."""
    if not chosen or estimate.value is None:
        return estimate
    method = estimate.method + _CHOSEN
    return Estimate(estimate.value, estimate.low, estimate.high, estimate.n, estimate.events, method)


def _drawn(scored: Scored, points: Floats, compared: Comparer | None) -> dict[str, object]:
    """Everyone's decision curve with a band that holds at all operating points at once, or why there is none."""
    plan, cells = scored.plan, scored.everyone
    refused = Floor(plan.show_events, plan.show_nonevents).refuse(cells)
    if refused is not None:
        return {"refused": refused.reason}
    if not len(points):
        return {"refused": TOO_NARROW}
    counts = flagged(cells, points)
    board, factor = _patients(scored, Slice(0, ()))
    low, high = band(counts, plan.confidence, plan.replicates, _rng(scored, ""), board, factor)
    kept = np.unique(np.linspace(0, len(points) - 1, _DRAWN).round().astype(np.int64))
    series = {
        "operating_point": points, "model": counts.model, "low": low, "high": high, "all": counts.everyone,
    }  # fmt: skip
    return {
        **{key: _rounded(values[kept]) for key, values in series.items()},
        **_existing(scored, points, kept, compared),
        "method": f"{described(counts)}; the band holds at all of them at once (max-T){grown_words(board, factor)}",
    }


def _existing(scored: Scored, points: Floats, kept: Ints, compared: Comparer | None) -> dict[str, object]:
    """The existing method's own curve, on the rows that have its answer; its band too where rows are independent."""
    cells = None if compared is None else alone(scored)
    if cells is None or Floor(scored.plan.show_events, scored.plan.show_nonevents).refuse(cells) is not None:
        return {"comparator": None}
    counts, plan = flagged(cells, points), scored.plan
    made: dict[str, object] = {"comparator": _rounded(counts.model[kept]), "comparator_rows": counts.rows}
    if scored.people is None:
        low, high = band(counts, plan.confidence, plan.replicates, _rng(scored, "the existing method"))
        made |= {"comparator_low": _rounded(low[kept]), "comparator_high": _rounded(high[kept])}
    return made


def _rounded(values: Floats) -> list[float]:
    return [float(f"{value:.{_DIGITS}g}") for value in values]


def _rng(scored: Scored, name: str) -> np.random.Generator:
    return stream(scored.plan.seed, "utility", name)


def _patients(scored: Scored, where: Slice) -> tuple[Board | None, float]:
    """A slice by groups of patients, if they were counted; and what they multiply a variance by at most."""
    return (scored.people or {}).get(where), scored.design_factor(where)
