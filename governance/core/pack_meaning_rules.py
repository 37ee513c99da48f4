"""What is wrong with a rule that its schema cannot see? Bounds, nesting, and words that lead nowhere.

Every function yields (where, sentence), where being a JSON pointer below the rule that it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Spread
from governance.core import pack_words
from governance.core.meanings import MEANING_OF_ROLE
from governance.core.pack_words import dangling, unknown
from governance.core.plans import PLANS

JSON = Mapping[str, Any]
Found = Iterator[tuple[str, str]]
DEEPEST = 3


def below(pointer: str, found: Found) -> Found:
    """The same problems, seen from what holds the thing."""
    return ((pointer + where, message) for where, message in found)


def of_rule(rule: JSON, *, depth: int = 0) -> Found:
    """Everything that is wrong with a rule and those inside it."""
    kind = rule["kind"]
    if kind in {"any_of", "all_of"}:
        if depth >= DEEPEST:
            yield "/kind", f"rules are nested more than {DEEPEST} levels deep"
            return
        for position, each in enumerate(rule["rules"]):
            yield from below(f"/rules/{position}", of_rule(each, depth=depth + 1))
    elif kind in _CHECKS:
        yield from _CHECKS[kind](rule)


def _measure(rule: JSON) -> Found:
    for message in dangling([rule["measure"]], "measure of the catalogue"):
        yield "/measure", message
        return
    entry = CATALOG[rule["measure"]]
    if entry.spread is not Spread.SLICES:
        yield "/measure", "a control can name only a measure of patients, overall or on a slice"
    if entry.per_operating_point != bool(rule.get("operating_point")):
        wanted = "name the operating point, or “each”" if entry.per_operating_point else "this measure has none"
        yield "/operating_point", wanted
    low, high = rule.get("minimum"), rule.get("maximum")
    if low is None and high is None:
        yield "/minimum", "a measure needs a minimum, a maximum, or both"
    if low is not None and high is not None and low > high:
        yield "/minimum", "the minimum is above the maximum"


def _audit(rule: JSON) -> Found:
    named = rule.get("measures", ())
    yield from (("/measures", message) for message in dangling(named, "measure of the catalogue"))
    for name in named:
        entry = CATALOG.get(name)
        if entry is not None and entry.kind != rule["audit"]:
            yield "/measures", f"“{name}” belongs to the {entry.kind} audit, not to the {rule['audit']} audit"
        elif entry is not None and not entry.gated:
            yield "/measures", f"“{name}” is only shown: no plan can set a criterion on it"


def _signature(rule: JSON) -> Found:
    if MEANING_OF_ROLE[rule["role"]] != rule["meaning"]:
        yield "/meaning", f"a {rule['role']} signs “{MEANING_OF_ROLE[rule['role']]}”"
    if rule.get("other_than") == rule["role"]:
        yield "/other_than", "name the other role"


def _attribute(rule: JSON) -> Found:
    missing = list(dangling(rule["fields"], "field of the model card"))
    yield from (("/fields", message) for message in missing)
    if missing or "none_of" not in rule:
        return
    known = {answer for field in rule["fields"] for answer in pack_words.answers_to(field)}
    for word in rule["none_of"]:
        if word not in known:
            yield "/none_of", unknown(word, known, "answer to these fields")


def _document(rule: JSON) -> Found:
    missing = list(dangling([rule["document"]], "kind of document"))
    yield from (("/document", message) for message in missing)
    if not missing:
        known = pack_words.fields_of(rule["document"])
        what = f"point of the checklist of “{rule['document']}”"
        yield from (("/fields", unknown(each, known, what)) for each in rule.get("fields", ()) if each not in known)


def _plan(rule: JSON) -> Found:
    plan = rule.get("plan", "validation")
    if plan != "validation" and plan not in PLANS:
        yield "/plan", unknown(plan, PLANS, "kind of plan")
        return
    known = pack_words.sections_of(plan)
    for each in rule.get("sections", ()):
        if each not in known:
            yield "/sections", unknown(each, known, f"section of a {plan} plan")


def _risk(rule: JSON) -> Found:
    yield from (("/hazards", message) for message in dangling(rule.get("hazards", ()), "hazard"))
    named = rule.get("characteristics", ())
    yield from (("/characteristics", message) for message in dangling(named, "characteristic"))


def _one_word(key: str, what: str) -> Callable[[JSON], Found]:
    def check(rule: JSON) -> Found:
        return ((f"/{key}", message) for message in dangling([rule[key]], what))

    return check


_CHECKS: Mapping[str, Callable[[JSON], Found]] = MappingProxyType(
    {
        "attribute": _attribute,
        "document": _document,
        "plan": _plan,
        "audit": _audit,
        "measure": _measure,
        "signature": _signature,
        "training": _one_word("course", "course"),
        "risk": _risk,
        "incident": _one_word("above", "severity of an incident"),
        "log": _one_word("log", "log"),
        "capability": _one_word("capability", "capability"),
    }
)
