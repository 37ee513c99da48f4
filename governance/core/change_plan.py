"""What does a change plan allow? Its modifications, bounds, matrix and impact, read strictly and held together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Direction, Spread
from audits.core.plan_fields import PlanError, choice, distinct, items, mapping, number, pointer, text, whole
from audits.core.values import On
from governance.core.plan_text import words
from governance.core.plans import PROTOCOL

ALL = "all"
_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}\Z")
_MODIFICATION = ("id", "description", "how", "where", "why_inside_intended_use")
_BOUND = (
    "modifications",
    "measure",
    "slice",
    "across",
    "operating_point",
    "minimum",
    "maximum",
    "on",
    "minimum_n",
    "not_worse_by",
)
_PLACES = {"slice": Spread.SLICES, "across": Spread.GROUPINGS}


class How(StrEnum):
    """Whether people make the change, or the system by itself."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class Where(StrEnum):
    """Whether every place gets the same change, or each its own."""

    GLOBAL = "global"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Bound:
    """A measure of the changed version and what it must respect. modifications: ids, or ("all",).

    not_worse_by: how much worse than the previous version it may be, in the measure's unit; None for no comparison.
    """

    modifications: tuple[str, ...]
    measure: str
    minimum: float | None
    maximum: float | None
    on: On
    minimum_n: int
    slice: str
    across: str
    operating_point: str
    not_worse_by: float | None

    def concerns(self, declared: Iterable[str]) -> bool:
        """Whether one of these modifications must respect it."""
        return ALL in self.modifications or any(each in self.modifications for each in declared)


def bounds_of(document: Mapping[str, Any]) -> tuple[Bound, ...]:
    """The bounds of a document that was accepted before."""
    return tuple(
        Bound(
            tuple(each["modifications"]),
            each["measure"],
            each.get("minimum"),
            each.get("maximum"),
            On(each["on"]),
            each["minimum_n"],
            each["slice"],
            each["across"],
            each["operating_point"],
            each.get("not_worse_by"),
        )
        for each in document.get("bounds", ())
    )


