"""What do the measures look like? Vega-Lite charts of aggregates, never of rows, each with its numbers in words.

One specification serves the browser and, rendered to SVG by `svg`, the printed report. Altair and vl-convert are
imported when a chart is made, so that only the process that draws pays for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

Spec = dict[str, Any]
Rows = list[dict[str, Any]]

INK: Final = "#1c2733"
QUIET: Final = "#6b7885"
RULE: Final = "#d9dfe5"
ACCENT: Final = "#0f5c6e"
OTHER: Final = "#b9c4cd"
ALERT: Final = "#a3341f"
SQUARE = 190
WIDE = 330
ROW = 15
MOST_COLUMNS = 24
RATIOS = (0.1, 0.2, 0.33, 0.5, 0.75, 1, 1.33, 2, 3, 5, 10)


@dataclass(frozen=True, slots=True)
class Chart:
    """spec: Vega-Lite with its data inside. alt: the same in words, with the numbers."""

    spec: Spec
    alt: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One interval to draw. label: the slice or column; value None when there is nothing to draw, `note` says why."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""

    @property
    def words(self) -> str:
        if self.value is None:
            return f"{self.label}: {self.note or 'not defined'}"
        interval = "" if self.low is None or self.high is None else f" ({self.low:.2f} to {self.high:.2f})"
        return f"{self.label}: {self.value:.2f}{interval}{f', {self.note}' if self.note else ''}"


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Where a declared cut-off lies on the ROC curve."""

    name: str
    sensitivity: float
    specificity: float


