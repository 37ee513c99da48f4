"""Do the witnesses of a signed row agree: the row itself, the record that was signed, and the ledger's entry?

Reads nothing: whoever asks has the row's signature and the ledger's voucher for it. What has no canonical form agrees
with nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from governance.history import Voucher
from governance.models.signature import Signature
from registry.core.canonical import NotCanonical, digest

RECORD_ALTERED = "the signed record was altered"
NOT_VOUCHED = "the ledger does not vouch for it"
ALTERED = "it is not what the signer put their name to"


def digest_of(record: object) -> str:
    """SHA-256 of the canonical form; "" where it has none, as something altered in the database may not."""
    try:
        return digest(record)
    except NotCanonical:
        return ""


def agrees(record: object, sha256: str) -> bool:
    """Whether this is the digest of the record."""
    return sha256 != "" and digest_of(record) == sha256


def why_not(
    signature: Signature,
    said: Mapping[str, object],
    voucher: Voucher | None,
    *,
    signer: UUID | None = None,
    altered: str = ALTERED,
) -> str:
    """Why the row does not count; "" where all three agree.

    said: what the row states, of which the ledger keeps the digest. signer: whom the row itself names, where it does.
    """
    if not agrees(signature.record, signature.record_sha256):
        return RECORD_ALTERED
    if voucher is None or voucher.actor != signature.signer_id or signer not in (None, signature.signer_id):
        return NOT_VOUCHED
    return "" if agrees(said, voucher.object_sha256) else altered
