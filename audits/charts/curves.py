"""What do the curves of one table look like? ROC, precision-recall, calibration and decision curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from audits.charts.chart import (
    ACCENT,
    INK,
    OTHER,
    QUIET,
    SECOND,
    SQUARE,
    WIDE,
    Chart,
    Mark,
    Rows,
    axis,
    data,
    diagonal,
    finished,
)

_MIDDLE = 0.55  # of a unit axis: names of dots beyond it are set to their left


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Where a declared cut-off lies on the ROC curve and, when it is known, on the precision-recall curve."""

    name: str
    sensitivity: float
    specificity: float
    ppv: float | None = None


def roc(facts: Mapping[str, Any], auroc: Mark, points: Sequence[OperatingPoint]) -> Chart | None:
    """The ROC curve with its operating points; None when the facts hold no curve."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    curve: Rows = [dict(point) for point in facts.get("roc") or ()]
    if not curve:
        return None
    x = alt.X("fpr:Q", title="1 \N{MINUS SIGN} specificity", scale=alt.Scale(domain=[0, 1]), axis=axis(5))
    y = alt.Y("sensitivity:Q", title="Sensitivity", scale=alt.Scale(domain=[0, 1]), axis=axis(5))
    shown: Rows = [{"fpr": 1 - p.specificity, "sensitivity": p.sensitivity, "name": p.name} for p in points]
    layers = alt.layer(
        diagonal("fpr", "sensitivity", 1.0),
        alt.Chart(data(curve)).mark_line(color=ACCENT, strokeWidth=1.6).encode(x=x, y=y, order="fpr:Q"),
        *_named(shown, x, y, 8, -8),
    )
    at = "; ".join(f"at “{p.name}” {p.sensitivity:.2f} and {p.specificity:.2f}" for p in points)
    words = f"ROC curve. {auroc.words}. Sensitivity and specificity {at}." if points else f"ROC curve. {auroc.words}."
    return Chart(finished(layers.properties(width=SQUARE, height=SQUARE)), words)


def precision_recall(facts: Mapping[str, Any], average: Mark, points: Sequence[OperatingPoint]) -> Chart | None:
    """Positive predictive value against sensitivity, with the prevalence that a useless score gets."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    curve: Rows = [{"recall": p["recall"], "precision": p["precision"]} for p in facts.get("precision_recall") or ()]
    if not curve:
        return None
    x = alt.X("recall:Q", title="Sensitivity (recall)", scale=alt.Scale(domain=[0, 1]), axis=axis(5))
    y = alt.Y("precision:Q", title="PPV (precision)", scale=alt.Scale(domain=[0, 1]), axis=axis(5))
    shown: Rows = [{"recall": p.sensitivity, "precision": p.ppv, "name": p.name} for p in points if p.ppv is not None]
    layers = [alt.Chart(data(curve)).mark_line(color=ACCENT, strokeWidth=1.6).encode(x=x, y=y, order="recall:Q")]
    share = facts.get("prevalence")
    if share is not None:
        level = alt.Chart(data([{"precision": share}])).mark_rule(color=QUIET, strokeDash=[3, 3]).encode(y=y)
        layers.insert(0, level)
    drawn = alt.layer(*layers, *_named(shown, x, y, -8, 13)).properties(width=SQUARE, height=SQUARE)
    beside = "" if share is None else f" A useless score gets the prevalence, {share:.2f} (dashed)."
    return Chart(finished(drawn), f"Precision-recall curve. {average.words}.{beside}")


