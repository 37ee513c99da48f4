"""What happened, and how is it proved? The only writer of ledger rows; also their reader, prover and verifier.

`append` belongs into the transaction of the facts that it records, last: whatever goes wrong rolls both back. An
empty ledger has size 0 and the root SHA-256(""). The tables hold what `core.merkle` calls complete subtrees; leaves
stand in the entries.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Max, Q, QuerySet

from governance.core import merkle
from governance.core.entry import SALT_BYTES, Entry, Stored, commitment, decode, encode, origin_of, problems_of
from governance.core.merkle import Coordinate, Frontier, Node, Range
from governance.models.ledger import LedgerBody, LedgerEntry, LedgerNode
from registry.core.canonical import canonical
from registry.core.strict_json import loads
from registry.errors import Refused
from registry.models.user import User

BATCH = 1024
MOST_PROBLEMS = 100
STRAY_NODES = """
    SELECT level, position FROM governance_ledgernode,
        (SELECT COALESCE(max(idx) + 1, 0) AS size FROM governance_ledgerentry) AS tree
    WHERE level NOT BETWEEN 1 AND 62 OR position >= size >> level ORDER BY level, position LIMIT %s
"""
STRAY_BODIES = """
    SELECT idx FROM governance_ledgerbody
    WHERE idx > (SELECT COALESCE(max(idx), -1) FROM governance_ledgerentry) ORDER BY idx LIMIT %s
"""


class LedgerUnavailable(Refused):
    """Nothing was recorded, so nothing was done."""

    code = "ledger_unavailable"
    status = 503


class LedgerDamaged(Refused):
    """A stored row contradicts the hash that stands for it."""

    code = "ledger_damaged"
    status = 500


class NotInLedger(Refused):
    """The ledger has no such index or size."""

    code = "not_in_ledger"
    status = 404


@dataclass(frozen=True, slots=True)
class Fact:
    """What the caller knows. body: any JSON object; it is kept beside the entry, which commits to it."""

    kind: str
    object_type: str
    object_id: str
    body: dict[str, object]
    actor: User | None = None
    version_id: UUID | None = None
    object_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """All entries, in one hash. root: hexadecimal."""

    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found. first_bad: the lowest index that a problem touches, None when there is none."""

    ok: bool
    size: int
    root: str
    first_bad: int | None
    problems: tuple[str, ...]


def origin() -> str:
    """The name that every entry of this ledger carries."""
    return origin_of(settings.PRODUCT_ID)


# --- appending


def append(*facts: Fact, at: datetime) -> list[LedgerEntry]:
    """Record facts, in the order given, inside the transaction that makes them true.

    Raises: LedgerUnavailable (locked for 2 s, or the database refuses), NotAnEntry, NotCanonical. The enclosing
    atomic block is then marked for rollback, so a caller that swallows the error still commits nothing.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("append() belongs into the transaction of what it records.")
    # Without a savepoint of its own, an error in here rolls the caller's block back.
    with transaction.atomic(savepoint=False):
        salted = [(secrets.token_bytes(SALT_BYTES), canonical(fact.body)) for fact in facts]
        try:
            return _append(facts, salted, at) if facts else []
        except DatabaseError as error:
            raise LedgerUnavailable("The ledger could not be written, so nothing was changed. Try again.") from error


def _append(facts: Sequence[Fact], salted: list[tuple[bytes, bytes]], at: datetime) -> list[LedgerEntry]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_lock()")
    # A statement of its own: under READ COMMITTED it sees what was committed while this one waited for the lock.
    frontier = _frontier()
    rows: list[LedgerEntry] = []
    nodes: list[Node] = []
    for fact, (salt, body) in zip(facts, salted, strict=True):
        rows.append(_row(fact, frontier.size, at, commitment(salt, body)))
        nodes += frontier.add(bytes(rows[-1].leaf_hash))
    LedgerEntry.objects.bulk_create(rows, batch_size=BATCH)
    LedgerNode.objects.bulk_create(
        (LedgerNode(level=node.at.level, position=node.at.position, hash=node.hash) for node in nodes),
        batch_size=BATCH,
    )
    LedgerBody.objects.bulk_create(
        (LedgerBody(idx=row.idx, salt=salt, body=body) for row, (salt, body) in zip(rows, salted, strict=True)),
        batch_size=BATCH,
    )
    return rows


def _frontier() -> Frontier:
    last = LedgerEntry.objects.order_by("-idx").first()
    if last is None:
        return Frontier()
    if decode(bytes(last.entry)).log != origin():
        raise LedgerUnavailable("This ledger was begun under another FORMULARY_ID. Set that one again.")
    size = last.idx + 1
    edge = merkle.cover(Range(0, size))
    hashes = _hashes(edge)
    return Frontier(size, [hashes[at] for at in edge])


def _row(fact: Fact, idx: int, at: datetime, body: str) -> LedgerEntry:
    actor_id = fact.actor.pk if fact.actor else None
    encoded = encode(
        Entry(
            log=origin(),
            seq=idx,
            at=at,
            kind=fact.kind,
            actor_id=actor_id,
            object_type=fact.object_type,
            object_id=fact.object_id,
            version_id=fact.version_id,
            object_sha256=fact.object_sha256,
            body=body,
        )
    )
    return LedgerEntry(
        idx=idx,
        at=at,
        kind=fact.kind,
        actor_id=actor_id,
        object_type=fact.object_type,
        object_id=fact.object_id,
        subject_version_id=fact.version_id,
        entry=encoded,
        leaf_hash=merkle.leaf_hash(encoded),
    )


# --- reading


def head() -> Head:
    """The ledger's present size and root."""
    size = _size()
    return Head(size=size, root=root_at(size))


