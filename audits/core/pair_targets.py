"""How unsure is a difference at a target, where the cut-offs of both methods were chosen on the rows that are judged?

Two truths are asked about: what the two cuts in hand will do, and what those do that reach the target in truth. The
paired intervals of given cuts hold the first; replicates that choose both cuts anew hold the second. An interval here
spans the two, as those of one score at a target do (`audits.core.targets`).

A replicate is a sample of everyone's pairs, or of groups of patients where they repeat. It gives both cuts, and every
slice is judged there on its own share of the sample.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from scipy.stats import norm, t

from audits.core.arrays import Floats, Ints, totals
from audits.core.cells import Cells
from audits.core.functionals import divide
from audits.core.functionals_operating import Tables
from audits.core.functionals_paired import within
from audits.core.intervals import Interval, quantile_of
from audits.core.pair_cells import PairBoard, PairCells, bands
from audits.core.pair_tally import PairSpec
from audits.core.people import GROUPS, cluster_draws
from audits.core.replicates import draw
from audits.core.scales import student
from audits.core.targets import concerned, edges_near, recut, tables_above
from audits.core.values import Estimate, Rate, Target

#: How far from the target replicates choose, in standard errors of the rate there.
_REACH = 4.0
#: Replicates in which both cuts must reach the target for their spread to be that of the difference.
_ENOUGH = 0.9
_BENEFIT = "net_benefit"
#: measure -> the rate that it is a difference of; net benefit is one of neither alone.
_RATE_OF: Mapping[str, Rate] = MappingProxyType(
    {
        "sensitivity_vs_comparator": Rate.SENSITIVITY,
        "mcnemar_sensitivity_p": Rate.SENSITIVITY,
        "nri_events": Rate.SENSITIVITY,
        "specificity_vs_comparator": Rate.SPECIFICITY,
        "mcnemar_specificity_p": Rate.SPECIFICITY,
        "nri_nonevents": Rate.SPECIFICITY,
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """How both cuts were chosen. edges, other_edges: float64[k], rising, scores that replicates choose between; a
    single one is a cut that was given, not chosen, such as that of a decision."""

    target: Target
    edges: Floats
    other_edges: Floats

    @property
    def both(self) -> bool:
        """Whether neither cut was given: both then reach the target's rate by construction."""
        return len(self.edges) > 1 and len(self.other_edges) > 1

    def thinned(self, step: int) -> Choice:
        """The same with every `step`-th score, and the last one, so that a chosen cut stays one."""
        one, other = (np.unique([*side[::step], side[-1]]) for side in (self.edges, self.other_edges))
        return replace(self, edges=one, other_edges=other)


def choices(target: Target, cells: Cells, factor: float) -> Floats:
    """float64[k]: scores around the target that replicates choose between. factor: >= 1, how many times the variance
    of independent rows the rate has where patients repeat."""
    edges = edges_near(target, cells)
    order = np.argsort(cells.least, kind="stable")
    counts = (cells.n * concerned(target, cells))[order]
    rows = max(1.0, float(counts.sum()))
    below = np.concatenate([[0.0], np.cumsum(counts)])[np.searchsorted(cells.least[order], edges)]
    wanted = 1 - target.value if target.rate is Rate.SPECIFICITY else target.value
    error = math.sqrt(wanted * (1 - wanted) * factor / rows) + 1 / rows
    near = np.flatnonzero(np.abs(1 - below / rows - wanted) <= _REACH * error)
    if not len(near):
        return edges
    return edges[max(0, near[0] - 1) : near[-1] + 2]


def _side(edges: Floats) -> Cells:
    """One side's bands as cells, non-events first; what lies below every edge is never chosen."""
    least = np.tile(np.concatenate([[min(0.0, edges[0])], edges]), 2)
    size, none = len(edges) + 1, np.zeros(len(least), dtype=np.int64)
    return Cells(np.repeat([0, 1], size), least, least, least * least, none + 1, none, least, False)


def _cuts(target: Target, edges: Floats, weights: Floats) -> Floats:
    """float64[R]: the cut of one side on each weighting of its bands; the one that it has where that was given."""
    if len(edges) == 1:
        return np.full(len(weights), edges[0])
    # A rare replicate that would cut below every edge is cut at the lowest: the band under it is all the rest.
    return np.asarray(np.maximum(recut(target, _side(edges), weights), edges[0]))


def _differences(choice: Choice, weights: tuple[Floats, Floats], cuts: tuple[Floats, Floats]) -> Mapping[str, Floats]:
    """float64[R] each: differences of both rates and of net benefit. weights: of the bands of each side."""
    edges = (choice.edges, choice.other_edges)
    one, two = (tables_above(_side(e), w, c) for e, w, c in zip(edges, weights, cuts, strict=True))
    # The operating point moves with the cut, and with it what a false alarm weighs.
    odds = divide(cuts[0], 1 - cuts[0])
    rows = one.tp + one.fp + one.fn + one.tn
    return {
        Rate.SENSITIVITY: _sensitivity(one) - _sensitivity(two),
        Rate.SPECIFICITY: divide(one.tn, one.tn + one.fp) - divide(two.tn, two.tn + two.fp),
        _BENEFIT: divide(one.tp - two.tp - odds * (one.fp - two.fp), rows),
    }


def _sensitivity(tables: Tables) -> Floats:
    return divide(tables.tp, tables.tp + tables.fn)


