"""Which signatures still stand? Approvals and waivers of a version, each with the reason why it would not count.

A signed row counts only while three witnesses agree: the row itself with all that is shown beside the signature, the
signed record under its digest, and the ledger entry that was written when the person signed.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from audits.models.check import CheckRow
from governance import history
from governance.core import facts
from governance.core.document import moment
from governance.core.meanings import MEANING_OF_ROLE
from governance.history import Voucher
from governance.models.approval import Approval, ApprovalDecision
from governance.models.signature import Meaning, Signature
from governance.models.waiver import Waiver
from governance.services import seen, stated, witnesses
from governance.services.witnesses import ALTERED
from registry.models.version import ModelVersion

APPROVED, WAIVED = "approval.given", "waiver.given"
Finding = tuple[UUID, str, str, str]  # table, key, verdict, and the digest of the audit's result


def finding_of(check: CheckRow) -> Finding:
    """Under which key of `waivers` the finding stands; its audit is read: select it along."""
    return check.audit.table_id, check.key, check.verdict, check.audit.result_sha256


def approvals(version: ModelVersion) -> tuple[facts.Approval, ...]:
    """Every approval of the version, whether it counts or not."""
    rows = list(Approval.objects.select_related("signature").filter(version=version, decision=ApprovalDecision.APPROVE))
    if not rows:
        return ()
    known, makers = history.vouchers(APPROVED, (str(row.pk) for row in rows)), history.makers_of(version)
    to_see = seen.to_see(version)
    return tuple(_approval(row, known.get(str(row.pk)), makers, to_see) for row in rows)


def _approval(row: Approval, voucher: Voucher | None, makers: frozenset[UUID], to_see: seen.ToSee) -> facts.Approval:
    signature = row.signature
    expected = (MEANING_OF_ROLE.get(row.role), str(row.version_id), row.plan_digest)
    said = (signature.meaning, *_about(signature))
    return facts.Approval(
        id=str(row.pk),
        signature=str(signature.pk),
        record_sha256=signature.record_sha256,
        role=row.role,
        meaning=signature.meaning,
        signer=str(signature.signer_id),
        printed_name=signature.printed_name,
        plan_digest=row.plan_digest,
        why_not=_why_not(signature, stated.by_approval(row), voucher, makers)
        or ("" if said == expected else ALTERED)
        or seen.unseen(signature.record, to_see),
    )


def waivers(version: ModelVersion, plan_digest: str) -> dict[Finding, list[facts.Waived]]:
    """The waivers under a plan, by the finding that each covers: a later, different result is another finding."""
    rows = list(Waiver.objects.select_related("signature__signer").filter(version=version, plan_digest=plan_digest))
    if not rows:
        return {}
    known, makers = history.vouchers(WAIVED, (str(row.pk) for row in rows)), history.makers_of(version)
    found: dict[Finding, list[facts.Waived]] = {}
    for row in rows:
        results = results_named(row)
        waived = facts.Waived(
            id=str(row.pk),
            record_sha256=row.signature.record_sha256,
            expires_at=row.expires_at,
            signer=row.signature.printed_name,
            why_not=_why_not(row.signature, stated.by_waiver(row), known.get(str(row.pk)), makers)
            or ("" if results and _matches(row) else ALTERED),
            signed_at=row.signature.signed_at,
            roles=_roles(row.signature),
            measure=bool(row.compensating_measure.strip()),
        )
        # One that names no result covers nothing; it is listed all the same, with the reason.
        for result in results or {""}:
            found.setdefault((row.table_id, row.check_key, row.verdict, result), []).append(waived)
    return found


def _why_not(signature: Signature, said: stated.Body, voucher: Voucher | None, makers: frozenset[UUID]) -> str:
    against = "the signer contributed to the version" if signature.signer_id in makers else ""
    return witnesses.why_not(signature, said, voucher) or against


def _roles(signature: Signature) -> tuple[str, ...]:
    """The roles that the signer held when they signed; where a record does not say, those that they hold now."""
    said: Iterable[str] | None = (signature.record.get("terms") or {}).get("roles")
    return tuple(sorted(signature.signer.role_names if said is None else said))


def _about(signature: Signature) -> tuple[str, str]:
    """Which version and plan the signed record is about."""
    plan = signature.record.get("plan") or {}
    return str(signature.record.get("version", {}).get("id")), str(plan.get("digest", ""))


def _matches(row: Waiver) -> bool:
    """Whether the signed record names this version, plan and expiry."""
    return (
        row.signature.meaning == Meaning.RESPONSIBILITY
        and _about(row.signature) == (str(row.version_id), row.plan_digest)
        and row.signature.record.get("terms", {}).get("expires_at") == moment(row.expires_at)
    )


def results_named(row: Waiver) -> set[str]:
    """The digests of the audit results in which the signer saw this finding."""
    named: Iterable[dict[str, str]] = row.signature.record.get("findings", ())
    wanted = (str(row.table_id), row.check_key, row.verdict)
    return {
        each.get("result_sha256", "")
        for each in named
        if (each.get("table"), each.get("key"), each.get("verdict")) == wanted
    }
