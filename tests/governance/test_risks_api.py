"""Do risks, incidents and logs travel over the API, and does accepting need a person's own session?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from audits.core.values import Kind
from registry.models.user import Role, User
from registry.services import tokens
from tests.conftest import PASSWORD
from tests.governance import scene as scenes
from tests.governance.scene import Scene

pytestmark = pytest.mark.django_db
Api = Callable[[User], APIClient]
RISK: dict[str, Any] = {
    "hazard": "drift",
    "title": "The laboratory changes its method",
    "sequence": "The unit of lactate changes.",
    "situation": "Scores are too low.",
    "harm": "Sepsis is found late.",
    "characteristics": ["validity"],
    "probability": 4,
    "severity": 4,
    "residual_probability": 2,
    "residual_severity": 4,
}
UNESTIMATED = dict.fromkeys(("probability", "severity", "residual_probability", "residual_severity"))


@pytest.fixture
def scene(db: None) -> Scene:
    return scenes.ready()


def home(scene: Scene) -> str:
    return f"/api/v1/models/{scene.model.slug}"


def made(scene: Scene, api: Api, **changes: Any) -> str:
    answer = api(scene.dora).post(f"{home(scene)}/risks", {**RISK, **changes}, format="json")
    assert answer.status_code == 201, answer.content
    return f"/api/v1/risks/{answer.json()['id']}"


def controlled(scene: Scene, api: Api) -> str:
    risk = made(scene, api)
    today = timezone.now().date().isoformat()
    audit = str(scene.audits[Kind.DRIFT].pk)
    given = {"kind": "protective", "text": "A monthly audit.", "implemented_on": today, "audit": audit}
    assert api(scene.dora).post(f"{risk}/controls", given, format="json").status_code == 201
    return risk


def test_a_risk_is_written_revised_controlled_and_read_with_its_history(scene: Scene, api: Api) -> None:
    risk = controlled(scene, api)
    client = api(scene.dora)
    client.post(f"{risk}/revisions", {**RISK, "reason": "Looked at again."}, format="json")
    control = {"kind": "protective", "text": "A weekly audit."}
    client.post(f"{risk}/controls/1/revisions", control, format="json")
    found = api(scene.abe).get(risk).json()
    assert [each["number"] for each in found["revisions"]] == [2, 1]
    assert (found["revision"]["level"], found["revision"]["residual_level"]) == ("not_acceptable", "as_low_as_possible")
    assert [each["text"] for each in found["controls"]] == ["A weekly audit."]
    assert len(found["control_history"]) == 2
    client.post(f"{risk}/controls/1/revisions", {**control, "withdrawn": True}, format="json")
    assert client.get(risk).json()["controls"] == []
    assert [each["number"] for each in client.get(f"{home(scene)}/risks").json()] == [1]


def test_suggestions_are_made_once(scene: Scene, api: Api) -> None:
    client = api(scene.dora)
    first = client.post(f"{home(scene)}/risks/suggestions")
    assert (first.status_code, len(first.json())) == (201, 10)
    assert all(each["untouched"] for each in first.json())
    assert client.post(f"{home(scene)}/risks/suggestions").json() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"severity": None}, "risk_estimate_refused"), ({"residual_severity": 5}, "reason_missing")],
)
def test_a_refusal_has_its_code(scene: Scene, api: Api, changes: dict[str, Any], code: str) -> None:
    answer = api(scene.dora).post(f"{home(scene)}/risks", {**RISK, **changes}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_risk_is_accepted_in_a_session_and_then_the_register(scene: Scene, api: Api) -> None:
    risk, client = controlled(scene, api), api(scene.rita)
    shown = client.get(f"{risk}/record-to-sign").json()
    assert {each["role"]: each["allowed"] for each in shown["may"]} == {
        "reviewer": True,
        "approver": False,
        "compliance": False,
    }
    given = {
        "role": "reviewer",
        "reason": "It is low.",
        "password": PASSWORD,
        "expected_sha256": shown["record_sha256"],
    }
    answer = client.post(f"{risk}/acceptances", given, format="json")
    assert (answer.status_code, answer.json()["signature"]["meaning"]) == (201, "acceptance")
    assert [each["why_not"] for each in client.get(f"{risk}/acceptances").json()] == [""]
    assert client.get(risk).json()["accepted_by"] == "Rita Reviewer"
    whole = client.get(f"{home(scene)}/risks/record-to-sign").json()
    given["expected_sha256"] = whole["record_sha256"]
    assert client.post(f"{home(scene)}/risks/acceptances", given, format="json").status_code == 201
    assert [each["why_not"] for each in client.get(f"{home(scene)}/risks/acceptances").json()] == [""]


def test_a_token_accepts_nothing(scene: Scene, api: Api) -> None:
    risk = controlled(scene, api)
    scopes = ["read", "risks:write"]
    _, secret = tokens.issue(by=scene.rita, name="ci", scopes=scopes, lifetime=timedelta(days=1))
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")
    given = {"role": "reviewer", "reason": "It is low.", "password": PASSWORD}
    for path in (f"{risk}/acceptances", f"{home(scene)}/risks/acceptances"):
        assert client.post(path, given, format="json").status_code == 403
        assert client.get(path).status_code == 200


def program(by: User, *scopes: str) -> APIClient:
    _, secret = tokens.issue(by=by, name="ci", scopes=["read", *scopes], lifetime=timedelta(days=1))
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")


def test_a_token_closes_no_risk_that_was_estimated(scene: Scene, api: Api) -> None:
    bare, estimated = made(scene, api, **UNESTIMATED), made(scene, api)
    client = program(scene.rita, "risks:write")
    end = {"state": "closed", "reason": "Gone."}
    answer = client.post(f"{estimated}/revisions", {**RISK, **end}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")
    assert client.post(f"{estimated}/revisions", {**RISK, "reason": "Again."}, format="json").status_code == 201
    assert client.post(f"{bare}/revisions", {**RISK, **UNESTIMATED, **end}, format="json").status_code == 201


def test_a_person_closes_what_they_did_not_write(scene: Scene, api: Api) -> None:
    risk, end = made(scene, api), {**RISK, "state": "closed", "reason": "Gone."}
    assert api(scene.dora).post(f"{risk}/revisions", end, format="json").json()["code"] == "role_not_held"
    assert api(scene.rita).post(f"{risk}/revisions", end, format="json").status_code == 201
    assert api(scene.rita).post(f"{risk}/revisions", end, format="json").json()["code"] == "own_risk"


def test_a_change_to_another_revision_than_was_read_is_refused(scene: Scene, api: Api) -> None:
    risk, client = controlled(scene, api), api(scene.dora)
    given = {**RISK, "reason": "Looked at again.", "expected": 1}
    assert client.post(f"{risk}/revisions", given, format="json").status_code == 201
    late = client.post(f"{risk}/revisions", given, format="json")
    assert (late.status_code, late.json()["code"], late.json()["number"]) == (409, "risk_moved_on", 2)
    control = {"kind": "protective", "text": "A weekly audit.", "expected": 1}
    assert client.post(f"{risk}/controls/1/revisions", control, format="json").status_code == 201
    assert client.post(f"{risk}/controls/1/revisions", control, format="json").json()["code"] == "risk_moved_on"


def test_a_token_opens_and_raises_an_incident_and_makes_little_of_none(scene: Scene, api: Api) -> None:
    now = timezone.now()
    given = {
        "severity": "serious",
        "happened_on": (now - timedelta(days=3)).date().isoformat(),
        "noticed_at": (now - timedelta(days=2)).isoformat(),
        "description": "The alarm stayed silent.",
        "clocks": ["eu_ai_act_serious"],
    }
    client = program(scene.rita, "incidents:write")
    opened = client.post(f"{home(scene)}/incidents", given, format="json")
    incident = f"/api/v1/incidents/{opened.json()['id']}"
    raised = client.post(f"{incident}/reassessments", {"severity": "critical", "reason": "r"}, format="json")
    assert (opened.status_code, raised.status_code) == (201, 200)
    by_token = program(scene.abe, "incidents:write")
    decisions = (
        ("reassessments", {"severity": "minor", "reason": "r"}),
        ("reports/eu_ai_act_serious/excuse", {"reason": "r"}),
        ("closing", {"outcome": "o"}),
    )
    for path, body in decisions:
        answer = by_token.post(f"{incident}/{path}", body, format="json")
        assert (answer.status_code, answer.json()["code"]) == (403, "session_required"), path
        assert api(scene.rita).post(f"{incident}/{path}", body, format="json").json()["code"] == "own_incident"
        assert api(scene.abe).post(f"{incident}/{path}", body, format="json").status_code == 200


def test_who_may_only_read_writes_nothing(scene: Scene, api: Api) -> None:
    risk, client = made(scene, api), api(scenes.account("otto", Role.AUDITOR))
    assert client.get(risk).status_code == 200
    paths = (
        f"{home(scene)}/risks",
        f"{home(scene)}/risks/suggestions",
        f"{risk}/revisions",
        f"{risk}/controls",
        f"{risk}/controls/1/revisions",
        f"{home(scene)}/incidents",
        f"{home(scene)}/logs",
    )
    for path in paths:
        assert client.post(path, RISK, format="json").status_code == 403


def test_an_incident_is_opened_reported_reassessed_and_closed(scene: Scene, api: Api) -> None:
    client, now = api(scene.rita), timezone.now()
    given = {
        "severity": "serious",
        "happened_on": (now - timedelta(days=30)).date().isoformat(),
        "noticed_at": (now - timedelta(days=20)).isoformat(),
        "description": "The alarm stayed silent.",
        "version": str(scene.version.pk),
        "clocks": ["eu_ai_act_serious"],
    }
    made = api(scene.dora).post(f"{home(scene)}/incidents", given, format="json").json()
    incident = f"/api/v1/incidents/{made['id']}"
    assert (made["overdue"], made["reports"][0]["owed"]) == (True, True)
    refused = client.post(f"{incident}/closing", {"outcome": "A cable."}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "reports_outstanding")
    more = {"severity": "critical", "reason": "The patient died.", "clocks": ["eu_ai_act_death"]}
    assert len(client.post(f"{incident}/reassessments", more, format="json").json()["reports"]) == 2
    told = {"reported_at": timezone.now().isoformat(), "reference": "12/3"}
    client.post(f"{incident}/reports/eu_ai_act_serious", told, format="json")
    client.post(f"{incident}/reports/eu_ai_act_death/excuse", {"reason": "Told together."}, format="json")
    closed = client.post(f"{incident}/closing", {"outcome": "A cable."}, format="json").json()
    assert (closed["state"], closed["overdue"]) == ("closed", False)
    assert client.get(incident).json() == closed
    assert [each["id"] for each in client.get(f"{home(scene)}/incidents?state=closed").json()["results"]] == [
        made["id"]
    ]


def test_a_log_is_registered_and_listed(scene: Scene, api: Api) -> None:
    client, today = api(scene.stella), timezone.now().date()
    given = {"kind": "inference", "kept_in": "Data lake", "retention_days": 400, "reviewed_on": today.isoformat()}
    assert client.post(f"{home(scene)}/logs", given, format="json").json()["revision"] == 1
    assert client.post(f"{home(scene)}/logs", given, format="json").json()["revision"] == 2
    assert [each["revision"] for each in client.get(f"{home(scene)}/logs").json()] == [2]
    late = {**given, "reviewed_on": (today + timedelta(days=9)).isoformat()}
    assert client.post(f"{home(scene)}/logs", late, format="json").json()["code"] == "log_refused"


@pytest.mark.parametrize(("severity", "version"), [("serious", "x"), ("awful", None)])
def test_what_no_incident_can_say_is_named(scene: Scene, api: Api, severity: str, version: str | None) -> None:
    now = timezone.now()
    given = {
        "severity": severity,
        "happened_on": now.date().isoformat(),
        "noticed_at": now.isoformat(),
        "description": "d",
        "version": version,
    }
    assert api(scene.rita).post(f"{home(scene)}/incidents", given, format="json").status_code == 422
