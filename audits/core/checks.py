"""Does a measurement respect a criterion? Three answers: met, not met, and "we cannot tell yet"."""

from __future__ import annotations

from collections.abc import Sequence

from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Spread
from audits.core.figures import MOST_DECIMALS, decimals, rounded
from audits.core.slices import EACH
from audits.core.values import Check, Criterion, Estimate, Measurement, On, Verdict

_PLACES = ("slice", "across", "operating_point", "column")


def apply(criteria: Sequence[Criterion], measurements: Sequence[Measurement]) -> tuple[Check, ...]:
    """One check per criterion and measurement that it names; a criterion that names none is not evaluable."""
    checks: list[Check] = []
    for criterion in criteria:
        named = [measurement for measurement in measurements if _names(criterion, measurement)]
        checks.extend(_check(criterion, measurement) for measurement in named)
        if not named:
            checks.append(_unmatched(criterion))
    return tuple(checks)


def _names(criterion: Criterion, measurement: Measurement) -> bool:
    """Same measure, and each key either equal or asked for with "each" (which includes everyone: fail closed)."""
    if criterion.measure != measurement.measure:
        return False
    pairs = ((getattr(criterion, place), getattr(measurement, place)) for place in _PLACES)
    return all(wanted in (EACH, found) for wanted, found in pairs)


def _unmatched(criterion: Criterion) -> Check:
    """Nothing was measured under that name; say so instead of dropping the criterion (fail closed)."""
    places = {place: getattr(criterion, place) for place in _PLACES}
    where = ", ".join(f"{place.replace('_', ' ')} “{name}”" for place, name in places.items() if name)
    reason = f"The audit measured no {criterion.measure}{f' for {where}' if where else ''}."
    missing = Measurement(criterion.measure, Estimate.undefined(reason), **places)
    return Check(criterion, Verdict.NOT_EVALUABLE, reason, missing)


def _check(criterion: Criterion, measurement: Measurement) -> Check:
    verdict, reason = _decide(criterion, measurement.estimate)
    return Check(criterion, verdict, reason, measurement)


def _decide(criterion: Criterion, estimate: Estimate) -> tuple[Verdict, str]:
    """The verdict and its sentence; every cannot-tell comes before any comparison."""
    if estimate.value is None:
        return Verdict.NOT_EVALUABLE, f"Undefined: {estimate.reason}"
    if short := _too_few(criterion, estimate):
        return Verdict.NOT_EVALUABLE, short
    bound = _bound(criterion)
    value, *ends = _figures(criterion, estimate)
    if criterion.on is On.ESTIMATE:
        if _inside(criterion, estimate.value):
            return Verdict.MET, f"{value} respects {bound}."
        return Verdict.NOT_MET, f"{value} breaks {bound}."
    if estimate.low is None or estimate.high is None:
        return Verdict.NOT_EVALUABLE, f"{value} has no interval to compare with {bound}."
    interval = f"{value} ({ends[0]} to {ends[1]})"
    if _inside(criterion, estimate.low) and _inside(criterion, estimate.high):
        return Verdict.MET, f"The whole interval of {interval} respects {bound}."
    if _outside(criterion, estimate.low, estimate.high):
        return Verdict.NOT_MET, f"The whole interval of {interval} breaks {bound}."
    return Verdict.NOT_EVALUABLE, f"The interval of {interval} straddles {bound}: we cannot tell yet."


def _too_few(criterion: Criterion, estimate: Estimate) -> str:
    """All the minima that are not reached, in one sentence; "" when all are."""
    counts = "groups" if CATALOG[criterion.measure].spread is Spread.GROUPINGS else "rows"
    events = estimate.events
    nonevents = None if events is None else estimate.n - events
    wanted = (
        (counts, estimate.n, criterion.minimum_n),
        ("events", events, criterion.minimum_events),
        ("non-events", nonevents, criterion.minimum_nonevents),
    )
    short = [
        f"{'an unknown number of' if found is None else found} {name} where the plan asks for at least {least}"
        for name, found, least in wanted
        if least > 0 and (found is None or found < least)
    ]
    return f"Too little data: {'; '.join(short)}." if short else ""


def _inside(criterion: Criterion, number: float) -> bool:
    """Bounds are inclusive."""
    above = criterion.minimum is None or number >= criterion.minimum
    return above and (criterion.maximum is None or number <= criterion.maximum)


def _outside(criterion: Criterion, low: float, high: float) -> bool:
    """No point of the interval respects the bounds."""
    below = criterion.minimum is not None and high < criterion.minimum
    return below or (criterion.maximum is not None and low > criterion.maximum)


def _bound(criterion: Criterion) -> str:
    """The bound in words."""
    parts = (("at least", criterion.minimum), ("at most", criterion.maximum))
    return "the bound of " + " and ".join(f"{word} {number:g}" for word, number in parts if number is not None)


def _figures(criterion: Criterion, estimate: Estimate) -> tuple[str, ...]:
    """The value and the ends of the interval in print: as many decimals as the interval supports, and as many more as
    it takes for none of them to look as if it lay on the other side of a bound."""
    assert estimate.value is not None
    numbers = [number for number in (estimate.value, estimate.low, estimate.high) if number is not None]
    bounds = [bound for bound in (criterion.minimum, criterion.maximum) if bound is not None]
    places = decimals(min(numbers), max(numbers), near=estimate.value)
    while places < MOST_DECIMALS and any(_crosses(number, bound, places) for number in numbers for bound in bounds):
        places += 1
    return tuple(rounded(number, places) for number in numbers)


def _crosses(number: float, bound: float, places: int) -> bool:
    """Whether rounding would move the number onto the bound or across it."""
    return number != bound and (round(number, places) - bound) * (number - bound) <= 0
