"""Which levels of a subgroup will an audit report, and how many rows has each? From what the upload counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from audits.core.slices import MISSING, OTHER
from audits.core.tally_spec import LEVEL_LIMIT, MOST_COMBINATIONS


def expected_levels(found: Mapping[str, int], missing: int, declared: Sequence[str]) -> dict[str, int]:
    """Rows per level: also declared levels without rows, rare levels put together, and rows without a value.

    found: rows per level in the table. missing: rows without a value. declared: the levels that the table declares,
    which are kept under their own name before frequent ones (docs/tally.md).
    """
    frequent = sorted(found, key=lambda level: (-found[level], level))
    listed = list(dict.fromkeys([*declared, *frequent]))
    kept, rare = (listed, []) if len(listed) <= LEVEL_LIMIT else (listed[:LEVEL_LIMIT], listed[LEVEL_LIMIT:])
    made = {level: found.get(level, 0) for level in kept} | {level: 0 for level in rare if level in declared}
    if len(declared) > MOST_COMBINATIONS:
        made = {level: rows for level, rows in made.items() if rows}
    for name, rows in ((OTHER, sum(found.get(level, 0) for level in rare)), (MISSING, missing)):
        if rows:
            made[name] = made.get(name, 0) + rows
    return made
