"""Is a report made once, however often it is asked for and run, and fetched only when it is there?"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from audits import jobs
from audits.errors import LeaseLost
from audits.models.job import JobState
from governance import export_runner, tasks
from governance.errors import RoleNotHeld, UnknownEnvironment
from governance.models.export import Export
from governance.models.ledger import LedgerEntry
from governance.services.exports import request_export
from registry import storage
from registry.models.user import Role, User
from registry.storage import Blob
from tests.audits.conftest import BREAK_OFF, hindered
from tests.governance.scene import Scene, account, complete

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene() -> Scene:
    made = complete()
    made.ask()
    return made


@pytest.fixture
def auditor() -> User:
    return account("olga_auditor", Role.AUDITOR)


def kinds(export: Export) -> list[str]:
    return list(LedgerEntry.objects.filter(object_id=str(export.pk)).values_list("kind", flat=True))


def test_asking_twice_gives_the_same_export_until_something_happens(scene: Scene, auditor: User) -> None:
    first = request_export(version=scene.version, environment="production", by=auditor)
    assert request_export(version=scene.version, environment="production", by=auditor) == first
    assert request_export(version=scene.version, environment="staging", by=auditor) != first
    scene.ask()
    assert request_export(version=scene.version, environment="production", by=auditor) != first
    assert kinds(first) == ["export.requested"]


def test_an_export_that_is_run_twice_takes_effect_once(scene: Scene, auditor: User) -> None:
    export = request_export(version=scene.version, environment="production", by=auditor)
    export_runner.run(str(export.pk))
    export_runner.run(str(export.pk))
    export.refresh_from_db()
    assert (export.state, export.error_message) == (JobState.SUCCEEDED, "")
    assert export.fence == 1
    assert kinds(export) == ["export.requested", "export.finished"]
    with storage.open_blob(export.pdf_sha256) as file:
        assert file.read(5) == b"%PDF-"


def test_a_worker_that_was_taken_over_writes_nothing(scene: Scene, auditor: User) -> None:
    export = request_export(version=scene.version, environment="production", by=auditor)
    overtaken = jobs.claim(Export, str(export.pk), owner="a worker that stalled")
    assert overtaken is not None
    Export.objects.filter(pk=export.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    export_runner.run(str(export.pk))
    with pytest.raises(LeaseLost):
        export_runner._write(overtaken, 1, Blob("0" * 64, 1), Blob("1" * 64, 1))
    export.refresh_from_db()
    assert export.json_sha256 not in {"", "0" * 64}
    assert kinds(export) == ["export.requested", "export.finished"]


def test_the_sweep_puts_an_export_of_a_crashed_worker_back(scene: Scene, auditor: User) -> None:
    export = request_export(version=scene.version, environment="production", by=auditor)
    jobs.claim(Export, str(export.pk), owner="a worker that crashed")
    Export.objects.filter(pk=export.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    tasks.sweep()
    export.refresh_from_db()
    assert export.state == JobState.QUEUED
    tasks.run_export(str(export.pk))
    export.refresh_from_db()
    assert export.state == JobState.SUCCEEDED


def test_an_export_whose_database_breaks_off_is_left_to_the_next_worker(scene: Scene, auditor: User) -> None:
    export = request_export(version=scene.version, environment="production", by=auditor)
    with hindered("AFTER UPDATE ON governance_export FOR EACH ROW WHEN (NEW.state = 'succeeded')", BREAK_OFF):
        export_runner.run(str(export.pk))
    export.refresh_from_db()
    assert (export.state, export.error_message) == (JobState.RUNNING, "")
    Export.objects.filter(pk=export.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    tasks.sweep()
    export_runner.run(str(export.pk))
    export.refresh_from_db()
    assert (export.state, export.attempt) == (JobState.SUCCEEDED, 2)
    assert kinds(export) == ["export.requested", "export.finished"]


def test_a_failed_export_says_why_and_can_be_asked_for_again(scene: Scene, auditor: User) -> None:
    export = request_export(version=scene.version, environment="production", by=auditor)
    Export.objects.filter(pk=export.pk).update(environment="nowhere")
    export_runner.run(str(export.pk))
    export.refresh_from_db()
    assert (export.state, export.error_code) == (JobState.FAILED, "unknown_environment")
    Export.objects.filter(pk=export.pk).update(environment="production")
    again = request_export(version=scene.version, environment="production", by=auditor)
    assert (again.pk, again.state) == (export.pk, JobState.QUEUED)
    assert kinds(export) == ["export.requested", "export.failed", "export.requested"]


def test_who_may_not_export_is_refused(scene: Scene) -> None:
    with pytest.raises(RoleNotHeld):
        request_export(version=scene.version, environment="production", by=scene.dora)


def test_an_unknown_environment_is_refused(scene: Scene, auditor: User) -> None:
    with pytest.raises(UnknownEnvironment):
        request_export(version=scene.version, environment="moon", by=auditor)


def test_the_files_are_fetched_once_they_are_there(
    scene: Scene, auditor: User, api: Callable[[User], APIClient]
) -> None:
    client = api(auditor)
    asked = client.post(f"/api/v1/versions/{scene.version.pk}/exports", {"environment": "production"}, format="json")
    assert asked.status_code == 202
    address = f"/api/v1/exports/{asked.data['id']}"
    early = client.get(f"{address}/report.pdf")
    assert (early.status_code, early.json()["code"], early.json()["state"]) == (409, "export_not_ready", "queued")

    export_runner.run(str(asked.data["id"]))

    stated = client.get(address).json()
    assert stated["state"] == "succeeded"
    for name, kind, digest in (
        ("report.pdf", "application/pdf", stated["pdf_sha256"]),
        ("evidence.json", "application/json", stated["json_sha256"]),
    ):
        got: Any = client.get(f"{address}/{name}")
        content = b"".join(got.streaming_content)
        assert (got.status_code, got["Content-Type"], got["X-Content-Type-Options"]) == (200, kind, "nosniff")
        assert got["Content-Disposition"].startswith("attachment")
        assert hashlib.sha256(content).hexdigest() == digest
        assert got["Digest"] == f"sha-256={b64encode(hashlib.sha256(content).digest()).decode()}"
    listed = client.get(f"/api/v1/versions/{scene.version.pk}/exports").json()
    assert [each["id"] for each in listed["results"]] == [str(asked.data["id"])]


def test_a_developer_may_read_but_not_export(scene: Scene, api: Callable[[User], APIClient]) -> None:
    client = api(scene.dora)
    assert client.get(f"/api/v1/versions/{scene.version.pk}/exports").status_code == 200
    assert client.post(f"/api/v1/versions/{scene.version.pk}/exports", {}, format="json").status_code == 403
