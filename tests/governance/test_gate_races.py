"""No answer survives the fact that contradicts it, however the two coincide."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from governance.models.decision import GateDecision
from governance.services import packs
from tests.governance.scene import Scene, complete

pytestmark = pytest.mark.django_db(transaction=True)
HELD_SECONDS = 0.7


@pytest.fixture
def scene() -> Scene:
    packs.load_shipped()
    return complete()


def withdraw_enough(scene: Scene) -> None:
    """Consents of two in twenty patients: coverage falls below what the policy asks."""
    for subject in scene.table.subject_rows.order_by("pseudonym")[:2]:
        scene.withdraw(subject.pseudonym)


def first_then_second(first: Callable[[], object], second: Callable[[], object]) -> None:
    """Run `first` in a transaction that stays open a while, and `second` on another connection meanwhile."""
    inside = Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                first()
                inside.set()
                time.sleep(HELD_SECONDS)
        finally:
            connection.close()

    def follow() -> None:
        try:
            assert inside.wait(10)
            second()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(hold), pool.submit(follow)]:
            done.result(timeout=30)


def test_a_first_decision_that_is_being_made_is_made_again_when_consent_is_withdrawn(scene: Scene) -> None:
    assert not GateDecision.objects.exists()
    first_then_second(scene.ask, lambda: withdraw_enough(scene))
    assert scene.standing().outcome == "deny"
    assert GateDecision.objects.filter(number=1).get().outcome == "allow"


def test_a_decision_waits_for_a_withdrawal_that_is_being_recorded(scene: Scene) -> None:
    first_then_second(lambda: withdraw_enough(scene), scene.ask)
    assert scene.standing().outcome == "deny"
    assert not GateDecision.objects.filter(outcome="allow").exists()
