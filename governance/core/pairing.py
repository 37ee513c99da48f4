"""May the score that stands beside the new one be taken for the previous version's, and what did that measure there?

Rules, complete: it is taken only where the team declared it before results were known, and where it stands beside every
row. Where an audit measured the previous version on the same patients, or on the same dataset when nobody can tell
whether the patients are the same, both must give one figure. What is not taken is said, and nothing rests on it.
"""

from __future__ import annotations

from dataclasses import dataclass

from audits.core.values import Estimate
from governance.core.evaluations import OF_COMPARATOR, PAIRED, Evaluation, Place, measured_at

#: Two figures that differ by less are the same figure: rank measures are read off score bins, which differ by audit.
ALIKE = 5e-4


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of the previous version on the patients of the new one's table.

    there: its own value, audited or of the comparator; None when nobody measured it. pair: new minus previous on the
    same patients; None when it may not be used. unclear: its value on the same dataset, where nobody can tell whether
    the patients are the same. audited: whether an audit of the previous version bears the pair out. note: why the
    score beside was not used; "" when it was, or when there is none.
    """

    there: Estimate | None = None
    pair: Estimate | None = None
    unclear: Estimate | None = None
    audited: bool = False
    note: str = ""


def beside(place: Place, *, new: Evaluation, previous: tuple[Evaluation, ...], paired: bool) -> Beside:
    """previous: everything measured of that version. paired: the team declared that the score beside is its score."""
    there = measured_at(place, [each for each in previous if new.same_patients(each) is True])
    unclear = measured_at(place, [each for each in previous if new.same_patients(each) is None])
    after = new.at(place)
    pair = new.at(place.of(PAIRED[place.measure])) if paired and place.measure in PAIRED else None
    if after is None or after.value is None or pair is None or pair.value is None:
        return Beside(there, None, unclear)
    if pair.n != after.n:
        note = f"The previous version's score stands beside {pair.n:,} of {after.n:,} rows, so it was not used."
        return Beside(there, None, unclear, note=note)
    known = there or unclear
    if known is not None:
        if _agree(after, known, pair):
            return Beside(known, pair, audited=True)
        note = "The previous version's score in the new table is not what was measured of it there, so it was not used."
        return Beside(there, None, unclear, note=note)
    own = new.at(place.of(OF_COMPARATOR[place.measure])) if place.measure in OF_COMPARATOR else None
    return Beside(own if own is not None and _agree(after, own, pair) else None, pair)


def _agree(after: Estimate, previous: Estimate, pair: Estimate) -> bool:
    """Whether three figures tell one story: new, previous, and new minus previous."""
    if after.value is None or previous.value is None or pair.value is None:
        return False
    return abs(after.value - previous.value - pair.value) <= ALIKE
