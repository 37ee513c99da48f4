"""Can a program keep documents, find them and fetch them, and can only a person review them?"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from rest_framework.test import APIClient

from governance import document_examining
from governance.core.documents import DOCUMENTS
from governance.models.document import Document, DocumentReview, DocumentRevision
from governance.models.ledger import LedgerEntry
from governance.services.documents import Said
from registry.models.user import Role, User
from registry.services import tokens
from tests.conftest import PASSWORD
from tests.governance import document_files as files
from tests.governance import scene as scenes
from tests.governance.document_story import REASON, begin, review, revise
from tests.governance.scene import Scene

pytestmark = pytest.mark.django_db
Api = Callable[[User], APIClient]
URL = "/api/v1/documents"


@pytest.fixture
def scene(db: None) -> Scene:
    return scenes.bare(subjects=1)


@pytest.fixture
def revision_url(scene: Scene) -> str:
    return f"/api/v1/document-revisions/{begin(scene.dora, scene.model).pk}"


def upload(scene: Scene, content: bytes | None = None, name: str = "ifu.pdf", **changes: Any) -> dict[str, Any]:
    fields = {
        "kind": "ifu",
        "title": "Instructions for use",
        "model": scene.model.slug,
        "file": SimpleUploadedFile(name, files.pdf() if content is None else content),
        "effective_from": "2026-01-15",
        "answers": json.dumps({"purpose": "section 1"}),
    }
    return {key: value for key, value in {**fields, **changes}.items() if value is not None}


def test_a_document_is_uploaded_and_listed(scene: Scene, api: Api) -> None:
    client = api(scene.dora)
    answer = client.post(URL, upload(scene))
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert (made["number"], made["model"], made["kind"]) == (1, scene.model.slug, "ifu")
    assert made["current"]["media_type"] == "application/pdf"
    assert made["current"]["answers"] == {"purpose": "section 1"}
    assert [each["id"] for each in client.get(URL).json()["results"]] == [made["id"]]
    assert client.get(f"{URL}/{made['id']}").json()["current"]["number"] == 1


def test_the_list_is_narrowed_by_model_and_kind(scene: Scene, api: Api) -> None:
    begin(scene.dora, scene.model)
    begin(scene.stella, None, kind="qms_index", title="Quality system", said=Said(date(2026, 1, 1)))
    client = api(scene.dora)

    def kinds(query: str) -> list[str]:
        return [each["kind"] for each in client.get(f"{URL}?{query}").json()["results"]]

    assert kinds(f"model__slug={scene.model.slug}") == ["ifu"]
    assert kinds("model__isnull=true") == ["qms_index"]
    assert kinds("kind=ifu") == ["ifu"]
    assert kinds("kind=dpia") == []


def test_a_last_day_is_as_usual_or_as_said_or_none(scene: Scene, api: Api) -> None:
    client = api(scene.dora)

    def last_day(title: str, **given: Any) -> str | None:
        fields = upload(scene, kind="dpia", title=title, answers=None, **given)
        found: str | None = client.post(URL, fields).json()["current"]["expires_on"]
        return found

    assert last_day("a") == "2027-01-15"
    assert last_day("b", expires_on="2028-02-01") == "2028-02-01"
    assert last_day("c", expires_on="") is None


def test_the_chain_of_a_document_grows(scene: Scene, api: Api) -> None:
    client, first = api(scene.dora), begin(scene.dora, scene.model)
    url = f"{URL}/{first.document_id}/revisions"
    fields = upload(scene, files.docx(), "ifu.docx", kind=None, title=None, model=None)
    answer = client.post(url, fields)
    assert (answer.status_code, answer.json()["number"]) == (201, 2)
    assert [each["number"] for each in client.get(url).json()["results"]] == [2, 1]
    assert client.get(f"/api/v1/document-revisions/{first.pk}").json()["number"] == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"content": b"", "name": "a.pdf"}, 422, "file_empty"),
        ({"content": b"<html>", "name": "a.html"}, 422, "file_markup"),
        ({"kind": "poem"}, 422, "document_kind_unknown"),
        ({"model": None}, 422, "document_needs_model"),
        ({"model": "no-such-model"}, 422, "invalid_input"),
        ({"file": None}, 422, "invalid_input"),
        ({"effective_from": "yesterday"}, 422, "invalid_input"),
        ({"expires_on": "2026-01-15"}, 422, "document_dates_refused"),
        ({"answers": "{"}, 422, "document_answers_refused"),
        ({"answers": '{"purpose": %s}' % ("1" * 5_000)}, 422, "document_answers_refused"),
        ({"answers": '{"purpose": 1e999999}'}, 422, "document_answers_refused"),
        ({"content": b"[1e999999]", "name": "a.json"}, 422, "file_damaged"),
        ({"content": b"[" + b"1" * 5_000 + b"]", "name": "a.json"}, 422, "file_damaged"),
        ({"answers": '["purpose"]'}, 422, "document_answers_refused"),
        ({"answers": '{"purpose": 1}'}, 422, "document_answers_refused"),
        ({"answers": '{"poem": "1"}'}, 422, "document_answers_refused"),
    ],
)
def test_a_refusal_has_a_code_and_keeps_nothing(
    changes: dict[str, Any], status: int, code: str, scene: Scene, api: Api
) -> None:
    answer = api(scene.dora).post(URL, upload(scene, **changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Document.objects.exists()


def test_an_upload_that_is_far_too_large_is_refused_before_it_is_read(
    scene: Scene, api: Api, settings: Settings
) -> None:
    settings.DOCUMENT_LIMIT_BYTES = 100
    fields = upload(scene, b"a" * (2 * 1024 * 1024), "a.txt")
    answer = api(scene.dora).post(URL, fields)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("number", ["1" * 5_000, "1e999999"])
def test_a_body_with_a_number_that_no_reader_holds_is_refused(
    number: str, scene: Scene, api: Api, revision_url: str
) -> None:
    body = f'{{"role": "reviewer", "outcome": {number}}}'
    answer = api(scene.rita).post(f"{revision_url}/reviews", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")


def test_a_file_that_takes_too_much_to_examine_is_refused_and_nothing_is_kept(
    scene: Scene, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_examining, "PRODUCT", document_examining.Limits(wall_seconds=0.01))
    answer = api(scene.dora).post(URL, upload(scene))
    assert (answer.status_code, answer.json()["code"]) == (422, "file_unexamined")
    assert not Document.objects.exists()
    assert not LedgerEntry.objects.filter(kind="document.revised").exists()


def test_the_same_call_sent_twice_keeps_one_document(scene: Scene, api: Api) -> None:
    client = api(scene.dora)
    first = client.post(URL, upload(scene), headers={"Idempotency-Key": "a"})
    again = client.post(URL, upload(scene), headers={"Idempotency-Key": "a"})
    assert first.json() == again.json()
    assert DocumentRevision.objects.count() == 1


def test_a_file_is_fetched_as_something_to_save_and_never_to_run(scene: Scene, api: Api) -> None:
    made = begin(scene.dora, scene.model)
    answer = api(scene.rita).get(f"/api/v1/document-revisions/{made.pk}/file")
    assert b"".join(answer.streaming_content) == files.pdf()  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == 'attachment; filename="instructions.pdf"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Digest"].startswith("sha-256=")
    assert LedgerEntry.objects.filter(kind="document.downloaded", actor_id=scene.rita.pk).count() == 1


def test_who_may_not_open_a_file_or_upload_one_is_told_why(scene: Scene, api: Api) -> None:
    made = begin(scene.dora, scene.model)
    stranger = api(scenes.account("stan_stranger", Role.DEVELOPER))
    assert stranger.get(f"/api/v1/document-revisions/{made.pk}/file").json()["code"] == "not_a_reader"
    assert stranger.post(URL, upload(scene)).json()["code"] == "not_a_member"
    auditor = api(scenes.account("otto", Role.AUDITOR))
    assert auditor.post(URL, upload(scene)).json()["code"] == "not_allowed"
    assert APIClient().get(URL).status_code == 401


def test_the_record_to_sign_says_who_may_and_a_review_signs_it(scene: Scene, api: Api) -> None:
    made = begin(scene.dora, scene.model)
    url, client = f"/api/v1/document-revisions/{made.pk}", api(scene.rita)
    shown = client.get(f"{url}/record-to-sign").json()
    assert {each["role"]: each["allowed"] for each in shown["may"]}["reviewer"]
    assert set(shown["statements"]) == {"accepted", "returned"}
    given = {"role": "reviewer", "outcome": "accepted", "reason": REASON, "password": PASSWORD}
    answer = client.post(f"{url}/reviews", {**given, "expected_sha256": shown["record_sha256"]}, format="json")
    assert answer.status_code == 201, answer.json()
    signed = DocumentReview.objects.select_related("signature").get().signature.record
    assert signed.pop("terms")["outcome"] == "accepted"
    assert signed == shown["record"]
    assert [each["outcome"] for each in client.get(f"{url}/reviews").json()["results"]] == ["accepted"]
    own = api(scene.dora)
    scene.dora.role_grants.create(role=Role.REVIEWER)
    assert own.post(f"{url}/reviews", given, format="json").json()["code"] == "own_document"


def test_a_token_reviews_nothing(scene: Scene) -> None:
    made = begin(scene.dora, scene.model)
    secret = tokens.issue(by=scene.rita, name="t", scopes=["read"], lifetime=timedelta(days=1))[1]
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    given = {"role": "reviewer", "outcome": "accepted", "reason": REASON, "password": PASSWORD}
    answer = client.post(f"/api/v1/document-revisions/{made.pk}/reviews", given, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")
    assert not DocumentReview.objects.exists()


def test_the_kinds_are_listed_with_their_checklists(scene: Scene, api: Api) -> None:
    found = {each["key"]: each for each in api(scene.dora).get("/api/v1/document-kinds").json()}
    assert found.keys() == DOCUMENTS.keys()
    assert found["dpia"]["months"] == 12
    assert found["ifu"]["fields"]["purpose"].endswith("?")


def test_the_list_costs_the_same_for_one_and_for_many(scene: Scene, api: Api) -> None:
    client = api(scene.dora)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(URL).status_code == 200
        return len(captured)

    first = begin(scene.dora, scene.model)
    one = queries()
    review(scene.rita, revise(scene.dora, first))
    begin(scene.dora, scene.model, kind="dpia", title="Impact", said=Said(date(2026, 1, 1)))
    assert queries() == one
