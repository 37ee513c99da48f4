"""Is the interactive report shown to those who may see it, and to a browser only inside its sandbox?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from audits.core.values import Kind
from audits.models.audit import Audit
from registry import storage
from registry.models.user import User
from tests.governance.scene import Scene

pytestmark = pytest.mark.django_db
HTML = b"<!doctype html><title>drift</title><script>1</script>"
API = "/api/v1/audits/{pk}/interactive-report"
Visit = Callable[[User], Client]


@pytest.fixture
def audit(scene: Scene) -> Audit:
    scene.audit(Kind.DRIFT, result="drawn")
    made = scene.audits[Kind.DRIFT]
    facts = {"evidently": {"rows": 800, "reference_rows": 900, "columns": 5, "columns_left_out": 0}}
    blob = storage.put_stream([HTML], limit=len(HTML))
    Audit.objects.filter(pk=made.pk).update(report_sha256=blob.sha256, facts=facts)
    made.refresh_from_db()
    return made


def address(audit: Audit, rest: str = "") -> str:
    return f"/audits/{audit.pk}/{rest}"


def test_the_audits_page_leads_to_the_report(audit: Audit, scene: Scene, visit: Visit) -> None:
    page = visit(scene.rita).get(address(audit)).content.decode()
    assert f'href="{address(audit, "interactive-report/")}"' in page
    assert "Open the interactive report (Evidently)" in page


def test_the_page_frames_it_without_its_origin_and_says_what_it_is(audit: Audit, scene: Scene, visit: Visit) -> None:
    answer = visit(scene.rita).get(address(audit, "interactive-report/"))
    page = answer.content.decode()
    assert 'sandbox="allow-scripts"' in page
    assert "allow-same-origin" not in page
    assert "800 rows of the table and 900 of the reference" in page
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-src 'self'" in policy
    assert "'unsafe-inline'" not in policy


@pytest.mark.parametrize(
    "where", ["/audits/{pk}/interactive-report/content/", "/api/v1/audits/{pk}/interactive-report"]
)
def test_the_bytes_carry_the_headers_that_keep_them_in(where: str, audit: Audit, scene: Scene, visit: Visit) -> None:
    answer = visit(scene.rita).get(where.format(pk=audit.pk), headers={"accept": "text/html"})
    assert isinstance(answer, StreamingHttpResponse)
    assert b"".join(answer) == HTML
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none';")
    assert "connect-src 'none'" in policy
    assert "allow-same-origin" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Connection-Allowlist"] == "()"
    assert not answer.cookies


def test_a_page_of_its_own_is_sent_to_the_framing_page(audit: Audit, scene: Scene, visit: Visit) -> None:
    client, content = visit(scene.rita), address(audit, "interactive-report/content/")
    for purpose in ("document", "embed", "object", "frame", "empty"):
        answer = client.get(content, headers={"sec-fetch-dest": purpose})
        assert (answer.status_code, answer.headers["Location"]) == (302, address(audit, "interactive-report/"))
    for headers in ({}, {"sec-fetch-dest": "iframe"}):
        assert client.get(content, headers=headers).status_code == 200


def test_the_api_hands_out_a_file_to_keep(audit: Audit, scene: Scene, visit: Visit) -> None:
    answer = visit(scene.rita).get(API.format(pk=audit.pk))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="drift.html"'


def test_strangers_see_nothing(audit: Audit, client: Client) -> None:
    for rest in ("interactive-report/", "interactive-report/content/"):
        answer = client.get(address(audit, rest))
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/sign-in/")
    assert client.get(f"/api/v1/audits/{audit.pk}/interactive-report").status_code in (401, 403)


def test_an_audit_without_one_says_why(scene: Scene, visit: Visit) -> None:
    scene.audit(Kind.DRIFT)
    audit = scene.audits[Kind.DRIFT]
    Audit.objects.filter(pk=audit.pk).update(facts={"evidently": {"refused": "The report could not be drawn (X)."}})
    client = visit(scene.rita)
    for rest in ("interactive-report/", "interactive-report/content/"):
        answer = client.get(address(audit, rest))
        assert answer.status_code == 404
        assert "The report could not be drawn (X)." in answer.content.decode()
    told = client.get(f"/api/v1/audits/{audit.pk}/interactive-report", headers={"accept": "text/html"})
    assert (told.status_code, told.json()["code"]) == (404, "no_interactive_report")
    assert "No interactive report." in client.get(address(audit)).content.decode()
