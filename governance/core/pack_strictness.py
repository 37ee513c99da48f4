"""Does a new rule ask at least as much as the old one? Only what is sure counts: everything else asks less.

Documents, not frozen rules, are compared, so that a difference can be named by the words of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from governance.core.incidents import rank

JSON = Mapping[str, Any]
Compare = Callable[[Any, Any], bool]


def _higher(old: float | None, new: float | None) -> bool:
    return old is None or (new is not None and new >= old)


def _lower(old: float | None, new: float | None) -> bool:
    return old is None or (new is not None and new <= old)


def _more(old: Sequence[str] | None, new: Sequence[str] | None) -> bool:
    return set(old or ()) <= set(new or ())


def _more_of_some(old: Sequence[str] | None, new: Sequence[str] | None) -> bool:
    # Without a list every entry is looked at; the first name on it may let the other entries go.
    return bool(old) == bool(new) and _more(old, new)


def _fewer_of_some(old: Sequence[str] | None, new: Sequence[str] | None) -> bool:
    # One of the named is enough, so a further name asks less; without a list any will do.
    return not old or (bool(new) and set(new or ()) <= set(old))


def _reviewers(old: Sequence[str] | None, new: Sequence[str] | None) -> bool:
    # One of the named roles is enough: a further role asks less, and one role fewer is fewer reviewers.
    return not old or set(old) == set(new or ())


def _demanded(old: bool | None, new: bool | None) -> bool:
    return bool(new) or not old


def _forgiven(old: bool | None, new: bool | None) -> bool:
    return bool(old) or not new


def _interval(old: str | None, new: str | None) -> bool:
    return new in {old, "interval"}


def _grave(old: str | None, new: str | None) -> bool:
    return old is not None and new is not None and rank(new) <= rank(old)


def _named(old: str | None, new: str | None) -> bool:
    return not old or old == new


# What a rule may say -> whether the new word asks at least as much. What is not here must stay as it is.
ASKS: Mapping[str, Compare] = MappingProxyType(
    {
        "minimum": _higher,
        "maximum": _lower,
        "minimum_n": _higher,
        "coverage": _higher,
        "count": _higher,
        "retention_days": _higher,
        "maximum_age_days": _lower,
        "reviewed_within_days": _lower,
        "reviewed_by": _reviewers,
        "fields": _more,
        "sections": _more,
        "hazards": _more_of_some,
        "characteristics": _more_of_some,
        "none_of": _more,
        "not_available": _forgiven,
        "estimated": _demanded,
        "controlled": _demanded,
        "proven": _demanded,
        "accepted": _demanded,
        "acceptable": _demanded,
        "overall": _demanded,
        "plan_first": _demanded,
        "must_expire": _demanded,
        "since_version": _demanded,
        "other_basis": _forgiven,
        "measures": _fewer_of_some,
        "on": _interval,
        "above": _grave,
        "other_than": _named,
    }
)
# What stands for a key that is left out, where that is not "nothing".
DEFAULTS: Mapping[tuple[str, str], object] = MappingProxyType(
    {
        ("risk", "minimum"): 1,
        ("plan", "plan"): "validation",
        ("measure", "minimum_n"): 0,
        ("log", "retention_days"): 0,
        ("consent", "other_basis"): True,
    }
)


def value_of(rule: JSON, key: str) -> Any:  # noqa: ANN401 - JSON is any JSON
    """What a rule says under a key, whether it is written down or understood."""
    return rule.get(key, DEFAULTS.get((str(rule["kind"]), key)))


def differing(old: JSON, new: JSON) -> list[str]:
    """The keys under which two rules of one kind say different things."""
    keys = dict.fromkeys([*old, *new])
    return [key for key in keys if value_of(old, key) != value_of(new, key)]


def rule_holds(old: JSON, new: JSON) -> bool:
    """Whether whatever satisfies the new rule surely satisfies the old one."""
    if new["kind"] == "any_of":
        return all(rule_holds(old, each) for each in new["rules"])
    if old["kind"] == "all_of":
        return all(rule_holds(each, new) for each in old["rules"])
    if new["kind"] == "all_of" and any(rule_holds(old, each) for each in new["rules"]):
        return True
    if old["kind"] == "any_of":
        return any(rule_holds(each, new) for each in old["rules"])
    return old["kind"] == new["kind"] and all(key_holds(key, old, new) for key in differing(old, new))


def key_holds(key: str, old: JSON, new: JSON) -> bool:
    """Whether the new rule asks at least as much under this key, both being of one kind."""
    compare = ASKS.get(key)
    return compare is not None and compare(value_of(old, key), value_of(new, key))


def waivers_hold(old: Sequence[JSON], new: Sequence[JSON]) -> bool:
    """Whether nothing can be waived that could not be before, by nobody else, and for no longer."""
    before = {term["verdict"]: term for term in old}
    return all(term["verdict"] in before and _term_holds(before[term["verdict"]], term) for term in new)


def _term_holds(old: JSON, new: JSON) -> bool:
    return bool(
        set(new["roles"]) <= set(old["roles"])
        and new["maximum_days"] <= old["maximum_days"]
        and new["compensating_measure"] >= old["compensating_measure"]
    )


def reach_holds(old: Iterable[JSON], new: Iterable[JSON]) -> bool:
    """Whether the control reaches at least as far: alternatives are added, none is lost, or it applies everywhere."""
    before, after = list(old), list(new)
    return not after or (bool(before) and all(each in after for each in before))
