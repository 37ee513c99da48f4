"""What does a signed row state? Exactly these values; the ledger's entry carries them, and their digest.

So whatever is shown beside a signature is protected by the entry: altered in the database, it has another digest.
"""

from __future__ import annotations

from governance.core.document import moment
from governance.models.approval import Approval
from governance.models.signature import Signature
from governance.models.waiver import Waiver

Body = dict[str, object]


def by_approval(row: Approval) -> Body:
    """An approval or a return, with its signature."""
    return {
        "role": str(row.role),
        "decision": str(row.decision),
        "reason": row.reason,
        "version": str(row.version_id),
        "plan_sha256": row.plan_digest,
        **_by_signature(row.signature),
    }


def by_waiver(row: Waiver) -> Body:
    """A waiver, with its signature."""
    return {
        "key": row.check_key,
        "verdict": str(row.verdict),
        "table": str(row.table_id),
        "reason": row.reason,
        "compensating_measure": row.compensating_measure,
        "expires_at": moment(row.expires_at),
        "version": str(row.version_id),
        "plan_sha256": row.plan_digest,
        **_by_signature(row.signature),
    }


def _by_signature(signature: Signature) -> Body:
    return {
        "signature": str(signature.pk),
        "signer": str(signature.signer_id),
        "username": signature.username,
        "printed_name": signature.printed_name,
        "meaning": str(signature.meaning),
        "statement": signature.statement,
        "signed_at": moment(signature.signed_at),
        "record_sha256": signature.record_sha256,
    }
