"""Which signatures still stand? Approvals and waivers of a version, each with the reason why it would not count.

A signed row counts only while three witnesses agree: the row itself, the signed record under its digest, and the
ledger entry that was written when the person signed.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from governance import history
from governance.core import facts
from governance.core.document import moment
from governance.core.meanings import MEANING_OF_ROLE
from governance.history import Voucher
from governance.models.approval import Approval, ApprovalDecision
from governance.models.signature import Meaning, Signature
from governance.models.waiver import Waiver
from governance.services import seen
from registry.core.canonical import NotCanonical, digest
from registry.models.version import ModelVersion

APPROVED, WAIVED = "approval.given", "waiver.given"
Finding = tuple[UUID, str, str]


def approvals(version: ModelVersion) -> tuple[facts.Approval, ...]:
    """Every approval of the version, whether it counts or not."""
    rows = list(Approval.objects.select_related("signature").filter(version=version, decision=ApprovalDecision.APPROVE))
    if not rows:
        return ()
    known, makers = history.vouchers(APPROVED, (str(row.pk) for row in rows)), history.makers_of(version)
    results = seen.results_under(version.plans.first())
    return tuple(_approval(row, known.get(str(row.pk)), makers, results) for row in rows)


def _approval(
    row: Approval, voucher: Voucher | None, makers: frozenset[UUID], results: frozenset[str]
) -> facts.Approval:
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
        why_not=_why_not(signature, voucher, makers)
        or ("" if said == expected else _ALTERED)
        or (_UNSEEN if seen.unseen(signature.record, results) else ""),
    )


def waivers(version: ModelVersion, plan_digest: str) -> dict[Finding, list[facts.Waived]]:
    """The waivers under a plan, by table, key and verdict of the finding that each covers."""
    rows = list(Waiver.objects.select_related("signature").filter(version=version, plan_digest=plan_digest))
    if not rows:
        return {}
    known, makers = history.vouchers(WAIVED, (str(row.pk) for row in rows)), history.makers_of(version)
    found: dict[Finding, list[facts.Waived]] = {}
    for row in rows:
        waived = facts.Waived(
            id=str(row.pk),
            record_sha256=row.signature.record_sha256,
            expires_at=row.expires_at,
            signer=row.signature.printed_name,
            why_not=_why_not(row.signature, known.get(str(row.pk)), makers) or ("" if _matches(row) else _ALTERED),
        )
        found.setdefault((row.table_id, row.check_key, row.verdict), []).append(waived)
    return found


_UNSEEN = "an audit has finished since, and the signer had not seen its result"
_ALTERED = "it is not what the signer put their name to"


def _why_not(signature: Signature, voucher: Voucher | None, makers: frozenset[UUID]) -> str:
    if _digest(signature.record) != signature.record_sha256:
        return "the signed record was altered"
    if voucher is None or (voucher.actor, voucher.object_sha256) != (signature.signer_id, signature.record_sha256):
        return "the ledger does not vouch for it"
    if signature.signer_id in makers:
        return "the signer contributed to the version"
    return ""


def _about(signature: Signature) -> tuple[str, str]:
    """Which version and plan the signed record is about."""
    plan = signature.record.get("plan") or {}
    return str(signature.record.get("version", {}).get("id")), str(plan.get("digest", ""))


def _matches(row: Waiver) -> bool:
    """Whether the signed record names this version, plan, finding and expiry."""
    record = row.signature.record
    named: Iterable[dict[str, str]] = record.get("findings", ())
    wanted = (str(row.table_id), row.check_key, row.verdict)
    return (
        row.signature.meaning == Meaning.RESPONSIBILITY
        and _about(row.signature) == (str(row.version_id), row.plan_digest)
        and record.get("terms", {}).get("expires_at") == moment(row.expires_at)
        and any((each.get("table"), each.get("key"), each.get("verdict")) == wanted for each in named)
    )


def _digest(record: object) -> str:
    try:
        return digest(record)
    except NotCanonical:
        return ""
