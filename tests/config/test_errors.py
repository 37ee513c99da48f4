"""What goes wrong is told in the product's own words, to programs and to people."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from registry.models.user import User

pytestmark = pytest.mark.django_db


def test_an_unknown_address_is_a_problem_document_for_programs_and_a_page_for_people(client: Client) -> None:
    document = client.get("/api/v1/nothing")
    assert (document.status_code, document.json()["code"]) == (404, "not_found")
    assert document["Content-Type"] == "application/problem+json"
    page = client.get("/nothing")
    assert page.status_code == 404
    assert "There is nothing at this address" in page.content.decode()


def test_a_form_without_its_token_is_refused_in_plain_words() -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "a", "password": "b"})
    assert answer.status_code == 403
    assert "Nothing was saved" in answer.content.decode()


def test_the_unexpected_shows_a_request_id_and_no_trace(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.raise_request_exception = False
    monkeypatch.setattr("config.health.connection.cursor", lambda: 1 / 0)
    answer = client.get("/readyz")
    assert answer.status_code == 500
    assert answer["X-Request-Id"]
    assert "Traceback" not in answer.content.decode()
    assert "ZeroDivisionError" not in answer.content.decode()


def test_every_response_forbids_inline_script_and_framing(client: Client) -> None:
    User.objects.create_user("ann", full_name="Ann", password="correct horse battery staple")
    for path in ("/healthz", "/sign-in/", "/api/v1/models", "/nothing"):
        policy = client.get(path)["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy


def test_ready_means_database_tables_and_queue(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.json()["checks"]["database"] is True
    assert answer.json()["checks"]["migrations"] is True
    assert answer.status_code == (200 if answer.json()["checks"]["queue"] else 503)


def test_another_broker_needs_no_queue_in_the_database(client: Client, settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://cache.example/0"
    assert client.get("/readyz").status_code == 200
