"""Is it known which logs of a model are kept, and is every refusal said?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from governance.errors import AlreadyRecorded, LogRefused, RoleNotHeld
from governance.models.ledger import LedgerEntry
from governance.models.log import LogRegistration
from governance.services import logs
from registry.models.user import Role, User
from tests.governance import scene as scenes
from tests.governance.scene import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(db: None) -> Scene:
    return scenes.bare()


def register(scene: Scene, by: User | None = None, **changes: object) -> LogRegistration:
    given = {"kind": "inference", "kept_in": "Data lake", "retention_days": 400, "reviewed_on": timezone.now().date()}
    return logs.register(model=scene.model, by=by or scene.stella, **{**given, **changes})  # type: ignore[arg-type]


def test_the_latest_registration_of_each_kind_stands_and_the_earlier_ones_stay(scene: Scene) -> None:
    register(scene)
    register(scene, kind="override", retention_days=90)
    latest = register(scene, retention_days=730)
    assert [(each.kind, each.retention_days) for each in logs.kept(scene.model)] == [
        ("inference", 730),
        ("override", 90),
    ]
    assert LogRegistration.objects.count() == 3
    assert latest.revision == 2
    assert [each.retention_days for each in logs.facts_of(scene.model)] == [730, 90]
    assert LedgerEntry.objects.filter(kind="log.registered").count() == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "gossip"}, "kind"),
        ({"kept_in": " "}, "kept_in"),
        ({"retention_days": 0}, "retention_days"),
        ({"retention_days": 10**6}, "retention_days"),
        ({"reviewed_on": timezone.now().date() + timedelta(days=3)}, "reviewed_on"),
    ],
)
def test_a_log_that_cannot_be_is_refused(scene: Scene, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(LogRefused) as refused:
        register(scene, **changes)
    assert refused.value.facts["field"] == field
    assert not LogRegistration.objects.exists()


def test_a_form_that_is_sent_twice_is_kept_once(scene: Scene) -> None:
    pk = uuid4()
    register(scene, pk=pk)
    with pytest.raises(AlreadyRecorded):
        register(scene, pk=pk)
    assert LogRegistration.objects.get().pk == pk


def test_an_auditor_registers_nothing(scene: Scene) -> None:
    with pytest.raises(RoleNotHeld):
        register(scene, by=scenes.account("otto", Role.AUDITOR))


def test_the_database_lets_no_registration_be_written_over(scene: Scene) -> None:
    register(scene)
    for change in (
        lambda: LogRegistration.objects.update(retention_days=9),
        lambda: LogRegistration.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
