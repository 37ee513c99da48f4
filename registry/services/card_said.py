"""What does a model's card say now? The latest entry of each question; before the first, what registering it said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from registry.core import card
from registry.core.card import CARD
from registry.core.card_answer import Value, spoken
from registry.models.card import CardEntry
from registry.models.model import Model
from registry.models.user import User


@dataclass(frozen=True, slots=True)
class Said:
    """value: None when it is not available, for the reason given. number: of the entry; 0 for the registration.

    entry: the entry's id, or the model's where its registration answers. reviewed_on: when the author looked at it.
    """

    key: str
    value: Value | None
    not_available: str
    entry: str
    number: int
    author: User
    reviewed_on: date
    at: datetime

    @property
    def values(self) -> tuple[str, ...]:
        """As the policy reads it; empty when it is not available."""
        return () if self.value is None else spoken(self.value)


def current(model: Model) -> dict[str, Said]:
    """Every question that has an answer, in the order of the card."""
    latest = CardEntry.objects.filter(model=model).order_by("key", "-number").distinct("key").select_related("author")
    found = {**registered(model), **{row.key: said_by(row) for row in latest}}
    return {key: found[key] for key in CARD if key in found}


def said_by(row: CardEntry) -> Said:
    return Said(
        row.key, row.value, row.not_available, str(row.pk), row.number, row.author, row.reviewed_on, row.created_at
    )


def registered(model: Model) -> dict[str, Said]:
    """What the columns of the model answer."""
    return {
        key: Said(key, value, "", str(model.pk), 0, model.created_by, model.created_at.date(), model.created_at)
        for key in card.REGISTERED
        if (value := _column(model, key))
    }


def _column(model: Model, key: str) -> Value:
    value: Value = getattr(model, key)
    if not isinstance(value, list):
        return str(value)
    # The column takes any code; the card knows a few, and calls the others by one name.
    known = {each if each in CARD[key].choices else "other" for each in value}
    return [each for each in CARD[key].choices if each in known]


def defining_digest(model: Model) -> str:
    """SHA-256 over the answers that make the tool what it is: when it changes, approvals speak of another tool."""
    return card.defining_digest(_values(current(model)))


def _values(said: Mapping[str, Said]) -> dict[str, Value]:
    return {key: each.value for key, each in said.items() if each.value is not None}
