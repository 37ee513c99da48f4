"""The registry over HTTP: who may come in, what is refused, and how a refusal reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from governance.models.ledger import LedgerEntry
from registry.models.sign_in import FailedSignIn
from registry.models.table import PredictionTable, TableSubject
from registry.models.token import ApiToken, IdempotencyKey
from registry.models.user import RoleGrant, User
from registry.services import tokens
from tests.audits.story import SCHEMA, Small, csv_table, small_version
from tests.registry.ingest.disk import small_disk

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"
Person = Callable[..., User]


def client_of(user: User, *scopes: str) -> APIClient:
    """A program with a token of the user's."""
    _, secret = tokens.issue(by=user, name="test", scopes=list(scopes), lifetime=timedelta(days=1))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def upload(client: APIClient, small: Small, content: bytes, **changes: str) -> Any:
    fields = {
        "file": SimpleUploadedFile("t.csv", content),
        "format": "csv",
        "purpose": "evaluation",
        "dataset": small.version.training_dataset.slug,
        "schema": json.dumps(SCHEMA),
        **changes,
    }
    return client.post(f"/api/v1/versions/{small.version.pk}/tables", fields, format="multipart")


def test_without_credentials_nothing_is_told() -> None:
    answer = APIClient().get("/api/v1/models")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_authenticated"


def test_a_token_is_stored_as_a_hash_and_dies_with_its_expiry_revocation_and_account(person: Person) -> None:
    user = person("dana", "developer")
    token, secret = tokens.issue(by=user, name="ci", scopes=["read"], lifetime=timedelta(days=1))
    assert secret not in str(ApiToken.objects.values())
    assert tokens.find(secret) == token
    assert tokens.find(secret, now=timezone.now() + timedelta(days=2)) is None
    assert tokens.find(secret + "x") is None
    user.is_active = False
    user.save()
    assert tokens.find(secret) is None
    user.is_active = True
    user.save()
    tokens.revoke(by=user, token=token)
    assert tokens.find(secret) is None


