"""What do programs ask of the gate, of consents and of packs?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from governance.models.consent import ConsentRecord
from registry.models.user import User
from registry.services import tokens
from tests.governance import scene as scenes
from tests.governance.scene import PURPOSE, Scene

pytestmark = pytest.mark.django_db
Api = Callable[[User], APIClient]
RECORD = {"pseudonym": "p0", "purpose": PURPOSE, "status": "active", "valid_from": "2026-01-01"}


@pytest.fixture
def scene() -> Scene:
    return scenes.ready()


def url(scene: Scene, name: str) -> str:
    return f"/api/v1/versions/{scene.version.pk}/{name}"


def token_client(user: User, *scopes: str) -> APIClient:
    _, secret = tokens.issue(by=user, name="ci", scopes=list(scopes), lifetime=timedelta(days=1))
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")


def test_the_assessment_says_what_is_missing(scene: Scene, api: Api) -> None:
    controls = api(scene.dora).get(url(scene, "assessment"), {"environment": "production"}).json()
    missing = {control["id"]: control["remedy"] for control in controls if control["status"] == "not_met"}
    assert set(missing) == {"reviewed", "approved"}
    assert all(missing.values())


def test_the_gate_denies_until_it_was_asked_and_then_gives_the_decision(scene: Scene) -> None:
    client = token_client(scene.dora, "read", "gate:evaluate")
    first = client.get(url(scene, "gate")).json()
    assert (first["outcome"], first["decision"]) == ("deny", None)
    assert [reason["code"] for reason in first["reasons"]] == ["never_decided"]
    made = client.post(url(scene, "gate"), {"environment": "staging", "because": "release 7"}, format="json")
    assert (made.status_code, made.json()["outcome"], made.json()["because"]) == (201, "allow", "release 7")
    now = client.get(url(scene, "gate"), {"environment": "staging"}).json()
    assert (now["outcome"], now["decision"]["id"]) == ("allow", made.json()["id"])
    detail = client.get(f"/api/v1/decisions/{made.json()['id']}").json()
    assert {control["status"] for control in detail["assessment"]} == {"met"}
    assert len(client.get(url(scene, "decisions")).json()["results"]) == 1


def test_asking_twice_with_one_key_decides_once(scene: Scene) -> None:
    client = token_client(scene.dora, "read", "gate:evaluate")
    numbers = {
        client.post(url(scene, "gate"), {}, format="json", headers={"Idempotency-Key": "k"}).json()["number"]
        for _ in range(2)
    }
    assert numbers == {1}


def test_asking_needs_the_scope_and_an_environment_that_exists(scene: Scene, api: Api) -> None:
    assert token_client(scene.dora, "read").post(url(scene, "gate"), {}, format="json").status_code == 403
    assert api(scene.dora).get(url(scene, "gate"), {"environment": "moon"}).status_code == 422
    assert api(scene.dora).get(url(scene, "assessment"), {"environment": "moon"}).status_code == 422


@pytest.mark.parametrize("as_object", [True, False])
def test_consents_are_imported_as_a_list_or_with_their_source(scene: Scene, api: Api, as_object: bool) -> None:
    body: Any = {"source": "registry", "records": [RECORD]} if as_object else [RECORD]
    target = "/api/v1/consents" + ("" if as_object else "?source=registry")
    response = api(scene.stella).post(target, body, format="json")
    assert (response.status_code, response.json()["source"], response.json()["records"]) == (201, "registry", 1)
    listed = api(scene.stella).get("/api/v1/consents").content
    assert b"p0" not in listed


def test_a_file_beyond_the_usual_body_limit_is_taken(scene: Scene, api: Api) -> None:
    records = [{**RECORD, "pseudonym": f"patient-{number:06}"} for number in range(12_000)]
    response = api(scene.stella).post("/api/v1/consents?source=registry", records, format="json")
    assert (response.status_code, response.json()["records"]) == (201, 12_000)


def test_a_bad_import_names_index_and_field(scene: Scene, api: Api) -> None:
    before = ConsentRecord.objects.count()
    response = api(scene.stella).post("/api/v1/consents?source=x", [RECORD, {**RECORD, "status": "?"}], format="json")
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "consent_refused")
    assert (problem["index"], problem["field"]) == (1, "status")
    assert api(scene.stella).post("/api/v1/consents", [RECORD], format="json").json()["field"] == "source"
    for body in ("{", '{"records": []}'):
        answer = api(scene.stella).post("/api/v1/consents?source=x", body, content_type="application/json")
        assert answer.json()["code"] == "consent_refused"
    assert ConsentRecord.objects.count() == before


def test_a_withdrawal_closes_the_gate_before_it_is_answered(scene: Scene, api: Api) -> None:
    assert scene.ask("staging").outcome == "allow"
    for pseudonym in ("p1", "p2"):
        body = {"pseudonym": pseudonym, "purpose": PURPOSE, "reason": "By letter."}
        assert api(scene.stella).post("/api/v1/consents/withdrawals", body, format="json").status_code == 201
    answer = api(scene.dora).get(url(scene, "gate"), {"environment": "staging"}).json()
    assert answer["outcome"] == "deny"
    assert api(scene.dora).post("/api/v1/consents/withdrawals", {}, format="json").status_code == 403


def test_coverage_is_counted_per_purpose(scene: Scene, api: Api) -> None:
    client, target = api(scene.dora), f"/api/v1/tables/{scene.table.pk}/coverage"
    found = client.get(target, {"purpose": PURPOSE}).json()
    assert (found["covered"], found["eligible"], found["value"]) == (20, 20, 1.0)
    assert client.get(target, {"purpose": "sales"}).json()["counts"]["missing"] == 20
    assert client.get(target).status_code == 422


def test_packs_are_listed_with_their_digest_and_shown_whole(scene: Scene, api: Api) -> None:
    (pack,) = api(scene.dora).get("/api/v1/packs?slug=baseline").json()["results"]
    detail = api(scene.dora).get(f"/api/v1/packs/{pack['id']}").json()
    assert (pack["slug"], detail["digest"]) == ("baseline", pack["digest"])
    assert detail["document"]["controls"]
