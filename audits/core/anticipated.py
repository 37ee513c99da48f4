"""What value is a criterion's measure expected to have, and how does its interval narrow as rows are added?"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from audits.core import sample_size
from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Direction, Entry
from audits.core.slices import EACH
from audits.core.values import Criterion, PlanSpec

_RILEY = "Riley 2021, Stat Med 40:4230"
#: A factor of exp(300) says nothing, and more leaves the numbers that there are.
_ENDLESS = 300.0
_WILSON = "Wilson 1927, J Am Stat Assoc 22:209"


@dataclass(frozen=True, slots=True)
class Size:
    """rows, events: of one slice; events as expected from the whole table's share, when they are not counted.

    repeats: rows per patient, >= 1.
    """

    rows: int
    events: float
    counted: bool
    repeats: float = 1.0

    @property
    def share(self) -> float:
        return self.events / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class Formula:
    """limit(n): the end of the interval that faces the bound, at n > 0 independent rows of the same mix."""

    limit: Callable[[float], float]
    method: str
    citation: str


def anticipated_value(criterion: Criterion, entry: Entry) -> float | None:
    """Its ideal where the measure has one inside the bounds; otherwise midway from the bound to the best value."""
    low, high = criterion.minimum, criterion.maximum
    ideal = entry.target
    if ideal is not None and (low is None or low <= ideal) and (high is None or ideal <= high):
        return ideal
    if low is not None and high is not None:
        return (low + high) / 2
    best = {Direction.HIGHER: entry.high, Direction.LOWER: entry.low}.get(entry.direction)
    if best is None:
        best = entry.high if low is not None else entry.low
    bound = low if low is not None else high
    return None if best is None or bound is None else (bound + best) / 2


def nearer_bound(criterion: Criterion, value: float, *, ratio: bool) -> float | None:
    """The bound that is nearer to the value; nearer by factors for a ratio."""
    bounds = [bound for bound in (criterion.minimum, criterion.maximum) if bound is not None]
    if ratio:
        bounds = [bound for bound in bounds if bound > 0]
        return min(bounds, key=lambda bound: abs(math.log(bound / value)), default=None) if value > 0 else None
    return min(bounds, key=lambda bound: abs(bound - value), default=None)


def formula_of(
    measure: str, value: float, bound: float, size: Size, plan: PlanSpec, values: Mapping[str, float]
) -> Formula | str:
    """How the interval narrows with n, or the sentence that says why that cannot be told."""
    z, share, side = sample_size.quantile(plan.confidence), size.share, -1 if bound < value else 1
    if measure in _SHARES:
        part, what = _SHARES[measure](share), _OUT_OF[measure]
        if not 0 <= value <= 1 or part <= 0:
            return f"Nothing is expected among {what}."
        place = 0 if side < 0 else 1
        return Formula(
            lambda n: sample_size.wilson(value, n * part, plan.confidence)[place], f"Wilson, {what}", _WILSON
        )
    if measure not in _BY_EVENTS:
        return "There is no formula for the interval of this measure; only the least n was looked at."
    if not 0 < share < 1:
        return "Both outcomes are needed."
    if measure == "auroc":
        if not 0 < value < 1:
            return "An AUROC of 0 or 1 has no standard error to go by."
        return Formula(
            lambda n: value + side * z * sample_size.auroc_error(value, n * share, n * (1 - share)),
            "standard error by Newcombe 2006, method 4",
            _RILEY,
        )
    if measure == "oe_ratio":
        if value <= 0:
            return "A ratio is above 0."
        return Formula(
            lambda n: value * math.exp(min(_ENDLESS, side * z * sample_size.log_oe_error(n * share, n))),
            "standard error of ln(O/E)",
            _RILEY,
        )
    auroc = _auroc(plan, values)
    if auroc is None:
        return "The interval of the slope depends on how well the model ranks; anticipate an AUROC to have it told."
    slope = sample_size.slope_error(auroc, share, 1)
    method = f"Fisher information, logit normal in each outcome group, AUROC {auroc:.3g}"
    return Formula(lambda n: value + side * z * slope / math.sqrt(n), method, _RILEY)


def _auroc(plan: PlanSpec, values: Mapping[str, float]) -> float | None:
    """The AUROC that the plan's own criterion on everyone anticipates, when it is of any use."""
    for criterion in plan.criteria:
        if criterion.measure == "auroc" and criterion.slice in ("", EACH):
            value = values.get(criterion.id, anticipated_value(criterion, CATALOG["auroc"]))
            return value if value is not None and 0.5 < value < 1 else None
    return None


#: The share of all rows that each proportion is out of, from the share of events.
_SHARES: Mapping[str, Callable[[float], float]] = {
    "sensitivity": lambda share: share,
    "specificity": lambda share: 1 - share,
    "flag_rate": lambda share: 1.0,
    "prevalence": lambda share: 1.0,
    "missing_share": lambda share: 1.0,
    "duplicate_row_share": lambda share: 1.0,
    "label_coverage": lambda share: 1.0,
}
_OUT_OF = {
    "sensitivity": "the events",
    "specificity": "the non-events",
    **dict.fromkeys(("flag_rate", "prevalence", "missing_share", "duplicate_row_share", "label_coverage"), "all rows"),
}
_BY_EVENTS = frozenset({"auroc", "oe_ratio", "calibration_slope"})
