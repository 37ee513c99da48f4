"""How far is the training for a model, at one site and at all of them? What the training pages show."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date

from governance.core.courses import COURSES, Course
from governance.core.facts import TrainingCover
from governance.core.training import Standing
from governance.core.training_file import neutral
from governance.models.training import SiteUser
from governance.services import training
from governance.web.badges import Badge
from registry.models.model import Model
from registry.models.site import Site

COMPLETE = Badge("Complete", "check-circle", "good")
INCOMPLETE = Badge("Incomplete", "exclamation-triangle", "unsure")
NOBODY = Badge("Nobody yet", "minus-circle", "quiet")


@dataclass(frozen=True, slots=True)
class Line:
    """A course and how many have done it. soon: whether the first of the records ends within two months."""

    course: Course
    cover: TrainingCover
    soon: bool

    @property
    def badge(self) -> Badge:
        if not self.cover.current:
            return NOBODY
        return COMPLETE if self.cover.current == self.cover.expected else INCOMPLETE

    @property
    def words(self) -> str:
        return f"{self.cover.current:,} of {self.cover.expected:,}"


@dataclass(frozen=True, slots=True)
class Lack:
    """A course that somebody lacks. ended: when their last record of it ended; None where they never had one."""

    course: Course
    ended: date | None


@dataclass(frozen=True, slots=True)
class Person:
    row: SiteUser
    lacks: tuple[Lack, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """in_use: courses that anybody has done. untouched: the others. expected: people on the roster."""

    expected: int
    in_use: tuple[Line, ...]
    untouched: tuple[Course, ...]


SOON_DAYS = 60


def coverage(model: Model, site: Site | None, *, today: date) -> Coverage:
    found = training.covers(model=model, site=site, today=today)
    lines = [Line(COURSES[each.course], each, _soon(each, today)) for each in found]
    in_use = tuple(each for each in lines if each.cover.current)
    untouched = tuple(each.course for each in lines if not each.cover.current)
    return Coverage(found[0].expected, in_use, untouched)


def people(model: Model, site: Site, *, today: date) -> tuple[Person, ...]:
    """Everybody on the roster, those who lack most first. A course that nobody has, nobody is said to lack here."""
    standings = training.standings(model=model, site=site, today=today)
    used = {course: rows for course, rows in standings.items() if any(each.current for each in rows)}
    of: dict[str, list[Lack]] = {}
    for course, rows in used.items():
        for each in rows:
            if not each.current:
                of.setdefault(each.person[1], []).append(Lack(COURSES[course], each.ended))
    found = [Person(row, tuple(of.get(row.person, ()))) for row in training.roster(model, site, today)]
    return tuple(sorted(found, key=lambda each: (-len(each.lacks), each.row.name)))


def table(model: Model, site: Site, *, today: date) -> str:
    """Who has learnt what, as CSV for a spreadsheet: no cell of it is ever a formula."""
    names = {row.person: row for row in training.roster(model, site, today)}
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["person", "name", "role", "course", "current", "valid_until"])
    for course, rows in training.standings(model=model, site=site, today=today).items():
        for each in rows:
            writer.writerow([neutral(cell) for cell in _cells(names[each.person[1]], course, each)])
    return out.getvalue()


def _cells(row: SiteUser, course: str, standing: Standing) -> list[str]:
    end = standing.until or standing.ended
    current = "yes" if standing.current else "no"
    return [row.person, row.name, row.role, course, current, end.isoformat() if end else ""]


def _soon(cover: TrainingCover, today: date) -> bool:
    return cover.lapses_on is not None and (cover.lapses_on - today).days <= SOON_DAYS
