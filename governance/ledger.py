"""What happened, and how is it proved? The only writer of ledger rows; also their reader, prover and verifier.

`append` belongs into the transaction of the facts that it records, last: whatever goes wrong rolls both back. An
empty ledger has size 0 and the root SHA-256(""). The tables hold what `core.merkle` calls complete subtrees; leaves
stand in the entries.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import BigIntegerField, F, Func, Max, Q, QuerySet

from governance.core import merkle
from governance.core.entry import (
    SALT_BYTES,
    Entry,
    NotAnEntry,
    commitment,
    decode,
    disagreements,
    encode,
    origin_of,
)
from governance.core.merkle import Coordinate, Frontier, Node, Range
from governance.models.ledger import LedgerBody, LedgerEntry, LedgerNode
from registry.core.canonical import canonical
from registry.core.strict_json import loads
from registry.errors import Refused
from registry.models.user import User

BATCH = 1024
MOST_PROBLEMS = 100


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

    Raises: LedgerUnavailable (locked for 2 s, or the database refuses), NotAnEntry, NotCanonical. The transaction
    is then marked for rollback, so a caller that swallows the error still commits nothing.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("append() belongs into the transaction of what it records.")
    # Without a savepoint, an error in here rolls back the caller's whole transaction.
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
        nodes += frontier.add(rows[-1].leaf_hash)
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
    if commitment(stored.salt, stored.body) != decode(bytes(entry.entry)).body:
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
    """Re-hash the stored bytes of every entry, and compare all that is kept beside them. Flat memory."""
    size = _size()
    check = _Verification(origin())
    for start in range(0, size, BATCH):
        check.batch(start, min(start + BATCH, size))
    check.strays()
    return check.report(size)


@dataclass(slots=True)
class _Verification:
    """One pass over the ledger: what it has seen so far."""

    origin: str
    tree: Frontier = field(default_factory=Frontier)
    problems: list[str] = field(default_factory=list)
    first_bad: int | None = None

    def report(self, size: int) -> Report:
        ok = self.first_bad is None
        return Report(ok, size, self.tree.root.hex(), self.first_bad, tuple(self.problems))

    def found(self, idx: int, problem: str) -> None:
        self.first_bad = idx if self.first_bad is None else min(idx, self.first_bad)
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(f"entry {idx}: {problem}")

    def batch(self, start: int, end: int) -> None:
        rows = {row.idx: row for row in LedgerEntry.objects.filter(idx__gte=start, idx__lt=end)}
        bodies = LedgerBody.objects.in_bulk(list(range(start, end)))
        nodes = {node.at: node.hash for node in _nodes(_completed_between(start, end))}
        for idx in range(start, end):
            if idx not in rows:
                self.found(idx, "missing")
            encoded = bytes(rows[idx].entry) if idx in rows else b""
            if idx in rows:
                self.entry(rows[idx], encoded, bodies.get(idx))
            for node in self.tree.add(merkle.leaf_hash(encoded)):
                if nodes.get(node.at) != node.hash:
                    self.found(idx, f"tree node {node.at.level}/{node.at.position} is missing or wrong")

    def entry(self, row: LedgerEntry, encoded: bytes, body: LedgerBody | None) -> None:
        if merkle.leaf_hash(encoded) != bytes(row.leaf_hash):
            self.found(row.idx, "the leaf hash is not that of the bytes")
        try:
            entry = decode(encoded)
        except NotAnEntry as error:
            self.found(row.idx, str(error))
            return
        for column in disagreements(entry, _columns(row, self.origin)):
            self.found(row.idx, f"the column for {column} differs from the bytes")
        # No operation erases bodies yet; when one comes, its own entry will excuse the gap that it leaves.
        if body is None or commitment(body.salt, body.body) != entry.body:
            self.found(row.idx, "the body is missing or not the one committed to")

    def strays(self) -> None:
        """Nodes and bodies of no entry, such as those that a cut-off tail leaves behind."""
        for at in _stray_nodes():
            self.found(merkle.completed_by(at), f"tree node {at.level}/{at.position} has no entries")
        entries = LedgerEntry.objects.values("idx")
        for idx in LedgerBody.objects.exclude(idx__in=entries).order_by("idx").values_list("idx", flat=True)[:BATCH]:
            self.found(idx, "a body without an entry")


def _columns(row: LedgerEntry, log: str) -> dict[str, Any]:
    """What the columns say, under the names that the bytes use."""
    return {
        "log": log,
        "seq": row.idx,
        "at": row.at,
        "kind": row.kind,
        "actor_id": row.actor_id,
        "object_type": row.object_type,
        "object_id": row.object_id,
        "version_id": row.subject_version_id,
    }


def _completed_between(start: int, end: int) -> Iterator[Q]:
    """The subtrees that the entries start..end-1 complete, level by level."""
    for level in range(1, end.bit_length()):
        yield Q(level=level, position__gte=start >> level, position__lt=end >> level)


def _stray_nodes() -> list[Coordinate]:
    # One statement, hence one snapshot: a node and its entries are seen together or not at all.
    end = Func(F("position") + 1, F("level"), template="(%(expressions)s)", arg_joiner=" << ", output_field=BigIntegerField())
    size = LedgerEntry.objects.order_by("-idx").values(size=F("idx") + 1)[:1]
    raise NotImplementedError(end, size)
