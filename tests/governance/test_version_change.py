"""Is a change declared before results are known, judged on what was measured, and explained?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from audits.core.values import Kind
from audits.models.audit import Audit
from audits.models.job import JobState
from audits.services import plans as validation_plans
from governance.core.change import Judged
from governance.core.facts import Facts
from governance.core.policy import ChangeRule, Control, Pack, Severity
from governance.errors import ChangeAfterResults, ChangeRefused
from governance.models.assessment import AssessmentTouch
from governance.models.ledger import LedgerEntry
from governance.models.plan import VersionChange
from governance.services import change, evaluated, evidence, plans
from registry.core.card import DEFINING
from registry.core.lifecycle import State
from registry.models.dataset import Dataset
from registry.models.table import PredictionTable
from registry.models.user import User
from registry.models.version import ModelVersion
from registry.services import card, card_said, datasets, versions
from registry.services.access import ScopeNotHeld
from tests.governance import scene as scenes
from tests.governance.core.change_story import change_plan
from tests.governance.scene import Scene, measured, sha, upload

pytestmark = pytest.mark.django_db
Api = Callable[[User], APIClient]
VALIDATION = {"criteria": [{"id": "auroc", "kind": "validation", "measure": "auroc", "minimum": 0.7}]}


@pytest.fixture
def scene() -> Scene:
    """A first version that was audited, with a complete card and a change plan."""
    made = scenes.bare()
    card.state(model=made.model, key="output_type", value="prediction", by=made.dora)
    for key in DEFINING:
        if key not in card_said.current(made.model):
            card.state(model=made.model, key=key, value="As before.", by=made.dora)
    plans.freeze(by=made.dora, model=made.model, kind="change", document=change_plan())
    made.freeze()
    audited(made.version, auroc=(0.83, 0.01))
    return made


@pytest.fixture
def newer(scene: Scene) -> Dataset:
    return datasets.register(
        by=scene.dora, team=scene.team, name="Ward 3, 2026", description="d", origin="o", legal_basis="consent"
    )


@pytest.fixture
def second(scene: Scene, newer: Dataset) -> ModelVersion:
    """A second version, evaluated on newer patients; no audit was asked for yet."""
    version = versions.create(
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
    upload(version, newer, scene.dora, subjects=5, name="newer.csv")
    validation_plans.freeze(by=scene.dora, version=version, document=VALIDATION)
    return version


def another(scene: Scene) -> ModelVersion:
    """One more draft version, with nothing."""
    return versions.create(
        by=scene.dora,
        model=scene.model,
        artifact_sha256=sha("third"),
        artifact_size=10,
        artifact_name="model.bin",
        training_dataset=scene.dataset,
        outcome="Sepsis within 24 h",
        features=[],
        operating_points=[],
    )


def audited(version: ModelVersion, dataset: Dataset | None = None, **values: tuple[float, float]) -> Audit:
    """A finished validation audit of the version's newest table (on this dataset) with these measures."""
    tables = version.tables.filter(dataset=dataset) if dataset else version.tables.all()
    plan, table = version.plans.first(), tables.first()
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
        finished_at=version.created_at,
        requested_by=version.submitted_by,
    )
    for name, (value, half) in values.items():
        measured(audit, name, value, value - half, value + half)
    return audit


def declare(scene: Scene, version: ModelVersion, **changes: Any) -> VersionChange:
    values: dict[str, Any] = {
        "by": scene.dora,
        "previous": scene.version,
        "modifications": ["retrain"],
        "description": "Trained again on patients of 2026.",
    }
    return change.declare(version=version, **{**values, **changes})


def why(version: ModelVersion, judged: Judged) -> str:
    return " ".join(each.text for each in change.judgement(version).reasons if each.judged is judged)


def test_a_declaration_is_kept_with_the_plan_in_force_and_a_later_one_speaks(
    scene: Scene, second: ModelVersion
) -> None:
    first = declare(scene, second)
    assert first.plan == plans.in_force(scene.model, "change")
    declare(scene, second, modifications=[], description="Something else altogether.")
    said = change.declared_of(second)
    assert said
    assert (said.number, said.modifications) == (2, [])
    assert LedgerEntry.objects.filter(kind="change.declared", subject_version_id=second.pk).count() == 2


def test_nothing_can_be_declared_once_an_audit_was_asked_for(scene: Scene, second: ModelVersion) -> None:
    audited(second)
    with pytest.raises(ChangeAfterResults):
        declare(scene, second)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"modifications": ["rewrite"]}, "modifications"), ({"description": " short "}, "description")],
)
def test_a_declaration_that_cannot_stand_names_the_field(
    changes: dict[str, Any], field: str, scene: Scene, second: ModelVersion
) -> None:
    with pytest.raises(ChangeRefused) as caught:
        declare(scene, second, **changes)
    assert caught.value.facts["field"] == field


def test_a_version_replaces_an_earlier_one_of_the_same_model(scene: Scene, second: ModelVersion) -> None:
    for version, previous in ((second, second), (scene.version, second)):
        with pytest.raises(ChangeRefused) as caught:
            declare(scene, version, previous=previous)
        assert caught.value.facts["field"] == "previous"


