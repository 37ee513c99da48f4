"""Which entries of the ledger concern a version, and what proves that they are in it?"""

from __future__ import annotations

from uuid import UUID

from governance import ledger
from governance.core.document import moment
from governance.ledger import LedgerDamaged
from governance.models.ledger import LedgerEntry
from governance.reports import evidence as e
from registry.models.user import User
from registry.models.version import ModelVersion

SYSTEM = "Formulary itself"


def ledger_of(version: ModelVersion) -> e.Ledger:
    """The head, the verification of the whole ledger, and each entry with its inclusion proof.

    A damaged ledger is reported as such, without proofs: that is when the report matters most.
    """
    report = ledger.verify()
    rows = list(ledger.entries_of(version.pk))
    names = dict(User.objects.filter(pk__in={row.actor_id for row in rows}).values_list("pk", "full_name"))
    return e.Ledger(
        origin=ledger.origin(),
        size=report.size,
        root=report.root,
        intact=report.ok,
        problems=report.problems,
        entries=tuple(_entry(row, report.size, names) for row in rows),
    )


def _entry(row: LedgerEntry, size: int, names: dict[UUID, str]) -> e.Entry:
    return e.Entry(
        idx=row.idx,
        at=moment(row.at),
        kind=row.kind,
        actor=names.get(row.actor_id, "") if row.actor_id else SYSTEM,
        object_type=row.object_type,
        object_id=row.object_id,
        entry=bytes(row.entry).decode("utf-8", errors="replace"),
        leaf_hash=bytes(row.leaf_hash).hex(),
        proof=_proof(row.idx, size),
    )


def _proof(idx: int, size: int) -> tuple[str, ...]:
    try:
        return tuple(ledger.inclusion_proof(idx, size))
    except LedgerDamaged:
        return ()
