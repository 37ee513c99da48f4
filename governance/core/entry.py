"""Which bytes stand for a fact in the ledger? One entry's canonical JSON, and the commitment to its body. No I/O.

    {"actor":{"id","via"},"at","body","kind","log","obj":{"id","sha256","type","version"},"seq","v":1}

Every value is a string, a whole number or null: a float has more than one spelling, so it goes into the body or
becomes a decimal string. What a person may later have erased (the body) is only committed to, under a random salt
that is erased with it, so that the entry and every proof survive the erasure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from governance.core.merkle import leaf_hash
from registry.core.canonical import canonical
from registry.core.strict_json import StrictJsonError, loads

VERSION = 1
MAX_BYTES = 16 * 1024  # tlog-tiles prefixes an entry with a 16-bit length (C2SP)
SALT_BYTES = 32
VIA_ACCOUNT, VIA_SYSTEM = "account", "system"
_LONGEST = {"kind": 60, "object_type": 40, "object_id": 64, "object_sha256": 64}
_MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"


class NotAnEntry(ValueError):
    """These values, or these bytes, are no ledger entry; the message says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact. at: aware; body: commitment, hexadecimal; object_sha256: empty when the object has no digest."""

    log: str
    seq: int
    at: datetime
    kind: str
    actor_id: UUID | None
    object_type: str
    object_id: str
    version_id: UUID | None
    object_sha256: str
    body: str


def origin_of(product_id: str) -> str:
    """The ledger's own name: the product's address without its scheme, and a number that a fork would raise."""
    return f"{product_id.partition('://')[2] or product_id}".rstrip("/") + "/ledger/1"


def commitment(salt: bytes, body: bytes) -> str:
    """SHA-256(salt || canonical body), hexadecimal."""
    return sha256(salt + body).hexdigest()


def encode(entry: Entry) -> bytes:
    """The entry's RFC 8785 bytes. Raises: NotAnEntry."""
    _check(entry)
    encoded = canonical(
        {
            "v": VERSION,
            "log": entry.log,
            "seq": entry.seq,
            "at": entry.at.astimezone(UTC).strftime(_MOMENT),
            "kind": entry.kind,
            "actor": {"id": _text(entry.actor_id), "via": VIA_ACCOUNT if entry.actor_id else VIA_SYSTEM},
            "obj": {
                "type": entry.object_type,
                "id": entry.object_id,
                "version": _text(entry.version_id),
                "sha256": entry.object_sha256 or None,
            },
            "body": entry.body,
        }
    )
    if len(encoded) > MAX_BYTES:
        raise NotAnEntry(f"{len(encoded):,} bytes; an entry has at most {MAX_BYTES:,}")
    return encoded


def decode(encoded: bytes) -> Entry:
    """What stored bytes say. They are read, never re-made: their hash is over the bytes. Raises: NotAnEntry."""
    try:
        found = loads(encoded)
        if found["v"] != VERSION:
            raise NotAnEntry(f"entry format {found['v']!r} is unknown")
        who, what = found["actor"], found["obj"]
        return Entry(
            log=found["log"],
            seq=found["seq"],
            at=datetime.fromisoformat(found["at"]),
            kind=found["kind"],
            actor_id=_uuid(who["id"]),
            object_type=what["type"],
            object_id=what["id"],
            version_id=_uuid(what["version"]),
            object_sha256=what["sha256"] or "",
            body=found["body"],
        )
    except NotAnEntry:
        raise
    except (StrictJsonError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotAnEntry(f"not an entry: {error!r}") from error


@dataclass(frozen=True, slots=True)
class Stored:
    """One index, as the tables hold it. columns: what `Entry` calls them, and their values; None: no such row."""

    entry: bytes
    leaf_hash: bytes
    columns: dict[str, object]
    salt: bytes | None
    body: bytes | None


def problems_of(stored: Stored) -> list[str]:
    """All in which the row departs from its own bytes, which alone are hashed."""
    found = []
    if leaf_hash(stored.entry) != stored.leaf_hash:
        found.append("the leaf hash is not that of the bytes")
    try:
        entry = decode(stored.entry)
    except NotAnEntry as error:
        return [*found, str(error)]
    for column, value in stored.columns.items():
        if getattr(entry, column) != value:
            found.append(f"the column for {column} differs from the bytes")
    # No operation erases bodies yet; when one comes, its own entry will excuse the gap that it leaves.
    if stored.salt is None or stored.body is None:
        found.append("the body is missing")
    elif commitment(stored.salt, stored.body) != entry.body:
        found.append("the body is not the one that the entry commits to")
    return found


def _check(entry: Entry) -> None:
    for name, longest in _LONGEST.items():
        value = getattr(entry, name)
        if not isinstance(value, str):
            raise NotAnEntry(f"{name} is {type(value).__name__}; write numbers as decimal strings")
        if len(value) > longest or not value.isprintable():
            raise NotAnEntry(f"{name} is longer than {longest} characters or has unprintable ones")
    if not entry.kind or not entry.object_type:
        raise NotAnEntry("an entry names its kind and the type of its object")
    if entry.at.utcoffset() is None:
        raise NotAnEntry("the time has no zone")


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
