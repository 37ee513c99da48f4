"""Approving a version, or returning it: a signature over everything that there is to know about it."""

from __future__ import annotations

from typing import Any

from governance import permissions, recording
from governance.core.facts import Section
from governance.core.meanings import MEANING_OF_ROLE, REJECTION
from governance.errors import ReasonMissing
from governance.ledger import Fact
from governance.models.approval import Approval, ApprovalDecision
from governance.services import gate, listed, signatures, standing, stated
from governance.services.assessment_touch import touch
from governance.services.signatures import Confirmed
from registry.core.canonical import digest
from registry.core.lifecycle import State
from registry.models.table import TablePurpose
from registry.models.user import User
from registry.models.version import ModelVersion
from registry.services import card_said, versions

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
        "policies": listed.policies(),
        "intended_use": card_said.defining_digest(version.model),
        "plan": listed.plan(plan),
        "tables": listed.tables(version, TablePurpose.EVALUATION),
        "references": listed.tables(version, TablePurpose.REFERENCE),
        "audits": listed.audits(plan),
        "waivers": listed.waivers(version, plan),
        "returns": listed.returns(version),
    }


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
        if locked.state in {State.IN_REVIEW, State.SUSPENDED} and _complete(locked):
            versions.move(version=locked, to=State.APPROVED, by=by, reason="reviewed and approved")
        gate.redecide_at_end(locked.pk, because=f"it was signed as {role}")
        touch({Section.SIGNATURES}, version=locked.pk)
    version.state = locked.state
    return approval


def return_version(
    *, version: ModelVersion, by: User, role: str, reason: str, password: str, expected_sha256: str | None = None
) -> Approval:
    """Send a version back for good: its successor is a new version. One that is approved already is suspended,
    until both sign again knowing why. Raises as `approve` does.
    """
    _check_reason(reason)
    permissions.check_can_return(by, version, role)
    signer = signatures.confirm(by=by, password=password)
    with recording.together():
        locked = _locked(version)
        permissions.check_can_return(by, locked, role)
        approval = _sign(locked, signer, role, ApprovalDecision.RETURN, reason.strip(), expected_sha256)
        to = State.SUSPENDED if locked.state == State.APPROVED else State.RETURNED
        versions.move(version=locked, to=to, by=by, reason=reason.strip())
        touch({Section.SIGNATURES}, version=locked.pk)
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
    body = stated.by_approval(approval)
    recording.record(Fact(kind, "approval", str(approval.pk), body, signer.person, version.pk, digest(body)))
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
