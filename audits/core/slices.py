"""How are slices and groupings of a table written down? One spelling, used by plans, tallies and measurements alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MISSING = "(missing)"
OTHER = "(other)"
EVERYONE = ""
EACH = "each"
_JOIN = " & "


def slice_name(attributes: Sequence[str], levels: Sequence[str]) -> str:
    """ "gender=male & race=white" for attributes (gender, race) at levels (male, white); "" for everyone."""
    return _JOIN.join(f"{attribute}={level}" for attribute, level in zip(attributes, levels, strict=True))


def across_name(attributes: Sequence[str]) -> str:
    """ "gender & race": the grouping that a measure between groups compares."""
    return _JOIN.join(attributes)


def attributes_of(name: str, declared: Sequence[str]) -> tuple[str, ...] | None:
    """The attributes that a slice name is about, in its order; None when some part names none of the declared ones."""
    # Levels are free text, so " & " only separates where a declared attribute and "=" follow.
    starts = "|".join(re.escape(attribute) for attribute in declared)
    parts = re.split(f"{_JOIN}(?=(?:{starts})=)", name) if declared else [name]
    found = [max((a for a in declared if part.startswith(f"{a}=")), key=len, default=None) for part in parts]
    return None if None in found else tuple(attribute for attribute in found if attribute is not None)


def groupings(subgroups: Iterable[str], intersections: Iterable[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Every declared grouping as a tuple of attributes: each subgroup alone, then each intersection."""
    return (*((name,) for name in subgroups), *(tuple(names) for names in intersections))


def in_words(name: str) -> str:
    """ "race: white, gender: male" for the slice "race=white & gender=male"; a name without levels as it stands."""
    parts = re.split(rf"{_JOIN}(?=[^=&]+=)", name)
    return ", ".join(part.replace("=", ": ", 1) for part in parts)
