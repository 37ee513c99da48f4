"""Are the columns of one evaluation table what they were, and in order? Drift and data quality, as blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from audits.charts import movement
from audits.charts.chart import Mark
from governance.reports.blocks import Block, Cell, Column, Picture, Pictures, Text, table
from governance.reports.evidence import Audit, Checked, Measured, Table
from governance.reports.words import in_line, label, mark, percent, thousandths, verdict, with_interval

Rows = list[list[str | Cell]]
Found = Mapping[tuple[str, str], Measured]
Checks = Mapping[tuple[str, str], Checked]
SHARES = ("missing_share", "out_of_range_share")
JUDGED = (*SHARES, "constant", "distinct_count")
NO_CRITERION = "no criterion"


def drift(audit: Audit, on: Table, confidence: float, bias: Audit | None) -> Iterable[Block]:
    """How far each column has moved since training."""
    found = {(m.measure, m.column): m for m in audit.measurements}
    checks = {(c.measured.measure, c.measured.column): c for c in audit.checks if c.measured}
    names = list(dict.fromkeys(m.column for m in audit.measurements if m.column))
    floors = {name: m.value for name in names if (m := found.get(("psi_noise_floor", name))) and m.value is not None}
    limits = [c.criterion.get("maximum") for c in audit.checks if c.criterion.get("measure") == "psi"]
    bound = movement.one_bound([limit if isinstance(limit, int | float) else None for limit in limits])
    marks = [mark(name, found.get(("psi", name))) for name in names]
    if drawn := movement.drift(marks, floors, bound):
        caption = (
            "How far each column has moved from the training patients. The tick is what chance alone gives; a bar at "
            "or below its tick is no evidence of drift."
        )
        yield Pictures((Picture(drawn, caption + (" The dashed line is the plan's limit." if bound else ""), 80),))
    yield _moved(found, checks, names)
    yield from _over_time(audit)


def _moved(found: Found, checks: Checks, names: Iterable[str]) -> Block:
    """One line per column: effect, what chance gives, test, and what is missing."""
    rows: Rows = [
        [
            name,
            in_line(thousandths(found.get(("psi", name)))),
            Cell(thousandths(found.get(("psi_noise_floor", name))).text),
            thousandths(found.get(("drift_p", name))),
            in_line(percent(found.get(("missing_share_difference", name)))),
            _judged(checks, name, ("psi",)),
        ]
        for name in names
    ]
    columns = (
        Column("Column", 3), Column("PSI", 4, right=True), Column("By chance", 2, right=True),
        Column("Adjusted p", 2, right=True), Column("Change in missing", 4, right=True), Column("PSI against plan", 3),
    )  # fmt: skip
    caption = "Adjusted p: how often chance alone would move some column this far. It decides nothing by itself."
    return table(columns, rows, caption)


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
    columns = [Column("The table", 4), Column("Value", 4, right=True), Column("Against the plan", 6)]
    rows: Rows = []
    for m in audit.measurements:
        if not m.column:
            judged = _judged(checks, "", (m.measure,))
            why = Cell(f"{judged.text}: {m.reason}" if m.reason else judged.text, judged.tone)
            rows.append([label(m.measure), in_line(percent(m)), why])
    yield table(columns, rows)
    names = list(dict.fromkeys(m.column for m in audit.measurements if m.column))
    open_ = [name for name in names if not _is_quiet(found, checks, name)]
    if len(open_) < len(names):
        calm = [name for name in names if name not in open_]
        yield Text(f"Nothing is missing, out of range or against the plan in {len(calm)} columns: {', '.join(calm)}.")
    rows = [
        [
            name,
            *(in_line(percent(found.get((measure, name)))) for measure in SHARES),
            with_interval(found.get(("distinct_count", name))).text,
            _judged(checks, name, JUDGED),
        ]
        for name in open_
    ]
    if not rows:
        return
    columns = [Column("Column", 3), *(Column(label(measure), 4, right=True) for measure in SHARES)]
    columns += [Column("Distinct values", 2, right=True), Column("Against the plan", 3)]
    yield table(columns, rows)


def _is_quiet(found: Found, checks: Checks, name: str) -> bool:
    """Whether a column is whole and meets what the plan asks of it: its name says enough."""
    shares = [found.get((measure, name)) for measure in SHARES]
    whole = all(each is None or (each.value is None and not each.hidden) or each.value == 0 for each in shares)
    return whole and _judged(checks, name, JUDGED).text in (verdict("met").text, NO_CRITERION)


def _judged(checks: Checks, column: str, measures: Iterable[str]) -> Cell:
    """The worst verdict of these measures of a column."""
    found = [checks[measure, column].verdict for measure in measures if (measure, column) in checks]
    if not found:
        return Cell(NO_CRITERION, tone="quiet")
    return verdict(next((name for name in ("not_met", "not_evaluable") if name in found), "met"))
