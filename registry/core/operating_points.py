"""Where does a model's score turn into a decision? A declared operating point: is it complete, and how is it said?

An operating point is a score, or exactly one rate that it must reach; each audit then finds the score that does on the
table that it audits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

# The rates that a point can be declared by, as they read in a sentence.
RATES = {
    "sensitivity": "a sensitivity of at least {value:g}",
    "specificity": "a specificity of at least {value:g}",
    "flag_rate": "a flag rate of at most {value:g}",
}
# A rate of 0 or 1 is reached by flagging nobody or everybody, which is no operating point.
LOWEST_RATE, HIGHEST_RATE = 0.001, 0.999

Point = Mapping[str, object]


def problem(point: Point) -> str | None:
    """Why this declaration cannot stand, as the end of a sentence about the point, or None when it can."""
    given = [name for name in ("score", *RATES) if point.get(name) is not None]
    if len(given) != 1:
        return "needs a score, or exactly one of sensitivity, specificity and flag_rate"
    rate = given[0] if given[0] in RATES else None
    low, high = (LOWEST_RATE, HIGHEST_RATE) if rate else (0.0, 1.0)
    if not _within(point[given[0]], low, high):
        return f"needs a {given[0]} between {low:g} and {high:g}"
    if point.get("comparator") is None:
        return None
    if rate:
        return "has a cut-off for the comparator, which here reaches the same rate by a cut-off of its own"
    return None if _within(point["comparator"], 0.0, 1.0) else "needs a comparator between 0 and 1"


def stated(point: Point) -> dict[str, object]:
    """The declaration without what was left empty; equal points give equal documents."""
    numbers = {name: point[name] for name in ("score", "comparator", *RATES) if point.get(name) is not None}
    # "-0.0", "0" and "0.0" are one cut-off.
    return {"name": str(point.get("name", "")), **{name: _number(number) for name, number in numbers.items()}}


def words(point: Point) -> str:
    """How the point reads: "from a score of 0.3" or "a sensitivity of at least 0.9"."""
    found = stated(point)
    for rate, sentence in RATES.items():
        if rate in found:
            return sentence.format(value=found[rate])
    other = f", comparator from {found['comparator']:g}" if "comparator" in found else ""
    return f"from a score of {found.get('score', math.nan):g}{other}"


def _number(value: object) -> float:
    return float(str(value)) + 0.0


def _within(value: object, low: float, high: float) -> bool:
    """Whether it is a finite number from low to high; true and false are not numbers."""
    return not isinstance(value, bool) and isinstance(value, int | float) and low <= value <= high