def calibration(facts: Mapping[str, Any], verdict: str) -> Chart | None:
    """Observed against predicted risk: tenths with interval bars, the flexible curve with its band where there is one,
    over a histogram of the scores. verdict: O/E in words."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    groups: Rows = [dict(group) for group in facts.get("calibration") or ()]
    if not groups:
        return None
    band = _band(facts.get("calibration_curve") or {})
    ends = [max(group["mean_score"], group["high"]) for group in groups]
    top = min(1.0, -(-max(ends) // 0.1) * 0.1)
    scale = alt.Scale(domain=[0, top], nice=False, clamp=True)
    x = alt.X("mean_score:Q", title=None, scale=scale, axis=axis(5, labels=False))
    y = alt.Y("observed:Q", title="Observed share with the outcome", scale=scale, axis=axis(5))
    low = alt.Y("low:Q", title="", scale=scale)
    base = alt.Chart(data(groups)).encode(x=x)
    layers = [diagonal("mean_score", "observed", top)]
    if band:
        curve = alt.Chart(data(band)).encode(x=x)
        layers.append(curve.mark_area(color=ACCENT, opacity=0.16).encode(y=low, y2="high:Q"))
        layers.append(curve.mark_line(color=ACCENT, strokeWidth=1.4).encode(y=y, order="mean_score:Q"))
    layers.append(
        base.mark_rule(color=INK if band else ACCENT, strokeWidth=0.9, opacity=0.75).encode(y=low, y2="high:Q")
    )
    layers.append(base.mark_point(color=INK if band else ACCENT, filled=True, size=22, opacity=1).encode(y=y))
    upper = alt.layer(*layers).properties(width=SQUARE, height=SQUARE - 54)
    lower = _histogram(facts.get("scores") or {}, top)
    words = "; ".join(
        f"mean score {g['mean_score']:.2f}, observed {g['observed']:.2f} ({g['low']:.2f} to {g['high']:.2f})"
        for g in groups
    )
    flexible = " The line is the flexible calibration curve with its band." if band else ""
    return Chart(
        finished(alt.vconcat(upper, lower, spacing=6)),
        f"Calibration in {len(groups)} groups of rising score: {words}.{flexible} {verdict}",
    )


def decision(facts: Mapping[str, Any], comparator: str = "", *, width: int = WIDE) -> Chart | None:
    """Net benefit over the declared range of operating points, against treating all, none, and the existing method."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    found = facts.get("decision_curve") or {}
    places = found.get("operating_point") or ()
    if not places:
        return None
    shown = _worth_showing(found)
    rows: Rows = [
        {"at": at, "low": low, "high": high} for at, low, high in zip(places, found["low"], found["high"], strict=True)
    ]
    series = {"Model": found["model"], "Treat all": found["all"], "Treat none": [0.0] * len(places)}
    if found.get("comparator"):
        series[comparator or "Existing method"] = found["comparator"]
    lines: Rows = [
        {"at": at, "nb": value, "who": who}
        for who, values in series.items()
        for at, value in zip(places, values, strict=True)
        if value is not None and value >= shown[0]
    ]
    y = alt.Y("nb:Q", title="Net benefit", scale=alt.Scale(domain=shown, nice=True), axis=axis(5))
    across = alt.Scale(zero=False, nice=False)
    x = alt.X("at:Q", title="Operating point (treated from this score on)", axis=axis(6), scale=across)
    legend = alt.Legend(title=None, orient="bottom", offset=4)
    colours = alt.Scale(domain=list(series), range=[ACCENT, QUIET, INK, SECOND][: len(series)])
    who = alt.Color("who:N", scale=colours, legend=legend)
    dashes = alt.Scale(domain=list(series), range=[[1, 0], [4, 3], [2, 2], [6, 2]][: len(series)])
    dash = alt.StrokeDash("who:N", scale=dashes, legend=legend)
    area = alt.Chart(data(rows)).mark_area(color=ACCENT, opacity=0.16)
    drawn = alt.layer(
        area.encode(x=x, y=alt.Y("low:Q", title="Net benefit"), y2="high:Q"),
        alt.Chart(data(lines)).mark_line(strokeWidth=1.5).encode(x=x, y=y, color=who, strokeDash=dash),
    )
    said = "; ".join(f"{at:.2f}: {value:.3f} against {all_:.3f}" for at, value, all_ in _some(places, found))
    words = f"Decision curve. Net benefit of the model against treating all, by operating point: {said}."
    return Chart(finished(drawn.properties(width=width, height=SQUARE)), words)


def _worth_showing(found: Mapping[str, Any]) -> list[float]:
    """The range of net benefit to draw: treating all falls without limit, and what is far below 0 tells nothing."""
    top, low = max([*found["high"], *found["model"], *found["all"]]), min(found["low"])
    return [min(-0.15 * top, low) if top > 0 else low, top]


def _some(places: Sequence[float], found: Mapping[str, Any]) -> list[tuple[float, float, float]]:
    """At most seven places along the curve, for the words."""
    step = max(1, (len(places) + 5) // 6)
    return [(places[i], found["model"][i], found["all"][i]) for i in range(0, len(places), step)]


def _band(curve: Mapping[str, Any]) -> Rows:
    """The flexible curve as rows; none where it was refused."""
    parts = [curve.get(name) or () for name in ("score", "observed", "low", "high")]
    return [
        {"mean_score": score, "observed": observed, "low": low, "high": high}
        for score, observed, low, high in zip(*parts, strict=False)
    ]


def _named(shown: Rows, x: Any, y: Any, left_dy: int, right_dy: int) -> list[Any]:  # noqa: ANN401 - Altair's channels share no public type
    """Dots with their names beside them. left_dy, right_dy: how far below their dots names on either half stand."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    if not shown:
        return []
    along = x.shorthand.split(":")[0]
    dots = alt.Chart(data(shown)).encode(x=x, y=y)
    # Names on the right half are set to the left of their dots, so that none leaves the frame.
    left, right = f"datum.{along} <= {_MIDDLE}", f"datum.{along} > {_MIDDLE}"
    words: dict[str, Any] = {"fontSize": 8, "color": INK}
    return [
        dots.mark_point(color=INK, filled=True, size=36, opacity=1),
        dots.transform_filter(left).mark_text(align="left", dx=6, dy=left_dy, **words).encode(text="name:N"),
        dots.transform_filter(right).mark_text(align="right", dx=-4, dy=right_dy, **words).encode(text="name:N"),
    ]


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
    x = alt.X("from:Q", title="Score (predicted risk)", scale=alt.Scale(domain=[0, top], nice=False), axis=axis(5))
    colours = alt.Scale(domain=[name for name, _ in sides], range=[ACCENT, OTHER])
    bars = alt.Chart(data(rows)).mark_bar(binSpacing=0.6)
    drawn = bars.encode(
        x=x,
        x2="to:Q",
        y=alt.Y("n:Q", title=None, axis=None),
        y2="zero:Q",
        color=alt.Color("outcome:N", scale=colours, legend=None),
    )
    return drawn.properties(width=SQUARE, height=40)
