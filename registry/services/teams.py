"""Founding teams and adding members; and the question that all writes to a team's records ask first."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from registry import signals
from registry.core.slugs import slug_of
from registry.errors import Conflict, NotAllowed
from registry.models.team import Membership, Team
from registry.models.user import User


class NotAMember(NotAllowed):
    code = "not_a_member"


class NameTaken(Conflict):
    code = "name_taken"


def check_member(user: User, team: Team) -> None:
    """Raises NotAMember unless the person belongs to the team."""
    if not team.memberships.filter(user=user).exists():
        raise NotAMember(f"Only members of {team.name} may change its records.", team=team.slug)


@transaction.atomic
def create(*, by: User, name: str) -> Team:
    """A new team, without members. Raises: NameTaken."""
    slug = slug_of(name)
    if Team.objects.filter(slug=slug).exists() or Team.objects.filter(name=name).exists():
        raise NameTaken(f"There is a team named {name!r} already.")
    team = Team.objects.create(name=name, slug=slug)
    signals.team_created.send(Team, team=team, actor=by, at=timezone.now())
    return team


@transaction.atomic
def add_member(*, by: User, team: Team, user: User) -> Team:
    """Make somebody a member; saying it twice is harmless."""
    _, added = Membership.objects.get_or_create(team=team, user=user)
    if added:
        signals.team_member_added.send(Team, team=team, user=user, actor=by, at=timezone.now())
    return team
