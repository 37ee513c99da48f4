"""Nothing counts unless it was decided beforehand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError

from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Needs
from audits.core.values import Kind
from audits.errors import BadPlan, NoPlan, PlanAfterResults, WrongTable
from audits.models.audit import Audit
from audits.models.plan import ValidationPlan
from audits.services import plans, requests
from registry.core.lifecycle import State
from registry.errors import IllegalMove
from registry.models.table import PredictionTable
from registry.models.user import User
from registry.models.version import ModelVersion
from registry.services import versions
from registry.services.teams import NotAMember
from tests.audits.story import COLUMNS, PLAN, POINTS, csv_table, small_version, upload

pytestmark = pytest.mark.django_db


def test_a_plan_may_be_replaced_until_the_first_audit_is_asked_for() -> None:
    small = small_version()
    second = plans.freeze(by=small.developer, version=small.version, document={**PLAN, "replicates": 300})
    assert second.number == 2
    assert small.audit("validation").plan == second


def test_criteria_cannot_follow_the_results() -> None:
    small = small_version()
    small.audit("validation")
    with pytest.raises(PlanAfterResults):
        plans.freeze(by=small.developer, version=small.version, document={**PLAN, "criteria": []})


def test_new_data_do_not_reopen_the_plan_of_a_version_that_was_audited() -> None:
    small = small_version()
    small.audit("validation")
    upload(
        developer=small.developer,
        version=small.version,
        dataset=small.version.training_dataset.slug,
        purpose="evaluation",
        content=csv_table(100, 9),
    )
    with pytest.raises(PlanAfterResults):
        plans.freeze(by=small.developer, version=small.version, document={**PLAN, "replicates": 300})


def test_a_new_version_number_is_no_detour_to_new_criteria_for_known_results() -> None:
    small = small_version()
    small.audit("validation")
    again = versions.create(
        by=small.developer,
        model=small.version.model,
        artifact_sha256=small.version.artifact_sha256,
        artifact_size=1,
        artifact_name="m",
        training_dataset=small.version.training_dataset,
        outcome="death",
        features=[],
        operating_points=POINTS,
    )
    sent: dict[str, Any] = {
        "developer": small.developer,
        "version": again,
        "dataset": small.version.training_dataset.slug,
        "purpose": "evaluation",
    }
    plans.freeze(by=small.developer, version=again, document=PLAN)
    seen = upload(**sent, content=csv_table(400, 1))
    with pytest.raises(PlanAfterResults):
        plans.freeze(by=small.developer, version=again, document=PLAN)
    with pytest.raises(PlanAfterResults):
        requests.request_audits(by=small.developer, version=again, table=seen, reference=None, kinds=[Kind.VALIDATION])


def test_a_frozen_plan_cannot_be_changed_even_in_the_database() -> None:
    plan = small_version().version.plans.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        ValidationPlan.objects.filter(pk=plan.pk).update(document={})


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"unknown": 1}, "/unknown"),
        ({"operating_points": [{"name": "alert", "score": 0.4}], "criteria": []}, "/operating_points"),
        ({"subgroups": ["religion"], "intersections": [], "criteria": []}, "/subgroups"),
        ({"criteria": [{"id": "a", "kind": "validation", "measure": "auc", "minimum": 0.5}]}, "/criteria/0/measure"),
        ({"criteria": [{"id": "a", "kind": "validation", "measure": "auroc"}]}, "/criteria/0"),
    ],
)
def test_a_faulty_plan_is_refused_at_the_place_of_the_fault(change: dict[str, object], pointer: str) -> None:
    small = small_version(plan=False)
    with pytest.raises(BadPlan) as refusal:
        plans.freeze(by=small.developer, version=small.version, document={**PLAN, **change})
    assert str(refusal.value.facts["pointer"]).startswith(pointer)
    assert not small.version.plans.exists()


def test_operating_points_declared_by_a_rate_are_the_versions_own_too() -> None:
    small = small_version(plan=False)
    rate: dict[str, object] = {"name": "rule out", "sensitivity": 0.95}
    ModelVersion.objects.filter(pk=small.version.pk).update(operating_points=[*POINTS, rate])
    small.version.refresh_from_db()
    for foreign in ({"name": "rule out", "sensitivity": 0.9}, {"name": "rule out", "specificity": 0.95}):
        with pytest.raises(BadPlan) as refusal:
            plans.freeze(
                by=small.developer, version=small.version, document={**PLAN, "operating_points": [*POINTS, foreign]}
            )
        assert refusal.value.facts["problem"] == "foreign_operating_point"
    plan = plans.freeze(
        by=small.developer, version=small.version, document={**PLAN, "operating_points": [*POINTS, rate]}
    )
    assert rate in plan.document["operating_points"]


def test_a_criterion_that_the_plan_itself_rules_out_is_refused_when_the_plan_is_frozen() -> None:
    small = small_version(plan=False)
    asked = {"id": "t", "kind": "validation", "measure": "resolved_score", "minimum": 0.1, "operating_point": "alert"}
    (measure,) = [key for key, entry in CATALOG.items() if entry.needs is Needs.TARGET][:1]
    with pytest.raises(BadPlan) as refusal:
        plans.freeze(
            by=small.developer, version=small.version, document={**PLAN, "criteria": [{**asked, "measure": measure}]}
        )
    assert refusal.value.facts == {"problem": "missing_declaration", "pointer": "/criteria/0/measure"}


def test_an_audit_needs_a_plan_and_the_right_tables() -> None:
    small = small_version(plan=False)
    with pytest.raises(NoPlan):
        small.audit("validation")
    plans.freeze(by=small.developer, version=small.version, document=PLAN)
    other = small_version()
    cases: list[tuple[PredictionTable, PredictionTable | None]] = [
        (other.evaluation, small.reference),
        (small.reference, small.reference),
        (small.evaluation, small.evaluation),
        (small.evaluation, None),
    ]
    for table, reference in cases:
        with pytest.raises(WrongTable):
            requests.request_audits(
                by=small.developer, version=small.version, table=table, reference=reference, kinds=[Kind.DRIFT]
            )
    assert Audit.objects.count() == 0


def test_the_same_inputs_are_the_same_audit() -> None:
    small = small_version()
    assert small.audit("validation") == small.audit("validation")
    assert Audit.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Audit.objects.create(
            idempotency_key=Audit.objects.get().idempotency_key,
            kind="validation",
            version=small.version,
            plan=small.version.plans.get(),
            table=small.evaluation,
            code_version="1",
            requested_by=small.developer,
        )


def test_a_team_audits_its_own_versions_and_a_reviewer_any(person: Callable[..., User]) -> None:
    small, stranger = small_version(), small_version().developer
    asked: dict[str, Any] = {
        "version": small.version,
        "table": small.evaluation,
        "reference": small.reference,
        "kinds": [Kind.QUALITY],
    }
    with pytest.raises(NotAMember):
        requests.request_audits(by=stranger, **asked)
    (audit,) = requests.request_audits(by=person("rita", "reviewer"), **asked)
    with pytest.raises(NotAMember):
        requests.requeue(by=stranger, audit=audit)


def test_a_table_without_the_plans_subgroups_is_not_audited() -> None:
    small = small_version()
    lacking = upload(
        developer=small.developer,
        version=small.version,
        dataset=small.version.training_dataset.slug,
        purpose="evaluation",
        content=b"patient,died,risk,age\na,1,0.5,40\nb,0,0.2,50\n",
        schema={"columns": [column for column in COLUMNS if column["name"] not in {"sex", "ward"}]},
    )
    with pytest.raises(BadPlan, match="no subgroup column 'sex'"):
        requests.request_audits(
            by=small.developer, version=small.version, table=lacking, reference=None, kinds=[Kind.VALIDATION]
        )


def test_strangers_freeze_no_plans_and_retired_versions_are_not_audited() -> None:
    small, stranger = small_version(), small_version().developer
    with pytest.raises(NotAMember):
        plans.freeze(by=stranger, version=small.version, document=PLAN)
    versions.move(version=small.version, to=State.RETIRED, by=small.developer, reason="replaced")
    with pytest.raises(IllegalMove):
        small.audit("validation")
