"""Which words may be entered into a card? Each under a question that it asks, each an answer or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from registry.core.card import CARD
from registry.core.card_answer import NotAnAnswer, Value, check_not_available, check_value
from registry.errors import InvalidInput


class UnknownCardField(InvalidInput):
    code = "unknown_card_field"


class CardValueRefused(InvalidInput):
    """facts: fields, each with the sentence that says why its answer cannot stand."""

    code = "card_value_refused"


class NotAvailableRefused(InvalidInput):
    """facts: fields, as above."""

    code = "not_available_refused"


@dataclass(frozen=True, slots=True)
class Word:
    """What is to be said under one key: a value, or why there is none."""

    value: Value | None
    not_available: str = ""


def checked(values: Mapping[str, object], not_available: Mapping[str, object]) -> dict[str, Word]:
    """Raises: UnknownCardField, CardValueRefused, NotAvailableRefused."""
    known([*values, *not_available])
    words: dict[str, Word] = {}
    wrong = {key: "Give either an answer, or why there is none." for key in values if key in not_available}
    absent: dict[str, str] = {}
    for key, value in values.items():
        try:
            words[key] = Word(check_value(CARD[key], value))
        except NotAnAnswer as error:
            wrong.setdefault(key, str(error))
    for key, reason in not_available.items():
        try:
            words[key] = Word(None, check_not_available(CARD[key], reason))
        except NotAnAnswer as error:
            absent[key] = str(error)
    if wrong or absent:
        problems = absent | wrong
        told = " ".join(f"{CARD[key].label}: {sentence}" for key, sentence in problems.items())
        raise (CardValueRefused if wrong else NotAvailableRefused)(told, fields=problems)
    return words


def known(keys: Iterable[str]) -> list[str]:
    """The same keys, each once. Raises: UnknownCardField."""
    wanted = list(dict.fromkeys(keys))
    if unknown := [key for key in wanted if key not in CARD]:
        raise UnknownCardField(f"The card asks nothing of the name: {', '.join(unknown)}.", keys=unknown)
    return wanted
