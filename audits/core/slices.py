"""How are slices and groupings of a table written down? One spelling, used by plans, tallies and measurements alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MISSING = "(missing)"
OTHER = "(other)"
EVERYONE = ""
EACH = "each"
_JOIN = " & "


def slice_name(attributes: Sequence[str], levels: Sequence[str]) -> str:
    """"gender=male & race=white" for attributes (gender, race) at levels (male, white); "" for everyone."""
    return _JOIN.join(f"{attribute}={level}" for attribute, level in zip(attributes, levels, strict=True))


def across_name(attributes: Sequence[str]) -> str:
    """"gender & race": the grouping that a measure between groups compares."""
    return _JOIN.join(attributes)


def belongs_to(name: str, attributes: Sequence[str]) -> bool:
    """Whether a slice name is spelled as a slice of exactly these attributes, in this order."""
    rest = name
    for position, attribute in enumerate(attributes):
        if not rest.startswith(f"{attribute}="):
            return False
        if position + 1 < len(attributes):
            _, joined, tail = rest.partition(f"{_JOIN}{attributes[position + 1]}=")
            if not joined:
                return False
            rest = f"{attributes[position + 1]}={tail}"
    return bool(attributes)


def groupings(subgroups: Iterable[str], intersections: Iterable[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Every declared grouping as a tuple of attributes: each subgroup alone, then each intersection."""
    return (*((name,) for name in subgroups), *(tuple(names) for names in intersections))
