"""Which scores reach the plan's targets here, and how sure are the figures at a cut chosen on the same rows?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from audits.core.arrays import Floats
from audits.core.catalog import of_kind
from audits.core.catalog_entry import Spread
from audits.core.cells import Cells
from audits.core.functionals_operating import FORMULAS, Tables
from audits.core.intervals import quantile_of
from audits.core.people import Board, cluster_draws
from audits.core.randomness import stream
from audits.core.scales import from_error, inner, student
from audits.core.slices import EVERYONE, across_name
from audits.core.tally_spec import Slice
from audits.core.targets import Redrawn, recut, resolve, tables_above
from audits.core.values import Estimate, Kind, Measurement, OperatingPoint, PlanSpec, Rate, Target
from audits.suites.part import Part, Scored

#: A standard error needs no more: at 400 it is itself known to 4%. Percentiles need all that the plan gives.
_FOR_ERRORS = 400
#: Replicates in which the target must be reached for their percentiles to describe the cut.
_ENOUGH = 0.9


def resolved(plan: PlanSpec, everyone: Cells) -> tuple[PlanSpec, dict[str, str]]:
    """The plan with each target that is reached as an operating point, and why the others are not, by name."""
    found = {target.name: resolve(target, everyone) for target in plan.targets}
    points = tuple(OperatingPoint(name, cut) for name, cut in found.items() if not isinstance(cut, str))
    unreached = {name: reason for name, reason in found.items() if isinstance(reason, str)}
    return replace(plan, operating_points=(*plan.operating_points, *points), targets=()), unreached


def part(scored: Scored) -> Part:
    """The score of each target, with its interval."""
    made = []
    scores = {point.name: point.score for point in scored.plan.operating_points}
    for target in scored.targets:
        rows, events = scored.everyone.rows, scored.everyone.events
        if target.name in scored.unreached:
            estimate = Estimate.undefined(scored.unreached[target.name], n=rows, events=events)
        else:
            low, high, method = _cut_interval(scored, target, scores[target.name])
            estimate = Estimate(scores[target.name], low, high, rows, events, method)
        made.append(Measurement("resolved_operating_point", estimate, operating_point=target.name))
    return Part(made)


def _cut_interval(scored: Scored, target: Target, score: float) -> tuple[float | None, float | None, str]:
    draws = _Draws(scored, target, scored.plan.replicates)
    defined = draws.cuts[np.isfinite(draws.cuts)]
    aim = f"{target.rate.value.replace('_', ' ')} {target.value:g}"
    if len(defined) < _ENOUGH * len(draws.cuts):
        missed = len(draws.cuts) - len(defined)
        return None, None, f"{aim}; no interval: {missed} of {len(draws.cuts)} replicates do not reach it"
    tail = (1 - scored.plan.confidence) / 2
    low, high = (float(q) for q in np.quantile(defined, (tail, 1 - tail)))
    method = f"{aim}, {draws.method}, percentiles"
    if not scored.everyone.exact:
        # The score itself lies inside the bin whose edge was chosen, below or above it.
        bins = scored.tally.spec.bins
        low, high = (low, high + 1 / bins) if target.rate is Rate.SENSITIVITY else (low - 1 / bins, high)
        method += f", and one bin of 1/{bins} more"
    return max(0.0, min(low, score)), min(1.0, max(high, score)), method


class _Draws:
    """Replicates of one target's cut, and of any slice at it; by patients where they repeat."""

    def __init__(self, scored: Scored, target: Target, replicates: int) -> None:
        self._scored, self._target, self._replicates = scored, target, replicates
        board = scored.people.get(Slice(0, ())) if scored.people is not None else None
        self._by_rows: Redrawn | None = None
        if board is None:
            self._by_rows = Redrawn(target, scored.everyone, self._replicates, self._stream(EVERYONE))
            self.cuts = self._by_rows.cuts
        else:
            self._groups = cluster_draws(self._replicates, self._stream(EVERYONE))
            self.cuts = recut(target, board.cells, board.resampled(self._groups))
        kind = "bootstrap" if board is None else "bootstrap of patients"
        self.method = f"{kind}, {self._replicates} replicates that choose the cut anew"

    def tables(self, where: Slice) -> tuple[Tables, int] | None:
        """The slice's confusion tables, and groups of patients behind them (0: independent rows); None without."""
        if self._by_rows is not None:
            if where.grouping == 0:
                return self._by_rows.whole(), 0
            name = where.name(self._scored.tally.spec)
            return self._by_rows.within(self._scored.found[where], self._stream(name)), 0
        board: Board | None = (self._scored.people or {}).get(where)
        if board is None:
            return None
        return tables_above(board.cells, board.resampled(self._groups), self.cuts), board.groups

    def _stream(self, name: str) -> np.random.Generator:
        return stream(self._scored.plan.seed, "target", self._target.name, name)


