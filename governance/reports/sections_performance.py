"""How well does the model work on one evaluation table? Measures, curves and operating points, as blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from audits.charts import curves
from audits.core.catalog import of_kind
from audits.core.values import Kind
from governance.reports.blocks import Block, Cell, Column, Picture, Pictures, Text, table
from governance.reports.evidence import Audit, Checked, Measured, Table
from governance.reports.words import DASH, count, figures, label, mark, over_or_under, verdict, with_interval

Found = Mapping[tuple[str, str, str], Measured]
Rows = list[list[str | Cell]]
LEGEND = (
    "Above the line there were more events than predicted. "
    "The bars count patients with the outcome upwards, without it downwards."
)


def performance(audit: Audit, on: Table, confidence: float, bias: Audit | None) -> Iterable[Block]:
    """The headline measures against the plan, the two curves, and the operating points."""
    all_of = {(m.measure, m.slice, m.operating_point): m for m in audit.measurements}
    checks = {(c.measured.measure, c.measured.slice, c.measured.operating_point): c for c in audit.checks if c.measured}
    rate = all_of.get(("prevalence", "", ""))
    n = f"{count(rate.n)} rows, {count(rate.events)} with the outcome" if rate else f"{on.rows:,} rows"
    yield Text(f"Measured on {on.dataset} ({on.file_name}): {n}. Intervals are {confidence:.0%} intervals.")
    rows = [
        _headline(entry.key, all_of, checks.get((entry.key, "", "")))
        for entry in of_kind(Kind.VALIDATION)
        if not entry.per_operating_point and (entry.key, "", "") in all_of
    ]
    columns = (
        Column("Measure", 4),
        Column("Value", right=True),
        Column("Interval", right=True),
        Column("n", right=True),
    )
    yield table((*columns, Column("Against the plan", 4)), rows)
    yield from _pictures(audit, all_of, confidence)
    yield from _points(audit, all_of, confidence)


def _headline(measure: str, found: Found, check: Checked | None) -> list[Cell]:
    measured = found[measure, "", ""]
    made = figures(measured)
    judged = verdict(check.verdict) if check else Cell("no criterion", tone="quiet")
    if measured.value is None and measured.reason:
        judged = Cell(f"{judged.text}: {measured.reason}" if check else measured.reason, judged.tone)
    return [Cell(label(measure)), Cell(made.value), Cell(made.interval or DASH), Cell(count(measured.n)), judged]


def _pictures(audit: Audit, found: Found, confidence: float) -> Iterable[Block]:
    auroc, oe = found.get(("auroc", "", "")), found.get(("oe_ratio", "", ""))
    fit = over_or_under(oe, confidence)
    items = []
    if drawn := curves.roc(audit.facts, mark("AUROC", auroc), _points_on_curve(audit, found)):
        made = figures(auroc)
        caption = f"How well the scores rank patients. AUROC {made.value} ({made.interval}); 0.5 is a coin toss."
        items.append(Picture(drawn, caption, 48))
    if drawn := curves.calibration(audit.facts, fit):
        items.append(Picture(drawn, f"Whether a predicted risk is the observed one. {fit} {LEGEND}", 48))
    if items:
        yield Pictures(tuple(items))


def _points_on_curve(audit: Audit, found: Found) -> list[curves.OperatingPoint]:
    points = []
    for point in audit.facts.get("operating_points", ()):
        name = point["name"]
        sensitivity, specificity = found.get(("sensitivity", "", name)), found.get(("specificity", "", name))
        if sensitivity and specificity and sensitivity.value is not None and specificity.value is not None:
            points.append(curves.OperatingPoint(name, sensitivity.value, specificity.value))
    return points


def _points(audit: Audit, found: Found, confidence: float) -> Iterable[Block]:
    points = audit.facts.get("operating_points", ())
    measures = [entry for entry in of_kind(Kind.VALIDATION) if entry.per_operating_point]
    rows: Rows = [
        [
            f"{point['name']} ({point['score']:g})",
            *(with_interval(found.get((m.key, "", point["name"]))) for m in measures),
        ]
        for point in points
    ]
    if rows:
        columns = (Column("Operating point (score)", 3), *(Column(entry.label, 2, right=True) for entry in measures))
        yield table(columns, rows, f"At the declared operating points; {confidence:.0%} intervals.")
