"""Is a decision withheld once the policy, or the facts that it rests on, have moved on without it?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from audits.core.values import Kind, Verdict
from governance.models.consent import ConsentRecord
from governance.models.ledger import LedgerEntry
from governance.services import gate, packs
from tests.governance import scene as scenes
from tests.governance.scene import Scene

pytestmark = pytest.mark.django_db
BASELINE = packs.SHIPPED / "baseline.yaml"


@pytest.fixture
def scene() -> Scene:
    scene = scenes.complete()
    assert scene.ask().outcome == "allow"
    return scene


@pytest.fixture(
    params=[{"GATE_POLICY_PACK": "another"}, {"GATE_KEY_PATH": Path("/gone"), "GATE_KEY_MAY_BE_CREATED": 0}]
)
def unable(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Settings under which the gate cannot decide."""
    return dict(request.param)


def set_to(settings: Any, values: dict[str, Any]) -> dict[str, Any]:
    before = {name: getattr(settings, name) for name in values}
    for name, value in values.items():
        setattr(settings, name, value)
    return before


def said(scene: Scene) -> tuple[str, set[str]]:
    found = gate.answer(version=scene.version, environment="production", now=timezone.now())
    return str(found.outcome), {reason.code for reason in found.reasons}


def test_a_decision_under_an_earlier_pack_is_withheld_until_it_is_made_again(scene: Scene) -> None:
    packs.load(content=BASELINE.read_bytes().replace(b'"1.0"', b'"1.1"'), by=None)
    assert said(scene) == ("deny", {"policy_superseded"})
    assert gate.redecide_due(timezone.now()) == 1
    assert said(scene) == ("allow", set())
    assert gate.redecide_due(timezone.now()) == 0


def test_without_a_pack_in_force_nothing_is_allowed(scene: Scene, settings: Any) -> None:
    settings.GATE_POLICY_PACK = "another"
    assert said(scene) == ("deny", {"no_policy_pack"})
    assert gate.redecide_due(timezone.now()) == 0


def test_a_withdrawal_that_the_gate_cannot_follow_is_recorded_and_closes_it(
    scene: Scene, settings: Any, unable: dict[str, Any]
) -> None:
    able = set_to(settings, unable)
    scene.withdraw("p1")
    assert ConsentRecord.objects.filter(pseudonym="p1", status="withdrawn").exists()
    kinds = list(LedgerEntry.objects.order_by("-idx").values_list("kind", flat=True)[:2])
    assert kinds == ["gate.undecided", "consent.withdrawn"]
    set_to(settings, able)
    assert said(scene) == ("deny", {"facts_changed"})
    assert gate.redecide_due(timezone.now()) == 1
    assert said(scene) == ("allow", set())  # 19 of 20 is the 95% that the pack asks for
    assert gate.redecide_due(timezone.now()) == 0


def test_an_audit_s_result_that_the_gate_cannot_follow_is_recorded_and_closes_it(
    scene: Scene, settings: Any, unable: dict[str, Any]
) -> None:
    able = set_to(settings, unable)
    scene.audit(Kind.BIAS, verdict=Verdict.NOT_MET)
    assert LedgerEntry.objects.filter(kind="audit.succeeded", object_id=str(scene.audits[Kind.BIAS].pk)).exists()
    set_to(settings, able)
    assert said(scene) == ("deny", {"facts_changed"})
    assert scene.ask().outcome == "deny"
    assert "facts_changed" not in said(scene)[1]
