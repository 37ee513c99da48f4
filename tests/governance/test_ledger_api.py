"""The ledger over HTTP: a reader sees it all, and can check it without trusting us."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.test import override_settings
from django.urls import include, path
from rest_framework.test import APIClient

from governance import ledger
from governance.api import ledger_urls
from governance.core import merkle
from registry.models.user import Role, User

urlpatterns = [path("api/v1/", include(ledger_urls.urlpatterns))]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.fixture
def ada(person: Callable[..., User]) -> User:
    return person("ada_lovelace", Role.AUDITOR)


@pytest.fixture
def client(ada: User, api: Callable[[User], APIClient]) -> APIClient:
    """An auditor, before a ledger of six entries."""
    ledger.append(
        *(
            ledger.Fact("approval" if n % 2 else "audit", "version", str(n), {"n": n}, ada if n else None, version)
            for n, version in enumerate([ONE, TWO, ONE, ONE, TWO, TWO])
        ),
        at=NOON,
    )
    return api(ada)


def get(client: APIClient, address: str) -> Any:
    answer = client.get(f"/api/v1/ledger/{address}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_head_names_the_ledger(client: APIClient) -> None:
    head = ledger.head()
    assert get(client, "head") == {"origin": "formulary.localhost/ledger/1", "size": 6, "root": head.root}


def test_an_entry_shows_who_did_what_to_what(client: APIClient, ada: User) -> None:
    shown = get(client, "entries/3")
    assert shown["entry"].startswith('{"actor":{')
    assert merkle.leaf_hash(shown.pop("entry").encode()).hex() == shown["leaf_hash"]
    shown.pop("leaf_hash")
    assert shown == {
        "idx": 3,
        "at": "2026-11-21T12:00:00Z",
        "kind": "approval",
        "actor": {"id": str(ada.pk), "name": "Ada Lovelace"},
        "object": {"type": "version", "id": "3"},
        "version": str(ONE),
        "body": {"n": 3},
    }
    assert get(client, "entries/0")["actor"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("?kind=approval", [1, 3, 5]),
        ("?object_id=4", [4]),
        (f"?version={ONE}", [0, 2, 3]),
        (f"?version={ONE}&kind=approval", [3]),
        (f"?version={UUID(int=0)}", []),
        ("?page=2&page_size=4", [4, 5]),
    ],
)
def test_entries_are_found_by_kind_object_and_version(client: APIClient, query: str, found: list[int]) -> None:
    assert [entry["idx"] for entry in get(client, f"entries{query}")["results"]] == found


def test_a_page_of_entries_costs_a_fixed_number_of_queries(
    client: APIClient, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_max_num_queries(8):
        get(client, "entries")


@pytest.mark.parametrize("size", [None, 5])
def test_an_inclusion_proof_verifies_at_the_readers_end(client: APIClient, size: int | None) -> None:
    proof = get(client, f"entries/4/proof?size={size}" if size else "entries/4/proof")
    assert (proof["size"], proof["root"]) == (size or 6, ledger.root_at(size or 6))
    hashes = [bytes.fromhex(item) for item in proof["hashes"]]
    leaf, root = bytes.fromhex(proof["leaf_hash"]), bytes.fromhex(proof["root"])
    assert merkle.verify_inclusion(leaf, 4, size or 6, hashes, root)


def test_a_consistency_proof_verifies_at_the_readers_end(client: APIClient) -> None:
    proof = get(client, "consistency?from=3&to=6")
    assert (proof["from"], proof["to"]) == (3, 6)
    hashes = [bytes.fromhex(item) for item in proof["hashes"]]
    roots = bytes.fromhex(proof["from_root"]), bytes.fromhex(proof["to_root"])
    assert merkle.verify_consistency(3, 6, *roots, hashes)


def test_the_verdict_on_the_whole(client: APIClient) -> None:
    assert get(client, "verify") == {**get(client, "head"), "ok": True, "first_bad": None, "problems": []}


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("entries/6", 404),
        ("entries/99999999999999999999999", 404),
        ("entries/6/proof", 404),
        ("entries/0/proof?size=7", 404),
        ("entries/3/proof?size=3", 404),
        ("entries/3/proof?size=x", 422),
        ("entries?version=x", 422),
        ("consistency", 422),
        ("consistency?from=4&to=3", 404),
        ("consistency?from=4&to=7", 404),
    ],
)
def test_what_is_not_there_or_not_a_question_is_refused(client: APIClient, address: str, status: int) -> None:
    assert client.get(f"/api/v1/ledger/{address}").status_code == status


@pytest.mark.parametrize(
    "address", [str(pattern.pattern).replace("<int:idx>", "0") for pattern in ledger_urls.urlpatterns]
)
def test_strangers_see_nothing_and_nobody_writes(client: APIClient, address: str) -> None:
    assert APIClient().get(f"/api/v1/{address}").status_code == 401
    assert client.post(f"/api/v1/{address}").status_code in {403, 405}


@override_settings(PRODUCT_ID="https://h.example/")
def test_the_origin_follows_the_product() -> None:
    assert ledger.origin() == "h.example/ledger/1"
