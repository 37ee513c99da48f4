"""Are the columns of one evaluation table what they were, and in order? Drift and data quality, as blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from audits.charts import movement
from audits.charts.chart import Mark
from governance.reports.blocks import Block, Cell, Column, Picture, Pictures, Text, table
from governance.reports.evidence import Audit, Checked, Table
from governance.reports.words import DASH, label, mark, percent, thousandths, verdict, with_interval

Rows = list[list[str | Cell]]


def drift(audit: Audit, on: Table, confidence: float, bias: Audit | None) -> Iterable[Block]:
    """How far each column has moved since training."""
    found = {(m.measure, m.column): m for m in audit.measurements}
    checks = {(c.measured.measure, c.measured.column): c for c in audit.checks if c.measured}
    names = list(dict.fromkeys(m.column for m in audit.measurements))
    floors = {name: m.value for name in names if (m := found.get(("psi_noise_floor", name))) and m.value is not None}
    limits = [c.criterion.get("maximum") for c in audit.checks if c.criterion.get("measure") == "psi"]
    bound = next((float(limit) for limit in limits if limit is not None), None)
    marks = [mark(name, found.get(("psi", name))) for name in names]
    if drawn := movement.drift(marks, floors, bound):
        caption = (
            "How far each column has moved from the training patients. The tick is what chance alone gives; a bar at "
            "or below its tick is no evidence of drift."
        )
        yield Pictures((Picture(drawn, caption + (" The dashed line is the plan's limit." if bound else ""), 80),))
    rows: Rows = [
        [
            name,
            thousandths(found.get(("psi", name))),
            thousandths(found.get(("psi_noise_floor", name))),
            thousandths(found.get(("jensen_shannon", name))),
            thousandths(found.get(("drift_p", name))),
            percent(found.get(("missing_share_difference", name))),
            _judged(checks, name, ("psi",)),
        ]
        for name in names
    ]
    titles = ("PSI", "By chance", "Jensen-Shannon", "Adjusted p", "Change in missing")
    columns = (
        Column("Column", 3),
        *(Column(title, 3, right=True) for title in titles),
        Column("PSI against the plan", 2),
    )
    yield table(columns, rows)
    yield from _over_time(audit)


def _over_time(audit: Audit) -> Iterable[Block]:
    """When columns moved, whether events outran the predictions, and what cannot be judged yet."""
    windows = audit.facts.get("windows") or {}
    if drawn := movement.heat_map(windows):
        caption = f"When each column moved: stability index by {windows.get('window', 'window')}, darker is further."
        yield Pictures((Picture(drawn, caption),))
    starts = windows.get("starts") or ()
    marks = [_mark(start, each) for start, each in zip(starts, windows.get("oe_ratio") or (), strict=False)]
    items = []
    if marks and (drawn := movement.over_time(starts, marks, "Observed to expected ratio", 1.0)):
        items.append(Picture(drawn, "Observed over expected events; above 1 the model under-predicts.", 49))
    if drawn := movement.cusum(audit.facts.get("cusum") or {}):
        caption = "Page's CUSUM of observed minus expected events; the dashed lines are the alarm limits."
        items.append(Picture(drawn, caption, 49))
    if items:
        yield Pictures(tuple(items))
    delay = audit.facts.get("label_delay") or {}
    if delay.get("median") is not None:
        blind = delay.get("blind_from")
        since = f" Outcomes from {blind} on are mostly unknown yet: nothing can be said of them." if blind else ""
        p90 = "" if delay.get("p90") is None else f", nine in ten within {delay['p90']:g}"
        yield Text(f"Half of the outcomes are known within {delay['median']:g} days{p90}.{since}")


def _mark(start: str, found: dict[str, float] | None) -> Mark:
    return Mark(start, None) if found is None else Mark(start, found["value"], found["low"], found["high"])


def quality(audit: Audit, on: Table, confidence: float, bias: Audit | None) -> Iterable[Block]:
    """What is missing, out of range or repeated."""
    found = {(m.measure, m.column): m for m in audit.measurements}
    checks = {(c.measured.measure, c.measured.column): c for c in audit.checks if c.measured}
    columns = [Column("The table", 4), Column("Value", 3, right=True), Column("Against the plan", 3)]
    rows: Rows = [
        [label(m.measure), percent(m) if m.value is not None else Cell(m.reason or DASH, "quiet"), judged]
        for m in audit.measurements
        if not m.column and (judged := _judged(checks, "", (m.measure,)))
    ]
    yield table(columns, rows)
    names = list(dict.fromkeys(m.column for m in audit.measurements if m.column))
    shares = ("missing_share", "out_of_range_share")
    rows = [
        [
            name,
            *(percent(found.get((measure, name))) for measure in shares),
            with_interval(found.get(("distinct_count", name))).text,
            _judged(checks, name, (*shares, "constant", "distinct_count")),
        ]
        for name in names
    ]
    columns = [Column("Column", 3), *(Column(label(measure), 3, right=True) for measure in shares)]
    columns += [Column("Distinct values", 2, right=True), Column("Against the plan", 2)]
    yield table(columns, rows)


def _judged(checks: Mapping[tuple[str, str], Checked], column: str, measures: Iterable[str]) -> Cell:
    """The worst verdict of these measures of a column."""
    found = [checks[measure, column].verdict for measure in measures if (measure, column) in checks]
    if not found:
        return Cell("no criterion", tone="quiet")
    return verdict(next((name for name in ("not_met", "not_evaluable") if name in found), "met"))
