"""Which rules does a policy pack hold? A file read strictly into controls, or refused with line and field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Spread
from audits.core.values import Kind, On, Verdict
from governance.core import pack_yaml
from governance.core.meanings import MEANING_OF_ROLE
from governance.core.pack_yaml import Located, PackError, Problem
from governance.core.policy import (
    AttributeRule,
    AuditRule,
    ConsentRule,
    Control,
    LedgerRule,
    MeasureRule,
    Pack,
    PlanRule,
    Rule,
    Severity,
    SignatureRule,
    StateRule,
    WaiverTerm,
)

JSON = Mapping[str, Any]


def parse(content: bytes, *, schema: JSON) -> tuple[Pack, dict[str, object]]:
    """The pack, and the plain document that its digest is made of. schema: the JSON Schema of a pack file.

    Raises PackError naming every problem with its line and field.
    """
    located = pack_yaml.read(content)
    problems = [*dict.fromkeys(_shape(located, schema))] or [*_meaning(located)]
    if problems:
        raise PackError(*problems)
    document = cast("dict[str, object]", located.value)
    return build(document), document


def build(document: JSON) -> Pack:
    """The frozen pack of a document that `parse` accepted before."""
    return Pack(
        slug=document["id"],
        version=document["version"],
        title=document["title"],
        controls=tuple(_control(each) for each in document["controls"]),
    )


def _control(item: JSON) -> Control:
    return Control(
        id=item["id"],
        requirement=item["requirement"],
        severity=Severity(item["severity"]),
        environments=tuple(item.get("environments", ())),
        rule=_rule(item["evidence"]),
        waivers=tuple(_term(term) for term in item.get("waivers", ())),
    )


def _term(item: JSON) -> WaiverTerm:
    return WaiverTerm(
        verdict=Verdict(item["verdict"]),
        roles=tuple(item["roles"]),
        maximum_days=item["maximum_days"],
        compensating_measure=item["compensating_measure"],
    )


def _rule(item: JSON) -> Rule:
    rule: Rule = _RULES[item["kind"]](item)
    return rule


def _measure(item: JSON) -> MeasureRule:
    return MeasureRule(
        measure=item["measure"],
        minimum=item.get("minimum"),
        maximum=item.get("maximum"),
        on=On(item["on"]),
        minimum_n=item.get("minimum_n", 0),
        slice=item.get("slice", ""),
        operating_point=item.get("operating_point", ""),
    )


_RULES: Mapping[str, Any] = {
    "attribute": lambda item: AttributeRule(tuple(item["fields"])),
    "plan": lambda _: PlanRule(),
    "audit": lambda item: AuditRule(Kind(item["audit"])),
    "measure": _measure,
    "consent": lambda item: ConsentRule(item["purpose"], item["minimum"], On(item["on"])),
    "signature": lambda item: SignatureRule(item["role"], item["meaning"], item["count"], item.get("other_than", "")),
    "ledger": lambda _: LedgerRule(),
    "state": lambda item: StateRule(tuple(item["none_of"])),
}


def _shape(located: Located, schema: JSON) -> Iterator[Problem]:
    """Where the document departs from the JSON Schema."""
    for error in Draft202012Validator(schema).iter_errors(located.value):
        yield from _named(error, located)


def _named(error: ValidationError, located: Located) -> Iterator[Problem]:
    pointer = "".join(f"/{step}" for step in error.absolute_path)
    value = error.instance
    if error.validator == "additionalProperties" and isinstance(value, dict):
        known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        for key in value.keys() - known.keys():
            inner = f"{pointer}/{key}"
            yield Problem(located.line_of(inner), inner, f"“{key}” is not a known field")
        return
    if error.validator == "required" and isinstance(value, dict) and isinstance(error.validator_value, list):
        for key in error.validator_value:
            if key not in value:
                yield Problem(located.line_of(pointer), f"{pointer}/{key}", f"“{key}” is missing")
        return
    yield Problem(located.line_of(pointer), pointer, error.message[:300])


def _meaning(located: Located) -> Iterator[Problem]:
    """What a schema cannot say: identifiers are unique, measures exist, bounds make sense."""
    document = cast("JSON", located.value)
    seen: set[str] = set()
    for position, control in enumerate(document["controls"]):
        pointer = f"/controls/{position}"
        for field, message in (*_twice(control, seen), *_rule_problems(control)):
            yield Problem(located.line_of(pointer + field), pointer + field, message)
        seen.add(control["id"])


def _twice(control: JSON, seen: set[str]) -> Iterator[tuple[str, str]]:
    if control["id"] in seen:
        yield "/id", f"another control has the id “{control['id']}” already"
    verdicts = [term["verdict"] for term in control.get("waivers", ())]
    if len(set(verdicts)) != len(verdicts):
        yield "/waivers", "each verdict is named once"


def _rule_problems(control: JSON) -> Iterator[tuple[str, str]]:
    rule = control["evidence"]
    if control.get("waivers") and rule["kind"] != "audit":
        yield "/waivers", "only the findings of an audit can be waived"
    if rule["kind"] == "measure":
        yield from _measure_problems(rule)
    if rule["kind"] == "signature" and MEANING_OF_ROLE[rule["role"]] != rule["meaning"]:
        yield "/evidence/meaning", f"a {rule['role']} signs “{MEANING_OF_ROLE[rule['role']]}”"
    if rule["kind"] == "signature" and rule.get("other_than") == rule["role"]:
        yield "/evidence/other_than", "name the other role"


def _measure_problems(rule: JSON) -> Iterator[tuple[str, str]]:
    entry = CATALOG.get(rule["measure"])
    if entry is None:
        yield "/evidence/measure", f"“{rule['measure']}” is not in the catalogue of measures"
        return
    if entry.spread is not Spread.SLICES:
        yield "/evidence/measure", "a control can name only a measure of patients, overall or on a slice"
    if entry.per_operating_point != bool(rule.get("operating_point")):
        wanted = "name the operating point, or “each”" if entry.per_operating_point else "this measure has none"
        yield "/evidence/operating_point", wanted
    low, high = rule.get("minimum"), rule.get("maximum")
    if low is None and high is None:
        yield "/evidence/minimum", "a measure needs a minimum, a maximum, or both"
    if low is not None and high is not None and low > high:
        yield "/evidence/minimum", "the minimum is above the maximum"
