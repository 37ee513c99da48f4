"""Which waivers of whole controls still stand? Each with the reason why it would not count; and the facts for a policy.

A waiver counts only while the row, the signed record under its digest and the ledger's entry agree; while the signer
made nothing of the version; while the pack is at the very content that was signed; and while nothing else is missing
than what the signer saw. The last is for `governance.core.assessment`: only there it is known what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from governance import history
from governance.core import facts
from governance.core.document import moment
from governance.history import Voucher
from governance.models.control_waiver import ControlWaiver
from governance.models.signature import Meaning, Signature
from governance.services import witnesses
from governance.services.evidence_asked import Asked
from registry.models.version import ModelVersion

WAIVED = "control.waived"
RECORD = "control"
ALTERED = witnesses.ALTERED
PACK_CHANGED = "the policy pack has changed since it was signed"
CONTRIBUTED = "the signer contributed to the version"


@dataclass(frozen=True, slots=True)
class Standing:
    """A waiver of a control. why_not: "" when it counts, as long as it lasts. missing: what the signer saw missing."""

    row: ControlWaiver
    why_not: str
    missing: tuple[str, ...]


def stated_by(row: ControlWaiver) -> dict[str, object]:
    """What the row states; the ledger's entry carries it, and its digest."""
    signature = row.signature
    return {
        "version": str(row.version_id),
        "environment": str(row.environment),
        "site": row.site,
        "policy_sha256": row.pack.digest,
        "control": row.control,
        "status": str(row.status),
        "reason": row.reason,
        "compensating_measure": row.compensating_measure,
        "expires_at": moment(row.expires_at),
        "signature": str(signature.pk),
        "signer": str(signature.signer_id),
        "username": signature.username,
        "printed_name": signature.printed_name,
        "meaning": str(signature.meaning),
        "statement": signature.statement,
        "signed_at": moment(signature.signed_at),
        "record_sha256": signature.record_sha256,
    }


def standing(
    version: ModelVersion, *, environment: str = "", site: str | None = None, digests: Iterable[str] = ()
) -> tuple[Standing, ...]:
    """Every waiver of a control of the version, newest first, whether it counts or not. Lapsed ones are among them.

    environment, site: these only; "" and None for any. digests: the contents of packs that are in use here; a waiver
    under any other content does not count.
    """
    rows = ControlWaiver.objects.filter(version=version).select_related("signature", "pack").defer("pack__document")
    rows = rows.filter(environment=environment) if environment else rows
    rows = rows.filter(site=site) if site is not None else rows
    found = list(rows.order_by("-created_at"))
    if not found:
        return ()
    known, makers = history.vouchers(WAIVED, (str(row.pk) for row in found)), history.makers_of(version)
    current = frozenset(digests)
    return tuple(
        Standing(row, _why_not(row, known.get(str(row.pk)), makers, current), missing_of(row.signature))
        for row in found
    )


def facts_of(asked: Asked) -> tuple[facts.ControlWaived, ...]:
    """The waivers that cover controls of the packs that are asked about, in this environment at this site."""
    found = standing(
        asked.version, environment=asked.environment, site=asked.site, digests=[pack.digest for pack in asked.packs]
    )
    return tuple(
        facts.ControlWaived(
            id=str(each.row.pk),
            pack=each.row.pack.slug,
            control=each.row.control,
            verdict=str(each.row.status),
            expires_at=each.row.expires_at,
            signer=each.row.signature.printed_name,
            why_not=each.why_not,
            missing=each.missing,
        )
        for each in found
    )


def missing_of(signature: Signature) -> tuple[str, ...]:
    """What was missing when the person signed."""
    result = signature.record.get("result") or {}
    return tuple(result.get("missing", ()))


def _why_not(row: ControlWaiver, voucher: Voucher | None, makers: frozenset[UUID], current: frozenset[str]) -> str:
    if against := witnesses.why_not(row.signature, stated_by(row), voucher):
        return against
    if not _matches(row):
        return ALTERED
    if row.signature.signer_id in makers:
        return CONTRIBUTED
    return "" if row.pack.digest in current else PACK_CHANGED


def _matches(row: ControlWaiver) -> bool:
    """Whether the signed record names this version, place, content of the pack, control, status and expiry."""
    record = row.signature.record
    said = (
        record.get("type"),
        (record.get("version") or {}).get("id"),
        record.get("environment"),
        record.get("site"),
        (record.get("pack") or {}).get("digest"),
        (record.get("control") or {}).get("id"),
        (record.get("result") or {}).get("status"),
        (record.get("terms") or {}).get("expires_at"),
    )
    return row.signature.meaning == Meaning.RESPONSIBILITY and said == (
        RECORD,
        str(row.version_id),
        str(row.environment),
        row.site,
        row.pack.digest,
        row.control,
        str(row.status),
        moment(row.expires_at),
    )
