"""What is known about a version, all of it, at one moment? Reads the database once and judges nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from audits.models.plan import ValidationPlan
from audits.release import CODE_VERSION
from governance.core.consent_shown import shown
from governance.core.document import document, moment
from governance.errors import NoPack
from governance.reports import evidence as e
from governance.reports import gather_audits, gather_decision, gather_ledger
from governance.reports.veil import Veil
from governance.services import packs
from governance.services.coverage import coverages
from registry.core.canonical import canonical
from registry.models.dataset import Dataset
from registry.models.table import PredictionTable, TablePurpose
from registry.models.user import User
from registry.models.version import ModelVersion

SUPPRESSION = (
    "Counts of 1 to 10 patients in a subgroup, site or window of time, with or without the outcome, flagged or left "
    "alone, rightly or wrongly, are not shown, nor is any estimate that rests on them. Larger neighbours are withheld "
    "where a total would otherwise reveal them. Score and column histograms follow the same rule; tenths of the "
    "calibration curve are pooled until each holds at least 11 patients with and without the outcome. Counts of "
    "consents, of missing values, and of rows without a date, a site or the existing method's answer follow it too. "
    "How many rows a table has, and how many of them had a usable outcome and score, is shown in full. Digests of "
    "audit results cover the full results, which stay with the hospital."
)


@contextmanager
def snapshot() -> Iterator[None]:
    """One view of the database: nothing that is committed meanwhile can make the report contradict itself."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def gather(*, version: ModelVersion, environment: str, at: datetime) -> e.Evidence:
    """The whole evidence, suppressed. The same database state and time give the same value."""
    with snapshot():
        tables = list(version.tables.select_related("dataset", "uploaded_by").order_by("created_at", "id"))
        plans = list(version.plans.select_related("frozen_by").order_by("-number"))
        veils = gather_audits.veils(version, plans)
        audits = gather_audits.audits(version, tables, veils)
        decision = gather_decision.decision(version, environment, at, veils)
        return e.Evidence(
            format=e.FORMAT,
            exported_at=moment(at),
            environment=environment,
            product=e.Product(settings.PRODUCT_ID, CODE_VERSION),
            model=_model(version),
            version=_version(version),
            datasets=_datasets(version, tables),
            tables=tuple(_table(table, veils.get(table.pk)) for table in tables),
            plan=_plan(plans[0]) if plans else None,
            earlier_plans=tuple(_plan(plan) for plan in plans[1:]),
            audits=audits,
            decision=decision,
            approvals=gather_decision.approvals(version),
            waivers=gather_decision.waivers(version),
            consent=_consent(tables, at),
            ledger=gather_ledger.ledger_of(version),
            suppression=SUPPRESSION,
        )


def as_bytes(found: e.Evidence) -> bytes:
    """evidence.json: RFC 8785 canonical JSON."""
    return canonical(document(found))


def person(user: User) -> e.Person:
    return e.Person(user.full_name, user.username)


def _model(version: ModelVersion) -> e.Model:
    model = version.model
    return e.Model(
        id=str(model.pk),
        name=model.name,
        team=model.team.name,
        purpose=model.purpose,
        population=model.population,
        intended_users=model.intended_users,
        setting=model.setting,
        decision_role=model.get_decision_role_display(),
        risk_class=model.get_risk_class_display(),
        jurisdictions=tuple(model.jurisdictions),
    )


def _version(version: ModelVersion) -> e.Version:
    return e.Version(
        id=str(version.pk),
        number=version.number,
        state=version.get_state_display(),
        artifact_name=version.artifact_name,
        artifact_sha256=version.artifact_sha256,
        artifact_size=version.artifact_size,
        outcome=version.outcome,
        features=tuple(version.features),
        operating_points=tuple(version.operating_points),
        notes=version.notes,
        submitted_by=person(version.submitted_by),
        submitted_at=moment(version.submitted_at) if version.submitted_at else None,
    )


def _datasets(version: ModelVersion, tables: list[PredictionTable]) -> tuple[e.Dataset, ...]:
    uses: dict[Any, tuple[Dataset, list[str]]] = {version.training_dataset_id: (version.training_dataset, ["training"])}
    for table in tables:
        uses.setdefault(table.dataset_id, (table.dataset, []))[1].append(str(table.purpose))
    return tuple(_dataset(dataset, ", ".join(dict.fromkeys(use))) for dataset, use in uses.values())


def _dataset(dataset: Dataset, use: str) -> e.Dataset:
    return e.Dataset(
        id=str(dataset.pk),
        name=dataset.name,
        use=use,
        description=dataset.description,
        origin=dataset.origin,
        collected_from=_day(dataset.collected_from),
        collected_to=_day(dataset.collected_to),
        legal_basis=dataset.get_legal_basis_display(),
        legal_basis_note=dataset.legal_basis_note,
    )


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _table(table: PredictionTable, veil: Veil | None) -> e.Table:
    return e.Table(
        id=str(table.pk),
        dataset=table.dataset.name,
        purpose=str(table.purpose),
        file_name=table.file_name,
        file_sha256=table.file_sha256,
        parsed_sha256=table.parsed_sha256,
        rows=table.rows,
        subjects=table.subjects,
        columns=tuple(_column(column) for column in table.schema.get("columns", ())),
        uploaded_by=person(table.uploaded_by),
        uploaded_at=moment(table.created_at),
        hidden_slices=veil.slices() if veil else (),
    )


def _column(column: Mapping[str, Any]) -> dict[str, Any]:
    return {name: column.get(name) for name in ("name", "role", "type")}


def _plan(plan: ValidationPlan) -> e.Plan:
    return e.Plan(plan.number, plan.digest, person(plan.frozen_by), moment(plan.created_at), plan.document)


def _consent(tables: list[PredictionTable], at: datetime) -> tuple[e.Json, ...]:
    """Coverage of each evaluation table for each purpose that the policy pack in force asks about."""
    evaluated = [table for table in tables if table.purpose == TablePurpose.EVALUATION]
    try:
        purposes = packs.asked().purposes
    except NoPack:
        return ()
    return tuple(
        document(shown(found)) for purpose in purposes for found in coverages(tables=evaluated, purpose=purpose, at=at)
    )
