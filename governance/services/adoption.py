"""Stating goals and what became of them, recording who was consulted, and how ready a site is."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.utils import timezone

from audits.core.catalog import CATALOG
from governance import recording
from governance.core.facts import Section
from governance.core.readiness import ITEMS
from governance.errors import AlreadyForgotten, RoleNotHeld, StatementRefused
from governance.ledger import Fact
from governance.models.adoption import Consultation, Goal, GoalOutcome, GoalReview, Readiness, ReadinessState
from governance.services.assessment_touch import touch
from governance.services.once import once
from registry.core.canonical import digest
from registry.errors import Refused
from registry.models.model import Model
from registry.models.site import Site
from registry.models.user import Role, User
from registry.services.card import check_may_write

MOST_WORDS = 5000


def state_goal(
    *,
    by: User,
    model: Model,
    text: str,
    criterion: str,
    due_on: date,
    site: Site | None = None,
    measure: str = "",
    target: str = "",
    pk: UUID | None = None,
) -> Goal:
    """What the model should achieve, and how anybody can tell. pk: the one-time id of the form, if there is one.

    Raises: ScopeNotHeld, NotAMember, StatementRefused, AlreadyRecorded.
    """
    check_may_write(by, model)
    if measure and measure not in CATALOG:
        raise StatementRefused(f"“{measure}” is not a measure of the catalogue.", field="measure")
    if due_on < timezone.now().date():
        raise StatementRefused("A goal is stated before it is due.", field="due_on")
    with once(Goal, pk) as new:
        goal = Goal.objects.create(
            id=new,
            model=model,
            site=site,
            text=_said(text, "text"),
            criterion=_said(criterion, "criterion"),
            measure=measure,
            target=_said(target, "target", most=200, blank=True),
            due_on=due_on,
            stated_by=by,
        )
        recording.record(Fact("goal.stated", "goal", str(goal.pk), _goal(goal), by))
        _changed(model, site)
    return goal


def _goal(goal: Goal) -> dict[str, object]:
    return {
        "model": goal.model.slug,
        "site": goal.site.slug if goal.site else None,
        "text": goal.text,
        "criterion": goal.criterion,
        "measure": goal.measure,
        "target": goal.target,
        "due_on": goal.due_on.isoformat(),
    }


def review_goal(*, by: User, goal: Goal, outcome: str, note: str, pk: UUID | None = None) -> GoalReview:
    """What became of a goal; a later word takes its place. pk, raises: as `state_goal`."""
    check_may_write(by, goal.model)
    if outcome not in GoalOutcome.values:
        raise StatementRefused(f"The outcome is one of {', '.join(GoalOutcome.values)}.", field="outcome")
    with once(GoalReview, pk) as new:
        said = _said(note, "note")
        review = GoalReview.objects.create(id=new, goal=goal, outcome=outcome, note=said, reviewed_by=by)
        body: dict[str, object] = {"goal": str(goal.pk), "outcome": outcome, "note": review.note}
        recording.record(Fact("goal.reviewed", "goal", str(goal.pk), body, by))
        _changed(goal.model, goal.site)
    return review


def record_consultation(
    *,
    by: User,
    model: Model,
    who: str,
    role: str,
    held_on: date,
    summary: str,
    changed: str,
    site: Site | None = None,
    pk: UUID | None = None,
) -> Consultation:
    """Who was asked, what they said, and what changed. pk, raises: as `state_goal`."""
    check_may_write(by, model)
    if held_on > timezone.now().date():
        raise StatementRefused("A consultation is recorded once it was held.", field="held_on")
    with once(Consultation, pk) as new:
        made = Consultation.objects.create(
            id=new,
            model=model,
            site=site,
            who=_said(who, "who", most=200),
            role=_said(role, "role", most=120),
            held_on=held_on,
            summary=_said(summary, "summary"),
            changed=_said(changed, "changed"),
            recorded_by=by,
        )
        # Who was asked may be a patient: not even a digest of the name goes into the ledger, for it could be guessed.
        body: dict[str, object] = {
            "model": model.slug,
            "site": site.slug if site else None,
            "role": made.role,
            "held_on": held_on.isoformat(),
            "summary_sha256": digest(made.summary),
            "changed_sha256": digest(made.changed),
        }
        recording.record(Fact("consultation.recorded", "consultation", str(made.pk), body, by))
        _changed(model, site)
    return made


def forget(*, by: User, consultation: Consultation, summary: bool = False) -> Consultation:
    """Erase who was asked, for good. summary: also what they said, where it tells who they are.

    Raises: RoleNotHeld, AlreadyForgotten.
    """
    check_may_forget(by, consultation)
    with recording.together():
        locked = Consultation.objects.select_for_update(of=("self",)).select_related("model").get(pk=consultation.pk)
        names = [name for name in ("who", "summary") if name == "who" or summary]
        if not (erased := [name for name in names if getattr(locked, name) is not None]):
            raise AlreadyForgotten("This was forgotten already.")
        for name in erased:
            setattr(locked, name, None)
        locked.save(update_fields=erased)
        body: dict[str, object] = {"model": locked.model.slug, "forgotten": erased}
        recording.record(Fact("consultation.forgotten", "consultation", str(locked.pk), body, by))
    return locked


def check_may_forget(person: User, consultation: Consultation) -> None:
    """Raises: RoleNotHeld, AlreadyForgotten."""
    if not person.holds(Role.COMPLIANCE):
        raise RoleNotHeld("Only a compliance officer may have somebody forgotten.")
    if consultation.who is None and consultation.summary is None:
        raise AlreadyForgotten("This was forgotten already; nothing is left of it.")


def may_forget(person: User, consultation: Consultation) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    try:
        check_may_forget(person, consultation)
    except Refused as refused:
        return False, refused.message
    return True, ""


def state_readiness(
    *, by: User, model: Model, site: Site, item: str, state: str, note: str = "", pk: UUID | None = None
) -> Readiness:
    """How far one item of the checklist is at a site. pk, raises: as `state_goal`."""
    check_may_write(by, model)
    if item not in ITEMS:
        raise StatementRefused(f"The item is one of {', '.join(ITEMS)}.", field="item")
    if state not in ReadinessState.values:
        raise StatementRefused(f"The state is one of {', '.join(ReadinessState.values)}.", field="state")
    if state == ReadinessState.NOT_NEEDED and not note.strip():
        raise StatementRefused("Say why this is not needed at the site.", field="note")
    with once(Readiness, pk) as new:
        said = _said(note, "note", blank=True)
        made = Readiness.objects.create(id=new, model=model, site=site, item=item, state=state, note=said, stated_by=by)
        body: dict[str, object] = {
            "model": model.slug,
            "site": site.slug,
            "item": item,
            "state": state,
            "note": made.note,
        }
        recording.record(Fact("readiness.stated", "readiness", str(made.pk), body, by))
        _changed(model, site)
    return made


def readiness_of(model: Model, site: Site) -> dict[str, Readiness]:
    """The newest statement on each item."""
    rows = Readiness.objects.filter(model=model, site=site).order_by("item", "-created_at").distinct("item")
    return {each.item: each for each in rows.select_related("stated_by")}


def _changed(model: Model, site: Site | None) -> None:
    """Goals, consultations and readiness are what was planned for the model's life, beside its plans."""
    touch({Section.PLANS}, model=model.pk, site=site.slug if site else "")


def _said(words: str, field: str, *, most: int = MOST_WORDS, blank: bool = False) -> str:
    tidy = words.strip()
    if (not tidy and not blank) or len(tidy) > most:
        raise StatementRefused(f"Write 1 to {most:,} characters here.", field=field)
    return tidy
