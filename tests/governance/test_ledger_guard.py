"""What the database refuses by itself, to the product's role, to a superuser, and in replica mode."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.db import DatabaseError, connection, transaction

from governance import ledger
from governance.core.merkle import leaf_hash
from governance.models.ledger import LedgerBody, LedgerEntry, LedgerNode

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
GUARD = import_module("governance.migrations.0003_ledger_guard")


def run(sql: str, *params: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params) or None)


def refused(sql: str, *params: bytes, because: str) -> None:
    with pytest.raises(DatabaseError, match=because), transaction.atomic():
        run(sql, *params)


@pytest.fixture(params=["ordinary role", "superuser", "replica mode"])
def caller(request: pytest.FixtureRequest) -> Iterator[None]:
    """Three entries, then a connection that acts as this caller."""
    with transaction.atomic():
        ledger.append(*(ledger.Fact("k", "t", str(n), {"n": n}) for n in range(3)), at=NOON)
    if request.param == "ordinary role":
        run("CREATE ROLE formulary_test_clerk")
        run("GRANT ALL ON ALL TABLES IN SCHEMA public TO formulary_test_clerk")
        run("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO formulary_test_clerk")
        run("SET LOCAL ROLE formulary_test_clerk")
    if request.param == "replica mode":
        run("SET LOCAL session_replication_role = replica")
    yield
    run("RESET ROLE")


@pytest.mark.usefixtures("caller")
class TestNobodyCan:
    @pytest.mark.parametrize("table", GUARD.LEDGER)
    def test_change_or_remove_a_ledger_row(self, table: str) -> None:
        column = "hash" if table.endswith("node") else "idx"
        refused(f"UPDATE {table} SET {column} = {column}", because=f"{table} is append-only: UPDATE")
        refused(f"DELETE FROM {table}", because=f"{table} is append-only: DELETE")
        refused(f"TRUNCATE {table}", because=f"{table} is append-only: TRUNCATE")

    @pytest.mark.parametrize("idx", [-1, 0, 2, 4, 100])
    def test_insert_an_entry_at_another_index_than_the_next(self, idx: int) -> None:
        with pytest.raises(DatabaseError, match=r"is not the next index|violates check"), transaction.atomic():
            self.insert(idx, b"x", leaf_hash(b"x"))

    def test_insert_an_entry_with_another_leaf_hash_than_its_own(self) -> None:
        with pytest.raises(DatabaseError, match="leaf hash of entry 3 is wrong"), transaction.atomic():
            self.insert(3, b"x", leaf_hash(b"y"))

    @pytest.mark.parametrize(("level", "position"), [(1, 1), (2, 0), (1, 100), (40, 0), (0, 0), (0, 7), (63, 0)])
    def test_insert_a_node_before_its_leaves(self, level: int, position: int) -> None:
        """It could never be deleted, and would stop the append that is entitled to its place."""
        with pytest.raises(DatabaseError, match=f"node {level}/{position} is wrong"), transaction.atomic():
            LedgerNode.objects.create(level=level, position=position, hash=bytes(32))

    def test_insert_a_body_before_its_entry(self) -> None:
        with pytest.raises(DatabaseError, match="does not commit"), transaction.atomic():
            LedgerBody.objects.bulk_create([LedgerBody(idx=3, salt=bytes(32), body=b"{}")])

    @staticmethod
    def insert(idx: int, entry: bytes, leaf: bytes) -> None:
        row = LedgerEntry(idx=idx, at=NOON, kind="k", object_type="t", object_id="1", entry=entry, leaf_hash=leaf)
        LedgerEntry.objects.bulk_create([row])


def test_a_right_entry_passes_in_every_mode(caller: None) -> None:
    ledger.append(ledger.Fact("k", "t", "1", {}), at=NOON)
    assert ledger.verify().ok


@pytest.mark.parametrize("table", GUARD.APPEND_ONLY)
def test_every_append_only_table_has_both_guards_always_on(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE 'append_only%%'"
            " ORDER BY tgname",
            [table],
        )
        assert cursor.fetchall() == [("append_only_row", "A"), ("append_only_truncate", "A")]


@pytest.mark.parametrize("table", sorted(set(GUARD.APPEND_ONLY) - set(GUARD.LEDGER)))
def test_no_append_only_table_can_be_emptied(table: str) -> None:
    refused(f"TRUNCATE {table} CASCADE", because="is append-only: TRUNCATE")


def test_rows_outside_the_ledger_are_guarded_alike() -> None:
    run("INSERT INTO governance_policypack VALUES (gen_random_uuid(), now(), 's', '1', 't', 'd', '{}')")
    refused("UPDATE governance_policypack SET title = 'u'", because="governance_policypack is append-only: UPDATE")
    refused("DELETE FROM governance_policypack", because="governance_policypack is append-only: DELETE")


def test_a_temporary_table_of_the_same_name_deceives_no_guard() -> None:
    run("CREATE TEMP TABLE governance_ledgerentry (LIKE public.governance_ledgerentry) ON COMMIT DROP")
    run(
        "INSERT INTO governance_ledgerentry (idx, at, kind, object_type, object_id, entry, leaf_hash)"
        " VALUES (41, now(), 'k', 't', '1', '', '')"
    )
    refused(
        "INSERT INTO public.governance_ledgerentry (idx, at, kind, object_type, object_id, entry, leaf_hash)"
        " VALUES (42, now(), 'k', 't', '1', '', %s)",
        leaf_hash(b""),
        because="42 is not the next index",
    )
