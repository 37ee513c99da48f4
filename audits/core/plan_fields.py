"""Is one field of a plan document what it claims to be? Readers that refuse with a stable code and a JSON pointer."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

Item = TypeVar("Item")
Choice = TypeVar("Choice", bound=StrEnum)


#: Control characters, format characters (among them those that turn the direction of text) and lone surrogates: what
#: PostgreSQL cannot store, UTF-8 cannot hold, or a signer cannot see (Unicode Technical Report 36).
_UNSAFE = frozenset({"Cc", "Cf", "Cs"})


class PlanError(ValueError):
    """A plan that cannot be accepted. code: stable, for programs. path: JSON pointer. message: for people."""

    def __init__(self, code: str, path: str, message: str) -> None:
        # They can quote a key of the document, and a refusal has to reach its reader whatever that key was.
        path, message = _safe(path), _safe(message)
        super().__init__(f"{path or '/'}: {message}")
        self.code = code
        self.path = path
        self.message = message


def _unsafe(character: str) -> bool:
    return unicodedata.category(character) in _UNSAFE


def _safe(words: str) -> str:
    return "".join("\N{REPLACEMENT CHARACTER}" if _unsafe(character) else character for character in words)


def pointer(path: str, key: str | int) -> str:
    """Append one step to a JSON pointer (RFC 6901 escapes)."""
    return f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}"


def mapping(value: object, path: str, *, allowed: Sequence[str], required: Sequence[str] = ()) -> Mapping[str, object]:
    """A JSON object with only the allowed keys and all the required ones."""
    if not isinstance(value, Mapping):
        raise PlanError("wrong_type", path, "an object is expected here")
    for key in value:
        if key not in allowed:
            raise PlanError("unknown_key", pointer(path, key), f"“{key}” is not a known field")
    for key in required:
        if key not in value:
            raise PlanError("missing_field", pointer(path, key), f"“{key}” is required")
    return value


def items(value: object, path: str, read: Callable[[object, str], Item]) -> tuple[Item, ...]:
    """A JSON array, each element read by `read(element, path)`."""
    if not isinstance(value, (list, tuple)):
        raise PlanError("wrong_type", path, "a list is expected here")
    return tuple(read(element, pointer(path, position)) for position, element in enumerate(value))


def text(value: object, path: str, *, blank: bool = False) -> str:
    """A string that can be stored and seen; blank only where a blank means something."""
    if not isinstance(value, str):
        raise PlanError("wrong_type", path, "text is expected here")
    if any(_unsafe(character) for character in value):
        raise PlanError("unsafe_text", path, "control, invisible and direction-changing characters are not allowed")
    if not blank and not value.strip():
        raise PlanError("blank", path, "this must not be blank")
    return value


def number(value: object, path: str, *, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number in [low, high]; true and false are not numbers."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise PlanError("wrong_type", path, "a number is expected here")
    try:
        real = float(value)
    except OverflowError as err:
        raise PlanError("not_finite", path, "a finite number is expected here") from err
    if not math.isfinite(real):
        raise PlanError("not_finite", path, "a finite number is expected here")
    if not low <= real <= high:
        raise PlanError("out_of_range", path, f"{real:g} is outside {low:g} to {high:g}")
    return real


def whole(value: object, path: str, *, low: int, high: int) -> int:
    """An integer in [low, high]."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise PlanError("wrong_type", path, "a whole number is expected here")
    if not low <= value <= high:
        raise PlanError("out_of_range", path, f"{value} is outside {low} to {high}")
    return value


def choice(value: object, path: str, options: type[Choice]) -> Choice:
    """One member of a closed vocabulary."""
    try:
        return options(text(value, path))
    except ValueError as err:
        if isinstance(err, PlanError):
            raise
        known = ", ".join(member.value for member in options)
        raise PlanError("unknown_choice", path, f"“{value}” is not one of {known}") from err


def distinct(names: Sequence[object], path: str, code: str) -> None:
    """No name may appear twice."""
    seen: set[object] = set()
    for position, name in enumerate(names):
        if name in seen:
            raise PlanError(code, pointer(path, position), f"“{name}” is declared twice")
        seen.add(name)
