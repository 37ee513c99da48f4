"""Which measures of an audit are read together? Short headings, derived from the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from audits.core import catalog_calibration, catalog_utility
from audits.core.catalog_entry import Entry, Needs, Spread
from audits.core.values import Kind

OTHER = "Other measures"
#: What the rows of a measure are, by what it is repeated over: the title of their column.
ROWS: Mapping[Spread, str] = MappingProxyType(
    {
        Spread.SLICES: "Group",
        Spread.GROUPINGS: "Between the groups of",
        Spread.COLUMNS: "Column",
        Spread.TABLE: "Of",
        Spread.SITES: "Site",
        Spread.WINDOWS: "Window from",
    }
)
_FIT = frozenset({"oe_ratio", "calibration_intercept", "calibration_slope"})
_FIT_TOO = frozenset(entry.key for entry in catalog_calibration.ENTRIES)
_USE = frozenset(entry.key for entry in catalog_utility.ENTRIES)
_LATE = "label_delay"


@dataclass(frozen=True, slots=True)
class Topic:
    """holds: whether a measure belongs here; the first topic that holds it has it."""

    title: str
    holds: Callable[[Entry], bool]


TOPICS: Mapping[Kind, tuple[Topic, ...]] = MappingProxyType(
    {
        Kind.VALIDATION: (
            Topic("Against the existing method", lambda entry: entry.needs is Needs.COMPARATOR),
            Topic("From site to site", lambda entry: entry.needs is Needs.SITE),
            Topic("Calibration", lambda entry: entry.key in _FIT | _FIT_TOO),
            Topic("Usefulness", lambda entry: entry.key in _USE),
            Topic("At the operating points", lambda entry: entry.per_operating_point),
            Topic("Ranking and overall accuracy", lambda entry: entry.spread is Spread.SLICES),
        ),
        Kind.BIAS: (
            Topic("Worst combinations", lambda entry: entry.needs is Needs.SCAN),
            Topic("The population", lambda entry: entry.needs is Needs.POPULATION),
            Topic("Between groups", lambda entry: entry.spread is Spread.GROUPINGS),
            Topic("Each group against everyone else", lambda entry: entry.spread is Spread.SLICES),
        ),
        Kind.DRIFT: (
            Topic("Outcomes that come late", lambda entry: entry.key.startswith(_LATE)),
            Topic("Over time", lambda entry: entry.needs is Needs.DATE or entry.spread is Spread.WINDOWS),
            Topic("Columns", lambda entry: entry.spread in (Spread.COLUMNS, Spread.TABLE)),
        ),
        Kind.QUALITY: (
            Topic("The whole table", lambda entry: entry.spread is Spread.TABLE),
            Topic("Columns", lambda entry: entry.spread is Spread.COLUMNS),
        ),
    }
)
#: In which a reviewer reads them; what has no place here stands at the end.
ORDER = (
    "Ranking and overall accuracy",
    "Calibration",
    "At the operating points",
    "Usefulness",
    "Against the existing method",
    "From site to site",
    "Each group against everyone else",
    "Between groups",
    "Worst combinations",
    "The population",
    "The whole table",
    "Columns",
    "Over time",
    "Outcomes that come late",
    OTHER,
)


def title_of(entry: Entry | None) -> str:
    """The heading under which a measure stands."""
    if entry is None:
        return OTHER
    return next((topic.title for topic in TOPICS[entry.kind] if topic.holds(entry)), OTHER)
