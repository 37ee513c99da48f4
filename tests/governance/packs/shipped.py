"""Which controls do the shipped packs have, and in which situation does each of them apply?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from governance.core import packs as format_of_packs
from governance.core.policy import Applies, Condition, Control, Leaf, Pack, leaves
from governance.services import packs
from registry.core.card import CARD
from registry.core.card_field import Kind

SCHEMA = json.loads((packs.SHIPPED / "schema.json").read_bytes())
SHIPPED: tuple[Pack, ...] = tuple(
    format_of_packs.parse(path.read_bytes(), schema=SCHEMA)[0] for path in packs.shipped()
)
CONTROLS: Mapping[str, tuple[Pack, Control]] = {
    f"{pack.slug}:{control.id}": (pack, control) for pack in SHIPPED for control in pack.controls
}


def asked_by(name: str) -> tuple[Leaf, ...]:
    """Every rule that the control asks."""
    return tuple(leaves(CONTROLS[name][1].rule))


def least_answers(name: str) -> dict[str, Any]:
    """The fewest answers of a card by which the control applies, in the first of its alternatives."""
    return {
        condition.field: [condition.any_of[0]] if CARD[condition.field].kind is Kind.CHOICES else condition.any_of[0]
        for part in _parts(name)
        for condition in _conditions(part)
    }


def first_day(name: str) -> date:
    """The first day on which that alternative applies, and not before tomorrow."""
    pack, _ = CONTROLS[name]
    # Tomorrow: whatever was put on record today has happened by then, at any hour.
    days = [timezone.now().date() + timedelta(days=1), pack.effective_from, *(part.since for part in _parts(name))]
    return max(day for day in days if day is not None)


def _parts(name: str) -> Iterator[Applies]:
    pack, control = CONTROLS[name]
    yield pack.applies
    yield from control.applies[:1]


def _conditions(part: Applies) -> Iterator[Condition]:
    named = (
        ("jurisdictions", part.jurisdictions),
        ("our_roles", part.roles),
        ("risk_class", part.risk_classes),
        ("device_class", part.device_classes),
    )
    yield from (Condition(field, any_of) for field, any_of in named if any_of)
    yield from part.when
