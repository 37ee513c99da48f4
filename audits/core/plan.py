"""What does a validation plan say? Its JSON document, read strictly into a PlanSpec and written back unchanged."""

from __future__ import annotations

from collections.abc import Mapping

from audits.core import slices
from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Entry, Spread
from audits.core.plan_extras import (
    decision_range,
    operating_point,
    point_document,
    population,
    population_document,
    range_document,
)
from audits.core.plan_fields import PlanError, choice, distinct, items, mapping, number, pointer, text, whole
from audits.core.values import Criterion, Kind, On, OperatingPoint, PlanSpec, Target, Window

__all__ = ["PlanError", "document", "parse"]

_PLAN = (
    "operating_points",
    "subgroups",
    "intersections",
    "criteria",
    "confidence",
    "replicates",
    "seed",
    "show_events",
    "show_nonevents",
    "decision_range",
    "population",
    "window",
    "scan_depth",
)
_MINIMA = ("minimum_n", "minimum_events", "minimum_nonevents")
_PLACES = ("slice", "across", "operating_point", "column")
_CRITERION = ("id", "kind", "measure", "minimum", "maximum", "on", *_PLACES, *_MINIMA)
_DEFAULTS = PlanSpec(operating_points=(), subgroups=(), intersections=(), criteria=())
_MOST_ROWS = 10**15
_MOST_JOINED = 3
#: With fewer of either outcome no figure of a group means anything, and small cells identify patients:
#: counts below 5 are what disclosure control of health statistics commonly suppresses.
_LEAST_SHOWN = 5


def parse(document: Mapping[str, object]) -> PlanSpec:
    """Read a plan document. Raises PlanError (a ValueError) on the first thing that is not exactly right."""
    fields = mapping(document, "", allowed=_PLAN)
    points = items(fields.get("operating_points", ()), "/operating_points", operating_point)
    spec = PlanSpec(
        operating_points=tuple(point for point in points if isinstance(point, OperatingPoint)),
        targets=tuple(point for point in points if isinstance(point, Target)),
        subgroups=items(fields.get("subgroups", ()), "/subgroups", text),
        intersections=items(fields.get("intersections", ()), "/intersections", _intersection),
        criteria=items(fields.get("criteria", ()), "/criteria", _criterion),
        # Below 0.5 or at 1 an interval says nothing useful; the usual values are 0.90, 0.95 and 0.99.
        confidence=number(fields.get("confidence", _DEFAULTS.confidence), "/confidence", low=0.5, high=0.9999),
        replicates=whole(fields.get("replicates", _DEFAULTS.replicates), "/replicates", low=100, high=20_000),
        seed=whole(fields.get("seed", _DEFAULTS.seed), "/seed", low=0, high=2**53 - 1),
        show_events=_shown(fields, "show_events", _DEFAULTS.show_events),
        show_nonevents=_shown(fields, "show_nonevents", _DEFAULTS.show_nonevents),
        decision_range=decision_range(fields.get("decision_range"), "/decision_range"),
        population=population(fields.get("population"), "/population"),
        window=choice(fields.get("window", _DEFAULTS.window.value), "/window", Window),
        scan_depth=whole(fields.get("scan_depth", _DEFAULTS.scan_depth), "/scan_depth", low=0, high=_MOST_JOINED),
    )
    _check_declarations(spec)
    for position, criterion in enumerate(spec.criteria):
        _check_places(criterion, CATALOG[criterion.measure], spec, pointer("/criteria", position))
    return spec


def points_of(spec: PlanSpec) -> list[OperatingPoint | Target]:
    """Every declared operating point, those given as scores first."""
    return [*spec.operating_points, *spec.targets]


def document(spec: PlanSpec) -> dict[str, object]:
    """The canonical JSON-ready form: every field present, in one order; `parse(document(s)) == s`."""
    return {
        "operating_points": [point_document(point) for point in points_of(spec)],
        "subgroups": list(spec.subgroups),
        "intersections": [list(names) for names in spec.intersections],
        "criteria": [_criterion_document(criterion) for criterion in spec.criteria],
        "confidence": spec.confidence,
        "replicates": spec.replicates,
        "seed": spec.seed,
        "show_events": spec.show_events,
        "show_nonevents": spec.show_nonevents,
        "decision_range": range_document(spec.decision_range),
        "population": population_document(spec.population),
        "window": spec.window.value,
        "scan_depth": spec.scan_depth,
    }


def _shown(fields: Mapping[str, object], name: str, default: int) -> int:
    return whole(fields.get(name, default), pointer("", name), low=_LEAST_SHOWN, high=_MOST_ROWS)


def _criterion_document(criterion: Criterion) -> dict[str, object]:
    """Bounds that are not set are left out; everything else is spelled out, defaults too."""
    bounds = {"minimum": criterion.minimum, "maximum": criterion.maximum}
    return {
        "id": criterion.id,
        "kind": criterion.kind.value,
        "measure": criterion.measure,
        **{name: bound for name, bound in bounds.items() if bound is not None},
        "on": criterion.on.value,
        **{name: getattr(criterion, name) for name in (*_PLACES, *_MINIMA)},
    }


def _intersection(value: object, path: str) -> tuple[str, ...]:
    names = items(value, path, text)
    if len(names) < 2:
        raise PlanError("too_few", path, "an intersection joins at least two subgroup columns")
    if len(names) > _MOST_JOINED:
        raise PlanError("too_many", path, f"an intersection joins at most {_MOST_JOINED} subgroup columns")
    distinct(names, path, "duplicate_subgroup")
    return names


