"""How does the model do at each site, raw and recalibrated on the others, and what do the sites say together?"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from scipy.special import expit, logit

from audits.core import discrimination, jackknife
from audits.core.accuracy import brier
from audits.core.arrays import Floats
from audits.core.calibration import calibration_intercept, calibration_slope, oe_ratio
from audits.core.cells import Cells
from audits.core.intervals import Interval, quantile_of
from audits.core.meta_analysis import FEWEST, Pooled, pool
from audits.core.people import Board
from audits.core.recalibration import Recalibration, fitted
from audits.core.replicable import WHOLE
from audits.core.scales import jackknife_error, widened
from audits.core.values import Estimate

#: site_<measure> -> the measure itself
RAW: Mapping[str, Callable[[Cells, float], Estimate]] = MappingProxyType(
    {
        "auroc": discrimination.auroc,
        "oe_ratio": oe_ratio,
        "calibration_intercept": calibration_intercept,
        "calibration_slope": calibration_slope,
        "brier": brier,
    }
)
#: site_recalibrated_<name> -> the measure of the recalibrated scores
RECALIBRATED: Mapping[str, str] = MappingProxyType(
    {"oe_ratio": "oe_ratio", "slope": "calibration_slope", "brier": "brier"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """One site. name: that of its slice. label: as the table spells it. board: its rows by groups of patients where
    patients repeat. refused: why it has too little evidence, None when it has enough."""

    name: str
    label: str
    cells: Cells
    board: Board | None
    refused: Estimate | None


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a measure is pooled: the scale on which its errors are about normal, and the way back."""

    label: str
    to: Callable[[Floats], Floats]
    back: Callable[[float], float]


#: Odds and ratios are pooled on the log scale (Snell 2018, Stat Methods Med Res 27:3505).
POOLED: Mapping[str, Scale] = MappingProxyType(
    {
        "auroc": Scale("logit scale", logit, lambda x: float(expit(x))),
        "oe_ratio": Scale("log scale", np.log, lambda x: math.exp(min(700.0, max(-700.0, x)))),
        "calibration_slope": Scale("no transformation", np.asarray, float),
    }
)


def raw(site: Site, confidence: float) -> dict[str, Estimate]:
    """Each of RAW at one site."""
    if site.refused is not None:
        return dict.fromkeys(RAW, site.refused)
    return {
        key: _clustered(key, measure(site.cells, confidence), site.board, confidence) for key, measure in RAW.items()
    }


def recalibrated(site: Site, others: Sequence[Site], confidence: float) -> dict[str, Estimate]:
    """Each of RECALIBRATED at one site, intercept and slope fitted on all the other sites' rows.

    "Internal-external" (Steyerberg & Harrell 2016, J Clin Epidemiol 69:245).
    """
    if site.refused is not None:
        return dict.fromkeys(RECALIBRATED, site.refused)
    rows, events = site.cells.rows, site.cells.events
    if len(others) + 1 < FEWEST:
        reason = f"{len(others) + 1} of at least {FEWEST} sites that it takes to recalibrate on the others"
        return dict.fromkeys(RECALIBRATED, Estimate.undefined(reason, n=rows, events=events))
    found = fitted([other.cells for other in others])
    if isinstance(found, str):
        return dict.fromkeys(RECALIBRATED, Estimate.undefined(found, n=rows, events=events))
    return {name: _recalibrated(site, found, key, confidence) for name, key in RECALIBRATED.items()}


def _recalibrated(site: Site, found: Recalibration, key: str, confidence: float) -> Estimate:
    board = site.board and Board(found.applied(site.board.cells), site.board.by_group)
    estimate = _clustered(key, RAW[key](found.applied(site.cells), confidence), board, confidence)
    if estimate.value is None:
        return estimate
    fit = f"recalibrated on the other sites (intercept {found.intercept:.3g}, slope {found.slope:.3g}, taken as given)"
    return replace(estimate, method=f"{estimate.method}; {fit}")


def _clustered(key: str, found: Estimate, board: Board | None, confidence: float) -> Estimate:
    """The estimate with an interval from groups of patients where patients repeat."""
    if board is None or found.value is None:
        return found
    functional, scale = WHOLE[key]
    interval = jackknife.limits(board, board.left_out(), functional, scale, found.value, confidence)
    method = f"jackknife over {board.groups} groups of patients, {scale.value}"
    if interval is None and (found.low is None or found.high is None):
        return found
    if interval is None:
        factor = board.design_factor
        interval = widened(found, scale, factor)
        why = "the jackknife having no spread" if board.groups > 1 else "there being one group of patients"
        method = f"{found.method}; widened by the root of {factor:.4g} rows per patient, weighed by rows, {why}"
    low, high = min(interval.low, found.value), max(interval.high, found.value)
    if key == "brier":
        low, high = max(0.0, low), min(1.0, high)
    return replace(found, low=low, high=high, method=method)


