"""What is the frozen pack of a plain document? For documents that were accepted before, in either format version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from audits.core.values import Kind, On
from governance.core import policy
from governance.core.policy import Applies, Condition, Control, Origin, Pack, PackStatus, Rule, Severity, Verification

JSON = Mapping[str, Any]


def build(document: JSON) -> Pack:
    """The frozen pack of a document that `governance.core.packs.parse` accepted before."""
    return Pack(
        slug=document["id"],
        version=document["version"],
        title=document["title"],
        controls=tuple(_control(each) for each in document["controls"]),
        status=PackStatus(document.get("status", PackStatus.IN_FORCE)),
        effective_from=_day(document.get("effective_from")),
        effective_to=_day(document.get("effective_to")),
        applies=_applies(document.get("applies", {})),
    )


def alternatives(control: JSON) -> list[JSON]:
    """Where a control applies. Version 1 of the format named environments only, under a key of their own."""
    if environments := control.get("environments"):
        return [{"environments": environments}]
    return list(control.get("applies", ()))


def _control(item: JSON) -> Control:
    return Control(
        id=item["id"],
        requirement=item["requirement"],
        severity=Severity(item["severity"]),
        rule=rule_of(item["evidence"]),
        applies=tuple(_applies(each) for each in alternatives(item)),
        waivers=tuple(_term(term) for term in item.get("waivers", ())),
        citation=item.get("citation", ""),
        verification=Verification(item.get("verification", Verification.READ)),
        note=item.get("note", ""),
        terms_changed=item.get("terms_changed", ""),
    )


def _term(item: JSON) -> policy.WaiverTerm:
    return policy.WaiverTerm(
        verdict=item["verdict"],
        roles=tuple(item["roles"]),
        maximum_days=item["maximum_days"],
        compensating_measure=item["compensating_measure"],
    )


def _applies(item: JSON) -> Applies:
    return Applies(
        jurisdictions=_words(item, "jurisdictions"),
        roles=_words(item, "roles"),
        risk_classes=_words(item, "risk_classes"),
        device_classes=_words(item, "device_classes"),
        environments=_words(item, "environments"),
        since=_day(item.get("from")),
        until=_day(item.get("to")),
        when=tuple(Condition(each["field"], tuple(each["any_of"])) for each in item.get("when", ())),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _words(item: JSON, key: str) -> tuple[str, ...]:
    return tuple(item.get(key, ()))


def _origin(item: JSON) -> Origin | None:
    return Origin(item["origin"]) if "origin" in item else None


def rule_of(item: JSON) -> Rule:
    """The rule that an `evidence` object states."""
    rule: Rule = _RULES[item["kind"]](item)
    return rule


def _attribute(item: JSON) -> Rule:
    return policy.AttributeRule(
        fields=_words(item, "fields"),
        not_available=item.get("not_available", False),
        none_of=_words(item, "none_of"),
        reviewed_within_days=item.get("reviewed_within_days"),
    )


def _measure(item: JSON) -> Rule:
    return policy.MeasureRule(
        measure=item["measure"],
        minimum=item.get("minimum"),
        maximum=item.get("maximum"),
        on=On(item["on"]),
        minimum_n=item.get("minimum_n", 0),
        slice=item.get("slice", ""),
        operating_point=item.get("operating_point", ""),
        origin=_origin(item),
        maximum_age_days=item.get("maximum_age_days"),
    )


def _risk(item: JSON) -> Rule:
    return policy.RiskRule(
        hazards=_words(item, "hazards"),
        characteristics=_words(item, "characteristics"),
        minimum=item.get("minimum", 1),
        estimated=item.get("estimated", False),
        controlled=item.get("controlled", False),
        proven=item.get("proven", False),
        accepted=item.get("accepted", False),
        acceptable=item.get("acceptable", False),
        overall=item.get("overall", False),
        plan_first=item.get("plan_first", False),
    )


def _signature(item: JSON) -> Rule:
    return policy.SignatureRule(item["role"], item["meaning"], item["count"], item.get("other_than", ""))


def _log(item: JSON) -> Rule:
    return policy.LogRule(item["log"], item.get("retention_days", 0), item.get("reviewed_within_days"))


def _document(item: JSON) -> Rule:
    return policy.DocumentRule(
        document=item["document"],
        reviewed_by=_words(item, "reviewed_by"),
        fields=_words(item, "fields"),
        maximum_age_days=item.get("maximum_age_days"),
        must_expire=item.get("must_expire", False),
        since_version=item.get("since_version", False),
    )


def _audit(item: JSON) -> Rule:
    return policy.AuditRule(Kind(item["audit"]), _origin(item), item.get("maximum_age_days"), _words(item, "measures"))


def _consent(item: JSON) -> Rule:
    return policy.ConsentRule(item["purpose"], item["minimum"], On(item["on"]), item.get("other_basis", True))


_RULES: Mapping[str, Callable[[JSON], Rule]] = MappingProxyType(
    {
        "attribute": _attribute,
        "document": _document,
        "plan": lambda item: policy.PlanRule(item.get("plan", "validation"), _words(item, "sections")),
        "audit": _audit,
        "measure": _measure,
        "consent": _consent,
        "signature": _signature,
        "training": lambda item: policy.TrainingRule(item["course"], item["coverage"]),
        "risk": _risk,
        "change": lambda item: policy.ChangeRule(item["judged"]),
        "incident": lambda item: policy.IncidentRule(item["above"]),
        "log": _log,
        "capability": lambda item: policy.CapabilityRule(item["capability"]),
        "ledger": lambda _: policy.LedgerRule(),
        "state": lambda item: policy.StateRule(_words(item, "none_of")),
        "any_of": lambda item: policy.AnyOf(tuple(rule_of(each) for each in item["rules"])),
        "all_of": lambda item: policy.AllOf(tuple(rule_of(each) for each in item["rules"])),
    }
)
