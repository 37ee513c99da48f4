"""Many writers at once: real threads, real connections, real commits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import Barrier, Event, Thread

import pytest
from django.db import connection, transaction

from governance import ledger
from governance.models.ledger import LedgerEntry

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
THREADS, ROUNDS = 8, 20


def fact(name: str) -> ledger.Fact:
    return ledger.Fact("k", "t", name, {"name": name})


def write(thread: int, start: Barrier) -> int:
    """Appends of one to three facts, every fifth of them rolled back; returns how many facts were committed."""
    start.wait()
    committed = 0
    try:
        for turn in range(ROUNDS):
            facts = [fact(f"{thread}.{turn}.{n}") for n in range(1 + turn % 3)]
            with suppress(ZeroDivisionError), transaction.atomic():
                ledger.append(*facts, at=NOON)
                if turn % 5 == 4:
                    raise ZeroDivisionError
                committed += len(facts)
    finally:
        connection.close()
    return committed


def test_eight_writers_leave_one_gapless_ledger() -> None:
    start = Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        committed = sum(pool.map(lambda thread: write(thread, start), range(THREADS)))
    assert list(LedgerEntry.objects.values_list("idx", flat=True)) == list(range(committed))
    assert LedgerEntry.objects.values("object_id").distinct().count() == committed
    report = ledger.verify()
    assert (report.ok, report.size, report.root) == (True, committed, ledger.head().root)


@contextmanager
def somebody_else_appending() -> Iterator[None]:
    """Another connection that has appended and does not commit."""
    holding, done = Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                ledger.append(fact("other"), at=NOON)
                holding.set()
                done.wait()
        finally:
            connection.close()

    thread = Thread(target=hold)
    thread.start()
    try:
        assert holding.wait(10)
        yield
    finally:
        done.set()
        thread.join()


def test_a_ledger_that_stays_locked_is_unavailable_after_two_seconds() -> None:
    with somebody_else_appending():
        began = time.monotonic()
        with pytest.raises(ledger.LedgerUnavailable) as refusal, transaction.atomic():
            ledger.append(fact("mine"), at=NOON)
        assert 1.5 < time.monotonic() - began < 5
    assert (refusal.value.status, refusal.value.code) == (503, "ledger_unavailable")
    assert list(LedgerEntry.objects.values_list("object_id", flat=True)) == ["other"]


def test_readers_do_not_wait_for_writers() -> None:
    with somebody_else_appending():
        assert ledger.head().size == 0
        assert ledger.verify().ok


def test_the_callers_own_lock_timeout_is_put_back() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '7s'")
        ledger.append(fact("mine"), at=NOON)
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("7s",)
