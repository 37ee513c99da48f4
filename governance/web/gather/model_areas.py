"""What is kept about a model, and how does each part stand? One line for each area, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from governance import links
from governance.core.plans import PLANS
from governance.core.risk import Level
from governance.models.incident import Incident, IncidentState
from governance.models.plan import GovernedPlan
from governance.models.training import SiteUser
from governance.services import document_standing, incidents, logs, risk_register
from governance.services.risk_register import Current
from governance.web.badges import Badge
from governance.web.gather import card as card_lines
from governance.web.gather import documents as document_lines
from governance.web.gather import risks as risk_lines
from governance.web.gather.incidents import OVERDUE
from registry.core.card import CARD
from registry.core.card_answer import due_on
from registry.models.model import Model
from registry.services import card_said


@dataclass(frozen=True, slots=True)
class Area:
    """words: how it stands. badge: what asks for attention; None where nothing does."""

    title: str
    address: str
    words: str
    badge: Badge | None = None


def of(model: Model, *, now: datetime) -> list[Area]:
    """In the order in which somebody works through them."""
    return [
        _card(model, now),
        _documents(model, now),
        _risks(model),
        *_plans(model),
        _introduction(model),
        _training(model, now),
        _incidents(model, now),
    ]


def _card(model: Model, now: datetime) -> Area:
    said = card_said.current(model)
    due = sum(due_on(CARD[key], each.reviewed_on) <= now.date() for key, each in said.items())
    again = f"; {_count(due, 'answer')} to look at again" if due else ""
    words = f"{len(said)} of {len(CARD)} questions answered{again}"
    return Area("Model card", links.to("card", model.slug), words, card_lines.LOOK_AGAIN if due else None)


def _documents(model: Model, now: datetime) -> Area:
    rows = document_standing.with_revisions().filter(model=model)
    speaking = [document_standing.current(each.revisions.all(), today=now.date()) for each in rows]
    expired = sum(each.expires_on is not None and each.expires_on < now.date() for each in speaking)
    over = f", {expired} of them expired" if expired else ""
    words = f"{_count(len(speaking), 'document')}{over}" if speaking else "No document yet"
    badge = document_lines.EXPIRED if expired else None
    return Area("Documents", links.to("model-documents", model.slug), words, badge)


def _risks(model: Model) -> Area:
    found = [each for each in risk_register.register(model) if each.is_open]
    open_to_judge = sum(_level(each) is None for each in found)
    grave = sum(_level(each) is Level.NOT_ACCEPTABLE for each in found)
    parts = [f"{grave} not acceptable"] if grave else []
    parts += [f"{open_to_judge} not estimated"] if open_to_judge else []
    said = f": {', '.join(parts)}" if parts else ""
    words = f"{_count(len(found), 'open risk')}{said}" if found else "No risk written down yet"
    badge = risk_lines.LEVEL[Level.NOT_ACCEPTABLE] if grave else None
    return Area("Risk register", links.to("risks", model.slug), words, badge)


def _level(found: Current) -> Level | None:
    return found.residual_level or found.level


def _plans(model: Model) -> Iterator[Area]:
    frozen = {plan.kind: plan for plan in GovernedPlan.objects.in_force().filter(model=model).defer("document")}
    for kind, spec in PLANS.items():
        plan = frozen.get(kind)
        words = f"Number {plan.number}, frozen on {plan.created_at:%Y-%m-%d}" if plan else "Not frozen yet"
        yield Area(spec.label, links.to("plan", model.slug, kind), words)


def _introduction(model: Model) -> Area:
    judged = Count("pk", filter=Q(reviews__isnull=False), distinct=True)
    goals = model.goals.aggregate(total=Count("pk", distinct=True), judged=judged)
    sites = model.model_sites.count()
    used = f"used at {_count(sites, 'site')}" if sites else "no site uses it yet"
    open_goals = goals["total"] - goals["judged"]
    said = f"{_count(goals['total'], 'goal')}, {open_goals} not judged yet" if goals["total"] else "No goal stated"
    return Area("Introduction at the sites", links.to("adoption", model.slug), f"{said}; {used}")


def _training(model: Model, now: datetime) -> Area:
    here = SiteUser.objects.filter(Q(left_on=None) | Q(left_on__gt=now.date()), model=model)
    found = here.aggregate(people=Count("pk"), sites=Count("site", distinct=True))
    people, sites = found["people"], found["sites"]
    words = f"{people:,} {'person uses' if people == 1 else 'people use'} it, at {_count(sites, 'site')}"
    return Area("Training", links.to("training", model.slug), words if people else "Nobody is named who uses it")


def _incidents(model: Model, now: datetime) -> Area:
    rows = Incident.objects.filter(model=model).prefetch_related("reports")
    still_open = [each for each in rows if each.state == IncidentState.OPEN]
    late = any(incidents.is_overdue(each, now=now) for each in still_open)
    kept = len(logs.kept(model))
    words = f"{_count(len(still_open), 'open incident')} of {len(rows)}" if rows else "No incident"
    registered = f"{_count(kept, 'log')} registered" if kept else "no log registered"
    said = f"{words}; {registered}{'; a report is overdue' if late else ''}"
    return Area("Incidents and logs", links.to("incidents", model.slug), said, OVERDUE if late else None)


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
