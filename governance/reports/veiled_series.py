"""Which of an audit's series by site, window, combination or level may be shown? Each without its small counts.

Like `veiled_facts`, an absent or unknown key is passed over: facts come from audits of any code version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from governance.core.suppression import is_small
from governance.reports.veil import WITHHELD, Veil, bars

Facts = dict[str, Any]


def sites(facts: Mapping[str, Any], veil: Veil) -> Facts:
    """Every site by name; numbers only of those that may be shown."""
    return {**facts, "sites": [_site(site, veil) for site in facts.get("sites", ())]}


def _site(site: Mapping[str, Any], veil: Veil) -> Facts:
    if site.get("slice") not in veil.cells:
        return dict(site)
    return {"site": site["site"], "slice": site["slice"], "n": WITHHELD, "events": WITHHELD, "reason": WITHHELD}


def windows(facts: Mapping[str, Any], veil: Veil) -> Facts:
    """Rows per window without the small ones and what would give them away."""
    return {**facts, "rows": _counts(facts.get("rows", ()))}


def label_delay(facts: Mapping[str, Any], veil: Veil) -> Facts:
    """The same; the labelled share of a hidden window is a count too."""
    rows = _counts(facts.get("rows", ()))
    shares = facts.get("labelled_share", ())
    return {
        **facts,
        "rows": rows,
        "labelled_share": [
            None if n is None or is_small(round(share * n)) or is_small(n - round(share * n)) else share
            for n, share in zip(rows, shares, strict=False)
        ],
        "before_prediction": _hidden(facts.get("before_prediction")),
        "waiting": _hidden(facts.get("waiting")),
    }


def scan(facts: Mapping[str, Any], veil: Veil) -> Facts:
    """The worst combinations that are large enough, outside a hidden slice."""
    worst = [each for each in facts.get("worst", ()) if not _few(each) and each.get("slice") not in veil.cells]
    return {**facts, "worst": worst}


def representativeness(facts: Sequence[Mapping[str, Any]], veil: Veil) -> list[Facts]:
    """Per variable the levels whose counts may be shown."""
    return [{**each, "levels": _levels(each, veil)} for each in facts]


def _levels(variable: Mapping[str, Any], veil: Veil) -> list[Facts]:
    levels, people = variable.get("levels", ()), variable.get("people", 0)
    counts = {f"{variable['variable']}={each['level']}": round((each["table"] or 0) * people) for each in levels}
    hidden = bars(counts, already=veil.cells.intersection(counts))
    return [
        {"level": each["level"], "population": each["population"], "hidden": True}
        if f"{variable['variable']}={each['level']}" in hidden
        else dict(each)
        for each in levels
    ]


def comparison(facts: Mapping[str, Any], veil: Veil) -> Facts:
    """Both methods at operating points; nothing of a point at which few are flagged."""
    hidden = {cell.split("\0")[1] for cell in veil.cells if cell.startswith("\0")}
    points = [
        {"name": point["name"], "hidden": True} if point["name"] in hidden else dict(point)
        for point in facts.get("operating_points", ())
    ]
    return {**facts, "operating_points": points}


def missing_by_group(facts: Sequence[Mapping[str, Any]], veil: Veil) -> list[Facts]:
    """Shares of missing values per level where neither side is small."""
    return [{**each, "levels": [level for level in each.get("levels", ()) if not _thin(level)]} for each in facts]


def label_coverage(facts: Sequence[Mapping[str, Any]], veil: Veil) -> list[Facts]:
    """Bands of the score in which neither the known nor the unknown outcomes are few."""
    return [dict(band) for band in facts if not _thin(band)]


#: key of the facts -> what may be shown of it
SERIES: Mapping[str, Callable[[Any, Veil], Any]] = {
    "sites": sites,
    "windows": windows,
    "label_delay": label_delay,
    "scan": scan,
    "representativeness": representativeness,
    "comparison": comparison,
    "missing_by_group": missing_by_group,
    "label_coverage": label_coverage,
}


def _counts(rows: Sequence[int]) -> list[int | None]:
    hidden = bars({str(place): count for place, count in enumerate(rows)})
    return [None if str(place) in hidden else count for place, count in enumerate(rows)]


def _hidden(count: int | None) -> int | str | None:
    return WITHHELD if count is not None and is_small(count) else count


def _few(each: Mapping[str, Any]) -> bool:
    n, events = each.get("n", 0), each.get("events") or 0
    return any(map(is_small, (n, events, n - events)))


def _thin(level: Mapping[str, Any]) -> bool:
    rows = level["rows"]
    part = round(level["share"] * rows)
    return is_small(part) or is_small(rows - part)
