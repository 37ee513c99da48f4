"""The entry's bytes: what they say, what they refuse, and how a row that contradicts them is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from governance.core.entry import (
    MAX_BYTES,
    Entry,
    NotAnEntry,
    Stored,
    commitment,
    decode,
    encode,
    origin_of,
    problems_of,
)
from governance.core.merkle import leaf_hash

ADA = UUID("7d444840-9dc0-11d1-b245-5ffdce74fad2")
ENTRY = Entry(
    log="h.example/ledger/1",
    seq=7,
    at=datetime(2026, 11, 21, 2, 17, 33, 5, tzinfo=UTC),
    kind="approval",
    actor_id=ADA,
    object_type="version",
    object_id="42",
    version_id=ADA,
    object_sha256="ab" * 32,
    body=commitment(b"s" * 32, b"{}"),
)


def test_the_bytes_are_these() -> None:
    """Pinned: offline verifiers and stored ledgers depend on every byte."""
    assert encode(ENTRY).decode() == (
        f'{{"actor":{{"id":"{ADA}","via":"account"}},"at":"2026-11-21T02:17:33.000005Z",'
        f'"body":"{sha256(b"s" * 32 + b"{}").hexdigest()}","kind":"approval","log":"h.example/ledger/1",'
        f'"obj":{{"id":"42","sha256":"{"ab" * 32}","type":"version","version":"{ADA}"}},"seq":7,"v":1}}'
    )


@pytest.mark.parametrize(
    "entry",
    [
        ENTRY,
        replace(ENTRY, actor_id=None, version_id=None, object_sha256="", object_id=""),
        replace(ENTRY, object_id="Größe 5 µm 🫀"),
    ],
)
def test_decoding_gives_back_what_was_encoded(entry: Entry) -> None:
    assert decode(encode(entry)) == entry


def test_times_are_written_in_utc() -> None:
    elsewhere = ENTRY.at.astimezone(timezone(timedelta(hours=-5)))
    assert encode(replace(ENTRY, at=elsewhere)) == encode(ENTRY)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"object_id": 0.5}, "decimal strings"),
        ({"kind": 3}, "decimal strings"),
        ({"kind": ""}, "names its kind"),
        ({"kind": "k" * 61}, "longer than 60"),
        ({"object_id": "a\x00b"}, "unprintable"),
        ({"object_id": "\ud800"}, "unprintable"),
        ({"at": datetime(2026, 1, 1)}, "no zone"),
        ({"log": "x" * MAX_BYTES}, "at most 16,384"),
    ],
)
def test_what_cannot_be_an_entry_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(NotAnEntry, match=said):
        encode(replace(ENTRY, **changes))


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        encode(ENTRY).replace(b'"v":1', b'"v":2'),
        encode(ENTRY).replace(b'"seq":7', b'"seq":7,"seq":7'),
        encode(ENTRY).replace(b"2026-11-21", b"2026-13-21"),
        encode(ENTRY).replace(str(ADA).encode(), b"ada"),
    ],
)
def test_other_bytes_are_no_entry(encoded: bytes) -> None:
    with pytest.raises(NotAnEntry):
        decode(encoded)


def stored(**changes: Any) -> Stored:
    encoded = encode(ENTRY)
    columns = {name: getattr(ENTRY, name) for name in ("seq", "at", "kind", "actor_id")}
    sound = Stored(encoded, leaf_hash(encoded), columns, b"s" * 32, b"{}")
    return replace(sound, **changes)


def test_a_sound_row_has_no_problems() -> None:
    assert problems_of(stored()) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"leaf_hash": bytes(32)}, "leaf hash"),
        ({"entry": b"{}"}, "not an entry"),
        ({"columns": {"kind": "consent"}}, "column for kind"),
        ({"body": b"{ }"}, "not the one"),
        ({"salt": b"t" * 32}, "not the one"),
        ({"body": None, "salt": None}, "missing"),
    ],
)
def test_every_departure_is_named(changes: dict[str, Any], said: str) -> None:
    assert any(said in problem for problem in problems_of(stored(**changes)))


def test_the_origin_is_the_products_address_without_scheme() -> None:
    assert origin_of("https://formulary.example/") == "formulary.example/ledger/1"
    assert origin_of("formulary.example") == "formulary.example/ledger/1"
