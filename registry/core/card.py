"""What does the model card ask? The questions of all chapters, and which of them make the tool what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from registry.core import card_evidence, card_rules, card_use
from registry.core.canonical import digest
from registry.core.card_answer import Value
from registry.core.card_field import Field

FIELDS: Final[tuple[Field, ...]] = (
    *card_use.MAKER,
    *card_use.USE,
    *card_use.DATA,
    *card_use.OUTPUT,
    *card_use.LIMITS,
    *card_evidence.FAIRNESS,
    *card_evidence.EVIDENCE,
    *card_evidence.CARE,
    *card_rules.SITUATION,
    *card_rules.REGULATION,
    *card_evidence.REPORTING,
)
CARD: Final[Mapping[str, Field]] = {each.key: each for each in FIELDS}
DEFINING: Final[tuple[str, ...]] = tuple(each.key for each in FIELDS if each.defining)
# What registering a model asks already, in columns of its own.
REGISTERED: Final[tuple[str, ...]] = (
    "purpose",
    "population",
    "intended_users",
    "setting",
    "decision_role",
    "risk_class",
    "jurisdictions",
)


def section(key: str) -> tuple[Field, ...]:
    """The questions of one chapter, in reading order."""
    return tuple(each for each in FIELDS if each.section == key)


def defining_digest(values: Mapping[str, Value]) -> str:
    """SHA-256 over the answers that make the tool what it is; what is not said yet counts as null."""
    return digest({key: values.get(key) for key in DEFINING})