def together(
    key: str, sites: Sequence[Site], found: Mapping[str, Estimate], confidence: float
) -> tuple[dict[str, Estimate], Pooled | None]:
    """pooled_, predicted_, _tau2 and _i2 of one measure of POOLED. found: its estimate by the name of the site."""
    values, errors, kept, left = [], [], [], []
    for site in sites:
        placed = _on_scale(key, site, found[site.name], confidence)
        if isinstance(placed, str):
            left.append(f"{site.label} ({placed})")
        else:
            kept.append(site)
            values.append(placed[0])
            errors.append(placed[1])
    rows, events = sum(site.cells.rows for site in kept), sum(site.cells.events for site in kept)
    names = (f"pooled_{key}", f"predicted_{key}", f"{key}_tau2", f"{key}_i2")
    without = f"; left out: {', '.join(left)}" if left else ""
    if len(kept) < FEWEST:
        reason = f"{len(kept)} of at least {FEWEST} sites that it takes to pool{without}"
        return dict.fromkeys(names, Estimate.undefined(reason, n=rows, events=events)), None
    pooled = pool(np.array(values), np.array(errors), confidence)
    scale = POOLED[key]
    how = f"{len(kept)} sites, {pooled.method}, {scale.label}{without}"
    none = "" if pooled.tau2_interval else "no interval, because the sites agree better than chance alone lets them; "
    made: list[tuple[float, Interval | None, str]] = [
        (scale.back(pooled.value), _back(scale, pooled.mean), f"Hartung-Knapp, {how}"),
        (scale.back(pooled.value), _back(scale, pooled.predicted), f"prediction interval for a new site, {how}"),
        (pooled.tau2, pooled.tau2_interval, f"{none}Q-profile, {how}"),
        (pooled.i2, pooled.i2_interval, f"{none}from tau-squared and its Q-profile interval, {how}"),
    ]
    estimates = {
        name: _estimate(value, interval, rows, events, method)
        for name, (value, interval, method) in zip(names, made, strict=True)
    }
    return estimates, pooled


def _estimate(value: float, interval: Interval | None, rows: int, events: int, method: str) -> Estimate:
    if interval is None:
        return Estimate(value, n=rows, events=events, method=method)
    return Estimate(value, min(value, interval.low), max(value, interval.high), rows, events, method)


def _back(scale: Scale, interval: Interval) -> Interval:
    return Interval(scale.back(interval.low), scale.back(interval.high))


def _on_scale(key: str, site: Site, found: Estimate, confidence: float) -> tuple[float, float] | str:
    """A site's value and standard error on the pooled scale, or why it is left out."""
    if found.value is None:
        return found.reason or ""
    if key == "auroc" and not 0.0 < found.value < 1.0:
        return f"an AUROC of {found.value:g} has no log odds"
    if site.board is not None and site.board.groups > 1:
        left = WHOLE[key][0](site.board.cells, site.board.left_out())
        inside = np.isfinite(left) & ((left > 0) if key != "calibration_slope" else True)
        inside &= (left < 1) if key == "auroc" else True
        error = jackknife_error(POOLED[key].to(left)) if inside.all() else math.nan
    else:
        error = _error(key, site.cells, found, confidence)
        if site.board is not None and key != "calibration_slope":
            # That of a slope is read off limits which are widened already.
            error *= math.sqrt(site.board.design_factor)
    if not 1e-9 < error < 1e6:
        return "its standard error is not defined"
    return float(POOLED[key].to(np.array(found.value))), error


def _error(key: str, cells: Cells, found: Estimate, confidence: float) -> float:
    """The standard error of independent rows on the pooled scale; NaN where there is none."""
    assert found.value is not None
    if key == "auroc":
        ladder = cells.ladder
        if not discrimination.placements_vary(ladder):
            return math.nan
        return math.sqrt(discrimination.delong_variance(ladder)) / (found.value * (1 - found.value))
    if key == "oe_ratio":
        return math.sqrt((1 - cells.events / cells.rows) / cells.events)
    if found.low is None or found.high is None:
        return math.nan
    return (found.high - found.low) / (2 * quantile_of(confidence))
