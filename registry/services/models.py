"""Registering models."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from registry import signals
from registry.core.slugs import slug_of
from registry.models.model import Model
from registry.models.team import Team
from registry.models.user import User
from registry.services.teams import NameTaken, check_member


@transaction.atomic
def register(
    *,
    by: User,
    team: Team,
    name: str,
    purpose: str,
    population: str,
    intended_users: str,
    setting: str,
    decision_role: str,
    risk_class: str,
    jurisdictions: list[str],
) -> Model:
    """A new model of a team. Raises: NotAMember, NameTaken."""
    check_member(by, team)
    slug = slug_of(name)
    if Model.objects.filter(slug=slug).exists():
        raise NameTaken(f"There is a model named {name!r} already; names are never reused.")
    model = Model.objects.create(
        team=team,
        name=name,
        slug=slug,
        purpose=purpose,
        population=population,
        intended_users=intended_users,
        setting=setting,
        decision_role=decision_role,
        risk_class=risk_class,
        jurisdictions=sorted(set(jurisdictions)),
        created_by=by,
    )
    signals.model_registered.send(Model, model=model, actor=by, at=timezone.now())
    return model
