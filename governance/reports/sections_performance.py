"""How well does the model work on one evaluation table? Measures, curves and operating points, as blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from audits.charts import curves
from audits.core.catalog import of_kind
from audits.core.catalog_entry import Needs
from audits.core.values import Kind
from governance.reports.blocks import Block, Cell, Column, Picture, Pictures, Text, table
from governance.reports.evidence import Audit, Checked, Measured, Table
from governance.reports.words import DASH, count, figures, in_line, label, mark, over_or_under, verdict, with_interval

Found = Mapping[tuple[str, str, str], Measured]
Rows = list[list[str | Cell]]
#: Measures that have a chapter of their own.
_ELSEWHERE = (Needs.COMPARATOR, Needs.SITE)
#: Of the decision curve, which stands beside a square chart.
NARROW = 250
#: So many operating points leave room for intervals beside their numbers.
_BROAD = 3
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
        if entry.needs not in _ELSEWHERE and not entry.per_operating_point and (entry.key, "", "") in all_of
    ]
    columns = (
        Column("Measure", 4),
        Column("Value", right=True),
        Column("Interval", right=True),
        Column("n", right=True),
    )
    yield table((*columns, Column("Against the plan", 4)), rows)
    yield from _repeats(audit)
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
    yield from _worth(audit, found)


def _points_on_curve(audit: Audit, found: Found) -> list[curves.OperatingPoint]:
    points = []
    for point in audit.facts.get("operating_points", ()):
        name = point["name"]
        sensitivity, specificity = found.get(("sensitivity", "", name)), found.get(("specificity", "", name))
        if sensitivity and specificity and sensitivity.value is not None and specificity.value is not None:
            ppv = found.get(("ppv", "", name))
            points.append(curves.OperatingPoint(name, sensitivity.value, specificity.value, ppv.value if ppv else None))
    return points


def _worth(audit: Audit, found: Found) -> Iterable[Block]:
    """Precision against sensitivity, and what acting on the scores is worth."""
    items, average = [], mark("Average precision", found.get(("average_precision", "", "")))
    if drawn := curves.precision_recall(audit.facts, average, _points_on_curve(audit, found)):
        caption = "How many of the flagged have the outcome, as more are caught. The dashed line is flagging anyone."
        items.append(Picture(drawn, caption, 43))
    comparator = (audit.facts.get("comparison") or {}).get("comparator", "")
    if drawn := curves.decision(audit.facts, comparator, width=NARROW):
        caption = (
            "What acting on the scores is worth: cases found, less false alarms weighed by the odds at which one "
            "would act. The highest line is the best way to decide; the band is the model's interval."
        )
        items.append(Picture(drawn, caption, 57))
    if items:
        yield Pictures(tuple(items))


def _repeats(audit: Audit) -> Iterable[Block]:
    """How much wider the intervals are because patients come more than once."""
    facts = audit.facts.get("repeated_patients") or {}
    ratio = facts.get("median_ratio")
    if ratio is not None:
        rows = facts["rows_per_subject"]
        yield Text(
            f"Patients repeat ({rows:.2f} rows each on average). The intervals come from {facts['groups']} groups of "
            f"patients and are {ratio:.2f} times as wide, in the median, as if every row were a patient."
        )


def _points(audit: Audit, found: Found, confidence: float) -> Iterable[Block]:
    """One row per measure, one column per operating point."""
    points = audit.facts.get("operating_points", ())
    if not points:
        return
    measures = [
        entry
        for entry in of_kind(Kind.VALIDATION)
        if entry.per_operating_point and entry.needs not in _ELSEWHERE
        and any((entry.key, "", point["name"]) in found for point in points)
    ]  # fmt: skip
    rows: Rows = [
        [
            entry.label,
            *(_told(with_interval(found.get((entry.key, "", point["name"]))), len(points)) for point in points),
        ]
        for entry in measures
    ]
    columns = [Column(f"“{point['name']}”, from {point['score']:.3g}", 3, right=True) for point in points]
    yield table((Column("At the operating point", 4), *columns), rows, f"{confidence:.0%} intervals.")


def _told(cell: Cell, points: int) -> Cell:
    return in_line(cell) if points <= _BROAD else cell
