"""What does a test of the pages start from? A version that waits for its two signatures, and visitors."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from audits.core.values import Kind, Verdict
from audits.models.audit import Audit
from audits.models.check import CheckRow
from audits.models.job import JobState
from registry.models.user import User
from tests.governance import scene as scenes
from tests.governance.scene import Scene


@pytest.fixture
def scene(db: None) -> Scene:
    """Planned, submitted, audited, consented; one finding that may be waived, one audit that still runs."""
    made = scenes.ready()
    made.audit(Kind.BIAS, verdict=Verdict.NOT_EVALUABLE)
    running(made)
    return made


@pytest.fixture
def visit() -> Callable[[User], Client]:
    """`visit(user)`: a browser in that person's own session."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make


def running(scene: Scene) -> Audit:
    return Audit.objects.create(
        idempotency_key=scenes.sha("running"),
        kind=Kind.DRIFT,
        version=scene.version,
        plan=scene.version.plans.get(),
        table=scene.table,
        code_version="1",
        state=JobState.RUNNING,
        stage="counting rows",
        done=64,
        total=100,
        requested_by=scene.dora,
    )


def finding(scene: Scene) -> CheckRow:
    return CheckRow.objects.findings().get(audit__version=scene.version)


def version_page(scene: Scene) -> str:
    return f"/models/{scene.model.slug}/versions/{scene.version.number}/"


def addresses(scene: Scene) -> list[str]:
    """Every page that shows something."""
    return [
        "/",
        f"/models/{scene.model.slug}/",
        version_page(scene),
        f"/versions/{scene.version.pk}/audits/",
        f"/versions/{scene.version.pk}/sign/",
        f"/checks/{finding(scene).pk}/waive/",
        f"/versions/{scene.version.pk}/waive/?check={finding(scene).pk}",
        f"/audits/{scene.audits[Kind.VALIDATION].pk}/",
        f"/audits/{scene.audits[Kind.VALIDATION].pk}/progress/",
        "/ledger/",
        "/ledger/0/",
    ]
