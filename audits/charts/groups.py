"""How do groups, or sites, stand beside each other? Forest plots: one row each, with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from audits.charts.chart import ACCENT, QUIET, ROW, Chart, Mark, axis, data, finished, names

RATIOS = (0.05, 0.1, 0.2, 0.33, 0.5, 0.75, 1, 1.33, 2, 3, 5, 10, 20)
#: A ratio's interval beyond these would squeeze all others to dots; it is cut off there, with an arrow.
FARTHEST = (0.05, 20.0)


def forest(panels: Mapping[str, Sequence[Mark]], references: Mapping[str, float | None]) -> Chart | None:
    """One row per slice, one panel per measure, with interval bars. Ratios are drawn on a logarithmic scale."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    if not any(mark.value is not None for marks in panels.values() for mark in marks):
        return None
    drawn = []
    for place, (title, marks) in enumerate(panels.items()):
        rows = [_row(mark, title) for mark in marks]
        order = [mark.label for mark in marks]
        y = alt.Y("label:N", title=None, sort=order, axis=names(shown=place == 0), scale=alt.Scale(domain=order))
        x = alt.X("value:Q", title=title, **_measured_on(title, marks, references.get(title)))
        base = alt.Chart(data(rows)).encode(y=y)
        known = base.transform_filter("isValid(datum.value)")
        layers = [
            known.mark_rule(color=ACCENT, strokeWidth=1.2).encode(x=alt.X("from:Q", title=title), x2="to:Q"),
            known.mark_point(color=ACCENT, filled=True, size=28, opacity=1, shape="square").encode(x=x),
            *_arrows(base, title),
            base.transform_filter("!isValid(datum.value)")
            .mark_text(color=QUIET, fontSize=8, fontStyle="italic", align="left")
            .encode(x=alt.value(3), text="note:N"),
        ]
        if (reference := references.get(title)) is not None:
            line = alt.Chart(data([{"value": reference}])).mark_rule(color=QUIET, strokeDash=[3, 3]).encode(x=x)
            layers.insert(0, line)
        drawn.append(alt.layer(*layers).properties(width=150, height=ROW * len(marks)))
    words = " ".join(f"{title}. {'; '.join(mark.words for mark in marks)}." for title, marks in panels.items())
    return Chart(finished(alt.hconcat(*drawn, spacing=16)), words)


def _row(mark: Mark, title: str) -> dict[str, Any]:
    """One row of a panel. from, to: the interval as it is drawn; cut_low, cut_high: where an arrow says it goes on."""
    row = {"label": mark.label, "value": mark.value, "low": mark.low, "high": mark.high, "note": mark.note}
    least, most = FARTHEST if "ratio" in title.lower() else (-math.inf, math.inf)
    start = None if mark.low is None else max(least, mark.low)
    end = None if mark.high is None else min(most, mark.high)
    return {
        **row,
        "from": start,
        "to": end,
        "cut_low": start if start is not None and start != mark.low else None,
        "cut_high": end if end is not None and end != mark.high else None,
    }


def _arrows(base: Any, title: str) -> list[Any]:  # noqa: ANN401 - Altair's charts share no public type
    """A triangle at each end at which an interval was cut off."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    return [
        base.transform_filter(f"isValid(datum.{name})")
        .mark_point(color=ACCENT, filled=True, size=30, opacity=1, shape=shape)
        .encode(x=alt.X(f"{name}:Q", title=title))
        for name, shape in (("cut_low", "triangle-left"), ("cut_high", "triangle-right"))
    ]


def _measured_on(title: str, marks: Sequence[Mark], reference: float | None) -> dict[str, Any]:
    """Scale and axis of a forest plot's panel: all intervals fit, and ratios are as far below 1 as above."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    ends = [end for mark in marks for end in (mark.value, mark.low, mark.high, reference) if end is not None]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    if "ratio" in title.lower() and low > 0:
        low, high = max(FARTHEST[0], low / 1.08), min(FARTHEST[1], high * 1.08)
        ticks = [tick for tick in RATIOS if low <= tick <= high]
        return {
            "scale": alt.Scale(type="log", domain=[low, high], nice=False, clamp=True),
            "axis": alt.Axis(values=ticks),
        }
    room = 0.04 * (high - low)
    return {"scale": alt.Scale(domain=[low - room, high + room], zero=False, nice=False), "axis": axis(4)}
