"""Which of an audit's series by site, window, combination or level may be shown? Each without its small counts.

Like `veiled_facts`, an absent or unknown key is passed over: facts come from audits of any code version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from audits.core.slices import EVERYONE
from governance.core.suppression import is_small
from governance.reports.veil import WITHHELD, Veil, bars
from governance.reports.veil_sums import COMPARED, KINDS, PAIRED, flag

Facts = dict[str, Any]
_DECIMALS = 3
#: Rows that the existing method gives no usable answer for.
_LACKING = ("without_comparator", "comparator_outside")


def sites(facts: Mapping[str, Any], veil: Veil) -> Facts:
    """Every site by name; numbers only of those that may be shown."""
    unnamed = _all_or_none(facts.get("rows_without_site") or {})
    return {**facts, "rows_without_site": unnamed, "sites": [_site(site, veil) for site in facts.get("sites", ())]}


def _site(site: Mapping[str, Any], veil: Veil) -> Facts:
    if site.get("slice") not in veil.cells:
        return dict(site)
    return {"site": site["site"], "slice": site["slice"], "n": WITHHELD, "events": WITHHELD, "reason": WITHHELD}


def windows(facts: Mapping[str, Any], veil: Veil) -> Facts:
    """Rows per window without the small ones and what would give them away; nothing of a hidden window."""
    starts = facts.get("starts", ())
    gone = [start in veil.cells for start in starts]
    found = {**facts, "rows": _counts(facts.get("rows", ()), gone)}
    for name in ("auroc", "oe_ratio"):
        if name in facts:
            found[name] = _open(facts[name], gone)
    if "psi" in facts:
        found["psi"] = {column: _open(row, gone) for column, row in facts["psi"].items()}
    if "undated_rows" in facts:
        found["undated_rows"] = _hidden(facts["undated_rows"])
    return found


def cusum(facts: Mapping[str, Any], veil: Veil) -> Facts:
    """The sums at the windows that may be shown."""
    return {**facts, "points": [point for point in facts.get("points", ()) if point.get("start") not in veil.cells]}


def label_delay(facts: Mapping[str, Any], veil: Veil) -> Facts:
    """The same; the labelled share of a window is a count too, and so is what its rows are more than those measured."""
    rows, starts, shares = (facts.get(name, ()) for name in ("rows", "starts", "labelled_share"))
    known = [round(share * n) for share, n in zip(shares, rows, strict=False)]
    measured = [(veil.counted.get(start) or (n,))[0] for start, n in zip(starts, rows, strict=False)]
    gone = [
        start in veil.cells or is_small(labelled) or is_small(n - labelled) or is_small(abs(n - seen))
        for start, n, labelled, seen in zip(starts, rows, known, measured, strict=False)
    ]
    shown = _counts(rows, gone or [False] * len(rows))
    return {
        **facts,
        "rows": shown,
        "labelled_share": [None if n is None else share for n, share in zip(shown, shares, strict=False)],
        "before_prediction": _hidden(facts.get("before_prediction")),
        "waiting": _hidden(facts.get("waiting")),
    }


def scan(facts: Mapping[str, Any], veil: Veil) -> Facts:
    """The worst combinations that are large enough, outside a hidden slice."""
    worst = [each for each in facts.get("worst", ()) if not _few(each) and each.get("slice") not in veil.cells]
    return {**facts, "worst": worst}


def representativeness(facts: Sequence[Mapping[str, Any]], veil: Veil) -> list[Facts]:
    """Per variable the levels whose counts may be shown."""
    return [_variable(each, veil) for each in facts]


def _variable(each: Mapping[str, Any], veil: Veil) -> Facts:
    """Who has no value, or a level that the population has not, is counted too; and so are all the others then."""
    found = {**each, "levels": _levels(each, veil)}
    for name in ("missing", "unknown_people"):
        if name in each and is_small(each[name]):
            levels = [_blurred(level) for level in found["levels"]]
            found |= {name: WITHHELD, "people": WITHHELD, "levels": levels}
    return found


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
    """Both methods at operating points; nothing of a point at which few are flagged, or right, or wrong, by either.

    Nothing but names where the pairs, or those without the existing method's answer, are few.
    """
    lacking = _all_or_none({name: facts[name] for name in _LACKING if name in facts})
    points, hidden = facts.get("operating_points", ()), _pairs_hidden(facts.get("pairs"), veil)
    found = {
        **facts,
        **lacking,
        "operating_points": [
            {"name": point["name"], "hidden": True} if hidden or _few_at(point, veil) else dict(point)
            for point in points
        ],
    }
    if not hidden:
        return found
    kept = {name: value for name, value in found.items() if not isinstance(value, Mapping) or name == "unreached"}
    said = {name: {"words": WITHHELD} for name in facts if name.endswith("_vs_comparator")}
    return kept | said | dict.fromkeys(("pairs", *lacking), WITHHELD)


def decision_curve(facts: Mapping[str, Any], veil: Veil) -> Facts:
    """Everyone's curve; the existing method's only where those with its answer, and those without, are not few."""
    if "comparator_rows" not in facts or not _pairs_hidden(facts["comparator_rows"], veil):
        return dict(facts)
    kept = {name: value for name, value in facts.items() if name not in ("comparator_low", "comparator_high")}
    return {**kept, "comparator": None, "comparator_rows": WITHHELD}


def repeated_patients(facts: Mapping[str, Any], veil: Veil) -> Facts:
    """How much wider intervals are; not how few rows name no patient."""
    return {**facts, "without_subject": _hidden(facts.get("without_subject"))}


def missing_by_group(facts: Sequence[Mapping[str, Any]], veil: Veil) -> list[Facts]:
    """Shares of missing values per level, none of which is small, nor follows from the others."""
    return [{**each, "levels": _parts(each.get("levels", ()), _gone(each, veil))} for each in facts]


def _gone(each: Mapping[str, Any], veil: Veil) -> list[bool]:
    """Whether each level is a hidden slice."""
    return [f"{each.get('across')}={level.get('level')}" in veil.cells for level in each.get("levels", ())]


def label_coverage(facts: Sequence[Mapping[str, Any]], veil: Veil) -> list[Facts]:
    """Bands of the score in which neither the known nor the unknown outcomes are few, nor follow from the others."""
    return _parts(facts, [False] * len(facts))


#: key of the facts -> what may be shown of it
SERIES: Mapping[str, Callable[[Any, Veil], Any]] = {
    "sites": sites,
    "windows": windows,
    "label_delay": label_delay,
    "scan": scan,
    "representativeness": representativeness,
    "comparison": comparison,
    "decision_curve": decision_curve,
    "repeated_patients": repeated_patients,
    "cusum": cusum,
    "missing_by_group": missing_by_group,
    "label_coverage": label_coverage,
}


def rounded(shares: Sequence[float | None]) -> list[float | None]:
    """Shares to three decimals: at full precision a share tells of how many it is one."""
    return [None if share is None else round(share, _DECIMALS) for share in shares]


def _blurred(level: Mapping[str, Any]) -> Facts:
    return {name: round(each, _DECIMALS) if isinstance(each, float) else each for name, each in level.items()}


def _counts(rows: Sequence[int], gone: Sequence[bool]) -> list[int | None]:
    """Counts of a series without the small ones, those of hidden windows, and what would give them away."""
    already = {str(place) for place, hidden in enumerate(gone) if hidden}
    hidden = bars({str(place): count for place, count in enumerate(rows)}, already=already)
    return [None if str(place) in hidden else count for place, count in enumerate(rows)]


def _open(series: Sequence[Any], gone: Sequence[bool]) -> list[Any]:
    return [None if hidden else each for each, hidden in zip(series, gone, strict=False)]


def _hidden(count: int | None) -> int | str | None:
    return WITHHELD if count is not None and is_small(count) else count


def _all_or_none(counts: Mapping[str, int]) -> dict[str, int | str]:
    """The counts, or none of them where one is small: their sum is known."""
    conceal = any(map(is_small, counts.values()))
    return dict.fromkeys(counts, WITHHELD) if conceal else dict(counts)


def _pairs_hidden(pairs: int | None, veil: Veil) -> bool:
    """Whether those with the existing method's answer, or those without it, are few."""
    if flag(EVERYONE, "", PAIRED[0]) in veil.cells:
        return True
    whole = veil.counted.get(EVERYONE, ())
    return pairs is not None and (is_small(pairs) or any(is_small(n - pairs) for n in whole[:1]))


