"""What does the story's team promise before anything runs? Its validation plan."""

from __future__ import annotations

from collections.abc import Sequence

OPERATING_POINTS: list[dict[str, object]] = [
    {"name": "intensify follow-up", "score": 0.2},
    {"name": "change therapy", "score": 0.4},
    {"name": "catch nine in ten", "sensitivity": 0.9},
]
#: From one treated patient in ten who needed it to one in two: where clinicians differ, and decide.
DECISION_RANGE = {"low": 0.1, "high": 0.5}
#: The most AUROC that may be lost against the CD4 count alone.
MARGIN = 0.02
SUBGROUPS = ["race", "gender", "age_band", "arm"]


def _validation(name: str, measure: str, **bounds: object) -> dict[str, object]:
    # 100 events and 100 non-events: the usual floor for external validation (Collins 2016, Stat Med 35:214).
    return {
        "id": name,
        "kind": "validation",
        "measure": measure,
        "minimum_events": 100,
        "minimum_nonevents": 100,
        **bounds,
    }


AT = {"operating_point": "intensify follow-up"}
CRITERIA: list[dict[str, object]] = [
    _validation("discrimination", "auroc", minimum=0.65),
    _validation("calibration in the large", "oe_ratio", minimum=0.8, maximum=1.25),
    _validation("calibration slope", "calibration_slope", minimum=0.7, maximum=1.3),
    _validation("sensitivity", "sensitivity", minimum=0.75, **AT),
    _validation("specificity", "specificity", minimum=0.35, **AT),
    {
        "id": "discrimination in every subgroup",
        "kind": "validation",
        "measure": "auroc",
        "slice": "each",
        "minimum": 0.55,
        "minimum_events": 50,
        "minimum_nonevents": 50,
    },
    {
        "id": "equal opportunity",
        "kind": "bias",
        "measure": "equal_opportunity_difference",
        "across": "each",
        "maximum": 0.2,
        **AT,
    },
    _validation("not worse than the CD4 count", "auroc_vs_comparator", minimum=-MARGIN),
    _validation("useful where it is used", "net_benefit_gain", minimum=0.0, **AT),
    {"id": "like the whole trial", "kind": "bias", "measure": "population_smd", "column": "each", "maximum": 0.25},
    {"id": "no drift of inputs", "kind": "drift", "measure": "psi", "column": "each", "maximum": 0.25},
    {"id": "complete data", "kind": "quality", "measure": "missing_share", "column": "each", "maximum": 0.05},
    {
        "id": "no leakage",
        "kind": "quality",
        "measure": "subject_overlap_share",
        "maximum": 0.0,
        "on": "estimate",
    },
]


def document(population: Sequence[dict[str, object]]) -> dict[str, object]:
    """Bounds that a hospital could ask of a progression-risk model; fixed before the first look at any result.

    population: the marginals of the people whom the model is for.
    """
    return {
        "operating_points": OPERATING_POINTS,
        "subgroups": SUBGROUPS,
        "intersections": [["race", "gender"]],
        "confidence": 0.95,
        "replicates": 1000,
        "seed": 20260101,
        "decision_range": DECISION_RANGE,
        "population": {"source": "all 2,139 patients of ACTG 175", "variables": list(population)},
        "scan_depth": 2,
        "criteria": CRITERIA,
    }
