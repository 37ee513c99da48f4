"""What has moved, and when? Drift of columns as bars, drift over time as a heat map, performance over time, CUSUM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from audits.charts.chart import (
    ACCENT,
    ALERT,
    INK,
    QUIET,
    ROW,
    RULE,
    WIDE,
    Chart,
    Mark,
    Rows,
    axis,
    data,
    finished,
    names,
)

MOST_COLUMNS = 24
MOST_IN_WORDS = 5


def one_bound(maxima: Sequence[float | None]) -> float | None:
    """The limit that the plan sets on every column alike; None where it sets none, or several."""
    found = {limit for limit in maxima if limit is not None}
    return found.pop() if len(found) == 1 else None


def drift(marks: Sequence[Mark], floors: Mapping[str, float], bound: float | None) -> Chart | None:
    """The stability index of each column, largest first, with what chance alone gives. bound: the plan's for all."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    known = sorted((m for m in marks if m.value is not None), key=lambda m: (-(m.value or 0.0), m.label))
    if not known:
        return None
    shown = known[:MOST_COLUMNS]
    order = [mark.label for mark in shown]
    y = alt.Y("label:N", title=None, sort=order, axis=names(shown=True))
    x = alt.X("value:Q", title="Population stability index", axis=axis(5))
    bars: Rows = [{"label": m.label, "value": m.value} for m in shown]
    chance: Rows = [{"label": name, "value": floors[name]} for name in order if name in floors]
    layers = [
        alt.Chart(data(bars)).mark_bar(color=ACCENT, height=7).encode(x=x, y=y),
        alt.Chart(data(chance)).mark_tick(color=INK, thickness=1.4, height=11).encode(x=x, y=y),
    ]
    if bound is not None:
        layers.append(alt.Chart(data([{"value": bound}])).mark_rule(color=ALERT, strokeDash=[4, 3]).encode(x=x))
    most = f" The {MOST_COLUMNS} largest of {len(known)}." if len(known) > len(shown) else ""
    words = "; ".join(
        f"{m.label} {m.value:.3f}{f' (by chance {floors[m.label]:.3f})' if m.label in floors else ''}" for m in shown
    )
    limit = f" The plan allows at most {bound:g}." if bound is not None else ""
    spec = alt.layer(*layers).properties(width=WIDE, height=ROW * len(shown))
    return Chart(finished(spec), f"Population stability index by column: {words}.{most}{limit}")