def test_a_reviewer_declares_nothing(scene: Scene, second: ModelVersion) -> None:
    with pytest.raises(ScopeNotHeld):
        declare(scene, second, by=scene.rita)


def test_before_anything_is_known_the_judgement_is_open(scene: Scene, second: ModelVersion) -> None:
    assert change.judgement(second).judged is Judged.CANNOT_TELL
    assert "Nobody has declared" in why(second, Judged.CANNOT_TELL)
    declare(scene, second)
    assert change.judgement(second).judged is Judged.CANNOT_TELL
    assert "no finished audit has measured" in why(second, Judged.CANNOT_TELL)


def test_a_bound_against_the_earlier_version_asks_for_its_predictions_on_the_new_data(
    scene: Scene, second: ModelVersion
) -> None:
    declare(scene, second)
    audited(second, auroc=(0.84, 0.01))
    assert change.judgement(second).judged is Judged.CANNOT_TELL
    assert "upload predictions of version 1 on dataset “Ward 3, 2026”" in why(second, Judged.CANNOT_TELL)
    (found,) = change.attributions(second)
    assert "upload predictions of version 1" in found.why_not


def test_with_both_versions_on_the_new_data_the_change_is_judged_and_explained(
    scene: Scene, second: ModelVersion, newer: Dataset
) -> None:
    declare(scene, second)
    audited(second, auroc=(0.84, 0.01))
    upload(scene.version, newer, scene.dora, subjects=5, name="old-on-new.csv")
    audited(scene.version, newer, auroc=(0.81, 0.01))
    assert change.judgement(second).judged is Judged.IN_PLAN
    (found,) = change.attributions(second)
    assert found.adds_up
    assert found.update
    assert found.data
    assert found.update.estimate.value == pytest.approx(0.03)
    assert found.data.estimate.value == pytest.approx(-0.02)


def test_the_score_beside_the_new_one_serves_instead_where_it_was_declared(scene: Scene, second: ModelVersion) -> None:
    declare(scene, second, paired=True)
    audited(second, auroc=(0.84, 0.01), comparator_auroc=(0.81, 0.01), auroc_vs_comparator=(0.03, 0.002))
    assert change.judgement(second).judged is Judged.IN_PLAN
    (found,) = change.attributions(second)
    assert found.adds_up
    assert found.update
    assert found.update.estimate.low == pytest.approx(0.028)


def test_a_card_that_changed_after_the_plan_puts_the_version_outside(scene: Scene, second: ModelVersion) -> None:
    declare(scene, second, paired=True)
    audited(second, auroc=(0.84, 0.01), auroc_vs_comparator=(0.03, 0.002))
    card.state(model=scene.model, key="purpose", value="To warn of everything.", by=scene.dora)
    assert change.judgement(second).judged is Judged.OUT_OF_PLAN
    assert "“purpose”" in why(second, Judged.OUT_OF_PLAN)


def test_a_change_that_is_none_of_the_plan_is_outside_it(scene: Scene, second: ModelVersion) -> None:
    declare(scene, second, modifications=[])
    assert change.judgement(second).judged is Judged.OUT_OF_PLAN


def test_a_plan_that_is_replaced_later_does_not_change_what_a_declaration_rests_on(
    scene: Scene, second: ModelVersion
) -> None:
    declare(scene, second)
    plans.freeze(by=scene.dora, model=scene.model, kind="change", document=change_plan(corrections="At once."))
    said = change.declared_of(second)
    assert said
    assert said.plan
    assert said.plan.number == 1


def test_an_audit_under_an_earlier_validation_plan_is_not_looked_at(scene: Scene) -> None:
    scene.replan()
    (found,) = evaluated.evaluations(scene.version)
    assert (found.audited, found.measurements) == (False, ())


def test_a_table_without_an_audit_leaves_the_judgement_open(scene: Scene, second: ModelVersion, newer: Dataset) -> None:
    declare(scene, second, paired=True)
    audited(second, auroc=(0.84, 0.01), comparator_auroc=(0.81, 0.01), auroc_vs_comparator=(0.03, 0.002))
    assert change.judgement(second).judged is Judged.IN_PLAN
    upload(second, newer, scene.dora, subjects=5, name="unaudited.csv")
    assert change.judgement(second).judged is Judged.CANNOT_TELL
    assert "unaudited.csv: AUROC: no finished audit has measured" in why(second, Judged.CANNOT_TELL)


def test_a_change_plan_that_was_frozen_after_the_version_was_registered_does_not_foresee_it(
    scene: Scene, second: ModelVersion
) -> None:
    plans.freeze(by=scene.dora, model=scene.model, kind="change", document=change_plan(corrections="At once."))
    declare(scene, second)
    assert change.judgement(second).judged is Judged.OUT_OF_PLAN
    assert "plan 2 was frozen only after the changed version was registered" in why(second, Judged.OUT_OF_PLAN)


