"""Which answers does a question of the card take, and how are they read? One strict check, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from registry.core.card_field import Field, Kind

LONGEST: Final[Mapping[Kind, int]] = {Kind.LINE: 300, Kind.TEXT: 5000}
SHORTEST_REASON: Final = 10
# Words that fill a box and say nothing. "None" is not among them: it answers some questions.
EMPTY_WORDS: Final = frozenset({"n/a", "na", "not available", "not applicable", "tbd", "tba", "todo", "to do"})
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)

Value = str | list[str] | dict[str, str]


class NotAnAnswer(ValueError):
    """This cannot stand under the question; the message is a sentence for a person."""


def check_value(field: Field, value: object) -> Value:
    """The answer as it is kept: trimmed, in the order of the choices. Raises: NotAnAnswer."""
    match field.kind:
        case Kind.LINE | Kind.TEXT:
            return _text(value, longest=LONGEST[field.kind], lines=field.kind is Kind.TEXT)
        case Kind.CHOICE:
            return _one_of(field.choices, value)
        case Kind.CHOICES:
            return _some_of(field.choices, value)
        case Kind.STATES:
            return _states(field, value)
        case Kind.DATE:
            return _day(value)


def check_not_available(field: Field, reason: object) -> str:
    """The reason why there is no answer, as it is kept. Raises: NotAnAnswer."""
    if not field.not_available:
        raise NotAnAnswer("This question needs an answer; “not available” is not accepted here.")
    said = _text(reason, longest=LONGEST[Kind.TEXT], lines=True)
    if len(said) < SHORTEST_REASON:
        raise NotAnAnswer(f"Say in a sentence why it is not available, in at least {SHORTEST_REASON} letters.")
    return said


def spoken(value: Value) -> tuple[str, ...]:
    """The answer as the policy reads it: one text, the choices made, or "name=state" each."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, dict):
        return tuple(f"{name}={state}" for name, state in sorted(value.items()))
    return tuple(value)


def worded(field: Field, value: Value) -> tuple[tuple[str, str], ...]:
    """The answer as a person reads it: (what it is about, words) each; the first is "" but for states."""
    if isinstance(value, dict):
        # In the order of the card: the database keeps an object's names in an order of its own.
        return tuple((field.items[name], field.choices[value[name]]) for name in field.items if name in value)
    return tuple(("", field.choices.get(each, each)) for each in spoken(value))


def due_on(field: Field, reviewed_on: date) -> date:
    """The day on which somebody should look at the answer again."""
    months = reviewed_on.month - 1 + field.review_months
    year, month = reviewed_on.year + months // 12, months % 12 + 1
    # The 28th is a day of every month; a review may be asked for up to three days early, never late.
    return date(year, month, min(reviewed_on.day, 28))


def _text(value: object, *, longest: int, lines: bool) -> str:
    if not isinstance(value, str):
        raise NotAnAnswer("The answer is a text.")
    text = value.replace("\r\n", "\n").strip()
    if not any(letter.isalnum() for letter in text) or text.casefold() in EMPTY_WORDS:
        raise NotAnAnswer("Say it in words; this box may not be filled with a placeholder.")
    if len(text) > longest:
        raise NotAnAnswer(f"The answer has {len(text):,} letters; at most {longest:,} are kept.")
    allowed = "\n\t" if lines else ""
    if any(_unwritable(letter) and letter not in allowed for letter in text):
        raise NotAnAnswer("The answer has a control character in it, or a line break where one line is asked.")
    return text


def _unwritable(letter: str) -> bool:
    """Control characters and lone surrogates: what has no place in a text, or no bytes at all."""
    return ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0 or 0xD800 <= ord(letter) < 0xE000


def _one_of(choices: Mapping[str, str], value: object) -> str:
    if not isinstance(value, str) or value not in choices:
        raise NotAnAnswer(f"Choose one of: {', '.join(choices)}.")
    return value


def _some_of(choices: Mapping[str, str], value: object) -> list[str]:
    if not isinstance(value, list) or not value:
        raise NotAnAnswer(f"Choose at least one of: {', '.join(choices)}.")
    chosen = [_one_of(choices, each) for each in value]
    if len(set(chosen)) != len(chosen):
        raise NotAnAnswer("The same choice stands there twice.")
    return [each for each in choices if each in chosen]


def _states(field: Field, value: object) -> dict[str, str]:
    if not isinstance(value, dict) or set(value) != set(field.items):
        raise NotAnAnswer(f"Give a state for each of: {', '.join(field.items)}; and for nothing else.")
    return {name: _one_of(field.choices, value[name]) for name in field.items}


def _day(value: object) -> str:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and len(value) == len("2026-01-31") else None
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise NotAnAnswer("The answer is a day between 1900 and 2199, such as 2026-01-31.")
    return day.isoformat()
