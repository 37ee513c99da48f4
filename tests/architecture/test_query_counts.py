"""How many queries does a page cost? A snapshot: more rows must not mean more queries, and changes are seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audits.models.audit import Audit
from audits.models.check import CheckRow
from audits.models.measurement import MeasurementRow
from governance.services import gate, packs
from registry.models.user import User
from tests.audits.story import Small, small_version

pytestmark = pytest.mark.django_db

# Sign-in and session take 3 of each. A number that must grow is changed here, in the open.
API = {
    "/api/v1/models": 5,
    "/api/v1/datasets": 5,
    "/api/v1/users": 6,
    "/api/v1/teams": 6,
    "/api/v1/ledger/entries": 7,
    "/api/v1/packs": 6,
}
OF_VERSION = {
    "/api/v1/versions/{version}/audits": 6,
    "/api/v1/versions/{version}/tables": 5,
    "/api/v1/versions/{version}/plans": 5,
    "/api/v1/versions/{version}/findings": 5,
    "/api/v1/versions/{version}/decisions": 5,
}


def add_evidence(small: Small, audit: Audit) -> None:
    """A finding on the audit, and a decision of the gate."""
    measurement = MeasurementRow.objects.create(audit=audit, measure="auroc", value=0.5, n=60)
    CheckRow.objects.create(
        audit=audit, criterion_id="c", criterion={}, key="c", verdict="not_met", reason="r", measurement=measurement
    )
    gate.decide(version=small.version, environment="production", by=small.developer, because="test")


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_api_lists_cost_the_same_for_one_and_for_many(client: Client, person: Callable[..., User]) -> None:
    client.force_login(person("otto", "auditor"))
    packs.load_shipped()
    small = small_version(rows=60)
    add_evidence(small, small.audit("quality"))
    one = {path: queries(client, path) for path in API}
    one |= {path: queries(client, path.format(version=small.version.pk)) for path in OF_VERSION}
    for kind in ("validation", "bias", "drift"):
        add_evidence(small, small.audit(kind))
    for _ in range(3):
        small_version(rows=60)
    many = {path: queries(client, path) for path in API}
    many |= {path: queries(client, path.format(version=small.version.pk)) for path in OF_VERSION}
    assert many == one
    assert many == API | OF_VERSION
