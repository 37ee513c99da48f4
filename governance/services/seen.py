"""What must a signer have had before them? The results of every demanded audit, and every return of the version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from audits.core.values import Kind
from audits.models.audit import Audit
from audits.models.plan import ValidationPlan
from governance.core.policy import AllOf, AuditRule, Rule
from governance.errors import NoPack
from governance.models.approval import Approval, ApprovalDecision
from governance.services import packs
from registry.models.table import TablePurpose
from registry.models.version import ModelVersion
from registry.services import card_said


def missing_audits(version: ModelVersion, plan: ValidationPlan) -> list[str]:
    """The audits that the policy demands and that have no result under this plan yet, as a person would name them."""
    try:
        controls = packs.asked().controls
    except NoPack:
        return []  # the gate denies for that reason; there is no list to complete
    kinds = [*dict.fromkeys(kind for control in controls for kind in _demanded(control.rule))]
    finished = set(Audit.objects.filter(plan=plan).succeeded().values_list("kind", "table_id"))
    tables = version.tables.filter(purpose=TablePurpose.EVALUATION).order_by("id")
    return [
        f"{kind} of {table.file_name}" for table in tables for kind in kinds if (kind.value, table.pk) not in finished
    ]


def _demanded(rule: Rule) -> Iterator[Kind]:
    """The audits that a rule asks for on every table; one that is an alternative, or of one origin, may be missing."""
    if isinstance(rule, AuditRule) and rule.origin is None:
        yield rule.audit
    elif isinstance(rule, AllOf):
        for each in rule.rules:
            yield from _demanded(each)


@dataclass(frozen=True, slots=True)
class ToSee:
    """What a signed record must show to count. audits, returns: ids, of those with a result under the plan in force.
    intended_use: the digest of what the card says that the model is meant for."""

    audits: frozenset[str]
    returns: frozenset[str]
    intended_use: str


def to_see(version: ModelVersion) -> ToSee:
    """What there is now."""
    results = Audit.objects.filter(plan=version.plans.first()).succeeded()
    returns = Approval.objects.filter(version=version, decision=ApprovalDecision.RETURN)
    return ToSee(
        _ids(results.values_list("pk", flat=True)),
        _ids(returns.values_list("pk", flat=True)),
        card_said.defining_digest(version.model),
    )


def unseen(record: Mapping[str, Any], wanted: ToSee) -> str:
    """Why a signature does not count that was given over this record; "" when the signer saw everything."""
    if not wanted.audits <= _ids(each.get("id") for each in record.get("audits", ())):
        return "an audit has finished since, and the signer had not seen its result"
    if not wanted.returns <= _ids(each.get("id") for each in record.get("returns", ())):
        return "the version was returned since, and the signer had not seen the reason"
    if record.get("intended_use") != wanted.intended_use:
        return "what the model is meant for has changed since"
    return ""


def _ids(found: Iterable[object]) -> frozenset[str]:
    return frozenset(str(each) for each in found)
