"""Who is expected to be trained for a model on a day, and which training records do they hold? Two queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from governance.core.training import Held, Person
from governance.models.training import SiteUser, TrainingRecord
from registry.models.model import Model

COLUMNS = ("site__slug", "person", "course", "course_version", "completed_on", "valid_until", "revoked")


@dataclass(frozen=True, slots=True)
class Expected:
    """people: who uses the model, by site; a site that everybody has left is there, empty. leaving: by site, the next
    day on which somebody is no longer expected."""

    people: dict[str, list[Person]]
    leaving: dict[str, date]

    @property
    def everybody(self) -> tuple[Person, ...]:
        return tuple(person for people in self.people.values() for person in people)


def expected(model: Model, *, day: date, site: str = "") -> Expected:
    """site: its slug, "" for all sites of the model."""
    rows = SiteUser.objects.filter(model=model).order_by("site__slug", "person")
    rows = rows.filter(site__slug=site) if site else rows
    found = Expected({}, {})
    for where, person, left_on in rows.values_list("site__slug", "person", "left_on"):
        people = found.people.setdefault(where, [])
        if left_on is None or left_on > day:
            people.append((where, person))
        if left_on is not None and left_on > day:
            found.leaving[where] = min(left_on, found.leaving.get(where, left_on))
    return found


def held(model: Model, *, sites: Iterable[str], courses: Iterable[str] | None = None) -> tuple[Held, ...]:
    """Every record at those sites of people who were ever on the model's roster, oldest first. courses: None: all."""
    people = SiteUser.objects.filter(model=model).values("person")
    rows = TrainingRecord.objects.filter(site__slug__in=list(sites), person__in=people)
    rows = rows if courses is None else rows.filter(course__in=list(courses))
    return tuple(Held(*values) for values in rows.order_by("created_at", "sequence").values_list(*COLUMNS))
