"""A change plan that is complete, and what was measured of two versions: what the tests of changes start from."""

from __future__ import annotations

from typing import Any

from audits.core.values import Estimate, Measurement
from governance.core.evaluations import Evaluation

MONITORING: dict[str, Any] = {
    "what_is_measured": "AUROC and calibration, by sex and age.",
    "thresholds": "AUROC below 0.75.",
    "frequency_validity": "Every month.",
    "frequency_fairness": "Every quarter.",
    "data_source": "The warehouse, two weeks after discharge.",
    "responsibilities": "The data office measures; the clinical lead decides.",
    "actions": "A closer look within a week; then stop.",
    "reporting": "The safety board.",
}
RISK: dict[str, Any] = {
    "scope": "The model and the screen that shows it.",
    "criteria": "Five levels by five; 12 and above is not accepted.",
    "responsibilities": "The clinical lead accepts.",
    "review": "Every year, and after an incident.",
}


def change_plan(**changes: Any) -> dict[str, Any]:
    """Two modifications; sections that are given as None are left out."""
    document: dict[str, Any] = {
        "modifications": [
            {
                "id": "retrain",
                "description": "Train again on newer patients.",
                "how": "manual",
                "where": "global",
                "why_inside_intended_use": "Inputs, outcome and patients stay the same.",
            },
            {
                "id": "recalibrate",
                "description": "Fit the intercept at a site.",
                "how": "automatic",
                "where": "local",
                "why_inside_intended_use": "Only the scale of the score moves.",
            },
        ],
        "bounds": [
            {"modifications": "all", "measure": "auroc", "minimum": 0.75},
            {"modifications": ["retrain"], "measure": "auroc", "not_worse_by": 0.03},
        ],
        "data_management": "Consecutive patients of one year, split by date.",
        "retraining": "Same architecture, same inputs.",
        "evaluation": "Frozen validation plan on patients of another quarter.",
        "update_procedure": {
            "roll_out": "One ward first.",
            "communication": "A note to users a week before.",
            "rollback": "The earlier version stays installed for a month.",
            "monitoring": "Daily for two weeks.",
        },
        "traceability": [
            {"modification": "retrain", "steps": ["data_management", "retraining", "evaluation", "update_procedure"]},
            {"modification": "recalibrate", "steps": ["data_management", "evaluation", "update_procedure"]},
        ],
        "impact": _impact(),
    }
    document.update(changes)
    return {key: value for key, value in document.items() if value is not None}


def _impact() -> dict[str, Any]:
    each = [
        {"modification": name, "benefits": "b", "risks": "r", "mitigation": "m"} for name in ("retrain", "recalibrate")
    ]
    return {"each": each, "together": "Retraining comes first, so that recalibration starts from it."}


def around(value: float, half: float, n: int = 1000) -> Estimate:
    return Estimate(value, value - half, value + half, n, method="test")


def evaluation(version: int, dataset: str, patients: str | None = None, /, **measured: Estimate) -> Evaluation:
    """Measures of everybody; "__" separates the operating point. patients: those of the dataset, unless said."""
    found = []
    for name, estimate in measured.items():
        measure, _, point = name.partition("__")
        found.append(Measurement(measure, estimate, operating_point=point))
    whose = dataset if patients is None else patients
    return Evaluation(version, f"{dataset}.csv", dataset, tuple(found), patients=whose)
