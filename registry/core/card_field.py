"""What is one question of the model card? Its words, the kind of its answer, and which answers it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """line: a few words. text: sentences. choice: one of several. choices: some of several. states: one state for each
    of several things. date: a day."""

    LINE = "line"
    TEXT = "text"
    CHOICE = "choice"
    CHOICES = "choices"
    STATES = "states"
    DATE = "date"


# The chapters of the card, in the order in which a person reads and answers them.
SECTIONS: Final[Mapping[str, str]] = {
    "maker": "Who made it",
    "use": "What it is for",
    "data": "Inputs and training data",
    "output": "What it tells its users",
    "limits": "Limits and cautions",
    "fairness": "Fairness",
    "evidence": "What is known of how well it works",
    "care": "How it is kept in order",
    "situation": "Which rules concern it",
    "regulation": "Registrations and named people",
    "reporting": "For a published report",
}
YES_NO: Final[Mapping[str, str]] = {"yes": "Yes", "no": "No"}
NOTHING: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Field:
    """One question. choices: answer -> words; for `states` they are the states, and items are what has one.

    not_available: whether "not available", with a reason, is an answer. review_months: after how many months somebody
    should look at it again. defining: a change after approval makes another tool of it, so approvals no longer count.
    """

    key: str
    label: str
    question: str
    section: str
    kind: Kind = Kind.TEXT
    choices: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    items: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    not_available: bool = False
    review_months: int = 12
    defining: bool = False
    help: str = ""


def yes_no(key: str, label: str, question: str, section: str = "situation", explained: str = "") -> Field:
    """A question that is answered by yes or no."""
    return Field(key, label, question, section, Kind.CHOICE, YES_NO, help=explained)


def line(key: str, label: str, question: str, section: str = "regulation", explained: str = "") -> Field:
    """A question that is answered in a few words: a name, a number, an address."""
    return Field(key, label, question, section, Kind.LINE, help=explained)
