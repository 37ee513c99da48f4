"""Which decision stands for each version? One query for any number of versions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from governance.models.decision import Environment, GateDecision, GateOutcome
from governance.services import doubts
from governance.web import badges
from governance.web.badges import Badge
from registry.models.version import ModelVersion

ENVIRONMENTS = (Environment.PRODUCTION, Environment.STAGING)  # production first: it is what people come to ask


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version in a list. gates: the environment's name and what the gate says there, as `ENVIRONMENTS` has them."""

    version: ModelVersion
    state: Badge
    gates: tuple[tuple[str, Badge], ...]


def lines(versions: Iterable[ModelVersion], *, now: datetime) -> list[VersionLine]:
    """The versions in the order given, each with what the gate says in every environment."""
    rows = list(versions)
    decisions = latest_decisions(row.pk for row in rows)
    return [
        VersionLine(
            version=row,
            state=badges.STATE[row.state],
            gates=tuple(
                (name_of(environment), badge_of(decisions.get((row.pk, environment)), row, now=now))
                for environment in ENVIRONMENTS
            ),
        )
        for row in rows
    ]


def badge_of(decision: GateDecision | None, version: ModelVersion, *, now: datetime) -> Badge:
    """What `services.gate.answer` says of the decision that stands: only an allowance can be doubted, so few are."""
    badge = badges.standing(decision, now=now)
    if decision is None or badge is not badges.GATE[GateOutcome.ALLOW]:
        return badge
    return badges.GATE[GateOutcome.DENY] if any(doubts.against(decision, version, now)) else badge


def latest_decisions(versions: Iterable[UUID]) -> dict[tuple[UUID, str], GateDecision]:
    """The highest number per version and environment, with the pack that each was made under."""
    found = (
        GateDecision.objects.filter(version__in=list(versions))
        .order_by("version_id", "environment", "-number")
        .distinct("version_id", "environment")
        .select_related("pack")
        .defer("assessment")
    )
    return {(row.version_id, row.environment): row for row in found}


def name_of(environment: str) -> str:
    """ "Production": the first word of the label says it in a table."""
    return str(Environment(environment).label).partition(" (")[0]
