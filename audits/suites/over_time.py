"""When did it change? Columns against the reference, and the model's performance, day by day or week by week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from audits.core.calibration import oe_ratio
from audits.core.discrimination import auroc
from audits.core.gates import Floor
from audits.core.label_delay import SETTLED
from audits.core.operating import confusion, share
from audits.core.values import Estimate, Measurement
from audits.suites import cusum_chart, window_drift
from audits.suites.part import Part
from audits.suites.two_tables import Compared
from audits.suites.windowed import Windows, windows_of


def part(given: Compared) -> Part:
    """Drift and performance by window; nothing when the table has no date column, outcome or score."""
    found = windows_of(given)
    if found is None:
        return Part()
    measured = _performance(given, found)
    moved, psi = window_drift.measure(given, found)
    sums, chart = cusum_chart.measure(given, found)
    facts: dict[str, object] = {
        "windows": {
            "window": given.plan.window.value,
            "starts": list(found.starts),
            "rows": [cells.rows for cells in found.cells],
            "psi": psi,
            "auroc": _series(measured, "window_auroc"),
            "oe_ratio": _series(measured, "window_oe_ratio"),
            "earlier_left_out": found.earlier,
            "undated_rows": found.undated,
            "columns_left_out": max(0, len(given.sides) - len(psi)),
        },
        "cusum": chart,
    }
    return Part([*measured, *moved, *sums], facts)


def _performance(given: Compared, found: Windows) -> list[Measurement]:
    """AUROC, O/E and flag rates of each window."""
    plan, made = given.plan, []
    for place, (start, cells) in enumerate(zip(found.starts, found.cells, strict=True)):
        refused = Floor(plan.show_events, plan.show_nonevents).refuse(cells)
        if start in found.unsettled:
            awaited = f"fewer than {SETTLED:.0%} of this window's outcomes are known yet"
            refused = Estimate.undefined(awaited, n=cells.rows)
        for measure, estimate in (("window_auroc", auroc), ("window_oe_ratio", oe_ratio)):
            told = refused or _told(estimate(cells, plan.confidence), given)
            made.append(Measurement(measure, told, slice=start))
        made.extend(_flagged(given, found, place))
    return made


def _flagged(given: Compared, found: Windows, place: int) -> list[Measurement]:
    """The flag rate of one window at each operating point."""
    start, cells, plan = found.starts[place], found.cells[place], given.plan
    few = cells.rows < plan.show_events + plan.show_nonevents
    made = []
    for point in found.points:
        rate = Estimate.undefined(f"{cells.rows} rows are too few to show", n=cells.rows)
        if not few:
            counts = confusion(cells, found.cuts.index(point.score))
            rate = _told(share("flag_rate", counts, plan.confidence), given)
        made.append(Measurement("window_flag_rate", rate, slice=start, operating_point=point.name))
    for name, reason in found.unreached.items():
        nothing = Estimate.undefined(reason, n=cells.rows)
        made.append(Measurement("window_flag_rate", nothing, slice=start, operating_point=name))
    return made


def _told(estimate: Estimate, given: Compared) -> Estimate:
    if estimate.value is None:
        return estimate
    return replace(estimate, method=estimate.method + given.repeated)


def _series(measured: Sequence[Measurement], measure: str) -> list[dict[str, float | None] | None]:
    """One entry per window; null where undefined."""
    found = [each.estimate for each in measured if each.measure == measure]
    return [None if e.value is None else {"value": e.value, "low": e.low, "high": e.high} for e in found]
