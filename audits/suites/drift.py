"""Does this table still look like the one that the model was made or last checked on?"""

from __future__ import annotations

import numpy as np

from audits.core import checks
from audits.core.catalog import of_kind
from audits.core.drift import categories, grouped, missing_change, numbers, pair, tenths
from audits.core.feature_tally import FeatureTally, Shape, digest_of
from audits.core.randomness import stream
from audits.core.slices import OTHER
from audits.core.values import Column, Estimate, Kind, Measurement, PlanSpec, Result, Source
from audits.engines import duckdb_features
from audits.engines.connection import Limits, Progress


def run(
    *, source: Source, reference: Source | None, plan: PlanSpec, progress: Progress, limits: Limits | None = None
) -> Result:
    """Compare every column but the subject with the reference; undefined throughout when there is none."""
    bounds = limits or Limits()
    items = [item for item in source.columns if duckdb_features.comparable(item)]
    known = {(item.name, duckdb_features.numeric(item)) for item in reference.columns} if reference else set()
    shared = [item.name for item in items if (item.name, duckdb_features.numeric(item)) in known]
    before: tuple[FeatureTally, ...] = ()
    now: tuple[FeatureTally, ...] = ()
    if reference is not None:
        specs = duckdb_features.specify(source, reference, shared, limits=bounds)
        before = duckdb_features.tally(reference, specs, progress=progress, stage="reference", limits=bounds)
        now = duckdb_features.tally(source, specs, progress=progress, stage="table", limits=bounds)
    sides = dict(zip(shared, zip(before, now, strict=True), strict=True))
    absent = "no reference table was given" if reference is None else "the reference has no such column of this type"
    measurements: list[Measurement] = []
    for done, item in enumerate(items):
        progress("measures", done, len(items))
        made = _column(*sides[item.name], plan) if item.name in sides else _undefined(item, absent)
        measurements.extend(Measurement(measure, estimate, column=item.name) for measure, estimate in made.items())
    progress("measures", len(items), len(items))
    facts: dict[str, object] = {"columns": [_shares(*sides[name]) for name in shared if _both(*sides[name])]}
    criteria = [criterion for criterion in plan.criteria if criterion.kind is Kind.DRIFT]
    return Result(
        Kind.DRIFT, tuple(measurements), checks.apply(criteria, measurements), digest_of((*before, *now)), facts
    )


def _both(before: FeatureTally, now: FeatureTally) -> bool:
    return before.present > 0 and now.present > 0


def _column(before: FeatureTally, now: FeatureTally, plan: PlanSpec) -> dict[str, Estimate]:
    """Every drift measure of one column."""
    number = before.spec.shape is not Shape.LEVELS
    change = {"missing_share_difference": missing_change(before, now, plan.confidence)}
    if not _both(before, now):
        where = "the reference" if before.present == 0 else "this table"
        nothing = Estimate.undefined(f"{where} has no present values in this column", n=now.present)
        return {**dict.fromkeys(_measures(number=number), nothing), **change}
    both = pair(before, now)
    place = tenths(both) if number else np.arange(len(both.key), dtype=np.int64)
    rng = stream(plan.seed, "drift", before.spec.name)
    made = categories(both, place, plan.confidence, plan.replicates, rng)
    if number:
        made |= numbers(before, now, plan.confidence, plan.replicates, rng)
    return {**made, **change}


def _undefined(item: Column, reason: str) -> dict[str, Estimate]:
    return dict.fromkeys(_measures(number=duckdb_features.numeric(item)), Estimate.undefined(reason))


def _measures(*, number: bool) -> list[str]:
    return [entry.key for entry in of_kind(Kind.DRIFT) if number or not entry.numeric_only]


def _shares(before: FeatureTally, now: FeatureTally) -> dict[str, object]:
    """Reference and current shares of one column for its chart: tenths of a number, levels of a text."""
    both, spec = pair(before, now), before.spec
    number = spec.shape is not Shape.LEVELS
    place = tenths(both) if number else np.arange(len(both.key), dtype=np.int64)
    reference, current = grouped(both, place)
    if spec.shape is Shape.LEVELS:
        labels: list[object] = [(*spec.levels, OTHER)[int(key)] for key in both.key]
    else:
        edges = both.key if spec.shape is Shape.VALUES else np.array([spec.edges[max(0, int(k) - 1)] for k in both.key])
        labels = [float(edges[np.flatnonzero(place == index)[0]]) for index in range(len(reference))]
    return {
        "column": spec.name,
        "kind": "number" if number else "text",
        "labels": labels,
        "reference": [float(share) for share in reference / reference.sum()],
        "current": [float(share) for share in current / current.sum()],
        "missing": {"reference": before.absent, "current": now.absent},
    }