def heat_map(windows: Mapping[str, Any]) -> Chart | None:
    """The stability index of each column in each window of time; columns that moved most are on top."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    starts = windows.get("starts") or ()
    moved = {
        name: [value for value in values if value is not None] for name, values in (windows.get("psi") or {}).items()
    }
    order = sorted((name for name, values in moved.items() if values), key=lambda name: (-max(moved[name]), name))
    if not order or not starts:
        return None
    shown = order[:MOST_COLUMNS]
    rows: Rows = [
        {"start": start, "column": name, "psi": value}
        for name in shown
        for start, value in zip(starts, windows["psi"][name], strict=True)
        if value is not None
    ]
    top = max(0.25, *(max(moved[name]) for name in shown))
    colour = alt.Color(
        "psi:Q",
        title="Stability index",
        scale=alt.Scale(domain=[0, top], range=["#eef3f5", ACCENT, INK]),
        legend=alt.Legend(orient="bottom", gradientLength=140, tickCount=4, offset=4),
    )
    width = max(WIDE, min(2 * WIDE, 12 * len(starts)))
    labels = alt.Axis(labelOverlap="greedy", labelAngle=0, ticks=False, domain=False, grid=False)
    drawn = (
        alt.Chart(data(rows))
        .mark_rect(stroke="white", strokeWidth=0.6)
        .encode(
            x=alt.X("start:O", title=f"First day of each {windows.get('window', 'window')}", axis=labels),
            y=alt.Y("column:N", title=None, sort=shown, axis=names(shown=True)),
            color=colour,
        )
    )
    return Chart(finished(drawn.properties(width=width, height=ROW * len(shown))), _moved(order, moved, starts))


def _moved(order: Sequence[str], moved: Mapping[str, Sequence[float]], starts: Sequence[str]) -> str:
    """The heat map in words. order: columns, those that moved most first."""
    words = f"Stability index of {len(order)} columns over {len(starts)} windows from {starts[0]} to {starts[-1]}."
    most = f" The {MOST_COLUMNS} that moved most are shown." if len(order) > MOST_COLUMNS else ""
    worst = "; ".join(f"{name} at most {max(moved[name]):.3f}" for name in order[:MOST_IN_WORDS])
    return f"{words}{most} Most moved: {worst}."


def over_time(starts: Sequence[str], marks: Sequence[Mark], title: str, reference: float | None) -> Chart | None:
    """One measure per window with its interval; windows where it is undefined are gaps."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    rows: Rows = [
        {"start": start, "value": mark.value, "low": mark.low, "high": mark.high}
        for start, mark in zip(starts, marks, strict=True)
        if mark.value is not None
    ]
    if not rows:
        return None
    x = _dates()
    scale = alt.Scale(zero=False)
    base = alt.Chart(data(rows)).encode(x=x)
    layers = [
        base.mark_rule(color=ACCENT, strokeWidth=1).encode(y=alt.Y("low:Q", title=title, scale=scale), y2="high:Q"),
        base.mark_point(color=ACCENT, filled=True, size=22, opacity=1).encode(y=alt.Y("value:Q", axis=axis(5))),
    ]
    if reference is not None:
        line = alt.Chart(data([{"value": reference}])).mark_rule(color=QUIET, strokeDash=[3, 3]).encode(y="value:Q")
        layers.insert(0, line)
    last = marks[-1].words if marks else ""
    words = f"{title} in {len(rows)} of {len(starts)} windows from {starts[0]} to {starts[-1]}. Last: {last}."
    return Chart(finished(alt.layer(*layers).properties(width=WIDE, height=120)), words)


def _dates() -> Any:  # noqa: ANN401 - Altair's channels share no public type
    """The first days of windows along the page. They are dates, so no time zone may move them."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    labels = alt.Axis(grid=False, tickCount=6, format="%d %b %Y", labelOverlap=True)
    return alt.X("start:T", title=None, axis=labels, scale=alt.Scale(type="utc"))


def cusum(found: Mapping[str, Any]) -> Chart | None:
    """Both cumulative sums with the alarm limits, in standard deviations."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    points = found.get("points") or ()
    if not points:
        return None
    rows: Rows = [
        {"start": point["start"], "sum": sign * point[side], "side": words}
        for side, sign, words in (("high", 1, "More events than predicted"), ("low", -1, "Fewer events"))
        for point in points
    ]
    limits: Rows = [{"sum": found["h"]}, {"sum": -found["h"]}]
    x = _dates()
    colours = alt.Scale(domain=["More events than predicted", "Fewer events"], range=[ACCENT, INK])
    lines = alt.Chart(data(rows)).mark_line(strokeWidth=1.5, interpolate="step-after")
    y = alt.Y("sum:Q", title="CUSUM (standard deviations)", axis=axis(5))
    drawn = alt.layer(
        alt.Chart(data([{"sum": 0}])).mark_rule(color=RULE).encode(y="sum:Q"),
        alt.Chart(data(limits)).mark_rule(color=ALERT, strokeDash=[4, 3]).encode(y="sum:Q"),
        lines.encode(
            x=x, y=y, color=alt.Color("side:N", scale=colours, legend=alt.Legend(title=None, orient="bottom", offset=4))
        ),
    )
    alarm = f"The first alarm is in the window of {found['alarm']}." if found.get("alarm") else "There is no alarm."
    average = f"{found['arl0']:.0f}" if found.get("arl0") else "an unknown number of"
    words = f"CUSUM over {len(points)} windows, alarm at {found['h']:g}; without any change one in {average} windows."
    return Chart(finished(drawn.properties(width=WIDE, height=130)), f"{words} {alarm}")
