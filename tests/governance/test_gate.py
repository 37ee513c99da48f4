"""What does the gate say, and does it say it in time?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from audits.core.values import Kind, Verdict
from governance import ledger
from governance.core import dsse
from governance.keys import gate_public_key
from governance.models.decision import GateDecision
from governance.models.ledger import LedgerEntry
from governance.models.signature import Signature
from governance.services import gate, packs
from registry.core.lifecycle import State
from registry.errors import Refused
from registry.models.dataset import LegalBasis
from registry.services import versions
from tests.governance import scene as scenes
from tests.governance.scene import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def key_may_be_made(settings: pytest.FixtureRequest) -> None:
    settings.GATE_KEY_MAY_BE_CREATED = True  # type: ignore[attr-defined]


def codes(decision: GateDecision) -> set[tuple[str, str]]:
    return {(reason["code"], reason["control"]) for reason in decision.reasons}


def test_a_complete_version_is_allowed_and_the_decision_is_signed() -> None:
    decision = scenes.complete().ask()
    assert decision.reasons == []
    assert decision.outcome == "allow"
    assert dsse.verify(decision.envelope, gate_public_key())
    assert decision.number == 3  # the two earlier ones were... see below