def root_at(size: int) -> str:
    """The root, hexadecimal, when the ledger had this many entries. Raises: NotInLedger."""
    return _range_hashes([Range(0, _known(size))])[0]


def entry_at(idx: int) -> LedgerEntry:
    """Raises: NotInLedger."""
    found = LedgerEntry.objects.filter(idx=idx).first()
    if found is None:
        raise NotInLedger(f"The ledger has no entry {idx}.", idx=idx)
    return found


def entries_of(version_id: UUID) -> QuerySet[LedgerEntry]:
    """Everything that was recorded about one model version, oldest first."""
    return LedgerEntry.objects.filter(subject_version_id=version_id)


def body_of(entry: LedgerEntry) -> dict[str, Any] | None:
    """What the entry commits to; None when it was erased. Raises: LedgerDamaged."""
    return bodies_of([entry])[entry.idx]


def bodies_of(entries: Sequence[LedgerEntry]) -> dict[int, dict[str, Any] | None]:
    """`body_of` for many entries in one query, by index. Raises: LedgerDamaged."""
    found = LedgerBody.objects.in_bulk([entry.idx for entry in entries])
    return {entry.idx: _opened(entry, found.get(entry.idx)) for entry in entries}


def _opened(entry: LedgerEntry, stored: LedgerBody | None) -> dict[str, Any] | None:
    if stored is None:
        return None
    if commitment(bytes(stored.salt), bytes(stored.body)) != decode(bytes(entry.entry)).body:
        raise LedgerDamaged(f"The body of entry {entry.idx} is not what the entry commits to.", idx=entry.idx)
    opened: dict[str, Any] = loads(bytes(stored.body))
    return opened


# --- proving


def inclusion_proof(idx: int, size: int) -> list[str]:
    """Hashes, hexadecimal, that lead from entry idx to the root at this size. Raises: NotInLedger."""
    if not 0 <= idx < _known(size):
        raise NotInLedger(f"A ledger of {size} entries has no entry {idx}.", idx=idx, size=size)
    return _range_hashes(merkle.inclusion_path(idx, size))


def consistency_proof(first: int, second: int) -> list[str]:
    """Hashes, hexadecimal, that show the ledger at size `first` to be the beginning of `second`'s.

    Raises: NotInLedger.
    """
    if not 0 <= first <= _known(second):
        raise NotInLedger(f"{first} entries are not the beginning of {second}.", first=first, second=second)
    return _range_hashes(merkle.consistency_path(first, second))


def _size() -> int:
    last: int | None = LedgerEntry.objects.aggregate(last=Max("idx"))["last"]
    return 0 if last is None else last + 1


def _known(size: int) -> int:
    if not 0 <= size <= _size():
        raise NotInLedger(f"The ledger never had {size} entries.", size=size)
    return size


def _range_hashes(ranges: Sequence[Range]) -> list[str]:
    hashes = _hashes([at for leaves in ranges for at in merkle.cover(leaves)])
    return [merkle.range_hash(leaves, hashes.__getitem__).hex() for leaves in ranges]


