"""Does the model work alike for the groups of patients on one evaluation table? Their measures and gaps, as blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from audits.charts.groups import forest
from governance.reports import sections_people
from governance.reports.blocks import Block, Cell, Column, Picture, Pictures, Text, table
from governance.reports.evidence import Audit, Measured, Table
from governance.reports.words import DASH, count, figures, group, label, mark, verdict, with_interval

Found = Mapping[tuple[str, str, str], Measured]
Rows = list[list[str | Cell]]
# Shown for every attribute; a gap that the plan sets a bound on is shown too.
GAPS = (
    "equal_opportunity_difference",
    "false_positive_rate_difference",
    "predictive_parity_difference",
    "auroc_difference",
    "oe_ratio_between_groups",
)
AUROC_PANEL, RATIO_PANEL = "AUROC", "Observed to expected ratio"
MOST_IN_FOREST = 40


def groups(audit: Audit, on: Table, confidence: float, bias: Audit | None) -> Iterable[Block]:
    """Each group's measures, drawn and in numbers, and the gaps between groups. bias: its audit, if there is one."""
    found = {(m.measure, m.slice, m.operating_point): m for m in audit.measurements}
    names = list(dict.fromkeys(m.slice for m in audit.measurements if m.slice))
    if not names:
        yield Text("The plan declares no patient groups.")
        return
    drawable = (("auroc", ""), ("oe_ratio", ""))
    shown = [name for name in names if not _is_withheld(found, name, drawable)][:MOST_IN_FOREST]
    panels = {
        title: [mark(group(name), found.get((measure, name, ""))) for name in shown]
        for title, measure in ((AUROC_PANEL, "auroc"), (RATIO_PANEL, "oe_ratio"))
    }
    everyone = found.get(("auroc", "", ""))
    if drawn := forest(panels, {AUROC_PANEL: everyone.value if everyone else None, RATIO_PANEL: 1.0}):
        yield Pictures((Picture(drawn, _about_groups(found, names, confidence)),))
    yield table(*_group_table(found, names, [point["name"] for point in audit.facts.get("operating_points", ())]))
    if on.hidden_slices:
        yield Text(f"Withheld to protect small groups: {'; '.join(map(group, on.hidden_slices))}.", quiet=True)
    if bias is None:
        yield Text("No finished bias audit of this table under the plan in force.")
    else:
        yield from _gaps(bias, confidence)
        yield from sections_people.scan(bias)
        yield from sections_people.representativeness(bias)


def _about_groups(found: Found, names: Sequence[str], confidence: float) -> str:
    """Who is under- and who is over-predicted, in words."""
    known = [(name, found[key]) for name in names if (key := ("oe_ratio", name, "")) in found]
    under = [group(name) for name, oe in known if oe.low is not None and oe.low > 1]
    over = [group(name) for name, oe in known if oe.high is not None and oe.high < 1]
    said = [
        f"Under-predicted: {'; '.join(under)}." if under else "",
        f"Over-predicted: {'; '.join(over)}." if over else "",
    ]
    text = " ".join(each for each in said if each)
    neutral = "In no group does the ratio's interval exclude 1: none is shown to be over- or under-predicted."
    intro = f"Each group with its {confidence:.0%} interval; the dashed lines are everyone's AUROC and a ratio of 1."
    return f"{intro} {text or neutral}"


def _group_table(
    found: Found, names: Sequence[str], points: Sequence[str]
) -> tuple[list[Column], list[list[Cell]], str]:
    first = points[0] if points else ""
    measures = [("auroc", ""), ("oe_ratio", "")] + ([("sensitivity", first), ("specificity", first)] if first else [])
    columns = [Column("Group", 4), Column("n", right=True), Column("Events", right=True)]
    columns += [Column(label(measure), 2.4, right=True) for measure, _ in measures]
    rows = []
    for name in ("", *names):
        if name and _is_withheld(found, name, measures):
            continue  # named below the table
        base = found.get(("prevalence", name, "")) or found.get(("auroc", name, ""))
        numbers = [with_interval(found.get((measure, name, point))) for measure, point in measures]
        counts = [Cell(count(base.n if base else None)), Cell(count(base.events if base else None))]
        rows.append([Cell(group(name)), *counts, *numbers])
    return columns, rows, f"Sensitivity and specificity at “{first}”." if first else ""


def _is_withheld(found: Found, name: str, measures: Sequence[tuple[str, str]]) -> bool:
    return all((each := found.get((measure, name, point))) is None or each.hidden for measure, point in measures)


def _gaps(bias: Audit, confidence: float) -> Iterable[Block]:
    """Every gap with a criterion; of the others, those overall and at the first operating point."""
    checks = {(c.measured.measure, c.measured.across, c.measured.operating_point): c for c in bias.checks if c.measured}
    rows: Rows = []
    first = next((m.operating_point for m in bias.measurements if m.operating_point), "")
    for m in bias.measurements:
        key = (m.measure, m.across, m.operating_point)
        told = m.measure in GAPS and not m.hidden and m.operating_point in ("", first)
        if m.across and (told or key in checks):
            check = checks.get(key)
            judged = verdict(check.verdict) if check else Cell("no criterion", tone="quiet")
            made = figures(m)
            at = m.operating_point or DASH
            rows.append([label(m.measure), group(m.across), at, made.value, made.interval or DASH, judged])
    if rows:
        columns = (Column("Difference between groups", 4), Column("Of", 2), Column("At", 3))
        caption = (
            f"Gaps between the groups of an attribute; {confidence:.0%} intervals. Gaps without a criterion are shown "
            "overall and at one operating point; all of them stand in evidence.json."
        )
        yield table(
            (*columns, Column("Value", right=True), Column("Interval", right=True), Column("Against the plan", 2)),
            rows,
            caption,
        )
