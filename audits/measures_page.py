"""What does the catalogue say, for people? docs/measures.md, made from it: `python -m audits.measures_page`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from audits.core.catalog import of_kind
from audits.core.catalog_entry import Direction, Entry, Needs, Spread
from audits.core.values import Kind

_INTRODUCTION = """# Measures

Everything that an audit can measure, in the words that the product uses everywhere: the API, the pages and the report
read the same catalogue (`audits/core/catalog.py`), and this page is made from it (`make docs`).

Every value comes with an interval and an n, or it is null with a reason. P-values have no interval; they are shown
beside an effect and decide nothing. A measure marked *shown only* cannot be named by a plan's criterion.
"""
_KINDS = {
    Kind.VALIDATION: ("Validation", "How well does the model rank, fit and decide?"),
    Kind.BIAS: ("Bias", "Does it work alike for all groups of patients?"),
    Kind.DRIFT: ("Drift", "Is the world still the one that the model was made in?"),
    Kind.QUALITY: ("Data quality", "Is the table in order?"),
}
_SPREADS = {
    Spread.SLICES: "everyone and every slice",
    Spread.GROUPINGS: "every attribute, between its groups",
    Spread.COLUMNS: "every column",
    Spread.TABLE: "the whole table",
    Spread.SITES: "every site",
    Spread.WINDOWS: "every day or week",
}
_NEEDS = {
    Needs.COMPARATOR: "a column with the existing method's score or decision",
    Needs.SITE: "a site column",
    Needs.DATE: "a column with the date of the prediction",
    Needs.SUBJECT: "a subject column",
    Needs.POPULATION: "a reference population in the plan",
    Needs.DECISION_RANGE: "a decision range in the plan",
    Needs.SCAN: "a scan depth above 0 in the plan",
    Needs.TARGET: "an operating point that is declared by a target",
}


def page() -> str:
    """The whole page, as Markdown."""
    return "\n".join([_INTRODUCTION, *_lines()])


def _lines() -> Iterator[str]:
    for kind, (title, question) in _KINDS.items():
        entries = of_kind(kind)
        yield f"## {title}\n\n{question} {len(entries)} measures.\n"
        for entry in entries:
            yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[str]:
    yield f"### {entry.label}\n"
    yield f"{entry.meaning}\n"
    yield f"*Mind:* {entry.misread}\n"
    yield from (f"- {fact}" for fact in _facts(entry))
    yield ""


def _facts(entry: Entry) -> Iterable[str]:
    yield f"key `{entry.key}`, unit: {entry.unit}, range {_range(entry)}, {_direction(entry)}"
    where = f"measured for {_SPREADS[entry.spread]}"
    where += ", at each operating point" if entry.per_operating_point else ""
    where += ", for columns of numbers only" if entry.numeric_only else ""
    yield where
    if entry.needs is not None:
        yield f"needs {_NEEDS[entry.needs]}"
    if not entry.gated:
        yield "shown only"
    yield f"source: {entry.citation}"


def _range(entry: Entry) -> str:
    low = "no lower limit" if entry.low is None else f"{entry.low:g}"
    high = "no upper limit" if entry.high is None else f"{entry.high:g}"
    return f"{low} to {high}"


def _direction(entry: Entry) -> str:
    if entry.direction is Direction.TARGET:
        return f"best at {entry.target:g}" if entry.target is not None else "best at its target"
    words = {Direction.HIGHER: "higher is better", Direction.LOWER: "lower is better"}
    return words.get(entry.direction, "neither high nor low is better")


if __name__ == "__main__":
    sys.stdout.write(page())
