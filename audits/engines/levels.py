"""Which level of an attribute does a row have? The specification's three kinds of attribute, as SQL."""

from __future__ import annotations

from collections.abc import Sequence

from audits.core.slices import MISSING, OTHER
from audits.core.tally_spec import Attribute
from audits.core.values import Window
from audits.engines.connection import column, level, literal

#: The days that every engine can name: those of Python's and of ISO 8601's calendar.
_FIRST, _LAST = "0001-01-01", "9999-12-31"
#: Levels up to which comparing one after the other is faster than looking up.
_FEW = 16


def level_of(attribute: Attribute) -> str:
    """SQL for the level of a row, a text that is never null."""
    name = column(attribute.name)
    if attribute.people:
        return _group(name, attribute.people)
    if attribute.window is not None:
        return _window(name, attribute.window)
    return level(name, attribute.levels, MISSING, OTHER)


def code_of(level_sql: str, levels: Sequence[str]) -> str:
    """SQL for the place of a level, which must be one of these, from 0 on."""
    if len(levels) <= _FEW:
        cases = " ".join(f"WHEN {literal(name)} THEN {place}" for place, name in enumerate(levels))
        return f"CAST(CASE {level_sql} {cases} END AS USMALLINT)" if cases else "CAST(0 AS USMALLINT)"
    return f"CAST(enum_code(CAST({level_sql} AS ENUM({', '.join(map(literal, levels))}))) AS USMALLINT)"


def _group(name: str, people: int) -> str:
    """The group that a subject is hashed into."""
    digits = f"'0x' || substr(md5(CAST({name} AS VARCHAR)), 1, 7)"
    return f"coalesce(CAST(CAST({digits} AS BIGINT) % {int(people)} AS VARCHAR), {literal(MISSING)})"


def _window(name: str, window: Window) -> str:
    """The first day of the window that a date lies in; what is not a date is missing."""
    day = f"TRY_CAST({name} AS DATE)"
    first = day if window is Window.DAY else f"CAST(date_trunc('week', {day}) AS DATE)"
    named = f"{day} BETWEEN DATE {literal(_FIRST)} AND DATE {literal(_LAST)}"
    return f"CASE WHEN {named} THEN CAST({first} AS VARCHAR) ELSE {literal(MISSING)} END"