def names_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Every planned modification: its id and what it is."""
    return {each["id"]: each["description"] for each in document.get("modifications", ())}


def modifications(value: object, path: str) -> list[dict[str, object]]:
    """The list of planned changes, each under an id of its own."""
    read = list(items(value, path, _modification))
    distinct([each["id"] for each in read], path, "duplicate_modification")
    return read


def bounds(value: object, path: str) -> list[dict[str, object]]:
    return list(items(value, path, _bound))


def traceability(value: object, path: str) -> list[dict[str, object]]:
    """Rows of the matrix: a modification, and the steps of the protocol that it goes through."""
    return list(items(value, path, _row))


def impact(value: object, path: str) -> dict[str, object]:
    """Benefits, risks and mitigation of each modification, and of all of them together."""
    given = mapping(value, path, allowed=("each", "together"), required=("each", "together"))
    return {
        "each": list(items(given["each"], pointer(path, "each"), _impact)),
        "together": words(given["together"], pointer(path, "together")),
    }


def check_change(document: Mapping[str, Any]) -> None:
    """Every modification has a bound, a row of the matrix and an impact, and nothing names one that is not planned."""
    planned = [each["id"] for each in document["modifications"]]
    bound = [each["modifications"] for each in document["bounds"]]
    for position, names in enumerate(bound):
        for name in names:
            _known(name, [*planned, ALL], f"/bounds/{position}/modifications")
    for position, name in enumerate(planned):
        if not any(name in names or ALL in names for names in bound):
            raise PlanError("unbounded_modification", f"/modifications/{position}", f"no bound holds for “{name}”")
    _one_each(planned, [each["modification"] for each in document["traceability"]], "/traceability", "row")
    _one_each(planned, [each["modification"] for each in document["impact"]["each"]], "/impact/each", "impact")
    used = {step for row in document["traceability"] for step in row["steps"]}
    for step in PROTOCOL:
        if step not in used:
            raise PlanError("orphan_step", "/traceability", f"no modification goes through the step “{step}”")


def _one_each(planned: list[str], named: list[str], path: str, what: str) -> None:
    for position, name in enumerate(named):
        _known(name, planned, f"{path}/{position}/modification")
    distinct(named, path, "duplicate_modification")
    for position, name in enumerate(planned):
        if name not in named:
            raise PlanError("orphan_modification", f"/modifications/{position}", f"“{name}” has no {what} in {path}")


def _known(name: str, planned: list[str], path: str) -> None:
    if name not in planned:
        raise PlanError("unknown_modification", path, f"“{name}” is not a planned modification")


def _modification(value: object, path: str) -> dict[str, object]:
    given = mapping(value, path, allowed=_MODIFICATION, required=_MODIFICATION)
    name = text(given["id"], pointer(path, "id"))
    if not _ID.match(name) or name == ALL:
        raise PlanError("bad_id", pointer(path, "id"), "1 to 40 lower-case letters, digits, dots and hyphens")
    return {
        "id": name,
        "description": words(given["description"], pointer(path, "description")),
        "how": choice(given["how"], pointer(path, "how"), How).value,
        "where": choice(given["where"], pointer(path, "where"), Where).value,
        "why_inside_intended_use": words(given["why_inside_intended_use"], pointer(path, "why_inside_intended_use")),
    }


def _bound(value: object, path: str) -> dict[str, object]:
    given = mapping(value, path, allowed=_BOUND, required=("modifications", "measure"))
    measure = text(given["measure"], pointer(path, "measure"))
    names = (
        [ALL] if given["modifications"] == ALL else list(items(given["modifications"], f"{path}/modifications", text))
    )
    if not names:
        raise PlanError("blank", f"{path}/modifications", "name modifications, or “all”")
    numbers = {
        name: number(given[name], pointer(path, name))
        for name in ("minimum", "maximum", "not_worse_by")
        if given.get(name) is not None
    }
    read: dict[str, object] = {
        "modifications": names,
        "measure": measure,
        **numbers,
        "on": choice(given.get("on", On.INTERVAL.value), pointer(path, "on"), On).value,
        "minimum_n": whole(given.get("minimum_n", 0), pointer(path, "minimum_n"), low=0, high=10**15),
        **{
            name: text(given.get(name, ""), pointer(path, name), blank=True)
            for name in ("slice", "across", "operating_point")
        },
    }
    _check_measure(measure, path)
    _check_numbers(measure, numbers, path)
    _check_places(measure, read, path)
    return read


def _check_measure(measure: str, path: str) -> None:
    entry = CATALOG.get(measure)
    where = pointer(path, "measure")
    if entry is None:
        raise PlanError("unknown_measure", where, f"“{measure}” is not a measure of the catalogue")
    if not entry.gated or entry.spread not in {Spread.SLICES, Spread.GROUPINGS, Spread.TABLE}:
        raise PlanError("unusable_measure", where, f"“{measure}” cannot be bounded in a change plan")


def _check_numbers(measure: str, numbers: Mapping[str, float], path: str) -> None:
    entry = CATALOG[measure]
    if not numbers:
        raise PlanError("no_bound", path, "give a minimum, a maximum, or not_worse_by")
    for name in ("minimum", "maximum"):
        if name in numbers and not entry.can_be(numbers[name]):
            where = pointer(path, name)
            raise PlanError("out_of_range", where, f"“{measure}” takes values {entry.range_in_words}")
    if "minimum" in numbers and "maximum" in numbers and numbers["minimum"] > numbers["maximum"]:
        raise PlanError("empty_range", path, "the minimum is above the maximum")
    if (worse := numbers.get("not_worse_by")) is not None:
        where = pointer(path, "not_worse_by")
        if worse < 0:
            raise PlanError("out_of_range", where, "how much worse it may be is at least 0")
        if entry.direction not in {Direction.HIGHER, Direction.LOWER}:
            raise PlanError("no_direction", where, f"“{measure}” has no better and worse")


def _check_places(measure: str, read: Mapping[str, object], path: str) -> None:
    entry = CATALOG[measure]
    if bool(read["operating_point"]) != entry.per_operating_point:
        words = "needs an operating point" if entry.per_operating_point else "has no operating point"
        raise PlanError("wrong_place", pointer(path, "operating_point"), f"“{measure}” {words}")
    for name, spread in _PLACES.items():
        if read[name] and entry.spread is not spread:
            raise PlanError("wrong_place", pointer(path, name), f"“{measure}” has no {name}")
    if entry.spread is Spread.GROUPINGS and not read["across"]:
        raise PlanError("wrong_place", pointer(path, "across"), "name the attribute between whose groups it is")


def _row(value: object, path: str) -> dict[str, object]:
    given = mapping(value, path, allowed=("modification", "steps"), required=("modification", "steps"))
    steps = list(items(given["steps"], pointer(path, "steps"), text))
    if not steps:
        raise PlanError("blank", pointer(path, "steps"), "name at least one step of the protocol")
    for position, step in enumerate(steps):
        if step not in PROTOCOL:
            where = pointer(pointer(path, "steps"), position)
            raise PlanError("unknown_step", where, f"“{step}” is not one of {', '.join(PROTOCOL)}")
    distinct(steps, pointer(path, "steps"), "duplicate_step")
    return {"modification": text(given["modification"], pointer(path, "modification")), "steps": steps}


def _impact(value: object, path: str) -> dict[str, object]:
    keys = ("modification", "benefits", "risks", "mitigation")
    given = mapping(value, path, allowed=keys, required=keys)
    return {key: words(given[key], pointer(path, key)) for key in keys}
