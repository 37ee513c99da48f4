"""How many digits may a number show? As many as its interval supports, and never more. Pure, no I/O.

The rule is the Particle Data Group's (Review of Particle Physics, Introduction, section 5.3): look at the three
leading digits of the uncertainty, here half the interval; from 100 to 354 keep two of them, above that keep one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from audits.core.values import Estimate

MOST_DECIMALS = 6
WITHOUT_INTERVAL = 3  # significant figures
DASH = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Figure:
    """An estimate in print. value: a dash when undefined; interval: "" when there is none."""

    value: str
    interval: str


def figure(estimate: Estimate) -> Figure:
    """The value and its interval, to the same number of decimals."""
    if estimate.value is None:
        return Figure(DASH, "")
    if estimate.low is None or estimate.high is None:
        return Figure(plain(estimate.value), "")
    kept = decimals(estimate.low, estimate.high, near=estimate.value)
    low, high = rounded(estimate.low, kept), rounded(estimate.high, kept)
    return Figure(rounded(estimate.value, kept), f"{low} to {high}")


def decimals(low: float, high: float, *, near: float) -> int:
    """Decimals that the interval supports; negative for tens, hundreds, ..."""
    half = (high - low) / 2
    if half <= 0 or not math.isfinite(half):
        return _for_significant(near)
    exponent = math.floor(math.log10(half))
    leading = round(half / 10.0 ** (exponent - 2))
    keep = 2 if leading <= 354 or leading >= 950 else 1
    return min(MOST_DECIMALS, keep - 1 - (exponent if leading < 950 else exponent + 1))


def rounded(value: float, places: int) -> str:
    """The number to so many decimals, thousands apart, with a true minus sign and never a negative zero."""
    number = round(value, places) + 0.0
    return f"{number:,.{max(places, 0)}f}".replace("-", "\N{MINUS SIGN}")


def plain(value: float) -> str:
    """A number that comes without an interval: whole as it is, otherwise three significant figures."""
    if value == int(value) and abs(value) < 1e15:
        return rounded(value, 0)
    return rounded(value, _for_significant(value))


def _for_significant(value: float) -> int:
    if value == 0:
        return WITHOUT_INTERVAL - 1
    return min(MOST_DECIMALS, max(0, WITHOUT_INTERVAL - 1 - math.floor(math.log10(abs(value)))))
