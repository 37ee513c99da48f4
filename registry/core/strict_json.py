"""Is this JSON safe to rely on? A parser that refuses what two readers could read differently."""

from __future__ import annotations

import json
import math
from typing import Any

MAX_DEPTH = 32
MAX_DIGITS = 300  # a double ends at 1.8e308; beyond it, readers disagree (RFC 8259, 6)


class StrictJsonError(ValueError):
    """The text is not JSON that every reader reads alike; the message says where it departs."""


def loads(content: bytes | str) -> Any:  # noqa: ANN401 - JSON is any JSON
    """Parse UTF-8 JSON; NaN, Infinity, duplicate keys, more than 32 levels and numbers too large are refused.

    Raises: StrictJsonError.
    """
    try:
        text = content.decode("utf-8") if isinstance(content, bytes) else content
        parsed = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_whole, parse_float=_real
        )
    except UnicodeDecodeError as error:
        raise StrictJsonError(f"not UTF-8: byte {error.start}") from error
    except RecursionError as error:
        raise StrictJsonError(f"nested more than {MAX_DEPTH} levels deep") from error
    except json.JSONDecodeError as error:
        raise StrictJsonError(f"not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from error
    if depth(parsed) > MAX_DEPTH:
        raise StrictJsonError(f"nested more than {MAX_DEPTH} levels deep")
    return parsed


def depth(value: object) -> int:
    """How many levels of arrays and objects a parsed document has; a plain value has none."""
    levels, current = 0, [value]
    while any(isinstance(item, dict | list) for item in current):
        levels += 1
        current = [inner for outer in current for inner in _children(outer)]
    return levels


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise StrictJsonError(f"the key {key[:40]!r} occurs twice in one object")
        found[key] = value
    return found


def _constant(name: str) -> None:
    raise StrictJsonError(f"{name} is not a JSON number")


def _whole(digits: str) -> int:
    # Counted first: Python itself refuses 4,301 digits, with an error that nobody expects here.
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise StrictJsonError(f"the number {digits[:20]}… has more than {MAX_DIGITS} digits")
    return int(digits)


def _real(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise StrictJsonError(f"the number {text[:20]} is too large for any reader")
    return number
