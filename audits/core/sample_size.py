"""How narrow will an interval be at this many rows, and how many rows would make it narrow enough?

Before any result is known: from the number of rows, the share with the outcome and an anticipated value alone. Standard
library only, because pages show this and the web process carries no numeric packages.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

#: Below, no figure of discrimination or calibration is trustworthy (Collins 2016, Stat Med 35:214).
FLOOR = 100
#: What a flexible calibration curve asks for of each (Van Calster 2016, J Clin Epidemiol 74:167).
CURVE = 200
#: Beyond this many rows "more data" is no advice.
MOST = 10**9

_NORMAL = NormalDist()
_STEPS, _REACH = 400, 8.0


def quantile(confidence: float) -> float:
    """The standard normal quantile of a two-sided interval."""
    return _NORMAL.inv_cdf(0.5 + confidence / 2)


def auroc_error(auroc: float, events: float, nonevents: float) -> float:
    """Standard error of an AUROC in (0, 1): Hanley & McNeil 1982 with Newcombe's n* (2006, Stat Med 25:559, method 4).

    Riley 2021 (Stat Med 40:4230, equation 11) gives it as a function of n and the share of events.
    """
    extra = (events + nonevents) / 2 - 1
    spread = 1 + extra * (1 - auroc) / (2 - auroc) + extra * auroc / (1 + auroc)
    return math.sqrt(auroc * (1 - auroc) * spread / (events * nonevents))


def log_oe_error(events: float, rows: float) -> float:
    """Standard error of ln(O/E), predictions taken as fixed (Riley 2021, equation 5; Debray 2017)."""
    return math.sqrt((1 - events / rows) / events)


def slope_error(auroc: float, share: float, rows: float) -> float:
    """Standard error of a calibration slope of 1 where the logit of the score is normal in each outcome group.

    Two normals of one variance with this AUROC, mixed by the share of events, are a model that is calibrated exactly;
    Fisher's information follows (Riley 2021, equations 8 and 10). auroc: (0.5, 1); share: (0, 1).
    """
    variance = 2 * _NORMAL.inv_cdf(auroc) ** 2
    deviation, centre = math.sqrt(variance), math.log(share / (1 - share))
    step = 2 * _REACH * deviation / _STEPS
    one = across = two = 0.0
    for side, weight in ((-1, 1 - share), (1, share)):
        group = NormalDist(centre + side * variance / 2, deviation)
        for place in range(_STEPS + 1):
            x = group.mean + (place - _STEPS / 2) * step
            risk = 1 / (1 + math.exp(-x)) if x > -700 else 0.0
            information = weight * group.pdf(x) * step * risk * (1 - risk)
            one, across, two = one + information, across + information * x, two + information * x * x
    return math.sqrt(one / (rows * (one * two - across * across)))


def wilson(share: float, n: float, confidence: float) -> tuple[float, float]:
    """Wilson's interval (1927) of an anticipated share among n > 0."""
    z2n = quantile(confidence) ** 2 / n
    centre = (share + z2n / 2) / (1 + z2n)
    half = math.sqrt(z2n * (share * (1 - share) + z2n / 4)) / (1 + z2n)
    return max(0.0, centre - half), min(1.0, centre + half)


def rows_needed(narrow: Callable[[int], bool]) -> int | None:
    """The fewest rows at which `narrow` holds, for a condition that stays true once it is; None beyond MOST."""
    high = 2
    while not narrow(high):
        high *= 2
        if high > MOST:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if narrow(middle) else (middle, high)
    return high