def _hashes(wanted: Sequence[Coordinate]) -> dict[Coordinate, bytes]:
    """The stored hashes of complete subtrees, in at most two queries. Raises: LedgerDamaged when one is absent."""
    leaves = [at.position for at in wanted if at.level == 0]
    inner = [Q(level=at.level, position=at.position) for at in wanted if at.level > 0]
    found: dict[Coordinate, bytes] = {}
    if leaves:
        rows = LedgerEntry.objects.filter(idx__in=leaves).values_list("idx", "leaf_hash")
        found |= {Coordinate(0, idx): bytes(leaf) for idx, leaf in rows}
    if inner:
        found |= {node.at: node.hash for node in _nodes(inner)}
    for at in wanted:
        if at not in found:
            raise LedgerDamaged(f"The tree node {at.level}/{at.position} is missing.", idx=merkle.completed_by(at))
    return found


def _nodes(conditions: Iterable[Q]) -> list[Node]:
    any_of = Q()
    for condition in conditions:
        any_of |= condition
    rows = LedgerNode.objects.filter(any_of).values_list("level", "position", "hash")
    return [Node(Coordinate(level, position), bytes(stored)) for level, position, stored in rows]


# --- verifying


def verify() -> Report:
    """Re-hash the stored bytes of every entry, and compare all that is kept beside them. Flat memory.

    A damaged tree node counts against the entry whose arrival completed it.
    """
    size, tree, found = _size(), Frontier(), _Findings()
    for start in range(0, size, BATCH):
        _verify_batch(range(start, min(start + BATCH, size)), tree, found)
    for idx, what in _strays():
        found.add(idx, what)
    return Report(found.first_bad is None, size, tree.root.hex(), found.first_bad, tuple(found.problems))


@dataclass(slots=True)
class _Findings:
    problems: list[str] = field(default_factory=list)
    first_bad: int | None = None

    def add(self, idx: int, problem: str) -> None:
        self.first_bad = idx if self.first_bad is None else min(idx, self.first_bad)
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(f"entry {idx}: {problem}")


def _verify_batch(span: range, tree: Frontier, found: _Findings) -> None:
    rows = {row.idx: row for row in LedgerEntry.objects.filter(idx__gte=span.start, idx__lt=span.stop)}
    bodies = {body.idx: body for body in LedgerBody.objects.filter(idx__gte=span.start, idx__lt=span.stop)}
    nodes = {node.at: node.hash for node in _nodes(_completed_by(span))}
    for idx in span:
        stored = _stored(rows[idx], bodies.get(idx)) if idx in rows else None
        for problem in problems_of(stored) if stored else ["missing"]:
            found.add(idx, problem)
        for node in tree.add(merkle.leaf_hash(stored.entry if stored else b"")):
            if nodes.get(node.at) != node.hash:
                found.add(idx, f"tree node {node.at.level}/{node.at.position} is missing or wrong")


def _stored(row: LedgerEntry, body: LedgerBody | None) -> Stored:
    columns: dict[str, object] = {
        "log": origin(),
        "seq": row.idx,
        "at": row.at,
        "kind": row.kind,
        "actor_id": row.actor_id,
        "object_type": row.object_type,
        "object_id": row.object_id,
        "version_id": row.subject_version_id,
    }
    return Stored(
        entry=bytes(row.entry),
        leaf_hash=bytes(row.leaf_hash),
        columns=columns,
        salt=bytes(body.salt) if body else None,
        body=bytes(body.body) if body else None,
    )


def _completed_by(span: range) -> list[Q]:
    """The subtrees that these entries complete, level by level."""
    levels = range(1, span.stop.bit_length())
    return [Q(level=n, position__gte=span.start >> n, position__lt=span.stop >> n) for n in levels]


def _strays() -> list[tuple[int, str]]:
    """Nodes and bodies beyond the last entry, such as a cut-off tail leaves behind."""
    # One statement each, hence one snapshot: what belongs to an entry is seen together with it or not at all.
    with connection.cursor() as cursor:
        cursor.execute(STRAY_NODES, [MOST_PROBLEMS])
        nodes = [Coordinate(*row) for row in cursor.fetchall()]
        cursor.execute(STRAY_BODIES, [MOST_PROBLEMS])
        bodies = [idx for (idx,) in cursor.fetchall()]
    return [
        *((merkle.completed_by(at), f"tree node {at.level}/{at.position} has no entries") for at in nodes),
        *((idx, "a body without an entry") for idx in bodies),
    ]
