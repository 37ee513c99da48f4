"""What should the model achieve, who was asked, and how ready is a site? Lines of the adoption page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from audits.core.catalog import CATALOG
from governance.core.readiness import ITEMS, Item
from governance.models.adoption import Consultation, Goal, GoalOutcome, GoalReview, Readiness, ReadinessState
from governance.services import adoption
from governance.web.badges import Badge
from registry.models.model import Model
from registry.models.site import Site

OUTCOME: Mapping[str, Badge] = {
    GoalOutcome.REACHED: Badge(str(GoalOutcome.REACHED.label), "check-circle", "good"),
    GoalOutcome.PARTLY: Badge(str(GoalOutcome.PARTLY.label), "adjustments-horizontal", "unsure"),
    GoalOutcome.MISSED: Badge(str(GoalOutcome.MISSED.label), "x-circle", "bad"),
    GoalOutcome.DROPPED: Badge(str(GoalOutcome.DROPPED.label), "minus-circle", "quiet"),
}
OVERDUE = Badge("Due, not judged", "clock", "unsure")
PENDING = Badge("Not due yet", "calendar", "quiet")
STATE: Mapping[str, Badge] = {
    ReadinessState.DONE: Badge(str(ReadinessState.DONE.label), "check-circle", "good"),
    ReadinessState.STARTED: Badge(str(ReadinessState.STARTED.label), "arrow-path", "busy"),
    ReadinessState.OPEN: Badge(str(ReadinessState.OPEN.label), "minus-circle", "unsure"),
    ReadinessState.NOT_NEEDED: Badge(str(ReadinessState.NOT_NEEDED.label), "no-symbol", "quiet"),
}
UNSAID = Badge("Nobody has said", "question-mark-circle", "unsure")


@dataclass(frozen=True, slots=True)
class GoalLine:
    """review: the word that speaks on what became of it."""

    row: Goal
    badge: Badge
    measure: str
    review: GoalReview | None


@dataclass(frozen=True, slots=True)
class ReadyLine:
    item: Item
    badge: Badge
    row: Readiness | None


def goals(model: Model, *, today: date) -> tuple[GoalLine, ...]:
    rows = model.goals.select_related("site", "stated_by").prefetch_related("reviews__reviewed_by")
    return tuple(_goal(row, today) for row in rows)


def consultations(model: Model) -> list[Consultation]:
    return list(model.consultations.select_related("site", "recorded_by"))


def readiness(model: Model, site: Site) -> tuple[ReadyLine, ...]:
    """Every item of the checklist, said or not."""
    said = adoption.readiness_of(model, site)
    return tuple(
        ReadyLine(item, STATE[said[key].state] if key in said else UNSAID, said.get(key)) for key, item in ITEMS.items()
    )


def _goal(row: Goal, today: date) -> GoalLine:
    review = next(iter(row.reviews.all()), None)
    open_badge = OVERDUE if row.due_on < today else PENDING
    measure = CATALOG[row.measure].label if row.measure else ""
    return GoalLine(row, OUTCOME[review.outcome] if review else open_badge, measure, review)
