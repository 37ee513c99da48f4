"""Which charts does an audit have? Each drawn from its measurements and facts, with the title that stands above it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from audits.charts import curves, groups, movement
from audits.charts.chart import Chart, Mark
from audits.core.catalog import CATALOG
from audits.core.slices import in_words
from audits.core.values import Kind, Measurement, Result

MOST_ROWS = 40
Key = tuple[str, str, str, str, str]
Found = Mapping[Key, Measurement]


@dataclass(frozen=True, slots=True)
class Drawn:
    """name: a slug, unique within the audit."""

    name: str
    title: str
    chart: Chart


def drawn(result: Result) -> list[Drawn]:
    """Every chart that the result has the numbers for, in reading order."""
    found = {measurement.key: measurement for measurement in result.measurements}
    made = _KINDS[result.kind](result, found)
    return [Drawn(name, title, chart) for name, title, chart in made if chart is not None]


Made = Iterator[tuple[str, str, Chart | None]]


def _validation(result: Result, found: Found) -> Made:
    facts: Mapping[str, Any] = result.facts
    points = [_point(found, str(point["name"])) for point in facts.get("operating_points", ())]
    known = [point for point in points if point is not None]
    yield "roc", "How well the scores rank patients", curves.roc(facts, _mark(found, "auroc"), known)
    average = _mark(found, "average_precision")
    yield "precision-recall", "How many of the flagged have the outcome", curves.precision_recall(facts, average, known)
    words = (facts.get("calibration_curve") or {}).get("words", "")
    yield "calibration", "Whether a predicted risk is the observed one", curves.calibration(facts, words)
    comparator = (facts.get("comparison") or {}).get("comparator", "")
    yield "decision", "What acting on the scores is worth", curves.decision(facts, comparator)
    yield "groups", "Ranking and calibration in each group", _panels(found, ("auroc", "oe_ratio"))
    yield "sites", "Ranking and calibration at each site", _sites(facts)


def _bias(result: Result, found: Found) -> Made:
    points = dict.fromkeys(key[3] for key in found if key[0] == "sensitivity_vs_rest")
    for place, point in enumerate(points, start=1):
        measures = ("sensitivity_vs_rest", "specificity_vs_rest")
        yield f"rest-{place}", f"Each group against everyone else, at “{point}”", _panels(found, measures, point)
    yield "rest", "Each group against everyone else", _panels(found, ("auroc_vs_rest", "oe_ratio_vs_rest_ratio"))


def _drift(result: Result, found: Found) -> Made:
    facts: Mapping[str, Any] = result.facts
    names = list(dict.fromkeys(key[4] for key in found if key[0] == "psi" and key[4] and not key[1]))
    floors = {
        name: value
        for name in names
        if (floor := found.get(("psi_noise_floor", "", "", "", name))) and (value := floor.estimate.value) is not None
    }
    bound = movement.one_bound([check.criterion.maximum for check in result.checks if check.criterion.measure == "psi"])
    marks = [_mark(found, "psi", column=name, label=name) for name in names]
    yield "columns", "How far each column has moved", movement.drift(marks, floors, bound)
    windows = facts.get("windows") or {}
    yield "heat-map", "When each column moved", movement.heat_map(windows)
    starts = windows.get("starts") or ()
    for name, measure, ideal in (("auroc", "window_auroc", None), ("oe-ratio", "window_oe_ratio", 1.0)):
        over = [_mark(found, measure, slice_=start, label=start) for start in starts]
        title = CATALOG[measure].label if measure in CATALOG else measure
        yield f"time-{name}", title, movement.over_time(starts, over, title, ideal)
    yield "cusum", "Whether events outrun the predictions", movement.cusum(facts.get("cusum") or {})


def _quality(result: Result, found: Found) -> Made:
    names = list(dict.fromkeys(key[4] for key in found if key[0] == "missing_share" and key[4]))
    marks = [_mark(found, "missing_share", column=name, label=name) for name in names]
    worst = sorted(marks, key=lambda mark: -(mark.value or 0.0))[:MOST_ROWS]
    some = [mark for mark in worst if mark.value]
    yield "missing", "What is missing", groups.forest({"Missing share": some}, {}) if some else None


def _panels(found: Found, measures: tuple[str, ...], point: str = "") -> Chart | None:
    """A forest plot of several measures over the same slices, everyone's value as the dashed line."""
    names = list(dict.fromkeys(key[1] for key in found if key[0] == measures[0] and key[1] and key[3] == point))
    if not names:
        return None
    shown = names[:MOST_ROWS]
    titles = {measure: CATALOG[measure].label for measure in measures if measure in CATALOG}
    panels = {
        title: [_mark(found, measure, slice_=name, point=point, label=in_words(name)) for name in shown]
        for measure, title in titles.items()
    }
    references: dict[str, float | None] = {}
    for measure, title in titles.items():
        everyone = found.get((measure, "", "", point, ""))
        ideal = 1.0 if "ratio" in measure else 0.0 if measure.endswith("_vs_rest") else None
        references[title] = ideal if ideal is not None else (everyone.estimate.value if everyone else None)
    return groups.forest(panels, references)


def _sites(facts: Mapping[str, Any]) -> Chart | None:
    """Each site, then all of them pooled with the confidence and with the prediction interval."""
    sites = facts.get("sites") or {}
    rows = sites.get("sites") or ()
    if not rows:
        return None
    pooled = sites.get("pooled") or {}
    panels: dict[str, list[Mark]] = {}
    for measure, title in (("auroc", "AUROC"), ("oe_ratio", "Observed to expected ratio")):
        panels[title] = [_three(str(row["site"]), row.get(measure), f"n = {row['n']:,}") for row in rows]
        if whole := pooled.get(measure):
            panels[title].append(Mark("All sites, pooled", whole["value"], whole["low"], whole["high"]))
            limits = whole.get("prediction_low"), whole.get("prediction_high")
            panels[title].append(Mark("A new site", whole["value"], *limits))
    return groups.forest(panels, {"Observed to expected ratio": 1.0})


def _three(name: str, numbers: Any, note: str) -> Mark:  # noqa: ANN401 - a JSON list of value, low, high, or null
    if not numbers:
        return Mark(name, None, note="not defined")
    value, low, high = numbers
    return Mark(name, value, low, high, note)


def _point(found: Found, name: str) -> curves.OperatingPoint | None:
    values = [found.get((measure, "", "", name, "")) for measure in ("sensitivity", "specificity", "ppv")]
    sensitivity, specificity, ppv = (each.estimate.value if each else None for each in values)
    if sensitivity is None or specificity is None:
        return None
    return curves.OperatingPoint(name, sensitivity, specificity, ppv)


def _mark(found: Found, measure: str, *, slice_: str = "", point: str = "", column: str = "", label: str = "") -> Mark:
    entry = CATALOG.get(measure)
    name = label or (entry.label if entry else measure)
    measurement = found.get((measure, slice_, "", point, column))
    if measurement is None or measurement.estimate.value is None:
        return Mark(name, None, note="not defined")
    estimate = measurement.estimate
    return Mark(name, estimate.value, estimate.low, estimate.high, f"n = {estimate.n:,}")


_KINDS: Mapping[Kind, Callable[[Result, Found], Made]] = MappingProxyType(
    {Kind.VALIDATION: _validation, Kind.BIAS: _bias, Kind.DRIFT: _drift, Kind.QUALITY: _quality}
)
