"""Can the makers choose, among references or confidences, the one that lets them pass?"""

from __future__ import annotations

import pytest

from audits.core.values import Kind, Verdict
from registry.services import versions
from tests.governance import scene as scenes
from tests.governance.scene import Scene

pytestmark = pytest.mark.django_db


def compared_with(scene: Scene, name: str, verdict: Verdict) -> None:
    table = scenes.upload(scene.version, scene.dataset, scene.dora, subjects=5, name=name, purpose="reference")
    scene.audit(Kind.DRIFT, verdict=verdict, reference=table, result=name)


def test_a_comparison_that_went_badly_is_not_silenced_by_one_with_another_reference() -> None:
    scene = scenes.ready()
    compared_with(scene, "unkind.csv", Verdict.NOT_MET)
    compared_with(scene, "kind.csv", Verdict.MET)
    scene.sign_both()
    assert [reason["control"] for reason in scene.ask().reasons] == ["drift-audit"]


def test_the_last_run_against_one_reference_speaks() -> None:
    scene = scenes.ready()
    table = scenes.upload(scene.version, scene.dataset, scene.dora, subjects=5, name="train.csv", purpose="reference")
    scene.audit(Kind.DRIFT, verdict=Verdict.NOT_MET, reference=table)
    scene.audit(Kind.DRIFT, reference=table)
    scene.sign_both()
    assert scene.ask().outcome == "allow"


def test_intervals_of_a_low_confidence_are_not_compared_with_the_policy_s_bounds() -> None:
    scene = scenes.bare()
    scene.freeze(confidence=0.5)
    scene.version = versions.submit(by=scene.dora, version=scene.version)
    scene.audit_all()
    scene.consent(*(f"p{number}" for number in range(20)))
    scene.sign_both()
    decision = scene.ask()
    assert {(reason["code"], reason["control"]) for reason in decision.reasons} == {
        ("control_not_evaluable", "discrimination-minimum"),
        ("control_not_evaluable", "calibration-sane"),
    }
    assert "intervals of 0.5 confidence" in decision.reasons[0]["message"]
