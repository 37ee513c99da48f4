"""Who may sign over the API? A person in a session of their own, with CSRF token and password; never a program."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from audits.core.values import Kind, Verdict
from governance.models.approval import Approval
from governance.models.waiver import Waiver
from registry.models.user import Role, User
from registry.services import tokens
from tests.conftest import PASSWORD
from tests.governance import scene as scenes
from tests.governance.scene import REASON, Scene
from tests.governance.test_duties import give

pytestmark = pytest.mark.django_db
Api = Callable[[User], APIClient]


@pytest.fixture
def scene() -> Scene:
    return scenes.ready()


def url(scene: Scene, name: str) -> str:
    return f"/api/v1/versions/{scene.version.pk}/{name}"


def approval(role: str = "reviewer", **changes: Any) -> dict[str, Any]:
    return {"role": role, "decision": "approve", "reason": REASON, "password": PASSWORD, **changes}


def sign(client: APIClient, scene: Scene, role: str = "reviewer", **changes: Any) -> tuple[int, str]:
    response = client.post(url(scene, "approvals"), approval(role, **changes), format="json")
    return response.status_code, response.json().get("code", "")


def test_what_is_shown_can_be_signed_and_leads_to_approval(scene: Scene, api: Api) -> None:
    for person, role in ((scene.rita, "reviewer"), (scene.abe, "approver")):
        client = api(person)
        shown = client.get(url(scene, "record-to-sign")).json()
        assert {"role": role, "decision": "approve", "allowed": True, "reason": ""} in shown["may"]
        assert sign(client, scene, role, expected_sha256=shown["record_sha256"]) == (201, "")
    listed = api(scene.dora).get(url(scene, "approvals")).json()["results"]
    assert [each["signature"]["printed_name"] for each in listed] == ["Rita Reviewer", "Abe Approver"]
    scene.version.refresh_from_db()
    assert scene.version.state == "approved"


def test_a_token_can_never_sign(scene: Scene) -> None:
    _, secret = tokens.issue(by=scene.rita, name="ci", scopes=["read"], lifetime=timedelta(days=1))
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert sign(client, scene) == (403, "session_required")
    response = client.post(url(scene, "waivers"), {}, format="json")
    assert (response.status_code, response.json()["code"]) == (403, "session_required")
    assert client.get(url(scene, "approvals")).status_code == 200
    assert not Approval.objects.exists()


def test_signing_needs_the_csrf_token(scene: Scene) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(scene.rita)
    assert sign(client, scene)[0] == 403
    assert not Approval.objects.exists()


def test_a_stranger_signs_nothing(scene: Scene) -> None:
    assert sign(APIClient(), scene)[0] == 401


@pytest.mark.parametrize(
    ("who", "role", "changes", "answer"),
    [
        ("dora", "reviewer", {}, (403, "self_approval")),
        ("abe", "reviewer", {}, (403, "role_not_held")),
        ("rita", "reviewer", {"password": "guess"}, (403, "password_wrong")),
        ("rita", "reviewer", {"reason": ""}, (422, "reason_missing")),
        ("rita", "reviewer", {"expected_sha256": "0" * 64}, (409, "record_changed")),
        ("rita", "developer", {}, (422, "invalid_input")),
        ("rita", "reviewer", {"decision": "shrug"}, (422, "invalid_input")),
    ],
)
def test_every_refusal_has_its_code(
    scene: Scene, api: Api, who: str, role: str, changes: dict[str, Any], answer: tuple[int, str]
) -> None:
    give(scene.dora, Role.REVIEWER)
    assert sign(api(getattr(scene, who)), scene, role, **changes) == answer
    assert not Approval.objects.exists()


def test_the_same_person_cannot_sign_twice_or_in_both_roles(scene: Scene, api: Api) -> None:
    give(scene.rita, Role.APPROVER)
    client = api(scene.rita)
    assert sign(client, scene) == (201, "")
    assert sign(client, scene) == (409, "already_signed")
    assert sign(client, scene, "approver") == (403, "same_person_signed")


def test_five_wrong_passwords_close_signing_for_a_while(scene: Scene, api: Api) -> None:
    client = api(scene.rita)
    assert {sign(client, scene, password="guess") for _ in range(5)} == {(403, "password_wrong")}
    assert sign(client, scene) == (429, "sign_locked")


def test_a_version_can_be_returned_and_is_then_closed(scene: Scene, api: Api) -> None:
    assert sign(api(scene.rita), scene, decision="return") == (201, "")
    assert sign(api(scene.abe), scene, "approver") == (409, "not_reviewable")


def test_findings_are_shown_and_waived_with_one_signature(scene: Scene, api: Api) -> None:
    checks = [scene.audit(kind, verdict=Verdict.NOT_MET).pk for kind in (Kind.BIAS, Kind.DRIFT)]
    client = api(scene.abe)
    shown = client.get(url(scene, "findings-to-sign"), {"checks": checks}).json()
    assert shown["may"] == [{"waivable": True, "roles": ["approver"], "maximum_days": 90, "compensating_measure": True}]
    body = {
        "checks": checks,
        "reason": "Few patients so far; more follow.",
        "compensating_measure": "Nurses read every alarm.",
        "expires_at": (timezone.now() + timedelta(days=10)).isoformat(),
        "password": PASSWORD,
        "expected_sha256": shown["record_sha256"],
    }
    response = client.post(url(scene, "waivers"), body, format="json")
    assert response.status_code == 201
    assert len(client.get(url(scene, "waivers")).json()["results"]) == Waiver.objects.count() == 2
    assert response.json()[0]["signature"]["meaning"] == "responsibility"


@pytest.mark.parametrize(
    ("who", "changes", "answer"),
    [
        ("dora", {}, (403, "self_waiver")),
        ("rita", {}, (403, "role_not_held")),
        ("abe", {"reason": "short"}, (422, "reason_too_short")),
        ("abe", {"compensating_measure": ""}, (422, "reason_missing")),
        ("abe", {"expires_at": "2020-01-01T00:00:00Z"}, (422, "waiver_expiry_refused")),
        ("abe", {"checks": [10**9]}, (404, "not_found")),
    ],
)
def test_every_refusal_of_a_waiver_has_its_code(
    scene: Scene, api: Api, who: str, changes: dict[str, Any], answer: tuple[int, str]
) -> None:
    give(scene.dora, Role.APPROVER)
    body = {
        "checks": [scene.audit(Kind.BIAS, verdict=Verdict.NOT_MET).pk],
        "reason": "Few patients so far; more follow.",
        "compensating_measure": "Nurses read every alarm.",
        "expires_at": (timezone.now() + timedelta(days=10)).isoformat(),
        "password": PASSWORD,
        **changes,
    }
    response = api(getattr(scene, who)).post(url(scene, "waivers"), body, format="json")
    assert (response.status_code, response.json()["code"]) == answer
    assert not Waiver.objects.exists()


def test_a_finding_that_is_met_is_not_waivable(scene: Scene, api: Api) -> None:
    body = {
        "checks": [scene.audit(Kind.BIAS).pk],
        "reason": "Few patients so far; more follow.",
        "expires_at": (timezone.now() + timedelta(days=10)).isoformat(),
        "password": PASSWORD,
    }
    response = api(scene.abe).post(url(scene, "waivers"), body, format="json")
    assert (response.status_code, response.json()["code"]) == (409, "not_waivable")