def adjusted(scored: Scored, measurements: Sequence[Measurement]) -> list[Measurement]:
    """The measurements, those at resolved operating points with intervals that hold for a cut chosen on the same rows.

    Two truths are asked about: what the cut in hand will do, and what the score does that reaches the target in truth.
    Intervals for a given cut hold the first, those that choose it anew the second; neither holds both (simulated in
    tests/reference/test_coverage_of_operating_points.py), so an interval here spans the two.
    """
    places = {where.name(scored.tally.spec): where for where in scored.found}
    replicates = min(scored.plan.replicates, _FOR_ERRORS)
    reached = {target.name: target for target in scored.targets if target.name not in scored.unreached}
    draws = {name: _Draws(scored, target, replicates) for name, target in reached.items()}
    tables: dict[tuple[str, str], tuple[Tables, int] | None] = {}
    made = []
    for item in measurements:
        known = item.operating_point in draws and item.measure in FORMULAS and item.slice in places
        if not known or item.across or item.estimate.value is None:
            made.append(item)
            continue
        key = (item.operating_point, item.slice)
        if key not in tables:
            tables[key] = draws[key[0]].tables(places[item.slice])
        # Replicates that choose anew reach everyone's rate by construction, and would call it certain.
        own = item.measure == reached[item.operating_point].rate.value and item.slice == EVERYONE
        made.append(_adjusted(item, draws[key[0]].method, None if own else tables[key], scored.plan.confidence))
    return made


def _adjusted(item: Measurement, method: str, found: tuple[Tables, int] | None, confidence: float) -> Measurement:
    estimate, (formula, scale) = item.estimate, FORMULAS[item.measure]
    assert estimate.value is not None
    interval = None
    if found is not None and (error := _spread(inner(scale, formula(found[0])))) is not None:
        quantile = student(confidence, found[1]) if found[1] > 1 else quantile_of(confidence)
        interval = from_error(estimate.value, error, scale, quantile, confidence)
    if interval is None:
        words = f"{estimate.method}; for the cut as it is, which was chosen on these rows"
        return replace(item, estimate=replace(estimate, method=words))
    ends = [end for end in (*interval, estimate.value, estimate.low, estimate.high) if end is not None]
    words = f"{method}, {scale.value}, and not narrower than for the cut as it is ({estimate.method})"
    return replace(item, estimate=replace(estimate, low=min(ends), high=max(ends), method=words))


def _spread(values: Floats) -> float | None:
    """Standard deviation of the defined replicates; None when too few are."""
    defined = values[np.isfinite(values)]
    return float(defined.std(ddof=1)) if len(defined) >= max(2, _ENOUGH * len(values)) else None


def missing(kind: Kind, scored: Scored, measurements: Sequence[Measurement]) -> Iterator[Measurement]:
    """Every measure of this audit at each target that is not reached: undefined, with the reason."""
    made, known = {item.key for item in measurements}, {item.measure for item in measurements}
    for name, reason in scored.unreached.items():
        for entry in of_kind(kind):
            if not entry.per_operating_point or (entry.needs is not None and entry.key not in known):
                continue
            for places in _places(kind, entry.spread, scored):
                item = Measurement(entry.key, Estimate.undefined(reason), operating_point=name, **places)
                if item.key not in made:
                    yield item


def _places(kind: Kind, spread: Spread, scored: Scored) -> list[Mapping[str, str]]:
    """Where a measure with this spread is reported; groups are compared with one another, everyone is not."""
    spec = scored.tally.spec
    if spread is Spread.GROUPINGS:
        return [{"across": across_name(names)} for names in spec.groupings[1:]]
    if spread is Spread.SLICES:
        return [{"slice": where.name(spec)} for where in scored.found if kind is Kind.VALIDATION or where.grouping]
    return [{}]
