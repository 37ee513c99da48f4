"""Damage done behind the guards, as the tables' owner can: found, and placed at the right index."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from governance import ledger
from governance.core import merkle
from governance.models.ledger import LedgerEntry

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SIZE = 21
ENTRY, NODE, BODY = "governance_ledgerentry", "governance_ledgernode", "governance_ledgerbody"


@pytest.fixture(autouse=True)
def unguarded() -> None:
    """A sound ledger of 21 entries whose guards are off; the test's own rollback puts them back."""
    with transaction.atomic():
        ledger.append(*(ledger.Fact("k", "t", str(n), {"n": n}, None, uuid4()) for n in range(SIZE)), at=NOON)
    assert ledger.verify().ok
    for table in (ENTRY, NODE, BODY):
        do(f"ALTER TABLE {table} DISABLE TRIGGER USER")


@pytest.fixture(params=[1, 4, 1024])
def batch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Whatever the batches of the verification are."""
    size: int = request.param
    monkeypatch.setattr(ledger, "BATCH", size)
    return size


def do(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        assert sql.startswith(("ALTER", "INSERT")) or cursor.rowcount > 0


def flip(column: str, byte: int) -> str:
    return f"{column} = set_byte({column}, {byte}, get_byte({column}, {byte}) # 1)"


@pytest.mark.parametrize(
    ("damage", "first_bad"),
    [
        (f"UPDATE {ENTRY} SET {flip('entry', 30)} WHERE idx = 13", 13),
        (f"UPDATE {ENTRY} SET {flip('leaf_hash', 31)} WHERE idx = 0", 0),
        (f"UPDATE {NODE} SET {flip('hash', 0)} WHERE level = 1 AND position = 3", 7),
        (f"UPDATE {NODE} SET {flip('hash', 31)} WHERE level = 4 AND position = 0", 15),
        (f"UPDATE {BODY} SET {flip('salt', 31)} WHERE idx = 20", 20),
        (f"UPDATE {BODY} SET {flip('body', 2)} WHERE idx = 9", 9),
        (f"UPDATE {ENTRY} SET at = at + interval '1 microsecond' WHERE idx = 5", 5),
        (f"UPDATE {ENTRY} SET kind = 'K' WHERE idx = 5", 5),
        (f"UPDATE {ENTRY} SET actor_id = gen_random_uuid() WHERE idx = 5", 5),
        (f"UPDATE {ENTRY} SET object_type = 'T' WHERE idx = 5", 5),
        (f"UPDATE {ENTRY} SET object_id = '6' WHERE idx = 5", 5),
        (f"UPDATE {ENTRY} SET subject_version_id = NULL WHERE idx = 5", 5),
        (f"UPDATE {ENTRY} SET idx = 99 WHERE idx = 20", 20),
        (f"DELETE FROM {ENTRY} WHERE idx = 11", 11),
        (f"DELETE FROM {ENTRY} WHERE idx = 0", 0),
        (f"DELETE FROM {BODY} WHERE idx = 11", 11),
        (f"DELETE FROM {NODE} WHERE level = 3 AND position = 1", 15),
        (f"INSERT INTO {NODE} (level, position, hash) VALUES (0, 3, '')", 3),
        (f"INSERT INTO {NODE} (level, position, hash) VALUES (1, 10, '')", 21),
        (f"INSERT INTO {BODY} (idx, salt, body) VALUES (30, '', '')", 30),
    ],
)
def test_one_change_is_found_where_it_is(damage: str, first_bad: int, batch: int) -> None:
    do(damage)
    report = ledger.verify()
    assert (report.ok, report.first_bad) == (False, first_bad)
    assert report.problems


def test_an_entry_that_was_replaced_with_its_leaf_contradicts_the_tree() -> None:
    row = ledger.entry_at(6)
    forged = bytes(row.entry).replace(b'"kind":"k"', b'"kind":"z"')
    LedgerEntry.objects.filter(idx=6).update(entry=forged, kind="z", leaf_hash=merkle.leaf_hash(forged))
    assert ledger.verify().first_bad == 7  # the node over 6 and 7 is the first that still tells


def test_two_swapped_entries_are_found_at_the_first() -> None:
    do(f"UPDATE {ENTRY} SET idx = 1000 - idx WHERE idx IN (3, 4)")
    do(f"UPDATE {ENTRY} SET idx = 1000 - idx + CASE idx WHEN 997 THEN 1 ELSE -1 END WHERE idx > 990")
    assert ledger.verify().first_bad == 3


def test_a_cut_off_tail_is_betrayed_by_what_it_leaves_behind() -> None:
    do(f"DELETE FROM {ENTRY} WHERE idx >= 14")
    report = ledger.verify()
    assert (report.size, report.first_bad) == (14, 14)


def test_a_tail_that_was_cut_off_cleanly_is_only_known_to_who_kept_the_head() -> None:
    """The limit of any ledger that is asked about itself; heads must leave the building."""
    kept = ledger.head()
    do(f"DELETE FROM {ENTRY} WHERE idx = 20")
    do(f"DELETE FROM {BODY} WHERE idx = 20")
    assert ledger.verify().ok
    with pytest.raises(ledger.NotInLedger):
        ledger.root_at(kept.size)


def test_a_damaged_body_is_never_shown() -> None:
    do(f"UPDATE {BODY} SET {flip('body', 2)} WHERE idx = 9")
    with pytest.raises(ledger.LedgerDamaged):
        ledger.body_of(ledger.entry_at(9))


def test_an_erased_body_is_none() -> None:
    do(f"DELETE FROM {BODY} WHERE idx = 9")
    assert ledger.body_of(ledger.entry_at(9)) is None


def test_a_missing_node_is_not_proved_around() -> None:
    do(f"DELETE FROM {NODE} WHERE level = 4")
    with pytest.raises(ledger.LedgerDamaged, match="4/0"):
        ledger.head()


def test_many_problems_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MOST_PROBLEMS", 5)
    do(f"UPDATE {ENTRY} SET kind = 'other'")
    report = ledger.verify()
    assert (len(report.problems), report.first_bad) == (5, 0)


def test_the_command_names_the_first_bad_index() -> None:
    out = StringIO()
    call_command("ledger", "verify", stdout=out)
    call_command("ledger", "head", stdout=out)
    root = ledger.head().root
    assert out.getvalue() == (
        f"The ledger is whole: 21 entries, root {root}\nformulary.localhost/ledger/1\n21\n{root}\n"
    )
    do(f"UPDATE {ENTRY} SET {flip('entry', 30)} WHERE idx = 13")
    with pytest.raises(CommandError, match="First bad index: 13") as failure:
        call_command("ledger", "verify", stdout=out, stderr=StringIO())
    assert failure.value.returncode == 1
