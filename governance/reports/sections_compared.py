"""How does the model stand beside the existing method, and from site to site? Two chapters that not every table has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from audits.charts.chart import Mark
from audits.charts.groups import forest
from governance.reports.blocks import Block, Cell, Column, Picture, Pictures, Text, table
from governance.reports.evidence import Audit, Table
from governance.reports.words import DASH, count, figures, in_line, label, verdict, with_interval

Rows = list[list[str | Cell]]
_WHOLE = ("auroc_vs_comparator", "brier_vs_comparator")
_AT_POINT = ("sensitivity_vs_comparator", "specificity_vs_comparator", "net_benefit_vs_comparator")
_SHOWN_ONLY = ("nri_events", "nri_nonevents", "idi")
_POOLED = (("auroc", "AUROC"), ("oe_ratio", "Observed to expected ratio"), ("calibration_slope", "Calibration slope"))


def comparison(audit: Audit, on: Table, confidence: float, bias: Audit | None) -> Iterable[Block]:
    """The differences from the existing method, and where each stands against the declared margin."""
    facts = audit.facts.get("comparison")
    if not facts:
        return
    found = {(m.measure, m.operating_point): m for m in audit.measurements if not m.slice}
    everyone = [check for check in audit.checks if check.measured and not check.measured.slice]
    checks = {(c.measured.measure, c.measured.operating_point): c for c in everyone if c.measured}
    name = facts.get("comparator") or "the existing method"
    pairs = facts.get("pairs")
    rested = f" on {pairs:,} patients with both" if isinstance(pairs, int) else ""
    yield Text(f"The model against “{name}”{rested}; differences are the model's value minus the existing method's.")
    rows: Rows = []
    for measure, point, said in _differences(facts):
        measured = found.get((measure, point))
        check = checks.get((measure, point))
        judged = verdict(check.verdict) if check else Cell("no criterion", tone="quiet")
        made = figures(measured)
        name_ = f"{label(measure)}, at “{point}”" if point else label(measure)
        rows.append([name_, made.value, made.interval or DASH, Cell(said), judged])
    columns = (
        Column("Difference", 4), Column("Value", right=True), Column("Interval", right=True),
        Column("Which means", 3), Column("Against the plan", 2),
    )  # fmt: skip
    yield table(columns, rows, f"{confidence:.0%} intervals that respect that both methods saw the same patients.")
    shown: Rows = [
        [label(each), in_line(with_interval(found[each, point])), point or DASH]
        for each, point in found
        if each in _SHOWN_ONLY
    ]
    if shown:
        caption = (
            "Shown because readers ask for them. A badly calibrated model can improve them, so they decide nothing."
        )
        yield table((Column("Reclassification", 4), Column("Value", 2, right=True), Column("At", 2)), shown, caption)


def _differences(facts: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    """(measure, operating point, words) in reading order."""
    for measure in _WHOLE:
        if said := facts.get(measure):
            yield measure, "", str(said.get("words", ""))
    for point in facts.get("operating_points", ()):
        for measure in _AT_POINT:
            if said := point.get(measure):
                yield measure, str(point["name"]), str(said.get("words", ""))


def sites(audit: Audit, on: Table, confidence: float, bias: Audit | None) -> Iterable[Block]:
    """Each site, all of them pooled, and what a new one may expect."""
    facts = audit.facts.get("sites")
    if not facts:
        return
    yield Text(str(facts.get("words", "")))
    listed = facts.get("sites", ())
    pooled = facts.get("pooled") or {}
    if drawn := forest(_panels(listed, pooled), {"Observed to expected ratio": 1.0, "Calibration slope": 1.0}):
        caption = (
            f"Each site with its {confidence:.0%} interval; below, all sites pooled (random effects, REML, "
            "Hartung-Knapp), and the range in which a new site is to be expected."
        )
        yield Pictures((Picture(drawn, caption),))
    rows: Rows = [
        [
            str(site["site"]), count(site["n"]), count(site["events"]),
            *(_three(site.get(key)) for key, _ in _POOLED), _three(site.get("recalibrated_oe_ratio")),
        ]
        for site in listed
    ]  # fmt: skip
    titles = [*(title for _, title in _POOLED), "O/E, recalibrated on the others"]
    columns = (Column("Site", 3), Column("n", right=True), Column("Events", right=True))
    yield table((*columns, *(Column(title, 2, right=True) for title in titles)), rows)
    if reason := pooled.get("refused"):
        yield Text(f"Not pooled: {reason}.", quiet=True)
        return
    told = [_spread(title, each) for key, title in _POOLED if (each := pooled.get(key))]
    yield Text(f"How much sites differ. {'; '.join(told)}.", quiet=True)


def _spread(title: str, pooled: Mapping[str, Any]) -> str:
    """Between-site variance, and the share of the variation that is between sites."""
    square = "\N{SUPERSCRIPT TWO}"
    return f"{title}: tau{square} {_number(pooled.get('tau2'))}, I{square} {_share(pooled.get('i2'))}"


def _panels(listed: Iterable[Mapping[str, Any]], pooled: Mapping[str, Any]) -> dict[str, list[Mark]]:
    panels: dict[str, list[Mark]] = {}
    rows = list(listed)
    for key, title in _POOLED:
        panels[title] = [_mark(str(site["site"]), site.get(key)) for site in rows]
        if whole := pooled.get(key):
            panels[title].append(Mark("All sites, pooled", whole["value"], whole["low"], whole["high"]))
            limits = whole.get("prediction_low"), whole.get("prediction_high")
            panels[title].append(Mark("A new site", whole["value"], *limits))
    return panels


def _mark(name: str, numbers: Any) -> Mark:  # noqa: ANN401 - a JSON list of value, low, high, or null
    if not numbers or numbers[0] is None:
        return Mark(name, None, note="not shown")
    value, low, high = numbers
    return Mark(name, value, low, high)


def _three(numbers: Any) -> Cell:  # noqa: ANN401 - a JSON list of value, low, high, or null
    if not numbers or numbers[0] is None:
        return Cell(DASH, "quiet")
    value, low, high = numbers
    return Cell(f"{value:.2f}", note="" if low is None else f"{low:.2f} to {high:.2f}")


def _number(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.3f}"


def _share(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.0%}"