def _criterion(value: object, path: str) -> Criterion:
    fields = mapping(value, path, allowed=_CRITERION, required=("id", "kind", "measure"))

    def bound(name: str) -> float | None:
        return None if fields.get(name) is None else number(fields[name], pointer(path, name))

    def place(name: str) -> str:
        return text(fields.get(name, ""), pointer(path, name), blank=True)

    def least(name: str) -> int:
        return whole(fields.get(name, 0), pointer(path, name), low=0, high=_MOST_ROWS)

    criterion = Criterion(
        id=text(fields["id"], pointer(path, "id")),
        kind=choice(fields["kind"], pointer(path, "kind"), Kind),
        measure=text(fields["measure"], pointer(path, "measure")),
        minimum=bound("minimum"),
        maximum=bound("maximum"),
        on=choice(fields.get("on", On.INTERVAL.value), pointer(path, "on"), On),
        slice=place("slice"),
        across=place("across"),
        operating_point=place("operating_point"),
        column=place("column"),
        minimum_n=least("minimum_n"),
        minimum_events=least("minimum_events"),
        minimum_nonevents=least("minimum_nonevents"),
    )
    _check_bounds(criterion, path)
    return criterion


def _check_bounds(criterion: Criterion, path: str) -> None:
    """A criterion names a measure that its audit makes, and at least one bound, the right way round."""
    entry = CATALOG.get(criterion.measure)
    if entry is None:
        raise PlanError("unknown_measure", pointer(path, "measure"), f"“{criterion.measure}” is not in the catalogue")
    if not entry.gated:
        message = f"“{criterion.measure}” is shown and decides nothing: {entry.misread}"
        raise PlanError("never_gated", pointer(path, "measure"), message)
    if criterion.kind is not entry.kind:
        message = f"“{criterion.measure}” is measured by the {entry.kind.value} audit"
        raise PlanError("wrong_kind", pointer(path, "kind"), message)
    if criterion.minimum is None and criterion.maximum is None:
        raise PlanError("bound_missing", path, "a criterion needs a minimum, a maximum, or both")
    if criterion.minimum is not None and criterion.maximum is not None and criterion.minimum > criterion.maximum:
        raise PlanError("bounds_reversed", path, "the minimum is above the maximum")


def _check_declarations(spec: PlanSpec) -> None:
    """Names are unique, and an intersection joins declared subgroups only."""
    points = points_of(spec)
    distinct([point.name for point in points], "/operating_points", "duplicate_operating_point")
    distinct(spec.subgroups, "/subgroups", "duplicate_subgroup")
    distinct([criterion.id for criterion in spec.criteria], "/criteria", "duplicate_criterion")
    distinct([", ".join(sorted(names)) for names in spec.intersections], "/intersections", "duplicate_intersection")
    for position, point in enumerate(points):
        if point.name == slices.EACH:
            raise PlanError("reserved_name", f"/operating_points/{position}/name", "“each” is a reserved word")
    for position, names in enumerate(spec.intersections):
        for place, name in enumerate(names):
            if name not in spec.subgroups:
                path = f"/intersections/{position}/{place}"
                raise PlanError("undeclared_subgroup", path, f"“{name}” is not a declared subgroup")


def _check_places(criterion: Criterion, entry: Entry, spec: PlanSpec, path: str) -> None:
    """A criterion may only point at what the plan declares and its measure has."""
    points = {point.name for point in points_of(spec)}
    if entry.per_operating_point and criterion.operating_point not in {*points, slices.EACH}:
        where = pointer(path, "operating_point")
        raise PlanError("undeclared_operating_point", where, f"“{criterion.operating_point}” is not declared")
    grouped = slices.groupings(spec.subgroups, spec.intersections)
    # An operating point is worth its own refusal above; the other places are refused when the measure has none.
    wanted = {
        "operating_point": entry.per_operating_point,
        "slice": entry.spread in {Spread.SLICES, Spread.SITES, Spread.WINDOWS},
        "across": entry.spread is Spread.GROUPINGS,
        "column": entry.spread is Spread.COLUMNS,
    }
    for name, has in wanted.items():
        if getattr(criterion, name) and not has:
            raise PlanError("not_applicable", pointer(path, name), f"“{criterion.measure}” has no {name}")
    # Sites and windows come with the table; which there are is not known to the plan.
    plain = criterion.slice in ("", slices.EACH) or entry.spread in {Spread.SITES, Spread.WINDOWS}
    if not plain and slices.attributes_of(criterion.slice, spec.subgroups) not in grouped:
        raise PlanError("undeclared_subgroup", pointer(path, "slice"), f"“{criterion.slice}” is not a declared slice")
    known = {slices.across_name(names) for names in grouped}
    if wanted["across"] and criterion.across not in {*known, slices.EACH}:
        raise PlanError("undeclared_subgroup", pointer(path, "across"), f"“{criterion.across}” is not declared")
    if entry.spread in {Spread.SITES, Spread.WINDOWS} and not criterion.slice:
        raise PlanError("missing_field", pointer(path, "slice"), "name a site or a window, or “each”")
    if entry.spread is Spread.COLUMNS and not criterion.column:
        raise PlanError("missing_field", pointer(path, "column"), "name a column, or “each”")
