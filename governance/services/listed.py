"""What does the record list that a reviewer or approver signs? The evidence, each piece with its digest."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count

from audits.core.values import Verdict
from audits.models.audit import Audit
from audits.models.check import CheckRow
from audits.models.plan import ValidationPlan
from governance.core.document import moment
from governance.errors import NoPack
from governance.models.approval import Approval, ApprovalDecision
from governance.models.waiver import Waiver
from governance.services import packs
from registry.models.table import TablePurpose
from registry.models.version import ModelVersion

Listed = list[dict[str, Any]]


def policies() -> list[dict[str, str]]:
    """The packs that the gate asks; none where none is in force."""
    try:
        return packs.named(packs.gating())
    except NoPack:
        return []


def plan(found: ValidationPlan | None) -> dict[str, Any] | None:
    """The whole plan: what was asked for is half of what an answer means."""
    return {"number": found.number, "digest": found.digest, "document": found.document} if found else None


def tables(version: ModelVersion, purpose: TablePurpose) -> Listed:
    """The version's tables of one purpose, each with where its data come from."""
    return [
        {
            "id": str(table.pk),
            "file_name": table.file_name,
            "parsed_sha256": table.parsed_sha256,
            "rows": table.rows,
            "dataset": {
                "name": table.dataset.name,
                "legal_basis": str(table.dataset.legal_basis),
                "legal_basis_note": table.dataset.legal_basis_note,
            },
        }
        for table in version.tables.filter(purpose=purpose).select_related("dataset").order_by("id")
    ]


def audits(under: ValidationPlan | None) -> Listed:
    """The audits under the plan in force, each with its reference, its result's digest and its checks by verdict."""
    if under is None:
        return []
    found = Audit.objects.filter(plan=under).succeeded().select_related("reference").order_by("kind", "table_id", "id")
    counts: dict[UUID, dict[str, int]] = {}
    rows = CheckRow.objects.filter(audit__in=[audit.pk for audit in found]).order_by()
    for row in rows.values("audit_id", "verdict").annotate(number=Count("pk")):
        counts.setdefault(row["audit_id"], {})[row["verdict"]] = row["number"]
    return [_audit(audit, counts.get(audit.pk, {})) for audit in found]


def _audit(audit: Audit, counts: dict[str, int]) -> dict[str, Any]:
    reference = audit.reference
    return {
        "id": str(audit.pk),
        "kind": str(audit.kind),
        "table": str(audit.table_id),
        "reference": {"id": str(reference.pk), "parsed_sha256": reference.parsed_sha256} if reference else None,
        "result_sha256": audit.result_sha256,
        "finished_at": moment(audit.finished_at) if audit.finished_at else None,
        "checks": {verdict.value: counts.get(verdict.value, 0) for verdict in Verdict},
    }


def waivers(version: ModelVersion, under: ValidationPlan | None) -> Listed:
    """The waivers under the plan in force."""
    found = Waiver.objects.filter(version=version, plan_digest=under.digest if under else "").order_by("id")
    return [{"id": str(each.pk), "key": each.check_key, "expires_at": moment(each.expires_at)} for each in found]


def returns(version: ModelVersion) -> Listed:
    """Every time that somebody signed against the version, and why."""
    found = Approval.objects.select_related("signature").filter(version=version, decision=ApprovalDecision.RETURN)
    return [
        {"id": str(each.pk), "role": each.role, "by": each.signature.printed_name, "reason": each.reason}
        for each in found.order_by("created_at", "id")
    ]
