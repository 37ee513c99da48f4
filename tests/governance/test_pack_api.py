"""What do programs read of packs and overlays, and what is left to a person's own session?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from governance.models.overlay import OverlayLoosening, PolicyOverlay
from governance.models.pack import PolicyPack
from governance.services import packs
from registry.models.user import Role, User
from registry.services import tokens
from tests.conftest import PASSWORD
from tests.governance.test_pack_overlays import HEAD, LOOSER, REASON, TIGHTER

pytestmark = pytest.mark.django_db
Person = Callable[..., User]
Api = Callable[[User], APIClient]
SHA = "0" * 64


@pytest.fixture
def carla(person: Person) -> User:
    packs.load_shipped()
    return person("carla", Role.COMPLIANCE)


def upload(client: APIClient, text: str = HEAD + LOOSER, **more: Any) -> Any:
    return client.post("/api/v1/overlays", {"content": text, **more}, format="json")


def by_token(user: User, *scopes: str) -> APIClient:
    _, secret = tokens.issue(by=user, name="ci", scopes=list(scopes), lifetime=timedelta(days=1))
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")


def test_packs_are_listed_with_status_dates_adoption_and_how_well_they_were_checked(carla: User, api: Api) -> None:
    listed = {each["slug"]: each for each in api(carla).get("/api/v1/packs?page_size=200").json()["results"]}
    assert listed.keys() == {path.stem for path in packs.shipped()}
    base, law = listed["baseline"], listed["eu-ai-act-highrisk"]
    assert base["adoption"] == {**base["adoption"], "gating": True, "adopted_by": None}
    assert (law["adoption"], law["status"], law["effective_to"]) == (None, "in_force", None)
    assert sum(law["verification"].values()) == law["controls"] > 0
    assert "document" not in law
    whole = api(carla).get(f"/api/v1/packs/{law['id']}").json()
    assert len(whole["document"]["controls"]) == law["controls"]


def test_the_schema_is_published(carla: User, api: Api) -> None:
    response = api(carla).get("/api/v1/packs/schema")
    assert response["Content-Type"] == "application/schema+json"
    assert response.json() == packs.schema()
    assert response.json()["$id"] == "urn:formulary:policy-pack:2"


def test_the_changes_between_two_contents_are_told_in_words(carla: User, api: Api) -> None:
    old = PolicyPack.objects.get(slug="baseline")
    content = (packs.SHIPPED / "baseline.yaml").read_bytes().replace(b"minimum: 0.60", b"minimum: 0.55")
    new = packs.load(content=content, by=None)
    client = api(carla)
    told = client.get("/api/v1/packs/changes", {"old": old.digest, "new": new.digest}).json()
    assert told["loosening"] == ["discrimination-minimum: the minimum is 0.55 instead of 0.6."]
    assert told["changed"][0]["differences"][0]["field"] == "minimum"
    for query, status in (({"old": old.digest, "new": SHA}, 404), ({"old": old.digest}, 422), ({"old": "x"}, 422)):
        assert client.get("/api/v1/packs/changes", query).status_code == status


def test_a_pack_is_adopted_and_dropped_in_a_session(carla: User, api: Api) -> None:
    url = f"/api/v1/packs/{PolicyPack.objects.get(slug='us-hipaa').pk}/adoption"
    client = api(carla)
    assert client.post(url, {"gating": False}, format="json").json()["adopted_by"]["username"] == "carla"
    assert client.delete(url).status_code == 204
    assert client.delete(url).status_code == 404
    base = f"/api/v1/packs/{PolicyPack.objects.get(slug='baseline').pk}/adoption"
    refused = client.delete(base)
    assert (refused.status_code, refused.json()["code"]) == (409, "adoption_refused")


def test_an_overlay_is_uploaded_shown_signed_and_then_in_force(carla: User, person: Person, api: Api) -> None:
    made = upload(api(carla))
    assert made.status_code == 201
    assert made.json()["waits"] is True
    url, client = f"/api/v1/overlays/{made.json()['id']}", api(person("cora", Role.COMPLIANCE))
    shown = client.get(f"{url}/record-to-sign").json()
    assert shown["may"] == [{"role": "compliance", "allowed": True, "reason": ""}]
    assert len(shown["record"]["asks_less"]) == 2
    body = {"reason": REASON, "password": PASSWORD, "expected_sha256": shown["record_sha256"]}
    signed = client.post(f"{url}/loosening", body, format="json")
    assert (signed.status_code, signed.json()["signature"]["meaning"]) == (201, "loosening")
    whole = client.get(url).json()
    assert (whole["waits"], len(whole["loosenings"])) == (False, 1)
    assert whole["in_use"] == packs.in_force().digest
    assert [each["slug"] for each in client.get("/api/v1/overlays").json()["results"]] == ["our-baseline"]


def test_an_overlay_can_be_put_onto_newer_content(carla: User, api: Api) -> None:
    content = (packs.SHIPPED / "baseline.yaml").read_bytes().replace(b'"1.0"', b'"1.1"')
    newer = packs.load(content=content, by=None)
    assert upload(api(carla), HEAD + TIGHTER, onto=newer.digest).json()["extends"]["digest"] == newer.digest
    assert upload(api(carla), HEAD + TIGHTER, onto=SHA).status_code == 404


def test_a_broken_overlay_is_refused_with_line_and_field(carla: User, api: Api) -> None:
    response = upload(api(carla), HEAD + LOOSER.replace("drift-audit", "drift-audits"))
    assert (response.status_code, response.json()["code"]) == (422, "overlay_refused")
    (problem,) = response.json()["problems"]
    assert (problem["line"], problem["field"]) == (7, "/changes/1/control")


@pytest.mark.parametrize(
    ("who", "changes", "answer"),
    [
        ("carla", {}, (403, "self_loosening")),
        ("abe", {}, (403, "role_not_held")),
        ("cora", {"password": "guess"}, (403, "password_wrong")),
        ("cora", {"reason": "short"}, (422, "reason_too_short")),
        ("cora", {"expected_sha256": SHA}, (409, "record_changed")),
    ],
)
def test_every_refusal_to_sign_has_its_code(
    carla: User, person: Person, api: Api, who: str, changes: dict[str, Any], answer: tuple[int, str]
) -> None:
    people = {"carla": carla, "cora": person("cora", Role.COMPLIANCE), "abe": person("abe", Role.APPROVER)}
    url = f"/api/v1/overlays/{upload(api(carla)).json()['id']}/loosening"
    body = {"reason": REASON, "password": PASSWORD, **changes}
    response = api(people[who]).post(url, body, format="json")
    assert (response.status_code, response.json()["code"]) == answer
    assert not OverlayLoosening.objects.exists()


def test_an_overlay_that_asks_nothing_less_has_nothing_to_sign(carla: User, person: Person, api: Api) -> None:
    url = f"/api/v1/overlays/{upload(api(carla), HEAD + TIGHTER).json()['id']}/loosening"
    body = {"reason": REASON, "password": PASSWORD}
    response = api(person("cora", Role.COMPLIANCE)).post(url, body, format="json")
    assert (response.status_code, response.json()["code"]) == (409, "nothing_to_sign")


def test_a_token_reads_but_never_uploads_adopts_or_signs(carla: User, api: Api) -> None:
    made = upload(api(carla)).json()
    program = by_token(carla, "read", "policies:write")
    pack = PolicyPack.objects.get(slug="us-hipaa").pk
    for url, body in (
        ("/api/v1/overlays", {"content": HEAD + TIGHTER}),
        (f"/api/v1/overlays/{made['id']}/loosening", {"reason": REASON, "password": PASSWORD}),
        (f"/api/v1/packs/{pack}/adoption", {"gating": True}),
    ):
        response = program.post(url, body, format="json")
        assert (response.status_code, response.json()["code"]) == (403, "session_required")
    assert program.delete(f"/api/v1/packs/{pack}/adoption").status_code == 403
    for url in ("packs", "packs/schema", "overlays", f"overlays/{made['id']}", f"overlays/{made['id']}/record-to-sign"):
        assert program.get(f"/api/v1/{url}").status_code == 200
    assert PolicyOverlay.objects.count() == 1


def test_uploading_needs_the_csrf_token_and_a_role(carla: User, person: Person, api: Api) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(carla)
    assert upload(client).status_code == 403
    refused = upload(api(person("dora", Role.DEVELOPER)))
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_held")
    assert upload(APIClient()).status_code == 401
    assert not PolicyOverlay.objects.exists()
