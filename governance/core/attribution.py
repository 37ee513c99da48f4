"""Why is a measure other than it was: because of the new version, or because of other patients?

change = update effect + data effect, where the update effect compares both versions on the new data, and the data
effect compares the previous version on both bodies of data. Each part has its interval: paired where the new table
carries the previous version's score beside the new one, otherwise from two independent estimates, which is said.
"""

from __future__ import annotations

from dataclasses import dataclass

from audits.core.values import Estimate
from governance.core.differences import difference
from governance.core.evaluations import Evaluation, Place
from governance.core.pairing import ALIKE, Beside, beside

PAIRED_WORDS = "compared on the same patients"
INDEPENDENT_WORDS = "two independent estimates; on the same patients the interval would mostly be narrower"
SAME_WORDS = "both versions were measured on the same patients"


@dataclass(frozen=True, slots=True)
class Part:
    """One share of a change. how: how it was compared, in words."""

    estimate: Estimate
    how: str


@dataclass(frozen=True, slots=True)
class Attribution:
    """before: previous version, old data. after: new version, new data. why_not: "" when the change is attributed."""

    place: Place
    old_data: str
    new_data: str
    before: Estimate | None
    after: Estimate | None
    total: Part | None = None
    update: Part | None = None
    data: Part | None = None
    notes: tuple[str, ...] = ()
    why_not: str = ""

    @property
    def adds_up(self) -> bool:
        """Whether the parts are the whole, as they must be."""
        values = [part.estimate.value if part else None for part in (self.total, self.update, self.data)]
        total, update, data = values
        return total is not None and update is not None and data is not None and abs(total - update - data) <= ALIKE


def attribute(
    place: Place, *, old: Evaluation, new: Evaluation, previous: tuple[Evaluation, ...], paired: bool
) -> Attribution:
    """old: the previous version on the data that it was judged on. previous: everything measured of that version.
    paired: the new table's comparator is the previous version's score."""
    before, after = old.at(place), new.at(place)
    missing = _missing(place, before, after, old, new)
    if missing:
        return Attribution(place, old.dataset, new.dataset, before, after, why_not=missing)
    assert before is not None
    assert after is not None
    found = beside(place, new=new, previous=(old, *previous), paired=paired)
    between, notes = _between(after, found, old, new)
    if between is None:
        why = _not_there(found, old, new)
        return Attribution(place, old.dataset, new.dataset, before, after, notes=notes, why_not=why)
    same = new.same_patients(old) is True
    update = Part(found.pair, PAIRED_WORDS) if found.pair else Part(difference(after, between), INDEPENDENT_WORDS)
    data = _nothing(before) if same else Part(difference(between, before), "two independent bodies of data")
    total = update if same else Part(difference(after, before), "two independent bodies of data")
    made = Attribution(place, old.dataset, new.dataset, before, after, total, update, data, notes)
    if made.adds_up:
        return made
    why = "The change cannot be attributed: its parts do not add up, so the figures are not about the same patients."
    return Attribution(place, old.dataset, new.dataset, before, after, notes=notes, why_not=why)


def _missing(place: Place, before: Estimate | None, after: Estimate | None, old: Evaluation, new: Evaluation) -> str:
    for estimate, evaluation in ((before, old), (after, new)):
        where = f"version {evaluation.version} on dataset “{evaluation.dataset}”"
        if estimate is None:
            return f"The change cannot be attributed: no finished audit has measured {place.words} of {where}."
        if estimate.value is None:
            return f"The change cannot be attributed: {place.words} of {where} is undefined: {estimate.reason}"
    return ""


def _between(
    after: Estimate, found: Beside, old: Evaluation, new: Evaluation
) -> tuple[Estimate | None, tuple[str, ...]]:
    """The previous version on the new data, and notes on how it is known or why it is not."""
    notes = (found.note,) if found.note else ()
    if found.there is not None or found.pair is None or found.pair.value is None or after.value is None:
        return found.there, notes
    derived = Estimate(
        after.value - found.pair.value, n=found.pair.n, method="from the comparison on the same patients"
    )
    note = f"The data effect has no interval: for one, upload predictions of version {old.version} on “{new.dataset}”."
    return derived, (*notes, note)


def _not_there(found: Beside, old: Evaluation, new: Evaluation) -> str:
    where = f"version {old.version} on dataset “{new.dataset}”"
    if found.unclear is None:
        return f"The change cannot be attributed: upload predictions of {where}, and audit them."
    return (
        f"The change cannot be attributed: {where} was measured, but nobody can tell whether on the same patients. "
        "Upload both tables with the patients' pseudonyms, or the previous version's score beside the new one."
    )


def _nothing(before: Estimate) -> Part:
    return Part(Estimate(0.0, 0.0, 0.0, before.n, method="the same data"), SAME_WORDS)