def _few_at(point: Mapping[str, Any], veil: Veil) -> bool:
    """Whether few are flagged, or rightly or wrongly left alone, at an operating point by either method."""
    if not veil.cells.isdisjoint(flag(EVERYONE, point["name"], kind) for kind in (*KINDS, COMPARED)):
        return True
    sizes = (veil.paired or veil.counted.get(EVERYONE, ()))[1:]
    rights = [
        (round(share * size), size)
        for measure, size in zip(("sensitivity", "specificity"), sizes, strict=False)
        for share in point.get(measure, ())
    ]
    return any(is_small(right) or is_small(size - right) for right, size in rights)


def _few(each: Mapping[str, Any]) -> bool:
    """Whether a combination is small, or has few who are rightly flagged or left alone, or wrongly."""
    n, events = each.get("n", 0), each.get("events") or 0
    size = {"sensitivity": events, "specificity": n - events}.get(each.get("measure", ""), 0)
    right = round((each.get("value") or 0.0) * size)
    return any(map(is_small, (n, events, n - events, right, size - right)))


def _parts(levels: Sequence[Mapping[str, Any]], gone: Sequence[bool]) -> list[Facts]:
    """Rows and a share of each, without those whose part, or the rest of it, is small or follows from the others."""
    counts = [round(level["share"] * level["rows"]) for level in levels]
    rests = [level["rows"] - count for level, count in zip(levels, counts, strict=True)]
    some = [a is None or b is None for a, b in zip(_counts(counts, gone), _counts(rests, gone), strict=True)]
    shown = [a is None or b is None for a, b in zip(_counts(counts, some), _counts(rests, some), strict=True)]
    return [dict(level) for level, hidden in zip(levels, shown, strict=True) if not hidden]
