"""Who does worst, and are these the right people? The scan of combinations, and the table beside its population."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from governance.reports.blocks import Block, Cell, Column, Text, table
from governance.reports.evidence import Audit
from governance.reports.words import DASH, group, label

Rows = list[list[str | Cell]]
#: Combinations told of per measure and operating point.
_FIRST = 1


def scan(bias: Audit) -> Iterable[Block]:
    """The worst of all combinations of subgroups, with limits that hold for all of them at once."""
    facts = bias.facts.get("scan") or {}
    if not facts.get("scanned"):
        return
    depth, scanned, left_out = facts["depth"], facts["scanned"], facts.get("left_out", 0)
    intro = (
        f"Combinations that nobody declared: {scanned:,} of up to {depth} attributes were scanned, {left_out:,} were "
        f"left out as too small. {facts.get('multiplicity', '').capitalize()}."
    )
    seen: dict[tuple[str, str], int] = {}
    rows: Rows = []
    for each in facts.get("worst", ()):
        key = (each["measure"], each.get("operating_point") or "")
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= _FIRST and each.get("value") is not None:
            place = [label(each["measure"]), key[1] or DASH, group(each["slice"])]
            rows.append([*place, _limits(each), _plain(each["rest"])])
    if not rows:
        yield Text(f"{intro} None may be shown.")
        return
    columns = [Column("Measure", 3), Column("At", 3), Column("Combination", 5)]
    columns += [Column("There", 3, right=True), Column("Elsewhere", right=True)]
    yield table(columns, rows, f"{intro} A combination found here is a question to ask of new data, not an answer.")


def representativeness(bias: Audit) -> Iterable[Block]:
    """Each variable's difference from the population, and each level's share beside it."""
    facts: Sequence[Mapping[str, Any]] = bias.facts.get("representativeness") or []
    rows: Rows = []
    for variable in facts:
        rows.append([str(variable["variable"]), Cell(""), Cell(""), _limits(variable["smd"])])
        rows.extend(_level(level) for level in variable.get("levels", ()))
    if not rows:
        return
    source = facts[0].get("source", "")
    unit = facts[0].get("unit", "rows")
    columns = [Column("Variable and level", 4), Column("In the table", 2, right=True)]
    columns += [Column("Population", 2, right=True), Column("Standardised difference, or ratio", 3, right=True)]
    caption = f"The {unit} of this table beside the population: {source}. Usual flags: 0.1, and 0.8 to 1.2."
    yield table(columns, rows, caption)


def _level(level: Mapping[str, Any]) -> list[str | Cell]:
    name = f"\N{EN DASH} {level['level']}"
    if level.get("hidden"):
        return [name, Cell("withheld", "quiet"), _percent(level.get("population")), Cell("withheld", "quiet")]
    return [name, _percent(level.get("table")), _percent(level.get("population")), _limits(level)]


def _limits(found: Mapping[str, Any]) -> Cell:
    value, low, high = found.get("value"), found.get("low"), found.get("high")
    if value is None:
        return Cell(DASH, "quiet")
    return Cell(f"{value:.2f}" if low is None or high is None else f"{value:.2f} ({low:.2f} to {high:.2f})")


def _plain(value: float | None) -> Cell:
    return Cell(DASH, "quiet") if value is None else Cell(f"{value:.2f}")


def _percent(share: float | None) -> Cell:
    return Cell(DASH, "quiet") if share is None else Cell(f"{share:.1%}")
