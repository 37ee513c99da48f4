"""What does the ledger say, and in whose name? Entries with their actors, for people."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from governance import ledger
from governance.core.entry import Entry, decode
from governance.models.ledger import LedgerEntry
from governance.web.records import Node, nodes
from registry.models.user import User

SYSTEM = "Formulary"


@dataclass(frozen=True, slots=True)
class EntryLine:
    row: LedgerEntry
    actor: str


@dataclass(frozen=True, slots=True)
class Proof:
    """How anybody can check that the entry is in the ledger: hashes that lead from its leaf to the root."""

    size: int
    root: str
    hashes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntryPage:
    """said: what the hashed bytes say. text: those bytes. body: what they commit to; None when it was erased."""

    row: LedgerEntry
    said: Entry
    text: str
    leaf_hash: str
    actor: str
    body: tuple[Node, ...] | None
    proof: Proof


def lines(entries: Iterable[LedgerEntry]) -> list[EntryLine]:
    """Entries with their actors' names: one more query, however many there are."""
    rows = list(entries)
    people = User.objects.in_bulk({row.actor_id for row in rows if row.actor_id})
    return [EntryLine(row, str(people.get(row.actor_id, row.actor_id)) if row.actor_id else SYSTEM) for row in rows]


def entry_page(idx: int) -> EntryPage:
    """Raises: NotInLedger, LedgerDamaged."""
    row = ledger.entry_at(idx)
    body = ledger.body_of(row)
    head = ledger.head()
    encoded = bytes(row.entry)
    return EntryPage(
        row=row,
        said=decode(encoded),
        text=json.dumps(json.loads(encoded), indent=2, ensure_ascii=False),
        leaf_hash=bytes(row.leaf_hash).hex(),
        actor=lines([row])[0].actor,
        body=None if body is None else nodes(body),
        proof=Proof(head.size, head.root, tuple(ledger.inclusion_proof(idx, head.size))),
    )
