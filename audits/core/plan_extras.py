"""What may a plan add to its criteria? Targets, the decision range and the reference population, read strictly."""

from __future__ import annotations

from collections.abc import Mapping

from audits.core.plan_fields import PlanError, distinct, items, mapping, number, pointer, text
from audits.core.values import DecisionRange, OperatingPoint, Population, Rate, Target, Variable

_POINT = ("name", "score", "comparator", *(rate.value for rate in Rate))
#: Shares of a published table are rounded; their sum may be off by this much.
_ROUNDED = 0.011


def operating_point(value: object, path: str) -> OperatingPoint | Target:
    """A named cut-off, given as a score or as exactly one rate that it must reach."""
    fields = mapping(value, path, allowed=_POINT, required=("name",))
    name = text(fields["name"], pointer(path, "name"))
    given = [rate for rate in Rate if fields.get(rate.value) is not None]
    if len(given) + (fields.get("score") is not None) != 1:
        raise PlanError("one_of", path, "an operating point is a score, or one of sensitivity, specificity, flag_rate")
    if given:
        if fields.get("comparator") is not None:
            message = "the comparator reaches the same target, so it has no cut-off of its own here"
            raise PlanError("not_applicable", pointer(path, "comparator"), message)
        rate = given[0]
        # A rate of 0 or 1 is reached by flagging nobody or everybody, which is no operating point.
        return Target(name, rate, number(fields[rate.value], pointer(path, rate.value), low=0.001, high=0.999))
    # "-0.0" and "0.0" are one cut-off; adding zero keeps one spelling for the digest.
    score = number(fields["score"], pointer(path, "score"), low=0.0, high=1.0) + 0.0
    other = fields.get("comparator")
    cut = None if other is None else number(other, pointer(path, "comparator"), low=0.0, high=1.0) + 0.0
    return OperatingPoint(name, score, cut)


def point_document(point: OperatingPoint | Target) -> dict[str, object]:
    """An operating point as `operating_point` reads it."""
    if isinstance(point, Target):
        return {"name": point.name, point.rate.value: point.value}
    other = {} if point.comparator is None else {"comparator": point.comparator}
    return {"name": point.name, "score": point.score, **other}


def decision_range(value: object, path: str) -> DecisionRange | None:
    """The range of operating points over which net benefit is judged."""
    if value is None:
        return None
    fields = mapping(value, path, allowed=("low", "high"), required=("low", "high"))
    low, high = (number(fields[name], pointer(path, name), low=0.005, high=0.995) for name in ("low", "high"))
    if low >= high:
        raise PlanError("bounds_reversed", path, "the range begins at or above its end")
    return DecisionRange(low, high)


def range_document(found: DecisionRange | None) -> dict[str, float] | None:
    return None if found is None else {"low": found.low, "high": found.high}


def population(value: object, path: str) -> Population | None:
    """The reference population: where its figures come from, and the marginals of its variables."""
    if value is None:
        return None
    fields = mapping(value, path, allowed=("source", "variables"), required=("source", "variables"))
    variables = items(fields["variables"], pointer(path, "variables"), _variable)
    if not variables:
        raise PlanError("too_few", pointer(path, "variables"), "a population needs at least one variable")
    distinct([variable.name for variable in variables], pointer(path, "variables"), "duplicate_variable")
    return Population(text(fields["source"], pointer(path, "source")), variables)


def population_document(found: Population | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {"source": found.source, "variables": [_variable_document(variable) for variable in found.variables]}


def _variable(value: object, path: str) -> Variable:
    fields = mapping(value, path, allowed=("name", "shares", "mean", "sd"), required=("name",))
    name = text(fields["name"], pointer(path, "name"))
    if (fields.get("shares") is None) == (fields.get("mean") is None):
        raise PlanError("one_of", path, "a variable has the shares of its levels, or a mean and a standard deviation")
    if fields.get("shares") is None:
        if fields.get("sd") is None:
            raise PlanError("missing_field", pointer(path, "sd"), "a mean needs its standard deviation")
        mean = number(fields["mean"], pointer(path, "mean"))
        return Variable(name, mean=mean, sd=number(fields["sd"], pointer(path, "sd"), low=1e-12))
    return Variable(name, shares=_shares(fields["shares"], pointer(path, "shares")))


def _shares(value: object, path: str) -> tuple[tuple[str, float], ...]:
    if not isinstance(value, Mapping) or len(value) < 2:
        raise PlanError("wrong_type", path, "an object with the share of each of at least two levels is expected here")
    shares = tuple(
        (text(level, pointer(path, str(level))), number(share, pointer(path, str(level)), low=0.0, high=1.0))
        for level, share in value.items()
    )
    total = sum(share for _, share in shares)
    if abs(total - 1) > _ROUNDED:
        raise PlanError("bad_sum", path, f"the shares add up to {total:.4g} and not to 1")
    return shares


def _variable_document(variable: Variable) -> dict[str, object]:
    if variable.shares:
        return {"name": variable.name, "shares": dict(variable.shares)}
    return {"name": variable.name, "mean": variable.mean, "sd": variable.sd}
