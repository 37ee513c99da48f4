"""What must a signer have had before them? The results of every demanded audit, and every return of the version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audits.models.audit import Audit
from audits.models.plan import ValidationPlan
from governance.core.policy import AuditRule
from governance.errors import NoPack
from governance.models.approval import Approval, ApprovalDecision
from governance.services import packs
from registry.models.table import TablePurpose
from registry.models.version import ModelVersion


def missing_audits(version: ModelVersion, plan: ValidationPlan) -> list[str]:
    """The audits that the policy demands and that have no result under this plan yet, as a person would name them."""
    try:
        controls = packs.rules_of(packs.in_force()).controls
    except NoPack:
        return []  # the gate denies for that reason; there is no list to complete
    kinds = [control.rule.audit for control in controls if isinstance(control.rule, AuditRule)]
    finished = set(Audit.objects.filter(plan=plan).succeeded().values_list("kind", "table_id"))
    tables = version.tables.filter(purpose=TablePurpose.EVALUATION).order_by("id")
    return [
        f"{kind} of {table.file_name}" for table in tables for kind in kinds if (kind.value, table.pk) not in finished
    ]


@dataclass(frozen=True, slots=True)
class ToSee:
    """Ids of what a signed record must list to count. audits: with a result under the plan in force."""

    audits: frozenset[str]
    returns: frozenset[str]


def to_see(version: ModelVersion) -> ToSee:
    """What there is now."""
    results = Audit.objects.filter(plan=version.plans.first()).succeeded()
    returns = Approval.objects.filter(version=version, decision=ApprovalDecision.RETURN)
    return ToSee(_ids(results.values_list("pk", flat=True)), _ids(returns.values_list("pk", flat=True)))


def unseen(record: Mapping[str, Any], wanted: ToSee) -> str:
    """Why a signature does not count that was given over this record; "" when the signer saw everything."""
    if not wanted.audits <= _ids(each.get("id") for each in record.get("audits", ())):
        return "an audit has finished since, and the signer had not seen its result"
    if not wanted.returns <= _ids(each.get("id") for each in record.get("returns", ())):
        return "the version was returned since, and the signer had not seen the reason"
    return ""


def _ids(found: Iterable[object]) -> frozenset[str]:
    return frozenset(str(each) for each in found)
