"""How long after a prediction is its outcome known, and on which windows can performance be judged?

Outcomes that are not known yet are not short delays: they are longer than the time that they have been waited for.
The delay is therefore a time to an event with censoring (Kaplan & Meier 1958, J Am Stat Assoc 53:457).

Where an event is known when it happens and its absence only at the end of follow-up, a window whose outcomes are half
known holds nearly all its events and few others: a good model seems to predict too little. So a window is judged only
once nearly all of its outcomes are known, or it has waited long enough for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from audits.core.arrays import Floats, Ints
from audits.core.intervals import quantile_of
from audits.core.values import Estimate

#: A window is blind while fewer than this share of its outcomes is known: most of what happened there is not seen yet.
BLIND = 0.5
#: Performance is judged once this share is known; what is missing can then shift a ratio by 1 in 20 at most.
SETTLED = 0.95
_NOTHING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Delays:
    """Rows by days.

    days: int64[d] >= 0, increasing. known: int64[d], outcomes that took so long. waiting: int64[d], outcomes not known
    after so long. starts: each window's first day; rows, labelled: int64[w], its rows and those with a known outcome.
    Left out of the days: before, outcomes known before the prediction was made; dateless, outcomes that are known, but
    not since when. age: int64[w], days that the table has seen since each window's last; None where nobody says.
    """

    days: Ints
    known: Ints
    waiting: Ints
    starts: tuple[str, ...]
    rows: Ints
    labelled: Ints
    before: int = 0
    dateless: int = 0
    age: Ints | None = None

    @property
    def blind_from(self) -> str | None:
        """The first of the last windows in which most outcomes are not known yet; None when the last one is not."""
        blind = self.labelled < BLIND * self.rows
        if not len(blind) or not blind[-1]:
            return None
        seen = np.flatnonzero(~blind)
        return self.starts[int(seen[-1]) + 1 if len(seen) else 0]

    @property
    def unsettled(self) -> tuple[str, ...]:
        """The windows, wherever they lie, on whose outcomes performance cannot be judged yet."""
        awaited = self.labelled < SETTLED * self.rows
        enough = _days_until_settled(self)
        if enough is not None and self.age is not None:
            awaited = awaited & (self.age < enough)
        return tuple(self.starts[int(place)] for place in np.flatnonzero(awaited))


def delay(given: Delays, share: float, confidence: float) -> Estimate:
    """Days until the given share (0 to 1) of outcomes is known; undefined when that many are not known yet."""
    known, waiting = int(given.known.sum()), int(given.waiting.sum())
    if known == 0:
        return Estimate.undefined("no row has both dates and a known outcome", n=0)
    surviving = survival(given)
    place = _first(surviving <= 1 - share + _NOTHING)
    if place is None:
        reason = f"fewer than {share:.0%} of the outcomes are known yet: {waiting} of {known + waiting} are not"
        return Estimate.undefined(reason, n=known)
    ends, method = _order_statistics(given, share, confidence) if waiting == 0 else _band(given, share, confidence)
    method += "".join(_left_out(given, waiting))
    value = float(given.days[place])
    low, high = (None if end is None else float(given.days[end]) for end in ends)
    if low is not None and high is not None:
        return Estimate(value, min(low, value), max(high, value), known, None, method)
    if waiting and low is not None:
        method += f"; the lower limit is {min(low, value):g} days, the upper limit is not reached yet"
        return Estimate(value, None, None, known, None, method)
    return Estimate(value, None, None, known, None, f"{method}; too few rows for an interval")


def _left_out(given: Delays, waiting: int) -> Iterator[str]:
    """What the method says of outcomes that are no plain delay."""
    if waiting:
        yield f"; {waiting} outcomes not known yet count as longer than they have been waited for"
    if given.before:
        yield f"; {given.before} rows with an outcome from before the prediction are left out"
    if given.dateless:
        yield f"; {given.dateless} outcomes that are known without a date are left out"


def _days_until_settled(given: Delays) -> int | None:
    """Days after which nearly all outcomes are known; None when that is not reached, or the dates cannot tell.

    Where known outcomes without a date are more than a few, the dates speak of the others only: often of events.
    """
    if given.dateless > (1 - SETTLED) * (given.dateless + int(given.known.sum())):
        return None
    place = _first(survival(given) <= 1 - SETTLED + _NOTHING)
    return None if place is None else int(given.days[place])


def survival(given: Delays) -> Floats:
    """float64[d]: the share of outcomes not known after each number of days (Kaplan-Meier)."""
    return np.asarray(np.cumprod(1 - given.known / np.maximum(_at_risk(given), 1)))


def _at_risk(given: Delays) -> Ints:
    left = given.known + given.waiting
    return np.asarray(left[::-1].cumsum()[::-1])


def _order_statistics(given: Delays, share: float, confidence: float) -> tuple[tuple[int | None, int | None], str]:
    """Places of the order statistics that enclose the quantile (David & Nagaraja 2003, Order Statistics, 7.1)."""
    ranked, total = np.cumsum(given.known), int(given.known.sum())
    tail = (1 - confidence) / 2
    low, high = int(binom.ppf(tail, total, share)), int(binom.ppf(1 - tail, total, share)) + 1
    ends = (None if low < 1 else _first(ranked >= low), None if high > total else _first(ranked >= high))
    return ends, f"order statistics {low} to {high} of {total}"


def _band(given: Delays, share: float, confidence: float) -> tuple[tuple[int | None, int | None], str]:
    """Where the log-log band of the survival curve crosses it (Brookmeyer & Crowley 1982, Biometrics 38:29)."""
    surviving, risk = survival(given), _at_risk(given)
    left = np.maximum(risk - given.known, 1)
    variance = np.cumsum(given.known / (np.maximum(risk, 1) * left))
    inside = (surviving > 0) & (surviving < 1)
    log = np.log(np.where(inside, surviving, 0.5))
    reach = np.exp(quantile_of(confidence) * np.sqrt(variance) / np.abs(log))
    lower, upper = (np.where(inside, np.exp(log * power), surviving) for power in (reach, 1 / reach))
    # Once nobody is left to wait for, Greenwood's variance says nothing: the upper limit stays where it last was.
    last = np.flatnonzero(inside)
    upper = np.where(surviving > 0, upper, upper[last[-1]] if len(last) else 1.0)
    ends = (_first(lower <= 1 - share), _first(upper <= 1 - share))
    return ends, "Kaplan-Meier, log-log band"


def _first(hits: Sequence[bool] | np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int | None:
    found = np.flatnonzero(hits)
    return int(found[0]) if len(found) else None
