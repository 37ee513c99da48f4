"""What does a model's card say, chapter by chapter, and what did it say before? Answers in words, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from governance.web.badges import Badge
from registry.core import card
from registry.core.card_answer import due_on, worded
from registry.core.card_field import SECTIONS, Field, Kind
from registry.models.card import CardEntry
from registry.models.model import Model
from registry.services import card_said
from registry.services.card_said import Said

NOT_AVAILABLE = Badge("Not available", "no-symbol", "unsure")
LOOK_AGAIN = Badge("Look again", "clock", "unsure")
ANSWERED = Badge("New answer", "pencil-square", "busy")
LOOKED_AT = Badge("Looked at, unchanged", "eye", "quiet")
REGISTERED = Badge("From registering the model", "clipboard-document", "quiet")


@dataclass(frozen=True, slots=True)
class Words:
    """One part of an answer. about: what it is about; "" where the question says it."""

    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A question that is answered. badges: what a reader should notice."""

    field: Field
    said: Said
    words: tuple[Words, ...]
    badges: tuple[Badge, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """open: the questions that nobody has answered."""

    key: str
    title: str
    answered: tuple[Line, ...]
    open: tuple[Field, ...]

    @property
    def asked(self) -> int:
        return len(self.answered) + len(self.open)


@dataclass(frozen=True, slots=True)
class Before:
    """An entry of the past, or of now: its words, and what kind of entry it was."""

    said: Said
    words: tuple[Words, ...]
    badge: Badge


def chapters(model: Model, *, today: date) -> tuple[Chapter, ...]:
    """The whole card, in reading order."""
    said = card_said.current(model)
    return tuple(_chapter(key, title, said, today) for key, title in SECTIONS.items())


def _chapter(key: str, title: str, said: Mapping[str, Said], today: date) -> Chapter:
    asked = card.section(key)
    answered = tuple(_line(field, said[field.key], today) for field in asked if field.key in said)
    return Chapter(key, title, answered, tuple(field for field in asked if field.key not in said))


def history(model: Model, field: Field) -> list[Before]:
    """Everything that was ever said under one question, newest first."""
    rows = CardEntry.objects.filter(model=model, key=field.key).select_related("author").order_by("-number")
    found = [
        Before(said, words(field, said), LOOKED_AT if row.unchanged else ANSWERED)
        for row in rows
        for said in [card_said.said_by(row)]
    ]
    # What the columns say was overwritten by the first entry; before that, they are what registering said.
    first = card_said.registered(model).get(field.key)
    return found or ([Before(first, words(field, first), REGISTERED)] if first else [])


def _line(field: Field, said: Said, today: date) -> Line:
    badges: tuple[Badge, ...] = (NOT_AVAILABLE,) if said.value is None else ()
    if due_on(field, said.reviewed_on) <= today:
        badges += (LOOK_AGAIN,)
    return Line(field, said, words(field, said), badges)


def words(field: Field, said: Said) -> tuple[Words, ...]:
    """The answer, or the reason why there is none."""
    if said.value is None:
        return (Words("", said.not_available),)
    told = worded(field, said.value)
    if field.kind is Kind.STATES:
        return tuple(_by_state(field.choices.values(), dict(told)))
    return (Words("", "; ".join(text for _, text in told)),)


def _by_state(states: Iterable[str], told: Mapping[str, str]) -> Iterable[Words]:
    """ "Used: sex, age" reads better than nine lines."""
    for state in states:
        named = [about for about, each in told.items() if each == state]
        if named:
            yield Words(state, ", ".join(named))
