"""Does an audit show the effect of a risk control only for the artefact that it judged, and only when it went well?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from audits.core.values import Kind, Verdict
from audits.models.audit import Audit
from audits.models.check import CheckRow
from governance.core.facts import Risk
from governance.services import risk_standing, risks, waivers
from governance.services.risks import ControlGiven
from registry.models.version import ModelVersion
from registry.services import versions
from tests.conftest import PASSWORD
from tests.governance import scene as scenes
from tests.governance.core.test_risk import JUDGED
from tests.governance.scene import Scene, sha

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(db: None) -> Scene:
    return scenes.ready()


def shown_by(scene: Scene, audit: Audit) -> None:
    """The register's one risk, with a control whose effect this audit is said to show."""
    entry = risks.add(model=scene.model, by=scene.dora, said=JUDGED)
    today = timezone.now().date()
    given = ControlGiven("protective", "A limit.", today, today, audit)
    risks.add_control(entry=entry, by=scene.dora, given=given)


def next_version(scene: Scene, artefact: str) -> ModelVersion:
    version = versions.create(
        by=scene.dora,
        model=scene.model,
        artifact_sha256=sha(artefact),
        artifact_size=10,
        artifact_name="model.bin",
        training_dataset=scene.dataset,
        outcome="Sepsis within 24 h",
        features=[],
        operating_points=[],
    )
    scenes.upload(version, scene.dataset, scene.dora, subjects=2, name=f"{artefact}.csv")
    return versions.submit(by=scene.dora, version=version)


def found(scene: Scene, version: ModelVersion | None = None) -> Risk:
    (risk,) = risk_standing.facts_of(scene.model, version)
    return risk


def waive(scene: Scene, check: CheckRow) -> None:
    waivers.waive(
        check=check,
        by=scene.abe,
        reason="It does not matter here.",
        compensating_measure="Every case is looked at by a physician.",
        expires_at=timezone.now() + timedelta(days=20),
        password=PASSWORD,
    )


def test_an_audit_of_the_version_whose_criteria_are_met_is_a_proof_and_is_named(scene: Scene) -> None:
    shown_by(scene, scene.audits[Kind.DRIFT])
    assert (found(scene).proven, found(scene).proof) == (True, "drift audit of version 1")
    assert found(scene).title == JUDGED.title
    assert found(scene, scene.version) == found(scene)


def test_an_audit_of_another_artefact_proves_nothing_for_a_later_version(scene: Scene) -> None:
    shown_by(scene, scene.audits[Kind.DRIFT])
    later = next_version(scene, "another artefact")
    assert not found(scene, later).proven
    assert found(scene, later).proof == "the drift audit of version 1 is of another artefact"
    assert not found(scene).proven, "where no version is named, the newest that was submitted speaks"
    assert found(scene, scene.version).proven


def test_an_audit_of_the_very_same_artefact_proves_it_for_a_later_version(scene: Scene) -> None:
    shown_by(scene, scene.audits[Kind.DRIFT])
    assert found(scene, next_version(scene, "artefact")).proven


def test_an_audit_whose_criterion_is_not_met_proves_nothing_until_it_is_waived(scene: Scene) -> None:
    check = scene.audit(Kind.BIAS, verdict=Verdict.NOT_MET)
    shown_by(scene, scene.audits[Kind.BIAS])
    assert not found(scene).proven
    assert found(scene).proof == "the bias audit of version 1 has a criterion that is neither met nor waived"
    waive(scene, check)
    assert found(scene).proven
    ends_at = found(scene).proof_ends_at
    assert ends_at
    (later,) = risk_standing.facts_of(scene.model, scene.version, now=ends_at)
    assert not later.proven


def test_an_audit_that_checked_nothing_proves_nothing(scene: Scene) -> None:
    assert scene.plan
    bare = Audit.objects.create(
        idempotency_key=sha("bare"),
        kind=Kind.DRIFT,
        version=scene.version,
        plan=scene.plan,
        table=scene.table,
        code_version="1",
        state="succeeded",
        result_sha256=sha("bare"),
        finished_at=timezone.now(),
        requested_by=scene.dora,
    )
    shown_by(scene, bare)
    assert found(scene).proof == "the drift audit of version 1 checked no criterion"


def test_an_audit_under_an_earlier_plan_proves_nothing(scene: Scene) -> None:
    shown_by(scene, scene.audits[Kind.DRIFT])
    scene.replan(seed=3)
    assert found(scene).proof == "the drift audit of version 1 was made under an earlier plan"
