"""Who of those who use a model has learnt what they should? Coverage of a course at a site, on one day.

A person who works at two sites is expected, and trained, at each of them. A record counts from the day of completion
to its last day, both included; of records on one course, version and day the newest speaks, and a revoked one is void.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from governance.core.facts import TrainingCover

Person = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """One training record. site: its slug. valid_until: the last day on which it counts; None for good."""

    site: str
    person: str
    course: str
    course_version: str
    completed_on: date
    valid_until: date | None = None
    revoked: bool = False

    def counts_on(self, day: date) -> bool:
        ends = self.valid_until is None or day <= self.valid_until
        return not self.revoked and self.completed_on <= day and ends


@dataclass(frozen=True, slots=True)
class Standing:
    """How one expected person stands in one course. until: last day of the record that lasts longest; None where it is
    for good, or where there is none. ended: when the last one ended, where none counts any more."""

    person: Person
    course: str
    current: bool
    until: date | None = None
    ended: date | None = None


def speaking(records: Iterable[Held]) -> tuple[Held, ...]:
    """Records given oldest first: of those on one person, course, version and day, the newest."""
    found = {(each.site, each.person, each.course, each.course_version, each.completed_on): each for each in records}
    return tuple(found.values())


def standings(course: str, expected: Iterable[Person], records: Iterable[Held], *, today: date) -> tuple[Standing, ...]:
    """Everybody who is expected, (site, person), in the given order."""
    held: dict[Person, list[Held]] = {}
    for each in speaking(records):
        if each.course == course:
            held.setdefault((each.site, each.person), []).append(each)
    return tuple(_standing(person, course, held, today) for person in expected)


def _standing(person: Person, course: str, held: Mapping[Person, list[Held]], today: date) -> Standing:
    mine = held.get(person, [])
    current = [each for each in mine if each.counts_on(today)]
    if current:
        ends = [each.valid_until for each in current]
        until = None if None in ends else max(end for end in ends if end is not None)
        return Standing(person, course, True, until)
    past = [each.valid_until for each in mine if each.valid_until and each.valid_until < today and not each.revoked]
    return Standing(person, course, False, ended=max(past, default=None))


def cover(course: str, site: str, expected: Iterable[Person], records: Iterable[Held], *, today: date) -> TrainingCover:
    """The fact that a policy judges. site: its slug, "" for all sites of the model together."""
    found = standings(course, expected, records, today=today)
    current = [each for each in found if each.current]
    ends = [each.until for each in current if each.until is not None]
    lapsed = sum(1 for each in found if each.ended is not None)
    return TrainingCover(course, site, len(found), len(current), min(ends, default=None), lapsed)
