"""Approving a version, or returning it: a signature over everything that there is to know about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count

from audits.core.values import Verdict
from audits.models.audit import Audit
from audits.models.check import CheckRow
from governance import permissions, recording
from governance.core.document import moment
from governance.core.meanings import MEANING_OF_ROLE, REJECTION
from governance.errors import NoPack, ReasonMissing
from governance.ledger import Fact
from governance.models.approval import Approval, ApprovalDecision
from governance.models.waiver import Waiver
from governance.services import gate, packs, signatures, standing
from governance.services.signatures import Confirmed
from registry.core.lifecycle import State
from registry.models.table import TablePurpose
from registry.models.user import User
from registry.models.version import ModelVersion
from registry.services import versions

RETURNED = "approval.returned"


def record_to_sign(version: ModelVersion) -> dict[str, Any]:
    """All that a reviewer or approver puts their name to; its digest is what `expected_sha256` is compared with."""
    plan = version.plans.first()
    return {
        "type": "version",
        "version": {
            "id": str(version.pk),
            "model": version.model.name,
            "number": version.number,
            "artifact_sha256": version.artifact_sha256,
        },
        "policy": _policy(),
        "plan": {"number": plan.number, "digest": plan.digest} if plan else None,
        "tables": [
            {
                "id": str(table.pk),
                "file_name": table.file_name,
                "parsed_sha256": table.parsed_sha256,
                "rows": table.rows,
            }
            for table in version.tables.filter(purpose=TablePurpose.EVALUATION).order_by("id")
        ],
        "audits": _audits(version, plan.pk) if plan else [],
        "waivers": [
            {"id": str(waiver.pk), "key": waiver.check_key, "expires_at": moment(waiver.expires_at)}
            for waiver in Waiver.objects.filter(version=version, plan_digest=plan.digest if plan else "").order_by("id")
        ],
    }


def _policy() -> dict[str, str] | None:
    try:
        pack = packs.in_force()
    except NoPack:
        return None
    return {"id": pack.slug, "version": pack.version, "digest": pack.digest}


def _audits(version: ModelVersion, plan_id: UUID) -> list[dict[str, Any]]:
    """The audits under the plan in force, each with its result's digest and its checks by verdict."""
    audits = list(Audit.objects.filter(version=version, plan=plan_id).succeeded().order_by("kind", "table_id", "id"))
    counts: dict[UUID, dict[str, int]] = {}
    rows = CheckRow.objects.filter(audit__in=[audit.pk for audit in audits]).order_by()
    for row in rows.values("audit_id", "verdict").annotate(number=Count("pk")):
        counts.setdefault(row["audit_id"], {})[row["verdict"]] = row["number"]
    return [
        {
            "id": str(audit.pk),
            "kind": str(audit.kind),
            "table": str(audit.table_id),
            "result_sha256": audit.result_sha256,
            "finished_at": moment(audit.finished_at) if audit.finished_at else None,
            "checks": {verdict.value: counts.get(audit.pk, {}).get(verdict.value, 0) for verdict in Verdict},
        }
        for audit in audits
    ]


def approve(
    *, version: ModelVersion, by: User, role: str, reason: str, password: str, expected_sha256: str | None = None
) -> Approval:
    """Sign for a version as reviewer or approver. With both signatures it becomes approved.

    Raises: ReasonMissing, NotReviewable, RoleNotHeld, SelfApproval, SamePersonSigned, PasswordWrong, SignLocked,
    RecordChanged, AlreadySigned.
    """
    _check_reason(reason)
    permissions.check_can_approve(by, version, role)
    signer = signatures.confirm(by=by, password=password)
    with recording.together():
        locked = _locked(version)
        permissions.check_can_approve(by, locked, role)
        approval = _sign(locked, signer, role, ApprovalDecision.APPROVE, reason.strip(), expected_sha256)
        if locked.state == State.SUBMITTED:
            versions.move(version=locked, to=State.IN_REVIEW, by=by, reason=f"first signed as {role}")
        if locked.state == State.IN_REVIEW and _complete(locked):
            versions.move(version=locked, to=State.APPROVED, by=by, reason="reviewed and approved")
        gate.redecide_at_end(locked.pk, because=f"it was signed as {role}")
    version.state = locked.state
    return approval


def return_version(
    *, version: ModelVersion, by: User, role: str, reason: str, password: str, expected_sha256: str | None = None
) -> Approval:
    """Send a version back for good: its successor is a new version. Raises as `approve` does."""
    _check_reason(reason)
    permissions.check_can_return(by, version, role)
    signer = signatures.confirm(by=by, password=password)
    with recording.together():
        locked = _locked(version)
        permissions.check_can_return(by, locked, role)
        approval = _sign(locked, signer, role, ApprovalDecision.RETURN, reason.strip(), expected_sha256)
        versions.move(version=locked, to=State.RETURNED, by=by, reason=reason.strip())
    version.state = locked.state
    return approval


def _locked(version: ModelVersion) -> ModelVersion:
    return ModelVersion.objects.select_for_update(of=("self",)).select_related("model").get(pk=version.pk)


def _sign(
    version: ModelVersion,
    signer: Confirmed,
    role: str,
    decision: ApprovalDecision,
    reason: str,
    expected_sha256: str | None,
) -> Approval:
    record = record_to_sign(version)
    signature = signatures.sign(
        signer=signer,
        meaning=MEANING_OF_ROLE[role] if decision == ApprovalDecision.APPROVE else REJECTION,
        record_type="version",
        record_id=version.pk,
        record=record,
        expected_sha256=expected_sha256,
    )
    approval = Approval.objects.create(
        version=version,
        role=role,
        decision=decision,
        reason=reason,
        plan_digest=record["plan"]["digest"] if record["plan"] else "",
        signature=signature,
    )
    kind = standing.APPROVED if decision == ApprovalDecision.APPROVE else RETURNED
    body: dict[str, object] = {"role": role, "reason": reason, "signature": str(signature.pk)}
    recording.record(Fact(kind, "approval", str(approval.pk), body, signer.person, version.pk, signature.record_sha256))
    return approval


def _complete(version: ModelVersion) -> bool:
    """Whether every role that signs has a signature that counts under the plan in force."""
    plan = version.plans.first()
    counting = {
        each.role
        for each in standing.approvals(version)
        if plan is not None and not each.why_not and each.plan_digest == plan.digest
    }
    return counting.issuperset(MEANING_OF_ROLE)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing("Say in a sentence why; it stands beside the signature.")
