"""A version with everything that the baseline pack asks for, made through the services wherever that is quick."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from audits import signals as audit_signals
from audits.core.values import Kind, Verdict
from audits.models.audit import Audit
from audits.models.check import CheckRow
from audits.models.job import JobState
from audits.models.measurement import MeasurementRow
from audits.models.plan import ValidationPlan
from audits.services import plans
from governance.models.approval import Approval
from governance.models.consent import ConsentImport, ConsentRecord
from governance.models.decision import GateDecision
from governance.services import approvals, consents, gate, packs
from registry import signals
from registry.models.dataset import Dataset, LegalBasis
from registry.models.model import Model
from registry.models.table import PredictionTable, TableSubject
from registry.models.team import Team
from registry.models.user import Role, RoleGrant, User
from registry.models.version import ModelVersion
from registry.services import datasets, models, teams, versions
from tests.conftest import PASSWORD

PURPOSE = "model-validation"
REASON = "The evidence is complete and sound."
SCHEMA = {
    "columns": [
        {"name": "outcome", "role": "outcome", "type": "number"},
        {"name": "score", "role": "score", "type": "number"},
        {"name": "sex", "role": "subgroup", "type": "text"},
        {"name": "age", "role": "feature", "type": "number"},
        {"name": "patient", "role": "subject", "type": "text"},
    ]
}
PLAN: dict[str, Any] = {
    "subgroups": ["sex"],
    "criteria": [
        {"id": "auroc", "kind": "validation", "measure": "auroc", "minimum": 0.7},
        {"id": "gap", "kind": "bias", "measure": "auroc_difference", "maximum": 0.1, "across": "each"},
        {"id": "shift", "kind": "drift", "measure": "psi", "maximum": 0.2, "column": "each"},
        {"id": "holes", "kind": "quality", "measure": "missing_share", "maximum": 0.1, "column": "each"},
    ],
}
_SERIAL = iter(range(10**6))


def account(username: str, *roles: Role) -> User:
    user: User = User.objects.create_user(
        username, f"{username}@example.org", PASSWORD, full_name=username.replace("_", " ").title()
    )
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role) for role in roles)
    return user


@dataclass
class Scene:
    """Names as in a story: Dora develops, Rita reviews, Abe approves, Stella keeps the consents."""

    dora: User
    rita: User
    abe: User
    stella: User
    team: Team
    dataset: Dataset
    model: Model
    version: ModelVersion
    table: PredictionTable
    plan: ValidationPlan | None = None
    audits: dict[Kind, Audit] = field(default_factory=dict)

    def freeze(self, **changes: Any) -> ValidationPlan:
        self.plan = plans.freeze(by=self.dora, version=self.version, document={**PLAN, **changes})
        return self.plan

    def audit(
        self,
        kind: Kind,
        *,
        verdict: Verdict = Verdict.MET,
        table: PredictionTable | None = None,
        reference: PredictionTable | None = None,
        result: str = "",
    ) -> CheckRow:
        """A finished audit with one check; for validation also with the measures that the pack looks at.

        result: what sets it apart from another result with the same verdict.
        """
        assert self.plan is not None
        name = {"validation": "auroc", "bias": "gap", "drift": "shift", "quality": "holes"}[kind]
        audit = Audit.objects.create(
            idempotency_key=sha(f"audit {next(_SERIAL)}"),
            kind=kind,
            version=self.version,
            plan=self.plan,
            table=table or self.table,
            reference=reference,
            code_version="1",
            state=JobState.SUCCEEDED,
            result_sha256=sha(f"{kind} {verdict} {result}"),
            finished_at=timezone.now(),
            requested_by=self.dora,
        )
        if kind is Kind.VALIDATION:
            measured(audit, "auroc", 0.80, 0.75, 0.85)
            measured(audit, "oe_ratio", 1.0, 0.9, 1.1)
        row = CheckRow.objects.create(
            audit=audit, criterion_id=name, criterion={"id": name}, key=name, verdict=verdict, reason="As measured."
        )
        audit_signals.audit_finished.send(Audit, audit=audit, actor=None, at=timezone.now())
        self.audits[kind] = audit
        return row

    def replan(self, **changes: Any) -> ValidationPlan:
        """Another plan after audits, such as older releases accepted; no service makes one now."""
        assert self.plan is not None
        self.plan = ValidationPlan.objects.create(
            version=self.version,
            number=self.plan.number + 1,
            document={**self.plan.document, **changes},
            digest=sha(f"plan {next(_SERIAL)}"),
            frozen_by=self.dora,
        )
        audit_signals.plan_frozen.send(ValidationPlan, plan=self.plan, actor=self.dora, at=timezone.now())
        return self.plan

    def audit_all(self) -> None:
        for kind in Kind:
            self.audit(kind)

    def consent(self, *pseudonyms: str, status: str = "active", valid_to: Any = None) -> None:
        """Words put on record without an import: the gate is not woken."""
        batch = ConsentImport.objects.create(
            source="test", file_sha256=sha("x"), records=len(pseudonyms), imported_by=self.stella
        )
        now = timezone.now()
        ConsentRecord.objects.bulk_create(
            ConsentRecord(
                batch=batch,
                pseudonym=pseudonym,
                purpose=PURPOSE,
                status=status,
                valid_from=now - timedelta(days=30),
                valid_to=valid_to,
                recorded_at=now - timedelta(seconds=1),
            )
            for pseudonym in pseudonyms
        )

    def withdraw(self, pseudonym: str) -> ConsentRecord:
        return consents.withdraw(by=self.stella, pseudonym=pseudonym, purpose=PURPOSE, reason="By letter.")

    def approve(self, by: User | None = None, role: str | None = None, **changes: Any) -> Approval:
        values = {"reason": REASON, "password": PASSWORD, **changes}
        return approvals.approve(version=self.version, by=by or self.rita, role=role or Role.REVIEWER, **values)

    def sign_both(self) -> None:
        self.approve(self.rita, Role.REVIEWER)
        self.approve(self.abe, Role.APPROVER)

    def ask(self, environment: str = "production") -> GateDecision:
        return gate.decide(version=self.version, environment=environment, by=self.dora, because="asked in a test")

    def standing(self, environment: str = "production") -> GateDecision:
        found = GateDecision.objects.latest_of(self.version, environment)
        assert found is not None
        return found


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def measured(audit: Audit, measure: str, value: float, low: float, high: float, n: int = 500) -> MeasurementRow:
    return MeasurementRow.objects.create(audit=audit, measure=measure, value=value, low=low, high=high, n=n)


def upload(
    version: ModelVersion,
    dataset: Dataset,
    by: User,
    *,
    subjects: int,
    name: str = "test.csv",
    purpose: str = "evaluation",
) -> PredictionTable:
    table = PredictionTable.objects.create(
        version=version,
        dataset=dataset,
        purpose=purpose,
        file_name=name,
        file_format="csv",
        file_sha256=sha(name),
        file_size=1,
        parsed_sha256=sha(name + "parsed"),
        parsed_size=1,
        schema=SCHEMA,
        summary={},
        rows=500,
        subjects=subjects,
        uploaded_by=by,
    )
    TableSubject.objects.bulk_create(TableSubject(table=table, pseudonym=f"p{number}") for number in range(subjects))
    signals.table_uploaded.send(PredictionTable, table=table, actor=by, at=timezone.now())
    return table


def draft(dora: User, team: Team, dataset: Dataset) -> ModelVersion:
    model = models.register(
        by=dora,
        team=team,
        name="Sepsis early warning",
        purpose="To warn of sepsis.",
        population="Adults on wards.",
        intended_users="Nurses.",
        setting="Wards.",
        decision_role="informs",
        risk_class="high",
        jurisdictions=["EU"],
    )
    return versions.create(
        by=dora,
        model=model,
        artifact_sha256=sha("artefact"),
        artifact_size=10,
        artifact_name="model.bin",
        training_dataset=dataset,
        outcome="Sepsis within 24 h",
        features=[{"name": "age", "description": ""}],
        operating_points=[],
    )


def bare(*, subjects: int = 20, basis: LegalBasis = LegalBasis.CONSENT) -> Scene:
    """A draft version with one evaluation table, and nothing else."""
    packs.load_shipped()
    admin = account("ada_admin", Role.ADMINISTRATOR)
    dora = account("dora_developer", Role.DEVELOPER)
    team = teams.create(by=admin, name="Sepsis group")
    teams.add_member(by=admin, team=team, user=dora)
    note = "" if basis == LegalBasis.CONSENT else "Hospital statute, section 4."
    dataset = datasets.register(
        by=dora, team=team, name="Ward 3", description="d", origin="o", legal_basis=basis, legal_basis_note=note
    )
    version = draft(dora, team, dataset)
    return Scene(
        dora=dora,
        rita=account("rita_reviewer", Role.REVIEWER),
        abe=account("abe_approver", Role.APPROVER),
        stella=account("stella_steward", Role.STEWARD),
        team=team,
        dataset=dataset,
        model=version.model,
        version=version,
        table=upload(version, dataset, dora, subjects=subjects),
    )


def ready(**changes: Any) -> Scene:
    """Everything but the two signatures: planned, submitted, audited, consented."""
    scene = bare(**changes)
    scene.freeze()
    scene.version = versions.submit(by=scene.dora, version=scene.version)
    scene.audit_all()
    scene.consent(*(f"p{number}" for number in range(scene.table.subjects or 0)))
    return scene


def complete(**changes: Any) -> Scene:
    """Everything: the gate would allow it."""
    scene = ready(**changes)
    scene.sign_both()
    return scene
