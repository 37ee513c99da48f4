"""Does a new version stay inside the change plan? In the plan, out of it, or not to be told; with every reason.

Rules, complete: the plan was frozen before the version was registered; every declared modification is in it; every
bound that concerns one of them is met on every evaluation table of the new version, audited or not; and the answers
that make the tool what it is are those given when the plan was frozen. A bound against the previous version compares
on the same patients: by the score beside the new one where `governance.core.pairing` takes it, otherwise by two
estimates. Where nobody can tell whether the patients are the same, the same dataset serves and that is said, unless
the score beside was declared and is not what was measured. One broken rule is enough for "out of plan"; without one,
one that cannot be told is enough for "cannot be told".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from audits.core import checks
from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Direction
from audits.core.values import Criterion, Estimate, Measurement, Verdict
from governance.core.change_plan import Bound
from governance.core.differences import difference
from governance.core.evaluations import Evaluation, Place
from governance.core.pairing import beside


class Judged(StrEnum):
    IN_PLAN = "in_plan"
    OUT_OF_PLAN = "out_of_plan"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Plan:
    """The change plan in force when the change was declared. names: its modifications, by id."""

    number: int
    frozen_at: datetime
    names: Mapping[str, str]
    bounds: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """What the team said before the first audit. modifications: ids; empty when it is something else.

    registered_at: when the version was registered, which was there to be changed from then on. approved: whether the
    previous version was ever approved.
    """

    modifications: tuple[str, ...]
    registered_at: datetime
    previous: int
    paired: bool = False
    approved: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is judged. use_then: the answers that make the tool what it is when the plan was frozen, null where
    nothing was said; use_now: at present."""

    declared: Declared | None
    plan: Plan | None
    new: tuple[Evaluation, ...]
    previous: tuple[Evaluation, ...]
    use_then: Mapping[str, object]
    use_now: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that was looked at, and what it says by itself."""

    judged: Judged
    text: str


@dataclass(frozen=True, slots=True)
class Judgement:
    judged: Judged
    reasons: tuple[Reason, ...]


_OF_VERDICT = {
    Verdict.MET: Judged.IN_PLAN,
    Verdict.NOT_MET: Judged.OUT_OF_PLAN,
    Verdict.NOT_EVALUABLE: Judged.CANNOT_TELL,
}


def judge(facts: Facts) -> Judgement:
    """Every rule is asked; nothing stops at the first."""
    reasons = tuple(_reasons(facts))
    said = {each.judged for each in reasons}
    for judged in (Judged.OUT_OF_PLAN, Judged.CANNOT_TELL):
        if judged in said:
            return Judgement(judged, reasons)
    return Judgement(Judged.IN_PLAN, reasons)


def _reasons(facts: Facts) -> Iterator[Reason]:
    if facts.declared is None:
        yield Reason(Judged.CANNOT_TELL, "Nobody has declared what this version changes.")
        return
    yield from _planned(facts.declared, facts.plan)
    if facts.plan is None:
        return
    yield from _use(facts)
    concerned = [each for each in facts.plan.bounds if each.concerns(facts.declared.modifications)]
    for bound in concerned:
        yield from _bound(bound, facts.declared, facts)
    if facts.declared.modifications and not concerned:
        yield Reason(Judged.CANNOT_TELL, f"Plan {facts.plan.number} sets no bound for this change.")


def _planned(declared: Declared, plan: Plan | None) -> Iterator[Reason]:
    if plan is None:
        yield Reason(Judged.OUT_OF_PLAN, "No change plan was in force when the change was declared.")
        return
    if plan.frozen_at > declared.registered_at:
        text = f"Change plan {plan.number} was frozen only after the changed version was registered."
        yield Reason(Judged.OUT_OF_PLAN, text)
    if not declared.approved:
        text = (
            f"No earlier version was approved, so it is compared with the newest before: version {declared.previous}."
        )
        yield Reason(Judged.IN_PLAN, text)
    if not declared.modifications:
        yield Reason(Judged.OUT_OF_PLAN, f"The team declared a change that plan {plan.number} does not foresee.")
    for each in declared.modifications:
        if each in plan.names:
            yield Reason(Judged.IN_PLAN, f"“{each}” is a modification of plan {plan.number}: {plan.names[each]}")
        else:
            yield Reason(Judged.OUT_OF_PLAN, f"“{each}” is no modification of plan {plan.number}.")


def _use(facts: Facts) -> Iterator[Reason]:
    same = True
    for key in sorted({*facts.use_then, *facts.use_now}):
        then, now = facts.use_then.get(key), facts.use_now.get(key)
        if then is None:
            same = False
            text = (
                f"The card did not say {_named(key)} when the plan was frozen, so nobody can tell whether it changed."
            )
            yield Reason(Judged.CANNOT_TELL, text)
        elif then != now:
            same = False
            text = f"The card's answer on {_named(key)} is not the one given when the plan was frozen."
            yield Reason(Judged.OUT_OF_PLAN, text)
    if same and facts.use_then:
        yield Reason(Judged.IN_PLAN, "The intended use is the one that the card stated when the plan was frozen.")
    if not facts.use_then:
        yield Reason(Judged.CANNOT_TELL, "The card does not state the intended use.")


def _named(key: str) -> str:
    return f"“{key.replace('_', ' ')}”"


def _bound(bound: Bound, declared: Declared, facts: Facts) -> Iterator[Reason]:
    place = Place(bound.measure, bound.slice, bound.across, bound.operating_point)
    if not facts.new:
        yield Reason(Judged.CANNOT_TELL, f"{place.words}: the new version has no evaluation table.")
    for evaluation in facts.new:
        if not evaluation.audited:
            text = f"{evaluation.table}: {place.words}: no finished audit has measured the new version on this table."
            yield Reason(Judged.CANNOT_TELL, text)
            continue
        found = evaluation.at(place)
        if bound.minimum is not None or bound.maximum is not None:
            yield _checked(bound, place, found, evaluation.table, bound.minimum, bound.maximum)
        if bound.not_worse_by is not None:
            yield _compared(bound, place, evaluation, declared, facts.previous)


def _compared(
    bound: Bound, place: Place, evaluation: Evaluation, declared: Declared, previous: Iterable[Evaluation]
) -> Reason:
    gap = _gap(place, evaluation, declared, tuple(previous))
    if gap.estimate is None:
        return Reason(Judged.CANNOT_TELL, f"{evaluation.table}: {gap.note}")
    assert bound.not_worse_by is not None
    lower_is_better = CATALOG[bound.measure].direction is Direction.LOWER
    limits = (None, bound.not_worse_by) if lower_is_better else (-bound.not_worse_by, None)
    where = f"{evaluation.table}, against version {declared.previous} {gap.how}"
    found = _checked(bound, place, gap.estimate, where, *limits)
    return replace(found, text=f"{found.text} {gap.note}".rstrip())


@dataclass(frozen=True, slots=True)
class _Gap:
    """New minus previous version. how: it was compared, in words. note: what else must be said; what is missing."""

    estimate: Estimate | None
    how: str = ""
    note: str = ""


def _gap(place: Place, evaluation: Evaluation, declared: Declared, previous: tuple[Evaluation, ...]) -> _Gap:
    known = beside(place, new=evaluation, previous=previous, paired=declared.paired)
    mine = evaluation.at(place)
    if known.pair is not None and known.audited:
        return _Gap(known.pair, "on the same patients")
    if known.pair is not None:
        note = (
            f"That the score beside is version {declared.previous}'s was declared; no audit of it there bears it out."
        )
        return _Gap(known.pair, "on the same patients", note)
    if mine is None:
        return _Gap(None, note=f"the audit measured no {place.words}.")
    if known.there is not None:
        return _Gap(difference(mine, known.there), "on the same patients, as two independent estimates", known.note)
    where = f"version {declared.previous} on dataset “{evaluation.dataset}”"
    if known.unclear is None:
        missing = f"{place.words} cannot be compared: upload predictions of {where}, and audit them."
        return _Gap(None, note=f"{missing} {known.note}".rstrip())
    if known.note:
        unsure = (
            f"{place.words} cannot be compared: {known.note} Nobody can tell whether {where} has the same patients."
        )
        return _Gap(None, note=unsure)
    note = "Nobody can tell whether these are the same patients, so part of the difference may be theirs."
    return _Gap(difference(mine, known.unclear), "on the same dataset, as two independent estimates", note)


def _checked(
    bound: Bound, place: Place, estimate: Estimate | None, table: str, minimum: float | None, maximum: float | None
) -> Reason:
    if estimate is None:
        return Reason(Judged.CANNOT_TELL, f"{table}: the audit measured no {place.words}.")
    criterion = Criterion(
        id=place.words,
        kind=CATALOG[place.measure].kind,
        measure=place.measure,
        minimum=minimum,
        maximum=maximum,
        on=bound.on,
        slice=place.slice,
        across=place.across,
        operating_point=place.operating_point,
        minimum_n=bound.minimum_n,
    )
    measurement = Measurement(place.measure, estimate, place.slice, place.across, place.operating_point)
    (check,) = checks.apply((criterion,), (measurement,))
    return Reason(_OF_VERDICT[check.verdict], f"{table}: {place.words}: {check.reason} n = {estimate.n:,}.")
