"""The model card over HTTP: the questions, the answers, their history, and how a refusal reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from registry.core.card import FIELDS
from registry.models.card import CardEntry
from registry.models.user import User
from registry.models.version import ModelVersion
from registry.services import teams
from tests.audits.story import draft
from tests.registry.test_api import client_of

pytestmark = pytest.mark.django_db
Person = Callable[..., User]


@pytest.fixture
def version(person: Person) -> ModelVersion:
    dana = person("dana", "developer")
    team = teams.create(by=dana, name="Team C")
    teams.add_member(by=dana, team=team, user=dana)
    return draft(dana, team, "c")


@pytest.fixture
def client(version: ModelVersion) -> APIClient:
    return client_of(version.submitted_by, "read", "card:write")


def path(version: ModelVersion) -> str:
    return f"/api/v1/models/{version.model.slug}/card"


def test_the_questions_can_be_asked_for(client: APIClient) -> None:
    fields = client.get("/api/v1/card/fields").json()
    assert [each["key"] for each in fields] == [each.key for each in FIELDS]
    role = next(each for each in fields if each["key"] == "decision_role")
    assert (role["kind"], role["defining"], set(role["choices"])) == (
        "choice",
        True,
        {"informs", "augments", "replaces"},
    )
    nine = next(each for each in fields if each["key"] == "sensitive_inputs")
    assert len(nine["items"]) == 9
    assert sum(each["not_available"] for each in fields) == 11


def test_a_fresh_card_says_what_registering_said(client: APIClient, version: ModelVersion) -> None:
    shown = client.get(path(version)).json()
    assert (shown["asked"], shown["answered"]) == (len(FIELDS), 7)
    purpose = next(each for each in shown["said"] if each["key"] == "purpose")
    assert (purpose["value"], purpose["number"], purpose["author"]) == ("Predict death on the ward", 0, "dana")
    assert purpose["entry"] == str(version.model.pk)


def test_answers_absences_and_reviews_go_in_together(client: APIClient, version: ModelVersion) -> None:
    body = {
        "values": {"funding": "A public grant.", "our_roles": ["deployer", "provider"]},
        "not_available": {"external_tester": "No external test was made."},
        "reviewed": ["purpose"],
    }
    before = client.get(path(version)).json()
    after = client.patch(path(version), body, format="json").json()
    said = {each["key"]: each for each in after["said"]}
    assert after["answered"] == before["answered"] + 3
    assert said["our_roles"]["value"] == ["provider", "deployer"]
    assert (said["external_tester"]["value"], said["external_tester"]["not_available"]) == (
        None,
        "No external test was made.",
    )
    assert said["purpose"]["number"] == 1
    assert after["defining_sha256"] == before["defining_sha256"]
    moved = client.patch(path(version), {"values": {"output_type": "prediction"}}, format="json").json()
    assert moved["defining_sha256"] != before["defining_sha256"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid_input"),
        ({"values": []}, 422, "invalid_input"),
        ({"values": {"colour": "blue"}}, 422, "unknown_card_field"),
        ({"values": {"purpose": ""}}, 422, "card_value_refused"),
        ({"values": {"jurisdictions": ["eu"]}}, 422, "card_value_refused"),
        ({"not_available": {"purpose": "Nobody wrote it down."}}, 422, "not_available_refused"),
        ({"reviewed": ["funding"]}, 409, "card_not_answered"),
    ],
)
def test_a_refusal_has_a_code_and_keeps_nothing(
    client: APIClient, version: ModelVersion, body: dict[str, object], status: int, code: str
) -> None:
    refused = client.patch(path(version), body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert not CardEntry.objects.exists()


def test_an_answer_is_not_overwritten_by_who_has_not_read_it(client: APIClient, version: ModelVersion) -> None:
    client.patch(path(version), {"values": {"funding": "A public grant."}}, format="json")
    late = {"values": {"funding": "A company."}, "expected": {"funding": 0}}
    refused = client.patch(path(version), late, format="json")
    assert (refused.status_code, refused.json()["code"], refused.json()["keys"]) == (409, "card_changed", ["funding"])


def test_the_refusal_names_each_question(client: APIClient, version: ModelVersion) -> None:
    body = {"values": {"purpose": "?", "output_type": "oracle", "funding": "A grant."}}
    assert set(client.patch(path(version), body, format="json").json()["fields"]) == {"purpose", "output_type"}


def test_only_the_team_and_compliance_write_and_everybody_signed_in_reads(
    version: ModelVersion, person: Person
) -> None:
    body = {"values": {"funding": "A public grant."}}
    reader = client_of(version.submitted_by, "read")
    assert reader.get(path(version)).status_code == 200
    assert reader.patch(path(version), body, format="json").status_code == 403
    stranger = client_of(person("eve", "developer"), "read", "card:write").patch(path(version), body, format="json")
    assert (stranger.status_code, stranger.json()["code"]) == (403, "not_a_member")
    officer = client_of(person("cora", "compliance"), "read", "card:write")
    assert officer.patch(path(version), body, format="json").status_code == 200
    assert APIClient().get(path(version)).status_code == 401


def test_the_history_of_a_question_is_whole_and_newest_first(client: APIClient, version: ModelVersion) -> None:
    for text in ("A public grant.", "A company."):
        client.patch(path(version), {"values": {"funding": text}}, format="json")
    client.patch(path(version), {"reviewed": ["funding"]}, format="json")
    history = client.get(f"{path(version)}/funding").json()["results"]
    assert [(each["number"], each["value"], each["unchanged"]) for each in history] == [
        (3, "A company.", True),
        (2, "A company.", False),
        (1, "A public grant.", False),
    ]
    assert client.get(f"{path(version)}/colour").status_code == 404
    assert client.get("/api/v1/models/nothing/card").status_code == 404


def test_a_model_is_registered_for_jurisdictions_that_the_card_knows(client: APIClient, version: ModelVersion) -> None:
    writer = client_of(version.submitted_by, "read", "models:write")
    body = {"team": version.model.team.slug, "name": "M", "purpose": "p", "population": "p", "intended_users": "u"}
    body |= {"setting": "s", "decision_role": "informs", "risk_class": "low"}
    refused = writer.post("/api/v1/models", {**body, "jurisdictions": ["eu"]}, format="json")
    assert (refused.status_code, set(refused.json()["fields"])) == (422, {"jurisdictions"})
    assert writer.post("/api/v1/models", {**body, "jurisdictions": ["EU"]}, format="json").status_code == 201
