"""Has a column drifted? Only when chance is an unlikely reason and the shift is large enough to matter.

A p-value alone calls every difference in a large table drift, and an effect size alone calls noise in a small one
drift (Rabanser 2019, NeurIPS: tests differ little, the multiplicity and the effect size decide). So both are asked for,
and the answer has three values: where the interval of the effect reaches to both sides of its bound, 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from audits.core.slices import EACH
from audits.core.values import Criterion, Estimate, Kind

#: The largest share of false alarms among the columns that are called drifted, on average.
FALSE_DISCOVERIES = 0.05
#: What counts as large where the plan bounds no effect size: evidently's default for the Jensen-Shannon distance.
DEFAULT_DISTANCE = 0.1
#: Values per table below which a column is neither called drifted nor cleared: a house rule.
LEAST_VALUES = 50
EFFECTS = ("psi", "jensen_shannon", "ks", "wasserstein", "cramers_v")


class Bound(NamedTuple):
    """An effect is large above this; declared says whether the plan said so."""

    measure: str
    most: float
    declared: bool


def bounds_of(criteria: Sequence[Criterion], column: str, estimates: Mapping[str, Estimate]) -> list[Bound]:
    """The effect sizes that the plan bounds for this column, or the default; never below what chance alone gives."""
    floor = estimates["psi_noise_floor"].value or 0.0
    # For small shifts the squared Jensen-Shannon distance is an eighth of the PSI.
    least = {"psi": floor, "jensen_shannon": math.sqrt(floor / 8)}
    declared: dict[str, float] = {}
    for criterion in criteria:
        named = criterion.kind is Kind.DRIFT and criterion.measure in EFFECTS and criterion.column in (EACH, column)
        if named and criterion.maximum is not None and criterion.measure in estimates:
            tightest = min(criterion.maximum, declared.get(criterion.measure, math.inf))
            declared[criterion.measure] = tightest
    if not declared:
        return [Bound("jensen_shannon", max(DEFAULT_DISTANCE, least["jensen_shannon"]), False)]
    return [Bound(measure, max(most, least.get(measure, 0.0)), True) for measure, most in declared.items()]


def verdict(adjusted: Estimate, estimates: Mapping[str, Estimate], bounds: Sequence[Bound], smallest: int) -> Estimate:
    """1 when the adjusted p is below 0.05 and an effect is above its bound, else 0.

    adjusted: the column's Benjamini-Hochberg p. estimates: its effect sizes. smallest: present values in the smaller
    table. The interval is 0 to 1 where the data neither show a drift nor exclude one.
    """
    n = adjusted.n
    if adjusted.value is None:
        return Estimate.undefined(adjusted.reason or "the column could not be tested", n=n)
    if smallest < LEAST_VALUES:
        return Estimate.undefined(
            f"{smallest} values in one of the tables, and at least {LEAST_VALUES} are needed", n=n
        )
    known = [(estimates[bound.measure], bound) for bound in bounds if estimates[bound.measure].value is not None]
    if not known:
        return Estimate.undefined("none of the effect sizes that the plan bounds is defined here", n=n)
    surely = adjusted.value < FALSE_DISCOVERIES
    large = any((effect.value or 0.0) > bound.most for effect, bound in known)
    least = any((effect.low if effect.low is not None else 0.0) > bound.most for effect, bound in known)
    most = any((effect.high if effect.high is not None else math.inf) > bound.most for effect, bound in known)
    words = " or ".join(f"{bound.measure} {effect.value:.3g} against {bound.most:.3g}" for effect, bound in known)
    source = "declared in the plan" if known[0][1].declared else "the default, as the plan bounds no effect size"
    asked = f"asks for an adjusted p below {FALSE_DISCOVERIES} and an effect above its bound"
    method = f"{asked}: p = {adjusted.value:.3g}; {words} ({source})"
    return Estimate(float(surely and large), float(surely and least), float(most), n, None, method)


def together(verdicts: Sequence[Estimate]) -> dict[str, Estimate]:
    """How many columns drifted, and which share of them; a column without a verdict may or may not have."""
    if not verdicts or all(each.value is None for each in verdicts):
        reasons = {each.reason for each in verdicts if each.reason}
        why = reasons.pop() if len(reasons) == 1 else "no column could be compared with the reference"
        nothing = Estimate.undefined(why, n=len(verdicts))
        return {"drifted_columns": nothing, "drifted_share": nothing}
    untold = sum(each.value is None for each in verdicts)
    low, value, high = (sum(getattr(each, end) or 0.0 for each in verdicts) for end in ("low", "value", "high"))
    high += untold
    size = len(verdicts)
    method = f"count over {size} columns, {untold} of them without a verdict; from those shown to those not excluded"
    return {
        "drifted_columns": Estimate(value, low, high, size, None, method),
        "drifted_share": Estimate(value / size, low / size, high / size, size, None, method),
    }
