"""Which series may the charts draw? An audit's facts with small bars taken out and thin tenths pooled.

Facts come from audits of any code version, so an absent or unknown key is passed over, never an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from audits.core.intervals import wilson
from audits.core.slices import MISSING
from governance.core.suppression import SMALL, is_small, mask
from governance.reports.veil import WITHHELD, Veil, bars
from governance.reports.veiled_series import SERIES, rounded

Facts = dict[str, Any]
CONFIDENCE = 0.95
#: Rows that were not measured.
_UNUSED = ("invalid_outcomes", "invalid_scores")


def facts_behind(facts: Mapping[str, Any], veil: Veil, rows: int, reference_rows: int) -> Facts:
    """The facts of one audit as a report may show them. rows, reference_rows: sizes of the two tables."""
    found: Facts = dict(facts)
    if scores := facts.get("scores"):
        found["scores"] = {**scores, "events": _drawn(scores["events"]), "nonevents": _drawn(scores["nonevents"])}
    if calibration := facts.get("calibration"):
        found["calibration"] = pooled(calibration)
    if groupings := facts.get("groupings"):
        found["groupings"] = [_grouping(each) for each in groupings]
    for name, shown in SERIES.items():
        if facts.get(name):
            found[name] = shown(facts[name], veil)
    for name in _UNUSED:
        if isinstance(facts.get(name), int) and is_small(facts[name]):
            found[name] = WITHHELD
    if "columns" in facts:
        found["columns"] = [_column(each, veil, rows, reference_rows) for each in facts["columns"]]
    return found


def pooled(tenths: Sequence[Mapping[str, Any]]) -> list[Facts]:
    """Neighbouring tenths together, until each has at least 11 patients with and 11 without the outcome."""
    pools: list[list[Mapping[str, Any]]] = []
    for tenth in tenths:
        if pools and not _enough(pools[-1]):
            pools[-1].append(tenth)
        else:
            pools.append([tenth])
    if len(pools) > 1 and not _enough(pools[-1]):
        pools[-2].extend(pools.pop())
    return [_pool(pool) for pool in pools if _enough(pool)]


def _enough(pool: Sequence[Mapping[str, Any]]) -> bool:
    events = sum(tenth["events"] for tenth in pool)
    return bool(events >= SMALL and sum(tenth["n"] for tenth in pool) - events >= SMALL)


def _pool(pool: Sequence[Mapping[str, Any]]) -> Facts:
    if len(pool) == 1:
        return dict(pool[0])
    n, events = sum(tenth["n"] for tenth in pool), sum(tenth["events"] for tenth in pool)
    interval = wilson(events, n, CONFIDENCE)
    mean = sum(tenth["n"] * tenth["mean_score"] for tenth in pool) / n
    return {
        "n": n,
        "events": events,
        "mean_score": mean,
        "observed": events / n,
        "low": interval.low,
        "high": interval.high,
    }


def _drawn(counts: Sequence[int]) -> list[int | None]:
    """The bars of a histogram; None where one must not be shown."""
    hidden = bars({str(place): count for place, count in enumerate(counts)})
    return [None if str(place) in hidden else count for place, count in enumerate(counts)]


def _grouping(facts: Mapping[str, Any]) -> Facts:
    left_out = {name: mask(str(why)) for name, why in facts.get("left_out", {}).items()}
    return {**facts, "left_out": left_out}


def _column(facts: Mapping[str, Any], veil: Veil, rows: int, reference_rows: int) -> Facts:
    name = facts.get("column") or facts.get("name")
    conceal = f"{name}={MISSING}" in veil.cells
    missing = facts.get("missing")
    found: Facts = dict(facts)
    if isinstance(missing, Mapping) and "labels" in facts:
        sizes = {"reference": reference_rows, "current": rows}
        for side, size in sizes.items():
            found[side] = _shares(facts, side, size - int(missing.get(side, 0)), veil)
        found["missing"] = {side: _absent(count, sizes.get(side, 0)) for side, count in missing.items()}
        if conceal:
            found["missing"]["current"] = WITHHELD
        for side in sizes:
            if found["missing"].get(side) == WITHHELD:
                found[side] = rounded(found[side])
    elif missing is not None:
        found["missing"] = WITHHELD if conceal else _absent(missing, rows)
    return found


def _absent(missing: int, rows: int) -> int | str:
    """A count of missing values; what is there is one too."""
    return WITHHELD if is_small(missing) or is_small(rows - missing) else missing


def _shares(facts: Mapping[str, Any], side: str, present: int, veil: Veil) -> list[float | None]:
    """A side's shares; None where so few patients, or a neighbour of theirs, must not be shown."""
    cells = [f"{facts['column']}={label}" for label in facts["labels"]]
    counts = {cell: round(share * present) for cell, share in zip(cells, facts[side], strict=True)}
    already = veil.cells.intersection(cells) if side == "current" else ()
    hidden = bars(counts, already=already)
    return [None if cell in hidden else share for cell, share in zip(cells, facts[side], strict=True)]
