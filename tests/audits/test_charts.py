"""Do the charts draw aggregates alone, say their numbers in words, and come out the same each time?"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from audits.charts import curves, groups, movement
from audits.charts.chart import Chart, Mark, svg
from audits.charts.curves import OperatingPoint

AUROC = Mark("AUROC", 0.74, 0.7, 0.78, "n = 900")
TENTH = {"n": 90, "events": 30, "mean_score": 0.3, "observed": 0.333, "low": 0.25, "high": 0.44}
FACTS = {
    "roc": [{"fpr": 0.0, "sensitivity": 0.0}, {"fpr": 0.3, "sensitivity": 0.7}, {"fpr": 1.0, "sensitivity": 1.0}],
    "calibration": [TENTH],
    "scores": {"edges": [0.0, 0.5, 1.0], "events": [20, None], "nonevents": [60, 14]},
    "calibration_curve": {"score": [0.1, 0.5], "observed": [0.2, 0.6], "low": [0.1, 0.5], "high": [0.3, 0.7]},
    "precision_recall": [{"recall": 0.0, "precision": 0.9}, {"recall": 1.0, "precision": 0.3}],
    "prevalence": 0.3,
    "decision_curve": {
        "operating_point": [0.1, 0.5], "model": [0.2, 0.1], "low": [0.15, 0.02], "high": [0.25, 0.18],
        "all": [0.2, -0.4], "comparator": [0.18, 0.05],
    },
}  # fmt: skip
STARTS = ["2026-01-05", "2026-01-12"]
SUMS = {"h": 5, "arl0": 465.0, "points": [{"start": s, "high": 0.1, "low": 0.2} for s in STARTS], "alarm": STARTS[1]}
NAMES = ["roc", "precision-recall", "calibration", "decision", "forest", "drift", "heat-map", "time", "cusum"]


def drawn() -> dict[str, Chart]:
    marks = [Mark("sex: female", 0.7, 0.6, 0.8), Mark("sex: male", None, note="withheld")]
    made = {
        "roc": curves.roc(FACTS, AUROC, [OperatingPoint("alert", 0.8, 0.6)]),
        "calibration": curves.calibration(FACTS, "The model under-predicts."),
        "forest": groups.forest({"AUROC": marks, "Observed to expected ratio": marks}, {"AUROC": 0.74}),
        "drift": movement.drift([Mark("age", 0.12), Mark("sex", 0.01)], {"age": 0.02}, 0.25),
        "precision-recall": curves.precision_recall(FACTS, Mark("Average precision", 0.5, 0.4, 0.6), []),
        "decision": curves.decision(FACTS, "old score"),
        "heat-map": movement.heat_map({"window": "week", "starts": STARTS, "psi": {"age": [0.02, 0.31]}}),
        "time": movement.over_time(STARTS, [Mark(start, 1.0, 0.9, 1.1) for start in STARTS], "AUROC", 0.8),
        "cusum": movement.cusum(SUMS),
    }
    return {name: chart for name, chart in made.items() if chart is not None}


def test_every_chart_says_its_numbers_in_words() -> None:
    words = {name: chart.alt for name, chart in drawn().items()}
    assert "AUROC: 0.74 (0.70 to 0.78), n = 900" in words["roc"]
    assert "at “alert” 0.80 and 0.60" in words["roc"]
    assert "mean score 0.30, observed 0.33 (0.25 to 0.44)" in words["calibration"]
    assert words["calibration"].endswith("The model under-predicts.")
    assert "sex: female: 0.70 (0.60 to 0.80); sex: male: withheld" in words["forest"]
    assert "age 0.120 (by chance 0.020); sex 0.010" in words["drift"]
    assert "at most 0.25" in words["drift"]
    assert "0.10: 0.200 against 0.200; 0.50: 0.100 against -0.400" in words["decision"]
    assert "gets the prevalence, 0.30" in words["precision-recall"]
    assert "age at most 0.310" in words["heat-map"]
    assert "The first alarm is in the window of 2026-01-12." in words["cusum"]


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_is_the_same_svg_each_time(name: str) -> None:
    first, second = drawn()[name], drawn()[name]
    assert json.dumps(first.spec) == json.dumps(second.spec)
    assert svg(first) == svg(second)


def test_a_hidden_bar_is_not_drawn() -> None:
    spec = json.dumps(drawn()["calibration"].spec)
    assert '"n": 20' in spec
    assert '"from": 0.5, "to": 1.0, "n": 0' not in spec


def test_nothing_is_drawn_from_facts_that_are_not_there() -> None:
    assert curves.roc({}, AUROC, []) is None
    assert curves.calibration({}, "") is None
    assert groups.forest({"AUROC": [Mark("sex: male", None)]}, {}) is None
    assert movement.drift([], {}, None) is None


def test_names_of_dots_on_the_right_half_are_set_to_their_left() -> None:
    chart = curves.roc(FACTS, AUROC, [OperatingPoint("near", 0.5, 0.9), OperatingPoint("far", 0.9, 0.1)])
    assert chart is not None
    drawn_ = svg(chart)
    assert re.search(r'text-anchor="start"[^>]*>near<', drawn_)
    assert re.search(r'text-anchor="end"[^>]*>far<', drawn_)


def test_a_decision_curve_has_one_legend_for_colour_and_dashes() -> None:
    curve = {"operating_point": [0.1, 0.2], "model": [0.2, 0.1], "low": [0.1, 0], "high": [0.3, 0.2], "all": [0.2, 0]}
    chart = curves.decision({"decision_curve": curve}, width=200)
    assert chart is not None
    lines = chart.spec["layer"][1]["encoding"]
    assert lines["color"]["legend"] == lines["strokeDash"]["legend"]
    assert len(lines["strokeDash"]["scale"]["range"]) == len(lines["color"]["scale"]["range"]) == 3
    assert chart.spec["width"] == 200


def test_an_interval_without_end_does_not_squeeze_the_others() -> None:
    wide = Mark("A new site", 0.99, 0.0001, 8863.54)
    chart = groups.forest({"Observed to expected ratio": [Mark("north", 1.05, 0.9, 1.2), wide]}, {})
    assert chart is not None
    assert "(0.0001 to 8.9e+03)" in chart.alt
    spec = json.dumps(chart.spec)
    assert '"domain": [0.05, 20.0]' in spec
    assert '"cut_high": 20.0' in spec


def test_columns_with_limits_of_their_own_get_no_common_line() -> None:
    assert movement.one_bound([0.1, 0.1]) == 0.1
    assert movement.one_bound([0.1, 0.5]) is None
    assert movement.one_bound([None]) is None


def test_dates_stand_still_in_every_time_zone() -> None:
    for name in ("time", "cusum"):
        picture = svg_in("America/New_York", drawn()[name])
        assert "05 Jan 2026" in picture
        assert "04 Jan 2026" not in picture


def svg_in(zone: str, chart: Chart) -> str:
    """Drawn by a process whose clock stands in that zone."""
    program = (
        "import json, sys; from audits.charts.chart import Chart, svg; print(svg(Chart(json.load(sys.stdin), '')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(chart.spec), env={**os.environ, "TZ": zone},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout
