"""Who of those who use the model is trained? One count for each course that a pack asks about, at each site."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from governance.core import facts, training
from governance.core.policy import TrainingRule
from governance.core.training import Held, Person
from governance.services import roster
from governance.services.evidence_asked import Asked


def covers(asked: Asked) -> tuple[facts.TrainingCover, ...]:
    """Three queries. A site that uses the model and has no roster is there, with nobody who could be counted."""
    courses = sorted({leaf.course for pack in asked.packs for leaf in pack.leaves if isinstance(leaf, TrainingRule)})
    if not courses:
        return ()
    found = roster.expected(asked.model, day=asked.today, site=asked.site)
    expected: dict[str, list[Person]] = {site: [] for site in asked.using if asked.site in ("", site)} | found.people
    held: dict[str, list[Held]] = {course: [] for course in courses}
    for each in roster.held(asked.model, sites=expected, courses=courses):
        held[each.course].append(each)
    return tuple(
        _cover(course, site, expected[site], held[course], found.leaving.get(site), asked)
        for course in courses
        for site in sorted(expected)
    )


def _cover(
    course: str, site: str, expected: list[Person], held: list[Held], leaving: date | None, asked: Asked
) -> facts.TrainingCover:
    return replace(training.cover(course, site, expected, held, today=asked.today), changes_on=leaving)
