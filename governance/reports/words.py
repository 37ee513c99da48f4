"""How are times, numbers and verdicts said in the report? Pure."""

from __future__ import annotations

from datetime import datetime

from audits.charts.chart import Mark
from audits.core.catalog import CATALOG
from audits.core.figures import Figure, figure, plain
from audits.core.slices import in_words
from audits.core.values import Estimate
from governance.reports.blocks import Cell
from governance.reports.evidence import Count, Measured
from governance.web.badges import CONTROL, VERDICT

DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
EVERYONE = "Everyone"
EACH = {"slice": "each group", "across": "between groups", "column": "each column"}
MINIMA = {"minimum_n": "rows", "minimum_events": "events", "minimum_nonevents": "non-events"}


def when(moment: str | None) -> str:
    """21 November 2026, 04:10 UTC."""
    if not moment:
        return DASH
    at = datetime.fromisoformat(moment)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def stamp(moment: str) -> str:
    """2026-11-21 04:10:32: for rows of a table whose heading says UTC."""
    return moment[:19].replace("T", " ")


def count(value: Count) -> str:
    """1,234, or what stands in the place of a hidden count."""
    if value is None:
        return DASH
    return f"{value:,}" if isinstance(value, int) else value


def label(measure: str) -> str:
    """The measure's name in the catalogue."""
    return CATALOG[measure].label if measure in CATALOG else measure


def group(name: str) -> str:
    """race=white & gender=female becomes race: white, gender: female."""
    return in_words(name).replace(" & ", ", ") if name else EVERYONE


def figures(found: Measured | None) -> Figure:
    """The value and its interval in print."""
    if found is None or found.value is None:
        return Figure("withheld" if found and found.hidden else DASH, "")
    if found.low == found.high:
        return Figure(plain(found.value), "")
    return figure(Estimate(found.value, found.low, found.high))


def with_interval(found: Measured | None) -> Cell:
    """0.74 over its interval 0.70 to 0.78, or what stands in the place of a number."""
    made = figures(found)
    return Cell(made.value, "quiet" if found is None or found.value is None else "", note=made.interval)


def percent(found: Measured | None) -> Cell:
    """The same for a share: 2.6% over 1.7% to 3.8%."""
    return _fixed(found, "{:.1%}")


def thousandths(found: Measured | None) -> Cell:
    """The same for an index near 0: 0.147 over 0.020 to 0.190."""
    return _fixed(found, "{:.3f}")


def in_line(cell: Cell) -> Cell:
    """The interval beside the number, not under it: for tables of a few columns."""
    return Cell(f"{cell.text} ({cell.note})" if cell.note else cell.text, cell.tone)


def _fixed(found: Measured | None, pattern: str) -> Cell:
    if found is None or found.value is None:
        return with_interval(found)
    numbers = [number for number in (found.value, found.low, found.high) if number is not None]
    said = [pattern.format(number).replace("-", MINUS) for number in numbers]
    interval = f"{said[1]} to {said[2]}" if len(said) == 3 and found.low != found.high else ""
    return Cell(said[0], note=interval)


def verdict(name: str) -> Cell:
    """Of a check."""
    badge = VERDICT.get(name)
    return Cell(badge.label, badge.tone) if badge else Cell(name)


def status(name: str) -> Cell:
    """Of a control."""
    badge = CONTROL.get(name)
    return Cell(badge.label, badge.tone) if badge else Cell(name)


def over_or_under(oe: Measured | None, confidence: float) -> str:
    """Whether the model predicts too much or too little, from the observed-to-expected ratio and its interval."""
    if oe is None or oe.value is None:
        return (
            "Whether the model over- or under-predicts cannot be told: the ratio of observed to expected is undefined."
        )
    made, level = figures(oe), f"{confidence:.0%}"
    ratio = f"{made.value} events happened for each one that its scores add up to ({level} interval {made.interval})"
    if oe.low is not None and oe.low > 1:
        return f"The model under-predicts: {ratio}."
    if oe.high is not None and oe.high < 1:
        return f"The model over-predicts: {ratio}."
    lean = "leans towards under-prediction" if oe.value > 1 else "leans towards over-prediction"
    lean = "neither over- nor under-predicts" if round(oe.value, 2) == 1 else lean
    return f"On average the model {lean}, within what chance allows: {ratio}."


def bounds(criterion: dict[str, object]) -> str:
    """at least 0.65, at most 1.25."""
    parts = (("at least", criterion.get("minimum")), ("at most", criterion.get("maximum")))
    said = ", ".join(f"{word} {bound:g}" for word, bound in parts if isinstance(bound, int | float))
    least = [f"{criterion[name]} {what}" for name, what in MINIMA.items() if criterion.get(name)]
    return f"{said}; needs {', '.join(least)}" if least else said


def place(criterion: dict[str, object]) -> str:
    """Where a criterion holds: for each race, at “alert”, ..."""
    said = []
    for name in EACH:
        if value := criterion.get(name):
            said.append(EACH[name] if value == "each" else group(str(value)))
    if point := criterion.get("operating_point"):
        said.append("each operating point" if point == "each" else f"at “{point}”")
    return ", ".join(said) or EVERYONE.lower()


def mark(name: str, found: Measured | None) -> Mark:
    """The same for a chart."""
    if found is None or found.value is None:
        return Mark(name, None, note="withheld" if found and found.hidden else "not defined")
    return Mark(name, found.value, found.low, found.high, f"n = {count(found.n)}" if found.n is not None else "")