def test_a_token_does_only_what_its_scopes_say(person: Person) -> None:
    reader = client_of(person("dana", "developer"), "read")
    assert reader.get("/api/v1/models").status_code == 200
    refused = reader.post("/api/v1/models", {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


def test_nobody_gets_a_token_beyond_their_roles_or_for_ever(person: Person) -> None:
    client = APIClient()
    client.force_login(person("otto", "auditor"))
    beyond = client.post("/api/v1/tokens", {"name": "x", "scopes": ["users:write"]}, format="json")
    assert (beyond.status_code, beyond.json()["code"]) == (403, "token_scope_refused")
    long = client.post("/api/v1/tokens", {"name": "x", "scopes": ["read"], "days": 91}, format="json")
    assert (long.status_code, long.json()["code"]) == (422, "invalid_input")


def test_a_lost_role_takes_effect_on_tokens_at_once(person: Person) -> None:
    user = person("dana", "developer")
    client = client_of(user, "read", "models:write")
    RoleGrant.objects.filter(user=user).delete()
    assert client.get("/api/v1/models").status_code == 403


def test_a_session_needs_the_right_password_and_its_writes_the_csrf_token(person: Person) -> None:
    person("iris", "administrator")
    client = APIClient(enforce_csrf_checks=True)
    wrong = client.post("/api/v1/session", {"username": "iris", "password": "wrong"}, format="json")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "sign_in_failed")
    signed_in = client.post("/api/v1/session", {"username": "iris", "password": PASSWORD}, format="json")
    assert signed_in.status_code == 200
    assert client.post("/api/v1/teams", {"name": "A"}, format="json").status_code == 403
    token = signed_in.json()["csrf_token"]
    assert client.post("/api/v1/teams", {"name": "A"}, format="json", HTTP_X_CSRFTOKEN=token).status_code == 201


def test_user_names_are_never_reused_in_any_letter_case_and_nobody_raises_themselves(person: Person) -> None:
    iris = person("iris", "administrator")
    client = client_of(iris, "read", "users:write")
    body = {"username": "Otto", "full_name": "O", "email": "o@h.example", "password": PASSWORD, "roles": ["auditor"]}
    assert client.post("/api/v1/users", body, format="json").status_code == 201
    again = client.post("/api/v1/users", {**body, "username": "oTTo"}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "username_taken")
    weak = client.post("/api/v1/users", {**body, "username": "ann", "password": "12345"}, format="json")
    assert (weak.status_code, weak.json()["code"]) == (422, "weak_password")
    own = client.put(f"/api/v1/users/{iris.pk}/roles", {"roles": ["approver"]}, format="json")
    assert (own.status_code, own.json()["code"]) == (403, "own_roles")


def test_only_members_write_a_teams_records(person: Person) -> None:
    small = small_version()
    stranger = client_of(person("eve", "developer"), "read", "models:write", "tables:write")
    refused = upload(stranger, small, csv_table(50, 3))
    assert (refused.status_code, refused.json()["code"]) == (403, "not_a_member")
    again = stranger.post(f"/api/v1/versions/{small.version.pk}/submit")
    assert again.status_code == 403


def test_version_numbers_go_up_and_operating_points_and_digests_are_checked() -> None:
    small = small_version()
    client = client_of(small.developer, "read", "models:write")
    body = {
        "artifact_sha256": "cd" * 32,
        "artifact_size": 5,
        "artifact_name": "m",
        "training_dataset": small.version.training_dataset.slug,
        "outcome": "death",
        "features": [],
        "operating_points": [{"name": "a", "score": 0.5}],
    }
    path = f"/api/v1/models/{small.version.model.slug}/versions"
    assert client.post(path, body, format="json").json()["number"] == 2
    assert client.post(path, body, format="json").json()["number"] == 3
    twice = client.post(path, {**body, "operating_points": [{"name": "a", "score": 0.5}] * 2}, format="json")
    assert (twice.status_code, twice.json()["code"]) == (422, "bad_operating_point")
    digest = client.post(path, {**body, "artifact_sha256": "CD" * 32}, format="json")
    assert "artifact_sha256" in digest.json()["fields"]


def test_a_bad_table_is_refused_with_row_and_column_and_leaves_nothing() -> None:
    small = small_version()
    client = client_of(small.developer, "read", "tables:write")
    before = (PredictionTable.objects.count(), TableSubject.objects.count())
    lines = csv_table(20, 5).decode().splitlines()
    lines[4] = lines[4].replace(lines[4].split(",")[2], "1.5")
    refused = upload(client, small, "\n".join(lines).encode())
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (422, "score_out_of_range")
    assert (problem["row"], problem["column"]) == (4, "risk")
    role = upload(client, small, csv_table(20, 5), schema='{"columns": [{"name": "a", "role": "magic"}]}')
    assert (role.status_code, role.json()["code"]) == (422, "unknown_role")
    schema = upload(client, small, csv_table(20, 5), schema='{"columns": NaN}')
    assert (schema.status_code, schema.json()["code"]) == (422, "schema_not_json")
    assert (PredictionTable.objects.count(), TableSubject.objects.count()) == before


def test_an_upload_is_kept_as_sent_and_its_subjects_are_known() -> None:
    small = small_version(rows=60)
    client = client_of(small.developer, "read", "tables:read")
    file: Any = client.get(f"/api/v1/tables/{small.evaluation.pk}/file")
    assert b"".join(file.streaming_content) == csv_table(60, 1)
    assert file["Content-Disposition"].startswith("attachment")
    assert small.evaluation.subject_rows.count() == small.evaluation.subjects == 60


def test_the_same_idempotency_key_creates_once_and_gives_the_first_answer_again() -> None:
    small = small_version()
    client = client_of(small.developer, "read", "models:write", "tables:write")
    body = {"team": small.team.slug, "name": "New", "description": "d", "origin": "o", "legal_basis": "consent"}
    first = client.post("/api/v1/datasets", body, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    again = client.post("/api/v1/datasets", body, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    other = client.post("/api/v1/datasets", {**body, "name": "X"}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    without = client.post("/api/v1/datasets", body, format="json")
    assert (without.status_code, without.json()["code"]) == (409, "name_taken")


def test_the_same_key_with_another_query_is_another_request() -> None:
    small = small_version()
    client = client_of(small.developer, "read", "models:write")
    body = {"team": small.team.slug, "name": "New", "description": "d", "origin": "o", "legal_basis": "consent"}
    assert client.post("/api/v1/datasets?a=1", body, format="json", HTTP_IDEMPOTENCY_KEY="k3").status_code == 201
    again = client.post("/api/v1/datasets?a=1", body, format="json", HTTP_IDEMPOTENCY_KEY="k3")
    assert again["Idempotency-Replayed"] == "true"
    other = client.post("/api/v1/datasets?a=2", body, format="json", HTTP_IDEMPOTENCY_KEY="k3")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_refused_request_may_be_mended_under_the_same_key() -> None:
    small = small_version()
    client = client_of(small.developer, "read", "models:write")
    body = {"team": small.team.slug, "name": "New", "description": "d", "origin": "o", "legal_basis": "other"}
    refused = client.post("/api/v1/datasets", body, format="json", HTTP_IDEMPOTENCY_KEY="k2")
    assert (refused.status_code, refused.json()["code"]) == (422, "legal_basis_unexplained")
    mended = {**body, "legal_basis_note": "Quality assurance under hospital law."}
    assert client.post("/api/v1/datasets", mended, format="json", HTTP_IDEMPOTENCY_KEY="k2").status_code == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"name": "a", "name": "b"}', "invalid_json"),
        (b'{"name": NaN}', "invalid_json"),
        (b"{", "invalid_json"),
        (b"[" * 40 + b"]" * 40, "invalid_json"),
        (b'"' + b"x" * (1024 * 1024) + b'"', "body_too_large"),
        (b'{"name": "\xff"}', "invalid_json"),
    ],
)
def test_ambiguous_json_is_refused(person: Person, body: bytes, code: str) -> None:
    client = client_of(person("iris", "administrator"), "users:write")
    refused = client.post("/api/v1/teams", body, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (400, code)


def test_the_openapi_description_is_version_3_1_and_complete() -> None:
    answer = APIClient().get("/api/v1/schema", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    schema = json.loads(answer.content)
    assert schema["openapi"].startswith("3.1")
    assert {"/api/v1/models", "/api/v1/audits/{id}", "/api/v1/versions/{id}/gate"} <= set(schema["paths"])


def test_a_full_disk_refuses_an_upload_and_keeps_nothing(tmp_path: Path, settings: Any) -> None:
    small = small_version(rows=60)
    client = client_of(small.developer, "read", "tables:write")
    before = PredictionTable.objects.count()
    with small_disk(tmp_path, size=2**16):
        settings.UPLOAD_DIR = settings.FILE_UPLOAD_TEMP_DIR = tmp_path
        refused = upload(client, small, csv_table(4000, 7))
        assert (refused.status_code, refused.json()["code"]) == (503, "storage_unavailable")
        assert list(tmp_path.iterdir()) == []
    assert PredictionTable.objects.count() == before


def test_no_secret_is_kept_for_a_repeated_call(person: Person) -> None:
    client = APIClient()
    client.force_login(person("dana", "developer"))
    made = client.post("/api/v1/tokens", {"name": "x", "scopes": ["read"]}, format="json", HTTP_IDEMPOTENCY_KEY="once")
    assert made.status_code == 201
    assert not IdempotencyKey.objects.exists()


def test_rows_are_for_the_team_stewards_and_auditors_and_each_download_is_on_record(person: Person) -> None:
    small = small_version(rows=60)
    path = f"/api/v1/tables/{small.evaluation.pk}/file"
    assert client_of(small.developer, "read").get(path).status_code == 403
    stranger = client_of(person("eve", "developer"), "read", "tables:read").get(path)
    assert (stranger.status_code, stranger.json()["code"]) == (403, "not_a_member")
    for name, role in (("stella", "steward"), ("otto", "auditor")):
        assert client_of(person(name, role), "tables:read").get(path).status_code == 200
    admin = APIClient()
    admin.force_login(person("iris", "administrator"))
    assert admin.get(path).status_code == 403
    assert LedgerEntry.objects.filter(kind="table.downloaded", object_id=str(small.evaluation.pk)).count() == 2


def test_rows_cannot_be_put_under_another_teams_legal_basis() -> None:
    small, other = small_version(rows=60), small_version(rows=60)
    client = client_of(small.developer, "read", "tables:write", "models:write")
    refused = upload(client, small, csv_table(60, 4), dataset=other.version.training_dataset.slug)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_a_member")


def test_names_in_any_script_have_addresses_of_their_own() -> None:
    small = small_version(rows=60)
    client = client_of(small.developer, "read", "models:write")
    body = {"team": small.team.slug, "description": "d", "origin": "o", "legal_basis": "consent"}
    slugs = {
        client.post("/api/v1/datasets", {**body, "name": name}, format="json").json()["slug"]
        for name in ("Модел за риск", "模型", "模型二", "Über-Modell", "Model Ж", "Model Я")
    }
    assert len(slugs) == 6
    assert "" not in slugs
    assert "uber-modell" in slugs


def test_too_many_wrong_passwords_lock_a_name_for_a_while_whether_it_exists_or_not(
    person: Person, settings: Any
) -> None:
    person("dana", "developer")
    client = APIClient()

    def try_in(name: str, password: str) -> int:
        body = {"username": name, "password": password}
        return client.post("/api/v1/session", body, format="json").status_code

    assert [try_in("dana", "wrong") for _ in range(5)] == [401] * 5
    assert try_in("Dana", PASSWORD) == 401
    assert try_in("dana", PASSWORD) == 401
    assert client.post("/sign-in/", {"username": "dana", "password": PASSWORD}).status_code == 200
    assert [try_in("nobody", "wrong") for _ in range(6)] == [401] * 6
    FailedSignIn.objects.update(created_at=timezone.now() - settings.SIGN_IN_LOCK)
    assert try_in("dana", PASSWORD) == 200


def test_a_closed_account_loses_session_and_tokens_at_once(person: Person) -> None:
    iris, dana = person("iris", "administrator"), person("dana", "developer")
    program, browser = client_of(dana, "read"), APIClient()
    browser.force_login(dana)
    assert browser.get("/api/v1/me").status_code == 200
    closing = client_of(iris, "users:write")
    assert closing.post(f"/api/v1/users/{iris.pk}/close").json()["code"] == "own_roles"
    assert closing.post(f"/api/v1/users/{dana.pk}/close").json()["is_active"] is False
    assert program.get("/api/v1/models").status_code == 401
    assert browser.get("/api/v1/me").status_code == 401
    assert LedgerEntry.objects.filter(kind="user.closed").count() == 1
