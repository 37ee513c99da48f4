"""Do the charts draw aggregates alone, say their numbers in words, and come out the same each time?"""

from __future__ import annotations

import json

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
}


def drawn() -> dict[str, Chart]:
    marks = [Mark("sex: female", 0.7, 0.6, 0.8), Mark("sex: male", None, note="withheld")]
    made = {
        "roc": curves.roc(FACTS, AUROC, [OperatingPoint("alert", 0.8, 0.6)]),
        "calibration": curves.calibration(FACTS, "The model under-predicts."),
        "forest": groups.forest({"AUROC": marks, "Observed to expected ratio": marks}, {"AUROC": 0.74}),
        "drift": movement.drift([Mark("age", 0.12), Mark("sex", 0.01)], {"age": 0.02}, 0.25),
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


@pytest.mark.parametrize("name", ["roc", "calibration", "forest", "drift"])
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
