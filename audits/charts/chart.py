"""What is a chart? A Vega-Lite specification of aggregates, never of rows, with its numbers in words.

One specification serves the browser (vega-embed) and, rendered to SVG by `svg`, the printed report. Altair and
vl-convert are imported when a chart is made, so that only the process that draws pays for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

Spec = dict[str, Any]
Rows = list[dict[str, Any]]

INK: Final = "#1c2733"
QUIET: Final = "#6b7885"
RULE: Final = "#d9dfe5"
ACCENT: Final = "#0f5c6e"
SECOND: Final = "#9a5b13"
OTHER: Final = "#b9c4cd"
ALERT: Final = "#a3341f"
SQUARE = 190
WIDE = 330
_NUMBERED: Final = re.compile(r"\b(gradient_|clip)\d+\b")
ROW = 15


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
        interval = "" if self.low is None or self.high is None else f" ({said(self.low)} to {said(self.high)})"
        return f"{self.label}: {said(self.value)}{interval}{f', {self.note}' if self.note else ''}"


def said(number: float) -> str:
    """Two decimals; where they would say nothing, or too much, two significant digits."""
    if number == 0 or 0.01 <= abs(number) < 1000:
        return f"{number:.2f}"
    return f"{number:.2g}"


def svg(chart: Chart) -> str:
    """The chart as SVG text, without a network or a browser; the same text each time."""
    import vl_convert  # noqa: PLC0415 - only the process that draws pays for it

    drawn: str = vl_convert.vegalite_to_svg(chart.spec, allowed_base_urls=[])
    # Gradients and clips are numbered through the life of the process: they are numbered anew in each picture.
    numbers: dict[str, int] = {}
    return _NUMBERED.sub(lambda found: f"{found[1]}{numbers.setdefault(found[0], len(numbers))}", drawn)


def data(rows: Rows) -> Any:  # noqa: ANN401 - Altair's data share no public type
    """Rows as data inside the specification."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    return alt.InlineData(values=rows)


def axis(ticks: int, *, labels: bool = True) -> Any:  # noqa: ANN401 - Altair's axes share no public type
    """An axis of numbers with about so many ticks."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    return alt.Axis(tickCount=ticks, labels=labels, grid=True)


def names(*, shown: bool) -> Any:  # noqa: ANN401 - Altair's axes share no public type
    """An axis of names, or none."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    return alt.Axis(labelLimit=170, ticks=False, domain=False, grid=False, labelPadding=6) if shown else None


def diagonal(x: str, y: str, top: float) -> Any:  # noqa: ANN401 - Altair's charts share no public type
    """The dashed line on which x equals y."""
    import altair as alt  # noqa: PLC0415 - only the process that draws pays for it

    ends: Rows = [{x: 0, y: 0}, {x: top, y: top}]
    return (
        alt.Chart(data(ends)).mark_line(color=QUIET, strokeDash=[3, 3], strokeWidth=0.8).encode(x=f"{x}:Q", y=f"{y}:Q")
    )


def finished(chart: Any) -> Spec:  # noqa: ANN401 - Altair's charts share no public type
    """One look for all: quiet axes, no frame, the page's own font."""
    font = "Libertinus Serif, Georgia, serif"
    quiet = {
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 8.5,
        "titleFontSize": 9,
        "titleFontWeight": "normal",
    }
    axes = {"gridColor": RULE, "gridWidth": 0.5, "domainColor": QUIET, "tickColor": QUIET, "tickSize": 3, **quiet}
    spec: Spec = (
        chart.configure(font=font, background="white", padding=2)
        .configure_view(stroke=None)
        .configure_axis(**axes)
        .configure_legend(labelFontSize=8.5, titleFontSize=9, titleFontWeight="normal", labelColor=INK, titleColor=INK)
        .to_dict(validate=False)
    )
    return spec
