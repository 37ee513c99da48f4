"""Can a person read the ledger, check one entry, and verify the whole of it?"""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.test import Client

from governance import ledger
from governance.models.ledger import LedgerEntry
from registry.models.user import User
from tests.governance.scene import Scene

Visit = Callable[[User], Client]


def test_the_newest_entry_stands_first_beside_head_and_root(scene: Scene, visit: Visit) -> None:
    answer = visit(scene.rita).get("/ledger/")
    head = ledger.head()
    assert answer.context["lines"][0].row.idx == head.size - 1
    assert head.root in answer.content.decode()


def test_the_ledger_is_narrowed_to_a_kind_or_a_version(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene.rita)
    kinds = {line.row.kind for line in visitor.get("/ledger/?kind=plan.frozen").context["lines"]}
    versions = {
        line.row.subject_version_id for line in visitor.get(f"/ledger/?version={scene.version.pk}").context["lines"]
    }
    assert (kinds, versions) == ({"plan.frozen"}, {scene.version.pk})
    assert visitor.get("/ledger/?version=nonsense&page=999").status_code == 200


def test_an_entry_shows_its_body_its_leaf_and_the_way_to_the_root(scene: Scene, visit: Visit) -> None:
    entry = LedgerEntry.objects.filter(kind="plan.frozen").get()
    page = visit(scene.rita).get(f"/ledger/{entry.idx}/").content.decode()
    proof = ledger.inclusion_proof(entry.idx, ledger.head().size)
    assert bytes(entry.leaf_hash).hex() in page
    assert [each for each in (*proof, ledger.head().root) if each not in page] == []


def test_an_intact_ledger_is_said_to_be_intact(scene: Scene, visit: Visit) -> None:
    page = visit(scene.rita).post("/ledger/verify/").content.decode()
    assert "Intact" in page
    assert f"Every one of the {ledger.head().size} entries" in page


def test_a_damaged_ledger_is_said_to_be_damaged_and_where(scene: Scene, visit: Visit) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE governance_ledgerentry DISABLE TRIGGER USER")
        cursor.execute("UPDATE governance_ledgerentry SET kind = 'nothing.happened' WHERE idx = 3")
        cursor.execute("ALTER TABLE governance_ledgerentry ENABLE TRIGGER USER")
    page = visit(scene.rita).post("/ledger/verify/").content.decode()
    assert "Damaged" in page
    assert "entry 3" in page


def test_only_the_button_verifies(scene: Scene, visit: Visit) -> None:
    assert visit(scene.rita).get("/ledger/verify/")["Location"] == "/ledger/"
