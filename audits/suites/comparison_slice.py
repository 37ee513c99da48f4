"""How does the model compare with the existing method in one slice? Every measure, with an interval that holds there.

An interval is made in steps: of independent rows at given cut-offs; from groups of patients where those repeat; and at
a target, whose two cut-offs were chosen on the same rows, not narrower than replicates say that choose both anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from audits.core import comparison
from audits.core.arrays import Floats
from audits.core.functionals_paired import WHOLE, PairFunctional, at_point, by_people, widened_by
from audits.core.gates import Floor
from audits.core.pair_cells import Pair, PairBoard, pair_of
from audits.core.pair_targets import ByPatients, ByRows, by_construction, fixed, joined, rate_of
from audits.core.randomness import stream
from audits.core.slices import EVERYONE
from audits.core.tally_spec import Slice
from audits.core.utility import Advantage, gain_confidence
from audits.core.values import Estimate, Measurement, OperatingPoint
from audits.suites.comparison_count import Compared
from audits.suites.part import Scored

#: What the gain is taken over where there is an existing method: treating all, treating none, and it.
ALTERNATIVES = 3
#: A standard error needs no more: at 400 it is itself known to 4%.
_FOR_ERRORS = 400
_GAIN = "net_benefit_vs_comparator"
_NOT_COUNTED = "the patients of this slice were not counted"

Estimates = Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is found of a slice. measurements: in reading order. rivals: by operating point, the model's net benefit
    over the existing method's, where it is defined."""

    measurements: list[Measurement]
    rivals: dict[str, Advantage]


@dataclass(frozen=True, slots=True, eq=False)
class Comparer:
    """Answers for one slice after the other, each made once: utility asks for it and the comparison itself does."""

    scored: Scored
    compared: Compared
    answers: dict[Slice, Answer] = field(default_factory=dict)
    by_rows: dict[str, ByRows] = field(default_factory=dict)
    by_patients: dict[str, ByPatients] = field(default_factory=dict)

    def answer(self, where: Slice) -> Answer:
        """Every measure of one slice; the same undefined estimate for all when it has too few pairs."""
        if where not in self.answers:
            self.answers[where] = self._made(where)
        return self.answers[where]

    def _made(self, where: Slice) -> Answer:
        plan, name = self.scored.plan, where.name(self.scored.tally.spec)
        pair = pair_of(self.compared.tally, where)
        refused = Floor(plan.show_events, plan.show_nonevents).refuse(pair.model)
        if refused is not None:
            return Answer(list(self._refused(name, refused)), {})
        here = _Here(self.scored, where, pair, self.compared.board(where, plan.seed))
        found = here.honest(comparison.whole(pair, plan.confidence), WHOLE, plan.confidence)
        made = [Measurement(measure, estimate, slice=name) for measure, estimate in found.items()]
        rivals: dict[str, Advantage] = {}
        for point in self.compared.points:
            drawn = self._drawn(here, point)
            found, wider = (
                self._at(here, point, drawn, confidence)
                for confidence in (plan.confidence, gain_confidence(plan.confidence, ALTERNATIVES))
            )
            made.extend(Measurement(m, estimate, name, operating_point=point.name) for m, estimate in found.items())
            value, low, high = found[_GAIN].value, found[_GAIN].low, wider[_GAIN].high
            if value is not None and low is not None and high is not None:
                rivals[point.name] = Advantage("the existing method", value, low, high)
        for point_name, reason in self.compared.unreached.items():
            lost = Estimate.undefined(reason, n=pair.pairs.rows, events=pair.pairs.events)
            made.extend(Measurement(m, lost, name, operating_point=point_name) for m in comparison.AT_POINT)
        return Answer(made, rivals)

    def _refused(self, name: str, why: Estimate) -> list[Measurement]:
        names = [*(point.name for point in self.compared.points), *self.compared.unreached]
        made = [Measurement(measure, why, slice=name) for measure in comparison.WHOLE]
        return made + [Measurement(m, why, name, operating_point=point) for point in names for m in comparison.AT_POINT]

    def _at(self, here: _Here, point: OperatingPoint, drawn: _Drawn | None, confidence: float) -> Estimates:
        """The measures of AT_POINT, at one confidence."""
        cut, other = self.compared.cuts(point)
        plain = comparison.at_point(here.pair, cut, other, point.score, confidence)
        found = here.honest(plain, at_point(cut, other, point.score), confidence)
        if drawn is None:
            return found
        choice, made = self.compared.choices[point.name], {}
        for measure, estimate in found.items():
            # Replicates that choose anew reach everyone's rate by construction, and would call it certain.
            if choice.both and here.everyone and fixed(measure, choice.target):
                made[measure] = by_construction(measure, estimate, choice.target)
                continue
            value = found[f"{rate_of(measure)}_vs_comparator"].value if measure.endswith("_p") else None
            replicates, groups = drawn.differences[rate_of(measure)], drawn.groups
            made[measure] = joined(measure, estimate, value, replicates, groups, drawn.method, confidence)
        return made

    def _drawn(self, here: _Here, point: OperatingPoint) -> _Drawn | None:
        """Replicates of a slice at a target, from groups of patients where those are known."""
        if point.name not in self.compared.choices:
            return None
        if here.board is not None and self.compared.boards is not None:
            patients = self._patients(point.name)
            return _Drawn(patients.within(here.board), here.board.groups, patients.method)
        rows = self._rows(point.name)
        return _Drawn(rows.within(here.pair.pairs, self._stream(point.name, here.name)), 0, rows.method)

    def _rows(self, name: str) -> ByRows:
        if name not in self.by_rows:
            everyone, tally = pair_of(self.compared.tally, Slice(0, ())).pairs, self.compared.tally
            self.by_rows[name] = ByRows(
                self.compared.choices[name], tally.spec, everyone, self._replicates, self._stream(name, EVERYONE)
            )
        return self.by_rows[name]

    def _patients(self, name: str) -> ByPatients:
        if name not in self.by_patients:
            boards, everyone = self.compared.boards, self.compared.board(Slice(0, ()), self.scored.plan.seed)
            assert boards is not None
            assert everyone is not None
            self.by_patients[name] = ByPatients(
                self.compared.choices[name], boards.spec, everyone, self._replicates, self._stream(name, EVERYONE)
            )
        return self.by_patients[name]

    @property
    def _replicates(self) -> int:
        return min(self.scored.plan.replicates, _FOR_ERRORS)

    def _stream(self, target: str, name: str) -> np.random.Generator:
        return stream(self.scored.plan.seed, "pairs at a target", target, name)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """Replicates of the differences at a target. groups: of patients behind them, 0 for independent rows."""

    differences: Mapping[str, Floats]
    groups: int
    method: str


@dataclass(frozen=True, slots=True, eq=False)
class _Here:
    """One slice with enough pairs. board: by groups of patients; None where rows are independent, or not counted."""

    scored: Scored
    where: Slice
    pair: Pair
    board: PairBoard | None

    @property
    def name(self) -> str:
        return self.where.name(self.scored.tally.spec)

    @property
    def everyone(self) -> bool:
        return self.where.grouping == 0

    def honest(self, found: Estimates, functionals: Mapping[str, PairFunctional], confidence: float) -> Estimates:
        """The same estimates, as unsure as groups of patients say where patients repeat."""
        if self.scored.people is None:
            return found
        if self.board is None:
            factor = self.scored.design_factor(self.where)
            return {m: widened_by(m, estimate, factor, _NOT_COUNTED) for m, estimate in found.items()}
        return {m: by_people(m, e, functionals[m], self.board, confidence) for m, e in found.items()}
