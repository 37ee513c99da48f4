"""The ledger's writer: what it records, what it refuses, what it proves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import override_settings

from governance import ledger
from governance.core import merkle
from governance.core.entry import NotAnEntry, decode
from governance.models.ledger import LedgerBody, LedgerEntry, LedgerNode
from registry.core.canonical import NotCanonical
from registry.models.user import User

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)


def facts(count: int) -> list[ledger.Fact]:
    return [ledger.Fact("test.fact", "thing", str(n), {"n": n}) for n in range(count)]


def record(*given: ledger.Fact) -> list[LedgerEntry]:
    with transaction.atomic():
        return ledger.append(*given, at=NOON)


def test_an_empty_ledger_has_the_hash_of_nothing_as_its_root() -> None:
    assert ledger.head() == ledger.Head(0, sha256(b"").hexdigest())
    assert ledger.verify() == ledger.Report(True, 0, sha256(b"").hexdigest(), None, ())
    assert ledger.consistency_proof(0, 0) == []


def test_an_entry_says_who_did_what_to_what_and_commits_to_the_body(person: Callable[..., User]) -> None:
    ada, version = person("ada"), uuid4()
    fact = ledger.Fact("gate.decision", "decision", "d1", {"auroc": 0.81}, ada, version, "ab" * 32)
    (row,) = record(fact)
    entry = decode(bytes(ledger.entry_at(0).entry))
    assert (entry.log, entry.seq, entry.at) == ("formulary.localhost/ledger/1", 0, NOON)
    assert (entry.kind, entry.object_type, entry.object_id) == ("gate.decision", "decision", "d1")
    assert (entry.actor_id, entry.version_id, entry.object_sha256) == (ada.pk, version, "ab" * 32)
    assert ledger.body_of(row) == {"auroc": 0.81}
    assert list(ledger.entries_of(version)) == [row]


@pytest.mark.parametrize("batches", [[1] * 9, [9], [2, 7], [5, 4], [8, 1]])
def test_how_facts_are_batched_does_not_change_the_tree(batches: list[int]) -> None:
    for count in batches:
        record(*facts(count))
    tree = merkle.Frontier()
    for leaf in LedgerEntry.objects.values_list("leaf_hash", flat=True):
        tree.add(bytes(leaf))
    assert ledger.head() == ledger.Head(9, tree.root.hex())
    assert ledger.verify() == ledger.Report(True, 9, tree.root.hex(), None, ())


def test_every_inclusion_and_consistency_proof_verifies() -> None:
    record(*facts(13))
    roots = [bytes.fromhex(ledger.root_at(size)) for size in range(14)]
    leaves = [bytes(row.leaf_hash) for row in LedgerEntry.objects.all()]
    for size in range(1, 14):
        for idx in range(size):
            proof = [bytes.fromhex(item) for item in ledger.inclusion_proof(idx, size)]
            assert merkle.verify_inclusion(leaves[idx], idx, size, proof, roots[size])
        for first in range(size + 1):
            proof = [bytes.fromhex(item) for item in ledger.consistency_proof(first, size)]
            assert merkle.verify_consistency(first, size, roots[first], roots[size], proof)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: ledger.entry_at(3),
        lambda: ledger.root_at(4),
        lambda: ledger.inclusion_proof(3, 3),
        lambda: ledger.inclusion_proof(-1, 3),
        lambda: ledger.inclusion_proof(0, 4),
        lambda: ledger.consistency_proof(3, 2),
        lambda: ledger.consistency_proof(-1, 2),
    ],
)
def test_what_the_ledger_never_had_is_refused(ask: Callable[[], object]) -> None:
    record(*facts(3))
    with pytest.raises(ledger.NotInLedger):
        ask()


def test_nothing_to_record_records_nothing() -> None:
    assert record() == []
    assert ledger.head().size == 0


def test_a_number_as_object_id_is_refused() -> None:
    with pytest.raises(NotAnEntry, match="decimal strings"):
        record(ledger.Fact("k", "t", 1.5, {}))  # type: ignore[arg-type]


def test_a_body_without_canonical_form_is_refused() -> None:
    with pytest.raises(NotCanonical):
        record(ledger.Fact("k", "t", "1", {"auroc": float("nan")}))


def test_a_swallowed_failure_still_rolls_back_what_was_to_be_recorded() -> None:
    with transaction.atomic():
        LedgerBody.objects.count()
        with suppress(NotAnEntry):
            ledger.append(ledger.Fact("", "t", "1", {}), at=NOON)
        assert connection.needs_rollback


@pytest.mark.django_db(transaction=True)
def test_appending_outside_a_transaction_is_an_error() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        ledger.append(*facts(1), at=NOON)


@pytest.mark.django_db(transaction=True)
def test_a_rollback_leaves_nothing() -> None:
    record(*facts(1))
    before = ledger.head()
    with suppress(ZeroDivisionError), transaction.atomic():
        ledger.append(*facts(5), at=NOON)
        raise ZeroDivisionError
    assert ledger.head() == before
    assert (LedgerBody.objects.count(), LedgerNode.objects.count()) == (1, 0)
    record(*facts(1))
    assert ledger.verify().ok


@pytest.mark.django_db(transaction=True)
def test_a_ledger_that_was_begun_under_another_name_is_not_continued() -> None:
    record(*facts(1))
    with override_settings(PRODUCT_ID="https://elsewhere.example"):
        with pytest.raises(ledger.LedgerUnavailable, match="FORMULARY_ID"):
            record(*facts(1))
        assert ledger.verify().first_bad == 0
