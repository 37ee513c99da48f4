"""What must a signer have had before them? The results of every demanded audit, on every evaluation table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audits.models.audit import Audit
from audits.models.plan import ValidationPlan
from governance.core.policy import AuditRule
from governance.errors import NoPack
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


def results_under(plan: ValidationPlan | None) -> frozenset[str]:
    """The ids of all audits that have a result under the plan."""
    if plan is None:
        return frozenset()
    return frozenset(str(pk) for pk in Audit.objects.filter(plan=plan).succeeded().values_list("pk", flat=True))


def unseen(record: Mapping[str, Any], results: frozenset[str]) -> bool:
    """Whether there are results that the signed record does not list."""
    return not results <= {str(audit.get("id")) for audit in record.get("audits", ())}
