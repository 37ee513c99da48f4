"""How is the work queue laid out? By urgency, each thing with its day, its page and for whom it waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from governance.core.policy import Severity
from governance.core.queue import Item, Urgency
from governance.web.badges import Badge
from registry.models.user import Role

HEADINGS: Mapping[Urgency, str] = {
    Urgency.OVERDUE: "Overdue",
    Urgency.SOON: "Due within a week",
    Urgency.LATER: "Due later",
    Urgency.OPEN: "Waiting, without a day",
}
SEVERITY: Mapping[Severity, Badge] = {
    Severity.BLOCKING: Badge("Blocking", "no-symbol", "bad"),
    Severity.ADVISORY: Badge("Advisory", "information-circle", "quiet"),
}
MOST = 100


@dataclass(frozen=True, slots=True)
class Line:
    item: Item
    badge: Badge
    roles: str


@dataclass(frozen=True, slots=True)
class Group:
    """more: how many are not shown."""

    urgency: str
    title: str
    lines: tuple[Line, ...]
    more: int


def groups(items: Sequence[Item], *, today: date) -> list[Group]:
    """Those that hold something, the most urgent first."""
    found = []
    for urgency, title in HEADINGS.items():
        mine = [item for item in items if item.urgency(today) is urgency]
        if mine:
            lines = tuple(Line(item, SEVERITY[item.severity], _roles(item)) for item in mine[:MOST])
            found.append(Group(str(urgency), title, lines, max(0, len(mine) - MOST)))
    return found


def _roles(item: Item) -> str:
    labels = {each.value: str(each.label) for each in Role}
    return " or ".join(labels.get(role, role).lower() for role in item.roles)
