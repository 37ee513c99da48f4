"""Which acceptances of risks still stand? Each with the reason why it would not count; and the facts for a policy.

An acceptance counts only while the row, the signed record under its digest and the ledger's entry agree, and while the
risk, with its controls, is exactly what was signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from governance import history
from governance.core import facts
from governance.core.document import moment
from governance.core.meanings import ACCEPTANCE
from governance.history import Voucher
from governance.models.risk import RegisterAcceptance, RiskAcceptance
from governance.models.signature import Signature
from governance.services import risk_proof, risk_register, witnesses
from governance.services.risk_proof import Proof
from governance.services.risk_register import Current, record_of, register_record
from registry.core.canonical import digest
from registry.models.model import Model
from registry.models.version import ModelVersion

ACCEPTED = "risk.accepted"
ALTERED = witnesses.ALTERED
CHANGED = "the risk or its risk controls were changed after it was signed"
REGISTER_CHANGED = "the register was changed after it was signed"
OWN_WORK = "the signer wrote part of what was accepted"


@dataclass(frozen=True, slots=True)
class Accepted:
    """An acceptance of one risk. why_not: "" when it counts."""

    row: RiskAcceptance
    why_not: str


@dataclass(frozen=True, slots=True)
class RegisterAccepted:
    """An acceptance of the whole register. why_not: "" when it counts."""

    row: RegisterAcceptance
    why_not: str


def stated_by(row: RiskAcceptance | RegisterAcceptance) -> dict[str, object]:
    """What the row states; the ledger's entry carries it, and its digest."""
    signature = row.signature
    of = {"risk": str(row.entry_id)} if isinstance(row, RiskAcceptance) else {"model": str(row.model_id)}
    return {
        **of,
        "role": str(row.role),
        "reason": row.reason,
        "signature": str(signature.pk),
        "signer": str(signature.signer_id),
        "username": signature.username,
        "printed_name": signature.printed_name,
        "meaning": str(signature.meaning),
        "statement": signature.statement,
        "signed_at": moment(signature.signed_at),
        "record_sha256": signature.record_sha256,
    }


def acceptances(entries: Iterable[Current]) -> dict[UUID, tuple[Accepted, ...]]:
    """Every acceptance of these entries, newest first, whether it counts or not; keyed by entry."""
    known = {each.entry.pk: each for each in entries}
    rows = list(RiskAcceptance.objects.filter(entry__in=known).select_related("signature"))
    vouchers = history.vouchers(ACCEPTED, (str(row.pk) for row in rows)) if rows else {}
    found: dict[UUID, list[Accepted]] = {}
    for row in rows:
        risk = known[row.entry_id]
        why = _why_not(row.signature, stated_by(row), vouchers.get(str(row.pk)), ("risk", row.entry_id))
        why = why or (OWN_WORK if row.signature.signer_id in risk.authors else "")
        why = why or ("" if row.signature.record_sha256 == digest(record_of(risk)) else CHANGED)
        found.setdefault(row.entry_id, []).append(Accepted(row, why))
    return {pk: tuple(each) for pk, each in found.items()}


def accepted(entries: Iterable[Current]) -> dict[UUID, Accepted]:
    """For each entry that is accepted now: the newest acceptance that counts."""
    found = acceptances(entries)
    counting = {pk: next((each for each in every if not each.why_not), None) for pk, every in found.items()}
    return {pk: each for pk, each in counting.items() if each is not None}


def register_acceptances(model: Model, entries: tuple[Current, ...]) -> tuple[RegisterAccepted, ...]:
    """Every acceptance of the whole register, newest first, whether it counts or not."""
    rows = list(RegisterAcceptance.objects.filter(model=model).select_related("signature"))
    if not rows:
        return ()
    vouchers = history.vouchers(ACCEPTED, (str(row.pk) for row in rows))
    still = [each for each in entries if each.is_open]
    now, each_accepted = digest(register_record(model, entries)), accepted(still)
    authors = frozenset[UUID]().union(*(each.authors for each in still))
    said = []
    for row in rows:
        why = _why_not(row.signature, stated_by(row), vouchers.get(str(row.pk)), ("risk_register", model.pk))
        why = why or (OWN_WORK if row.signature.signer_id in authors else "")
        why = why or ("" if row.signature.record_sha256 == now else REGISTER_CHANGED)
        why = why or ("" if len(each_accepted) == len(still) else "an open risk is not accepted by itself")
        said.append(RegisterAccepted(row, why))
    return tuple(said)


def facts_of(
    model: Model, version: ModelVersion | None = None, *, now: datetime | None = None
) -> tuple[facts.Risk, ...]:
    """The open entries as a policy looks at them. A suggestion that nobody has looked at is no entry yet.

    version: the one that is assessed, for which effects must be shown; None for the newest that was submitted.
    """
    return _open_risks(risk_register.register(model), version or risk_proof.newest(model), now or timezone.now())


def section_of(model: Model, version: ModelVersion, *, now: datetime) -> dict[str, Any]:
    """All that a policy asks about risks: the open entries, and who accepted them all together."""
    entries = risk_register.register(model)
    whole = next((each for each in register_acceptances(model, entries) if not each.why_not), None)
    return {
        "risks": _open_risks(entries, version, now),
        "register_accepted_by": whole.row.signature.printed_name if whole else "",
    }


def _open_risks(entries: Iterable[Current], version: ModelVersion | None, now: datetime) -> tuple[facts.Risk, ...]:
    looked_at = [each for each in entries if each.is_open and not each.untouched]
    standing = accepted(looked_at)
    linked = [audit for each in looked_at for audit in each.audits]
    proofs = risk_proof.proofs(linked, version=version, now=now) if linked else {}
    return tuple(_fact(each, standing, [proofs[audit.pk] for audit in each.audits]) for each in looked_at)


def _fact(found: Current, standing: Mapping[UUID, Accepted], proofs: list[Proof]) -> facts.Risk:
    by = standing.get(found.entry.pk)
    proven, words, ends_at = risk_proof.together(proofs)
    return facts.Risk(
        id=str(found.entry.pk),
        hazard=found.revision.hazard,
        characteristics=tuple(found.revision.characteristics),
        estimated=found.level is not None,
        controls=len(found.in_place),
        proven=proven,
        residual=str(found.residual_level) if found.residual_level else "",
        accepted_by=by.row.signature.printed_name if by else "",
        title=found.revision.title,
        proof=words,
        proof_ends_at=ends_at,
        recorded_at=found.revision.created_at,
    )


def _why_not(signature: Signature, said: dict[str, object], voucher: Voucher | None, about: tuple[str, UUID]) -> str:
    if against := witnesses.why_not(signature, said, voucher):
        return against
    named = (signature.meaning, signature.record_type, signature.record_id)
    return "" if named == (ACCEPTANCE, *about) else ALTERED
