"""Which columns have moved, how far, and how sure is that? Effect sizes, one test each, and the verdict of both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from audits.core.arrays import Ints
from audits.core.catalog import of_kind
from audits.core.catalog_entry import Spread
from audits.core.drift import categories, grouped, ks_range, missing_change, numbers, tenths
from audits.core.drift_tests import Chance, adjusted, chi_squared, cramers_v, ks_test
from audits.core.drifted import FALSE_DISCOVERIES, bounds_of, together, verdict
from audits.core.feature_tally import Shape
from audits.core.randomness import stream
from audits.core.slices import EACH, OTHER
from audits.core.values import Column, Estimate, Kind, Measurement
from audits.engines import duckdb_features, duckdb_ks
from audits.suites.part import Part
from audits.suites.two_tables import Compared, Sides


def part(given: Compared) -> Part:
    """Every drift measure of every column, and how many columns drifted."""
    made: dict[str, dict[str, Estimate]] = {}
    tested: dict[str, Chance] = {}
    for done, item in enumerate(given.items):
        given.progress("measures", done, len(given.items))
        made[item.name], test = _column(given, item)
        if test is not None:
            tested[item.name] = test
    given.progress("measures", len(given.items), len(given.items))
    chances = adjusted(tested)
    for name, estimates in made.items():
        estimates["drift_p"] = chances.get(name) or _like(estimates["psi"])
        estimates["drifted"] = _verdict(given, name, estimates)
    measurements = [Measurement(key, e, column=name) for name, each in made.items() for key, e in each.items()]
    table = together([estimates["drifted"] for estimates in made.values()])
    measurements += [Measurement(key, estimate) for key, estimate in table.items()]
    roles = {item.name: item.role for item in given.items}
    facts: dict[str, object] = {
        "columns": [_shares(sides, roles[name]) for name, sides in given.sides.items() if sides.present],
        "independent_rows": {"reference": given.independent[0], "current": given.independent[1]},
    }
    return Part(measurements, facts)


def _column(given: Compared, item: Column) -> tuple[dict[str, Estimate], Chance | None]:
    """The effect sizes of one column and its test, before the others are known."""
    sides = given.sides.get(item.name)
    if sides is None:
        number = duckdb_features.numeric(item)
        return dict.fromkeys(_measures(number=number), Estimate.undefined(given.absent)), None
    plan = given.plan
    change = {"missing_share_difference": missing_change(sides.before, sides.now, plan.confidence)}
    if given.repeated and change["missing_share_difference"].value is not None:
        told = change["missing_share_difference"]
        change = {"missing_share_difference": replace(told, method=told.method + given.repeated)}
    if not sides.present:
        where = "the reference" if sides.before.present == 0 else "this table"
        nothing = Estimate.undefined(f"{where} has no present values in this column", n=sides.now.present)
        return {**dict.fromkeys(_measures(number=sides.number), nothing), **change}, None
    rng = stream(plan.seed, "drift", item.name)
    made = categories(sides.both, place_of(sides), plan.confidence, plan.replicates, rng)
    if not sides.number:
        made["cramers_v"] = cramers_v(sides.both, plan.confidence, plan.replicates, rng)
        return {**made, **change}, chi_squared(sides.both)
    found, least, most = _numbers(given, sides, rng)
    return {**made, **found, **change}, ks_test(sides.both, least, most)


def _numbers(given: Compared, sides: Sides, rng: np.random.Generator) -> tuple[dict[str, Estimate], float, float]:
    """KS and Wasserstein, and what the KS statistic lies between: counted on rows where the bins leave a check open."""
    plan, name = given.plan, sides.before.spec.name
    settings = (sides.both, (sides.before, sides.now), plan.confidence, plan.replicates)
    state = rng.bit_generator.state
    found = numbers(*settings, rng)
    least, most = ks_range(sides.both, sides.before.spec.shape)
    if given.reference is None or not _open(given, name, found["ks"], ks_test(sides.both, least, most), sides, most):
        return found, least, most
    exact = duckdb_ks.exact_ks(given.source, given.reference, name, limits=given.limits)
    rng.bit_generator.state = state
    return numbers(*settings, rng, exact), exact, exact


def _open(given: Compared, name: str, ks: Estimate, chance: Chance, sides: Sides, most: float) -> bool:
    """Whether the width of the bins could decide a check of the KS statistic, or whether its p is small."""
    if ks.value is None or ks.value == most:
        return False
    named = [c for c in given.plan.criteria if c.kind is Kind.DRIFT and c.measure == "ks" and c.column in (EACH, name)]
    limits = [bound for c in named for bound in (c.minimum, c.maximum) if bound is not None]
    straddled = any((ks.low or 0.0) <= bound <= (ks.high or 1.0) for bound in limits)
    return straddled or ks_test(sides.both, most, most).p < FALSE_DISCOVERIES <= chance.p


def place_of(sides: Sides) -> Ints:
    """int64[k]: the group of each cell that PSI compares: tenths of the reference for numbers, levels for texts."""
    return tenths(sides.both) if sides.number else np.arange(len(sides.both.key), dtype=np.int64)


def _verdict(given: Compared, name: str, estimates: dict[str, Estimate]) -> Estimate:
    if estimates["drift_p"].value is None:
        return _like(estimates["psi"])
    sides = given.sides[name]
    bounds = bounds_of(given.plan.criteria, name, estimates)
    return verdict(estimates["drift_p"], estimates, bounds, min(sides.before.present, sides.now.present))


def _like(estimate: Estimate) -> Estimate:
    """Undefined for the reason for which the effect size is."""
    return Estimate.undefined(estimate.reason or "the column could not be tested", n=estimate.n)


def _measures(*, number: bool) -> list[str]:
    """What one column is measured by, its test and verdict aside."""
    entries = [entry for entry in of_kind(Kind.DRIFT) if entry.spread is Spread.COLUMNS and entry.needs is None]
    fitting = [entry for entry in entries if not (entry.category_only if number else entry.numeric_only)]
    return [entry.key for entry in fitting if entry.key not in ("drift_p", "drifted")]


def _shares(sides: Sides, role: str) -> dict[str, object]:
    """Reference and current shares of one column for its chart: tenths of a number, levels of a text."""
    both, spec, place = sides.both, sides.before.spec, place_of(sides)
    reference, current = grouped(both, place)
    if spec.shape is Shape.LEVELS:
        labels: list[object] = [(*spec.levels, OTHER)[int(key)] for key in both.key]
    else:
        edges = both.key if spec.shape is Shape.VALUES else np.array([spec.edges[max(0, int(k) - 1)] for k in both.key])
        labels = [float(edges[np.flatnonzero(place == index)[0]]) for index in range(len(reference))]
    return {
        "column": spec.name,
        "role": role,
        "kind": "number" if sides.number else "text",
        "labels": labels,
        "reference": [float(share) for share in reference / reference.sum()],
        "current": [float(share) for share in current / current.sum()],
        "missing": {"reference": sides.before.absent, "current": sides.now.absent},
    }
