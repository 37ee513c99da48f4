"""How is each chart read? One sentence under its title, for people who do not read such charts every day."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_GROUPS = "One row per group with its interval; an interval that crosses the dashed line is within what chance allows."
HOW_TO: Mapping[str, str] = MappingProxyType(
    {
        "roc": "The further the curve bows to the upper left, the better; the dashed line is a coin toss.",
        "precision-recall": "How many flagged patients are true cases as more cases are caught; the dashed line is the "
        "share that flagging anyone would give.",
        "calibration": "On the dashed line, predicted risk is what happened; above it more happened, below it less. "
        "Bars underneath: patients with the outcome upwards, without it downwards.",
        "decision": "The highest line is the best way to decide; where the model is highest, using it is worth "
        "most. The band is its interval.",
        "groups": "One row per group with its interval; the dashed lines are everyone's AUROC and a ratio of 1.",
        "sites": "One row per site with its interval; below, all sites together and what a new site may expect.",
        "rest": _GROUPS,
        "columns": "The bar is how far a column moved, the tick what chance alone gives; a bar up to its tick is no "
        "evidence of drift. A dashed line is the plan's limit.",
        "heat-map": "One row per column, one square per window; the darker, the further from the reference.",
        "time": "One point per window with its interval; a gap is a window with too little to tell.",
        "cusum": "Small excesses add up; a line that crosses a dashed limit is an alarm.",
        "missing": "One row per column with its interval, at most 40; columns without any missing value are left out.",
    }
)


def how_to(name: str) -> str:
    """Of the chart with that name; "rest-2" is read like "rest". "" for a chart without such words."""
    return HOW_TO.get(name) or HOW_TO.get(name.split("-")[0], "")
