"""Freezing a validation plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from audits import signals
from audits.core import plan as plans
from audits.core.catalog import CATALOG
from audits.core.catalog_entry import Needs
from audits.core.plan_extras import point_document
from audits.core.values import PlanSpec
from audits.errors import BadPlan, PlanAfterResults
from audits.models.audit import Audit
from audits.models.plan import ValidationPlan
from registry.core.canonical import digest
from registry.core.operating_points import stated
from registry.models.table import PredictionTable, TablePurpose
from registry.models.user import User
from registry.models.version import ModelVersion
from registry.services.teams import check_member

# What a plan itself can lack for a measure to be made at all, as it reads after "which needs".
PLAN_FIELDS = {
    Needs.DECISION_RANGE: "the plan's decision_range",
    Needs.POPULATION: "the plan's population",
    Needs.SCAN: "a scan_depth above 0",
    Needs.TARGET: "an operating point that is declared as a rate to be reached",
}


@transaction.atomic
def freeze(*, by: User, version: ModelVersion, document: Mapping[str, object]) -> ValidationPlan:
    """Fix measures, bounds, operating points, subgroups and minimum n before anything runs.

    A plan can be replaced only until the first audit of the version is asked for; afterwards a changed plan belongs
    to a new version, judged on data that no audit of the same artefact has seen.
    Raises: NotAMember, BadPlan (with code and JSON pointer), PlanAfterResults.
    """
    check_member(by, version.model.team)
    spec = _parsed(document)
    _check_declared(spec, version)
    locked = ModelVersion.objects.select_for_update().get(pk=version.pk)
    _check_beforehand(locked)
    canonical = plans.document(spec)
    latest = locked.plans.first()
    plan = ValidationPlan.objects.create(
        version=locked,
        number=latest.number + 1 if latest else 1,
        document=canonical,
        digest=digest(canonical),
        frozen_by=by,
    )
    signals.plan_frozen.send(ValidationPlan, plan=plan, actor=by, at=timezone.now())
    return plan


def spec_of(plan: ValidationPlan) -> PlanSpec:
    """The frozen plan as the audits read it."""
    return plans.parse(plan.document)


def _parsed(document: Mapping[str, object]) -> PlanSpec:
    try:
        return plans.parse(document)
    except plans.PlanError as error:
        raise BadPlan(str(error), problem=error.code, pointer=error.path) from error


def _check_declared(spec: PlanSpec, version: ModelVersion) -> None:
    """The plan's operating points are the version's own, and its subgroups stand in every evaluation table."""
    declared = [stated(point) for point in version.operating_points]
    for point in plans.points_of(spec):
        if stated(point_document(point)) not in declared:
            raise BadPlan(
                f"The version does not declare the operating point {point.name!r} like this.",
                problem="foreign_operating_point",
                pointer="/operating_points",
            )
    _check_decidable(spec)
    for table in version.tables.filter(purpose=TablePurpose.EVALUATION):
        _check_has(table, spec.subgroups)


def _check_decidable(spec: PlanSpec) -> None:
    """No criterion names a measure that this very plan rules out: it would never be evaluable, on whatever table."""
    lacking = {
        Needs.DECISION_RANGE: spec.decision_range is None,
        Needs.POPULATION: spec.population is None,
        Needs.SCAN: spec.scan_depth == 0,
        Needs.TARGET: not spec.targets,
    }
    by_score = {point.name for point in spec.operating_points}
    for position, criterion in enumerate(spec.criteria):
        needs = CATALOG[criterion.measure].needs
        fixed = needs is Needs.TARGET and criterion.operating_point in by_score
        if needs is not None and (fixed or lacking.get(needs, False)):
            raise BadPlan(
                f"The criterion {criterion.id!r} is about {criterion.measure!r}, which needs {PLAN_FIELDS[needs]}.",
                problem="missing_declaration",
                pointer=f"/criteria/{position}/measure",
            )


def check_subgroups(plan: ValidationPlan, table: PredictionTable) -> None:
    """Raises BadPlan when the table lacks a subgroup column that the plan measures."""
    _check_has(table, spec_of(plan).subgroups)


def _check_has(table: PredictionTable, subgroups: Iterable[str]) -> None:
    missing = sorted(set(subgroups) - subgroups_of(table))
    if missing:
        raise BadPlan(
            f"The evaluation table {table.file_name} has no subgroup column {missing[0]!r}, which the plan measures.",
            problem="unknown_subgroup",
            pointer="/subgroups",
        )


def subgroups_of(table: PredictionTable) -> set[str]:
    """Names of the table's subgroup columns."""
    return {column["name"] for column in table.schema["columns"] if column["role"] == "subgroup"}


def _check_beforehand(version: ModelVersion) -> None:
    if Audit.objects.filter(version=version).exists():
        raise PlanAfterResults(
            "Audits of this version were already asked for under the present plan. Criteria cannot be changed once "
            "results may be known; submit a new version, with evaluation data that no audit has seen."
        )
    for table in version.tables.filter(purpose=TablePurpose.EVALUATION):
        check_unseen(version, table)


def check_unseen(version: ModelVersion, table: PredictionTable) -> None:
    """Raises PlanAfterResults when another version's audit has measured the same artefact on the same rows.

    Otherwise a new version number would be a way to write criteria for results that are known.
    """
    seen = Audit.objects.filter(
        version__artifact_sha256=version.artifact_sha256, table__parsed_sha256=table.parsed_sha256
    ).exclude(version=version)
    if seen.exists():
        raise PlanAfterResults(
            f"This artefact was already audited on the rows of {table.file_name}, as another version. "
            "Evaluate it on data that no audit has seen."
        )