class ByRows:
    """Replicates of everyone's pairs as independent rows, each with both cuts chosen anew."""

    def __init__(
        self, choice: Choice, spec: PairSpec, everyone: PairCells, replicates: int, rng: np.random.Generator
    ) -> None:
        self.choice, self._spec = choice, spec
        self._shape = (replicates, 2, len(choice.edges) + 1, len(choice.other_edges) + 1)
        self._n = self._counted(everyone)
        self._weights = draw(self._n, replicates, rng)
        one, two = self._sides(self._weights)
        self._chosen = _cuts(choice.target, choice.edges, one), _cuts(choice.target, choice.other_edges, two)
        self.method = f"bootstrap, {replicates} replicates that choose both cuts anew"

    def within(self, cells: PairCells, rng: np.random.Generator) -> Mapping[str, Floats]:
        """Differences of a slice of everyone. Of the rows that a replicate has of one kind, as many are the slice's as
        chance makes of its share of them."""
        own = self._counted(cells)
        held = np.flatnonzero(own)
        weights = np.zeros_like(self._weights)
        weights[:, held] = rng.binomial(self._weights[:, held].astype(np.int64), own[held] / self._n[held])
        return _differences(self.choice, self._sides(weights), self._chosen)

    def _counted(self, cells: PairCells) -> Ints:
        """int64[2 * bands * other bands]: pairs of each kind."""
        band, other = bands(self._spec, cells, self.choice.edges, self.choice.other_edges)
        place = (cells.outcome * self._shape[2] + band) * self._shape[3] + other
        return totals(place, cells.n, math.prod(self._shape[1:])).astype(np.int64)

    def _sides(self, weights: Floats) -> tuple[Floats, Floats]:
        whole = weights.reshape(self._shape)
        return whole.sum(axis=3).reshape(len(weights), -1), whole.sum(axis=2).reshape(len(weights), -1)


class ByPatients:
    """Replicates of everyone's groups of patients, each with both cuts chosen anew."""

    def __init__(
        self, choice: Choice, spec: PairSpec, everyone: PairBoard, replicates: int, rng: np.random.Generator
    ) -> None:
        self.choice, self._spec = choice, spec
        self._draws = cluster_draws(replicates, rng)
        one, two = self._sides(everyone)
        self._chosen = _cuts(choice.target, choice.edges, one), _cuts(choice.target, choice.other_edges, two)
        self.method = f"bootstrap of patients, {replicates} replicates that choose both cuts anew"

    def within(self, board: PairBoard) -> Mapping[str, Floats]:
        """Differences of a slice of everyone, whose patients are drawn with their groups."""
        return _differences(self.choice, self._sides(board), self._chosen)

    def _sides(self, board: PairBoard) -> tuple[Floats, Floats]:
        found, both = [], (self.choice.edges, self.choice.other_edges)
        for band, edges in zip(bands(self._spec, board.pairs, *both), both, strict=True):
            size = len(edges) + 1
            by_group = np.zeros((GROUPS, 2 * size))
            np.add.at(by_group.T, board.pairs.outcome * size + band, board.by_group.T)
            found.append(self._draws @ by_group)
        return found[0], found[1]


def joined(
    measure: str, found: Estimate, difference: float | None, drawn: Floats, groups: int, method: str, confidence: float
) -> Estimate:
    """An estimate at cuts that were chosen on the same rows, from the one at the cuts as they are.

    difference: the value that a p-value tests. drawn: float64[R], replicates of it. groups: of patients behind them, 0
    for independent rows. Without an interval when too few replicates reach the target.
    """
    defined = drawn[np.isfinite(drawn)]
    if found.value is None:
        return found
    if len(defined) < max(2, _ENOUGH * len(drawn)):
        words = f"both cut-offs were chosen on these rows, and {len(drawn) - len(defined)} of {len(drawn)} replicates"
        return _unsure(measure, found, f"{words} reach no such cut")
    error, many = float(defined.std(ddof=1)), groups > 1
    if measure.endswith("_p"):
        score = math.inf if error == 0.0 or difference is None else abs(difference) / error
        p = float(2 * (t.sf(score, groups - 1) if many else norm.sf(score)))
        test = "t test" if many else "z test"
        words = f"the larger of two: {test} of the difference, {method}; for the cuts as they are, {found.method}"
        return replace(found, value=max(found.value, p), method=words)
    if found.low is None or found.high is None:
        return found
    half = (student(confidence, groups) if many else quantile_of(confidence)) * error
    own = within(measure, Interval(found.value - half, found.value + half))
    words = f"{method}, and not narrower than for the cut-offs as they are ({found.method})"
    return replace(
        found, low=min(own.low, found.low, found.value), high=max(own.high, found.high, found.value), method=words
    )


def by_construction(measure: str, found: Estimate, target: Target) -> Estimate:
    """An estimate of everyone at a target that fixes what it compares: about 0 on these rows whatever the methods."""
    if found.value is None or not fixed(measure, target):
        return found
    words = f"both cut-offs were chosen on these rows to reach the same {target.rate.value}"
    if measure.endswith("_p"):
        return _unsure(measure, found, f"{words}, so there is nothing to test")
    return replace(found, method=f"{found.method}; {words}, so it is about 0 by construction")


def fixed(measure: str, target: Target) -> bool:
    """Whether the target itself fixes the rate that the measure compares."""
    return _RATE_OF.get(measure) is target.rate


def rate_of(measure: str) -> str:
    """The difference behind a measure, as replicates name it."""
    return _RATE_OF.get(measure, _BENEFIT)


def _unsure(measure: str, found: Estimate, words: str) -> Estimate:
    """The value without an interval; no p-value at all."""
    if measure.endswith("_p"):
        return Estimate.undefined(words, n=found.n, events=found.events)
    return replace(found, low=None, high=None, method=f"no interval: {words}")
