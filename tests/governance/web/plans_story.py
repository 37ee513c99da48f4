"""A model with a roster, plans of every kind, a second version, goals and a checklist: what its pages are tested on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from audits.core.values import Kind
from audits.models.audit import Audit
from audits.models.job import JobState
from audits.services import plans as validation_plans
from governance.services import adoption, change, plans, training
from registry.core.card import DEFINING
from registry.models.site import Site
from registry.models.user import Role, User
from registry.models.version import ModelVersion
from registry.services import card, card_said, sites, versions
from tests.governance import scene as scenes
from tests.governance.core.change_story import MONITORING, RISK, change_plan
from tests.governance.scene import Scene, measured, sha, upload

VALIDATION = {"criteria": [{"id": "auroc", "kind": "validation", "measure": "auroc", "minimum": 0.7}]}


@dataclass
class Story:
    """cora: the compliance officer. second: a version that replaces the first, declared and audited."""

    scene: Scene
    cora: User
    north: Site
    second: ModelVersion

    @property
    def addresses(self) -> list[str]:
        base = f"/models/{self.scene.model.slug}"
        return [
            f"{base}/training/",
            f"{base}/training/{self.north.slug}/",
            f"{base}/plans/monitoring/",
            f"{base}/plans/monitoring/?number=2&against=1",
            f"{base}/plans/change/",
            f"{base}/plans/risk/",
            f"{base}/plans/change/freeze/",
            f"{base}/plans/monitoring/freeze/",
            f"{base}/adoption/?site={self.north.slug}",
            f"/versions/{self.second.pk}/change/",
            f"/versions/{self.scene.version.pk}/change/",
        ]


def told() -> Story:
    scene = scenes.bare()
    cora = scenes.account("cora_compliance", Role.COMPLIANCE)
    north = sites.create(by=cora, name="North Hospital", jurisdiction="EU")
    sites.add_model(by=cora, site=north, model=scene.model)
    _trained(scene, cora, north)
    _planned(scene)
    _adopted(scene, north)
    return Story(scene, cora, north, _second(scene))


def _trained(scene: Scene, cora: User, north: Site) -> None:
    soon = timezone.now().date() + timedelta(days=20)
    roster = "person,name,role\n17,Nora Nurse,Nurse\n18,Dirk Doctor,Physician\n19,=Ines Intern,Physician\n"
    records = (
        "person,course,course_version,completed_on,valid_until\n"
        f"17,privacy,3,2026-01-01,{soon}\n18,privacy,3,2026-01-01,2026-06-01\n17,ai_literacy,1,2026-01-01,\n"
        "18,ai_literacy,1,2026-01-01,\n19,ai_literacy,1,2026-01-01,\n"
    )
    training.import_roster(by=cora, site=north, model=scene.model, content=roster.encode())
    training.import_records(by=cora, site=north, content=records.encode())


def _planned(scene: Scene) -> None:
    for key in DEFINING:
        if key not in card_said.current(scene.model):
            card.state(model=scene.model, key=key, value="prediction" if key == "output_type" else "s", by=scene.dora)
    reviewed = {**MONITORING, "thresholds": "AUROC below 0.8.", "review": "Each January."}
    for kind, document in (
        ("monitoring", MONITORING),
        ("monitoring", reviewed),
        ("risk", RISK),
        ("change", change_plan()),
    ):
        plans.freeze(by=scene.dora, model=scene.model, kind=kind, document=document)


def _adopted(scene: Scene, north: Site) -> None:
    today = timezone.now().date()
    goal = adoption.state_goal(
        by=scene.dora,
        model=scene.model,
        text="Fewer deaths of sepsis on the wards.",
        criterion="Mortality a year before against a year after.",
        measure="auroc",
        target="a fifth fewer",
        due_on=today + timedelta(days=365),
    )
    adoption.review_goal(by=scene.dora, goal=goal, outcome="partly", note="A tenth fewer after half a year.")
    adoption.record_consultation(
        by=scene.dora,
        model=scene.model,
        site=north,
        who="Patients' council",
        role="Patients",
        held_on=today,
        summary="They ask to be told that a model reads their record.",
        changed="A leaflet was written.",
    )
    adoption.state_readiness(
        by=scene.dora, model=scene.model, site=north, item="owner_named", state="done", note="Dr Lang."
    )


def _second(scene: Scene) -> ModelVersion:
    scene.freeze()
    audited(scene.version, auroc=(0.83, 0.012))
    second = versions.create(
        by=scene.dora,
        model=scene.model,
        artifact_sha256=sha("another"),
        artifact_size=10,
        artifact_name="model.bin",
        training_dataset=scene.dataset,
        outcome="Sepsis within 24 h",
        features=[],
        operating_points=[],
    )
    upload(second, scene.dataset, scene.dora, subjects=5, name="newer.csv")
    validation_plans.freeze(by=scene.dora, version=second, document=VALIDATION)
    change.declare(
        by=scene.dora,
        version=second,
        previous=scene.version,
        modifications=["retrain"],
        description="Trained again on patients of 2026.",
        paired=True,
    )
    audited(second, auroc=(0.84, 0.01), auroc_vs_comparator=(0.01, 0.004))
    return second


def audited(version: ModelVersion, **values: tuple[float, float]) -> Audit:
    """A finished validation audit with these measures, each with half its interval."""
    plan, table = version.plans.first(), version.tables.first()
    assert plan
    assert table
    audit = Audit.objects.create(
        idempotency_key=sha(f"{version.pk} {Audit.objects.count()}"),
        kind=Kind.VALIDATION,
        version=version,
        plan=plan,
        table=table,
        code_version="1",
        state=JobState.SUCCEEDED,
        result_sha256=sha("result"),
        finished_at=timezone.now(),
        requested_by=version.submitted_by,
    )
    for name, (value, half) in values.items():
        measured(audit, name, value, value - half, value + half)
    return audit
