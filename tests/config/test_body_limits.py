"""Is a body that is too large stopped before anything keeps it?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client
from pytest_django import Settings

from config.body_limits import FORM_BYTES, Receive, Scope, Send, limit_of, limited
from registry.models.user import Role, User

pytestmark = pytest.mark.django_db
Person = Callable[..., User]
DOCUMENT, TABLE, FORM = 1_000, 5_000, FORM_BYTES + 10_000
ADDRESSES = {
    "/documents/add/esig_policy/": DOCUMENT + FORM_BYTES,
    "/documents/00000000-0000-0000-0000-000000000000/revise/": DOCUMENT + FORM_BYTES,
    "/models/sepsis/documents/add/ifu/": DOCUMENT + FORM_BYTES,
    "/api/v1/documents": DOCUMENT + FORM_BYTES,
    "/api/v1/documents/00000000-0000-0000-0000-000000000000/revisions": DOCUMENT + FORM_BYTES,
    "/api/v1/versions/00000000-0000-0000-0000-000000000000/tables": TABLE + FORM_BYTES,
    "/sign-in/": FORM,
    "/api/v1/models": FORM,
}


@pytest.fixture(autouse=True)
def limits(settings: Settings, tmp_path: Path) -> None:
    settings.DOCUMENT_LIMIT_BYTES, settings.UPLOAD_LIMIT_BYTES = DOCUMENT, TABLE
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = FORM


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Django began to keep in a file."""
    begun: list[str] = []
    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", lambda self, field, *_, **__: begun.append(field))
    return begun


def form(size: int) -> bytes:
    start = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    return start + b"a" * (size - len(start) - 9) + b"\r\n--x--\r\n"


@pytest.mark.parametrize(("address", "limit"), ADDRESSES.items())
def test_every_address_has_its_limit(address: str, limit: int) -> None:
    assert limit_of(address) == limit


@pytest.mark.parametrize(("address", "limit"), ADDRESSES.items())
def test_a_body_that_is_announced_as_too_large_is_refused_unread(
    address: str, limit: int, kept: list[str], person: Person
) -> None:
    visitor = Client(enforce_csrf_checks=True)
    visitor.force_login(person("dora", Role.DEVELOPER, Role.STEWARD))
    answer = visitor.post(address, form(limit + 1), content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413
    assert b"too_large" in answer.content
    assert b"nothing was kept" in answer.content
    assert kept == []


def test_a_page_refuses_in_words_and_the_api_with_a_problem(client: Client) -> None:
    page = client.post("/documents/add/esig_policy/", form(2 * FORM_BYTES), "multipart/form-data; boundary=x")
    assert page["Content-Type"].startswith("text/html")
    assert "Make pictures smaller" in page.content.decode()
    problem = client.post("/api/v1/documents", form(2 * FORM_BYTES), "multipart/form-data; boundary=x")
    assert (problem["Content-Type"], problem.json()["code"]) == ("application/problem+json", "too_large")


def test_what_is_within_the_limit_is_read_as_before(kept: list[str], client: Client) -> None:
    answer = client.post("/sign-in/", {"username": "nobody", "password": "x" * 1_000})
    assert answer.status_code == 200


def test_a_length_that_no_number_holds_is_refused(client: Client) -> None:
    answer = client.generic("POST", "/api/v1/documents", b"a", "multipart/form-data", CONTENT_LENGTH="9" * 5_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("address", ["/documents/add/esig_policy/", "/api/v1/documents"])
def test_a_body_in_chunks_without_its_length_is_refused_in_words(address: str, client: Client) -> None:
    answer = client.generic("POST", address, b"", "multipart/form-data; boundary=x", HTTP_TRANSFER_ENCODING="chunked")
    assert answer.status_code == 411
    assert b"length_required" in answer.content


def served(path: str, chunks: list[bytes]) -> tuple[int, bytes, int]:
    """Status, body, and how many chunks were taken: of an application that reads everything, as Django's does."""
    taken: list[bytes] = []
    sent: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        taken.append(chunks[len(taken)])
        return {"type": "http.request", "body": taken[-1], "more_body": len(taken) < len(chunks)}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"read"})

    asyncio.run(limited(application)({"type": "http", "path": path}, receive, send))
    return sent[0]["status"], sent[1]["body"], len(taken)


def test_what_arrives_in_chunks_is_counted_and_stopped() -> None:
    status, body, taken = served("/api/v1/documents", [b"a" * FORM_BYTES] * 10)
    assert (status, json.loads(body)["code"], taken) == (413, "too_large", 2)
    assert served("/api/v1/documents", [b"a" * 100] * 10) == (200, b"read", 10)


def test_the_asynchronous_entry_point_counts() -> None:
    source = (Path(__file__).resolve().parents[2] / "config" / "asgi.py").read_text(encoding="utf-8")
    assert "application = limited(" in source