def roc(facts: Mapping[str, Any], auroc: Mark, points: Sequence[OperatingPoint]) -> Chart | None:
    """The ROC curve with its operating points; None when the facts hold no curve."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    curve: Rows = [dict(point) for point in facts.get("roc") or ()]
    if not curve:
        return None
    x = alt.X("fpr:Q", title="1 \N{MINUS SIGN} specificity", scale=alt.Scale(domain=[0, 1]), axis=_axis(5))
    y = alt.Y("sensitivity:Q", title="Sensitivity", scale=alt.Scale(domain=[0, 1]), axis=_axis(5))
    shown: Rows = [{"fpr": 1 - p.specificity, "sensitivity": p.sensitivity, "name": p.name} for p in points]
    dots = alt.Chart(_data(shown)).encode(x=x, y=y)
    layers = alt.layer(
        _diagonal("fpr", "sensitivity", 1.0),
        alt.Chart(_data(curve)).mark_line(color=ACCENT, strokeWidth=1.6).encode(x=x, y=y, order="fpr:Q"),
        dots.mark_point(color=INK, filled=True, size=36, opacity=1),
        dots.mark_text(align="left", dx=6, dy=8, fontSize=8, color=INK).encode(text="name:N"),
    )
    at = "; ".join(f"at “{p.name}” {p.sensitivity:.2f} and {p.specificity:.2f}" for p in points)
    words = f"ROC curve. {auroc.words}. Sensitivity and specificity {at}." if points else f"ROC curve. {auroc.words}."
    return Chart(_finished(layers.properties(width=SQUARE, height=SQUARE)), words)


def calibration(facts: Mapping[str, Any], verdict: str) -> Chart | None:
    """Observed against predicted risk with interval bars, over a histogram of the scores. verdict: O/E in words."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    groups: Rows = [dict(group) for group in facts.get("calibration") or ()]
    if not groups:
        return None
    top = min(1.0, -(-max(max(group["mean_score"], group["high"]) for group in groups) // 0.1) * 0.1)
    scale = alt.Scale(domain=[0, top], nice=False)
    x = alt.X("mean_score:Q", title=None, scale=scale, axis=_axis(5, labels=False))
    y = alt.Y("observed:Q", title="Observed share with the outcome", scale=scale, axis=_axis(5))
    base = alt.Chart(_data(groups)).encode(x=x)
    upper = alt.layer(
        _diagonal("mean_score", "observed", top),
        base.mark_rule(color=ACCENT, strokeWidth=1).encode(y=alt.Y("low:Q", title=""), y2="high:Q"),
        base.mark_point(color=ACCENT, filled=True, size=26, opacity=1).encode(y=y),
    ).properties(width=SQUARE, height=SQUARE - 54)
    lower = _histogram(facts.get("scores") or {}, top)
    words = "; ".join(
        f"mean score {g['mean_score']:.2f}, observed {g['observed']:.2f} ({g['low']:.2f} to {g['high']:.2f})"
        for g in groups
    )
    return Chart(
        _finished(alt.vconcat(upper, lower, spacing=6)),
        f"Calibration in {len(groups)} groups of rising score: {words}. {verdict}",
    )


def forest(panels: Mapping[str, Sequence[Mark]], references: Mapping[str, float | None]) -> Chart | None:
    """One row per slice, one panel per measure, with interval bars. Ratios are drawn on a logarithmic scale."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    if not any(mark.value is not None for marks in panels.values() for mark in marks):
        return None
    drawn = []
    for place, (title, marks) in enumerate(panels.items()):
        rows: Rows = [{"label": m.label, "value": m.value, "low": m.low, "high": m.high, "note": m.note} for m in marks]
        order = [mark.label for mark in marks]
        y = alt.Y("label:N", title=None, sort=order, axis=_labels(place == 0), scale=alt.Scale(domain=order))
        x = alt.X("value:Q", title=title, **_measured_on(title, marks, references.get(title)))
        base = alt.Chart(_data(rows)).encode(y=y)
        known = base.transform_filter("isValid(datum.value)")
        layers = [
            known.mark_rule(color=ACCENT, strokeWidth=1.2).encode(x=alt.X("low:Q", title=title), x2="high:Q"),
            known.mark_point(color=ACCENT, filled=True, size=28, opacity=1, shape="square").encode(x=x),
            base.transform_filter("!isValid(datum.value)")
            .mark_text(color=QUIET, fontSize=8, fontStyle="italic", align="left")
            .encode(x=alt.value(3), text="note:N"),
        ]
        if (reference := references.get(title)) is not None:
            line = alt.Chart(_data([{"value": reference}])).mark_rule(color=QUIET, strokeDash=[3, 3]).encode(x=x)
            layers.insert(0, line)
        drawn.append(alt.layer(*layers).properties(width=150, height=ROW * len(marks)))
    words = " ".join(f"{title}. {'; '.join(mark.words for mark in marks)}." for title, marks in panels.items())
    return Chart(_finished(alt.hconcat(*drawn, spacing=16)), words)


def drift(marks: Sequence[Mark], floors: Mapping[str, float], bound: float | None) -> Chart | None:
    """The stability index of each column, largest first, with what chance alone gives. bound: the plan's, if any."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    known = sorted((m for m in marks if m.value is not None), key=lambda m: (-(m.value or 0.0), m.label))
    if not known:
        return None
    shown = known[:MOST_COLUMNS]
    order = [mark.label for mark in shown]
    y = alt.Y("label:N", title=None, sort=order, axis=_labels(True))
    x = alt.X("value:Q", title="Population stability index", axis=_axis(5))
    bars: Rows = [{"label": m.label, "value": m.value} for m in shown]
    chance: Rows = [{"label": name, "value": floors[name]} for name in order if name in floors]
    layers = [
        alt.Chart(_data(bars)).mark_bar(color=ACCENT, height=7).encode(x=x, y=y),
        alt.Chart(_data(chance)).mark_tick(color=INK, thickness=1.4, height=11).encode(x=x, y=y),
    ]
    if bound is not None:
        layers.append(alt.Chart(_data([{"value": bound}])).mark_rule(color=ALERT, strokeDash=[4, 3]).encode(x=x))
    most = f" The {MOST_COLUMNS} largest of {len(known)}." if len(known) > len(shown) else ""
    words = "; ".join(
        f"{m.label} {m.value:.3f}{f' (by chance {floors[m.label]:.3f})' if m.label in floors else ''}" for m in shown
    )
    limit = f" The plan allows at most {bound:g}." if bound is not None else ""
    spec = alt.layer(*layers).properties(width=WIDE, height=ROW * len(shown))
    return Chart(_finished(spec), f"Population stability index by column: {words}.{most}{limit}")


def svg(chart: Chart) -> str:
    """The chart as SVG text, without a network or a browser."""
    import vl_convert  # noqa: PLC0415 - only the process that draws pays for it

    drawn: str = vl_convert.vegalite_to_svg(chart.spec, allowed_base_urls=[])
    return drawn


def _histogram(scores: Mapping[str, Any], top: float) -> Any:  # noqa: ANN401 - Altair's charts share no public type
    """Patients with the outcome upwards, without it downwards, per bar of the score; hidden bars are left out."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    edges = list(pairwise(scores.get("edges", ())))
    sides = (("events", 1), ("nonevents", -1))
    rows: Rows = [
        {"from": low, "to": high, "n": sign * count, "zero": 0, "outcome": name}
        for name, sign in sides
        for (low, high), count in zip(edges, scores.get(name, ()), strict=False)
        if count and high <= top + 1e-9
    ]
    x = alt.X("from:Q", title="Score (predicted risk)", scale=alt.Scale(domain=[0, top], nice=False), axis=_axis(5))
    colours = alt.Scale(domain=[name for name, _ in sides], range=[ACCENT, OTHER])
    bars = alt.Chart(_data(rows)).mark_bar(binSpacing=0.6)
    drawn = bars.encode(
        x=x,
        x2="to:Q",
        y=alt.Y("n:Q", title=None, axis=None),
        y2="zero:Q",
        color=alt.Color("outcome:N", scale=colours, legend=None),
    )
    return drawn.properties(width=SQUARE, height=40)


def _measured_on(title: str, marks: Sequence[Mark], reference: float | None) -> dict[str, Any]:
    """Scale and axis of a forest plot's panel: all intervals fit, and ratios are as far below 1 as above."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    ends = [end for mark in marks for end in (mark.value, mark.low, mark.high, reference) if end is not None]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    if "ratio" in title.lower() and low > 0:
        low, high = low / 1.08, high * 1.08
        ticks = [tick for tick in RATIOS if low <= tick <= high]
        return {"scale": alt.Scale(type="log", domain=[low, high], nice=False), "axis": alt.Axis(values=ticks)}
    room = 0.04 * (high - low)
    return {"scale": alt.Scale(domain=[low - room, high + room], zero=False, nice=False), "axis": _axis(4)}


def _diagonal(x: str, y: str, top: float) -> Any:  # noqa: ANN401 - Altair's charts share no public type
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    ends: Rows = [{x: 0, y: 0}, {x: top, y: top}]
    return (
        alt.Chart(_data(ends)).mark_line(color=QUIET, strokeDash=[3, 3], strokeWidth=0.8).encode(x=f"{x}:Q", y=f"{y}:Q")
    )


def _data(rows: Rows) -> Any:  # noqa: ANN401 - Altair's data share no public type
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    return alt.InlineData(values=rows)


def _axis(ticks: int, *, labels: bool = True) -> Any:  # noqa: ANN401 - Altair's axes share no public type
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    return alt.Axis(tickCount=ticks, labels=labels, grid=True)


def _labels(shown: bool) -> Any:  # noqa: ANN401 - Altair's axes share no public type
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    return alt.Axis(labelLimit=170, ticks=False, domain=False, grid=False, labelPadding=6) if shown else None


def _finished(chart: Any) -> Spec:  # noqa: ANN401 - Altair's charts share no public type
    """One look for all: quiet axes, no frame, the page's own font."""
    font = "Libertinus Serif, Georgia, serif"
    quiet = {
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 8.5,
        "titleFontSize": 9,
        "titleFontWeight": "normal",
    }
    axis = {"gridColor": RULE, "gridWidth": 0.5, "domainColor": QUIET, "tickColor": QUIET, "tickSize": 3, **quiet}
    spec: Spec = (
        chart.configure(font=font, background="white", padding=2)
        .configure_view(stroke=None)
        .configure_axis(**axis)
        .to_dict(validate=False)
    )
    return spec