def test_a_version_is_compared_with_the_last_one_that_was_approved(scene: Scene, second: ModelVersion) -> None:
    third = another(scene)
    for state, replaced, refused in (
        (State.DRAFT, second, scene.version),  # nothing was approved: the newest before
        (State.APPROVED, scene.version, second),
        (State.SUSPENDED, scene.version, second),
        (State.RETIRED, second, scene.version),  # retired without ever being approved
    ):
        ModelVersion.objects.filter(pk=scene.version.pk).update(state=state, submitted_at=timezone.now())
        assert change.predecessor(third) == replaced
        with pytest.raises(ChangeRefused, match=f"compared with version {replaced.number}") as caught:
            declare(scene, third, previous=refused)
        assert (caught.value.facts["field"], caught.value.facts["previous"]) == ("previous", replaced.number)


def test_a_returned_version_is_replaced_only_where_none_was_approved_and_that_is_said(
    scene: Scene, second: ModelVersion
) -> None:
    third = another(scene)
    ModelVersion.objects.filter(pk=second.pk).update(state=State.RETURNED, submitted_at=timezone.now())
    declare(scene, third, previous=second)
    assert "No earlier version was approved, so it is compared with the newest before: version 2" in why(
        third, Judged.IN_PLAN
    )


def test_tables_are_about_the_same_patients_only_with_the_same_pseudonyms_and_rows(
    scene: Scene, second: ModelVersion, newer: Dataset
) -> None:
    upload(scene.version, newer, scene.dora, subjects=5, name="same.csv")
    upload(scene.version, newer, scene.dora, subjects=4, name="fewer.csv")
    more_rows = upload(scene.version, newer, scene.dora, subjects=5, name="longer.csv")
    unnamed = upload(scene.version, newer, scene.dora, subjects=0, name="unnamed.csv")
    PredictionTable.objects.filter(pk=more_rows.pk).update(rows=700)
    PredictionTable.objects.filter(pk=unnamed.pk).update(subjects=None)
    (new,) = evaluated.evaluations(second)
    found = {each.table: new.same_patients(each) for each in evaluated.evaluations(scene.version)}
    assert found == {
        "test.csv": False,
        "same.csv": True,
        "fewer.csv": False,
        "longer.csv": False,
        "unnamed.csv": None,
    }


def test_two_years_of_one_dataset_do_not_make_the_data_effect_nothing(scene: Scene, second: ModelVersion) -> None:
    upload(second, scene.dataset, scene.dora, subjects=7, name="year-2026.csv")
    declare(scene, second)
    audited(second, scene.dataset, auroc=(0.84, 0.01))
    found = [each for each in change.attributions(second) if each.new_data == scene.dataset.name]
    assert [each.data for each in found] == [None]
    assert "upload predictions of version 1" in found[0].why_not


def test_a_declaration_has_assessments_looked_at_again(scene: Scene, second: ModelVersion) -> None:
    AssessmentTouch.objects.all().delete()
    declare(scene, second)
    (touched,) = AssessmentTouch.objects.all()
    assert (touched.sections, touched.version_id) == (["change"], second.pk)


def test_the_api_declares_judges_and_refuses(scene: Scene, second: ModelVersion, api: Api) -> None:
    client, url = api(scene.dora), f"/api/v1/versions/{second.pk}/change"
    given = {"previous": 1, "modifications": ["retrain"], "description": "Trained again on 2026."}
    assert client.get(url).json()["declared"] is None
    made = client.post(url, given, format="json")
    assert (made.status_code, made.json()["previous"]) == (201, 1)
    audited(second, auroc=(0.7, 0.01))
    told = client.get(url).json()
    assert told["judged"] == "out_of_plan"
    assert told["reasons"][0] == {"judged": "in_plan", "text": told["reasons"][0]["text"]}
    assert told["attributions"][0]["adds_up"] is False
    late = client.post(url, given, format="json")
    assert (late.status_code, late.json()["code"]) == (409, "change_after_results")
    assert client.post(url, {**given, "previous": 9}, format="json").status_code == 404
    assert api(scene.rita).post(url, given, format="json").status_code == 403


def asked(version: ModelVersion) -> Facts:
    rule = Control("c", "R.", Severity.BLOCKING, ChangeRule())
    packs = [Pack("p", "1", "P", (rule,))]
    subject = ModelVersion.objects.select_related("model", "training_dataset").get(pk=version.pk)
    return evidence.gather(version=subject, environment="production", packs=packs, now=timezone.now())


def test_a_policy_is_told_how_the_change_is_judged_and_why(scene: Scene, second: ModelVersion) -> None:
    assert asked(scene.version).change == ""
    known = asked(second)
    assert (known.change, known.change_reasons) == (
        "cannot_tell",
        ("Nobody has declared what this version changes.",),
    )
    declare(scene, second, modifications=[], description="Something else altogether.")
    known = asked(second)
    assert known.change == "out_of_plan"
    assert known.change_reasons == tuple(
        each.text for each in change.judgement(second).reasons if each.judged is Judged.OUT_OF_PLAN
    )
