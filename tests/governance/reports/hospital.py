"""A realistic small version for the report: real tables, real audits, signatures, waivers, consents, decisions."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.utils import timezone

from audits import runner
from audits.core.values import Kind, Verdict
from audits.models.audit import Audit
from audits.models.check import CheckRow
from audits.models.job import JobState
from audits.services import plans, requests
from governance.core.document import moment
from governance.models.decision import GateDecision
from governance.services import approvals, consents, gate, packs, waivers
from registry.models.table import PredictionTable
from registry.models.team import Team
from registry.models.user import Role, User
from registry.models.version import ModelVersion
from registry.services import datasets, models, tables, teams, versions
from tests.conftest import PASSWORD
from tests.governance.scene import account, sha

PURPOSE = "To flag adults with HIV whose disease is likely to progress, so that follow-up is intensified in time."
POINTS: list[dict[str, object]] = [{"name": "watch", "score": 0.2}, {"name": "act", "score": 0.4}]
COLUMNS: list[dict[str, object]] = [
    {"name": "patient", "role": "subject"},
    {"name": "progressed", "role": "outcome"},
    {"name": "risk", "role": "score"},
    {"name": "nurse", "role": "comparator"},
    {"name": "ward", "role": "site"},
    {"name": "seen", "role": "date"},
    {"name": "race", "role": "subgroup", "levels": ["black", "other", "white"]},
    {"name": "gender", "role": "subgroup", "levels": ["female", "male"]},
    {"name": "age_band", "role": "subgroup"},
    {"name": "age", "role": "feature", "type": "number", "minimum": 0, "maximum": 120},
    {"name": "cd4", "role": "feature", "type": "number", "minimum": 0, "maximum": 2000},
    {"name": "karnofsky", "role": "feature", "type": "number", "minimum": 0, "maximum": 100},
]
PLAN: dict[str, Any] = {
    "operating_points": POINTS,
    "subgroups": ["race", "gender", "age_band"],
    "intersections": [["race", "gender"]],
    "replicates": 200,
    "criteria": [
        {"id": "discrimination", "kind": "validation", "measure": "auroc", "minimum": 0.65, "minimum_events": 100},
        {"id": "calibration", "kind": "validation", "measure": "oe_ratio", "minimum": 0.8, "maximum": 1.25},
        {"id": "slope", "kind": "validation", "measure": "calibration_slope", "minimum": 0.7, "maximum": 1.3},
        {
            "id": "sensitivity",
            "kind": "validation",
            "measure": "sensitivity",
            "minimum": 0.75,
            "operating_point": "watch",
        },
        {
            "id": "every group",
            "kind": "validation",
            "measure": "auroc",
            "slice": "each",
            "minimum": 0.55,
            "minimum_events": 30,
        },
        {
            "id": "equal opportunity",
            "kind": "bias",
            "measure": "equal_opportunity_difference",
            "across": "each",
            "operating_point": "watch",
            "maximum": 0.2,
        },
        {"id": "no drift", "kind": "drift", "measure": "psi", "column": "each", "maximum": 0.25},
        {"id": "complete data", "kind": "quality", "measure": "missing_share", "column": "each", "maximum": 0.05},
    ],
}


@dataclass
class Hospital:
    """Who took part, and what they made."""

    developer: User
    reviewer: User
    approver: User
    steward: User
    auditor: User
    version: ModelVersion
    evaluation: PredictionTable
    reference: PredictionTable

    def audit(self) -> list[Audit]:
        """All four audits, run as a worker runs them."""
        asked = requests.request_audits(
            by=self.developer,
            version=self.version,
            table=self.evaluation,
            reference=self.reference,
            kinds=list(Kind),
        )
        for audit in asked:
            runner.run(str(audit.pk))
        found = list(Audit.objects.filter(version=self.version))
        assert {audit.state for audit in found} == {JobState.SUCCEEDED}
        return found

    def waive(self, verdict: Verdict = Verdict.NOT_EVALUABLE) -> None:
        """The approver answers for everything with this verdict, with one signature."""
        checks = list(CheckRow.objects.filter(audit__version=self.version, verdict=verdict).select_related("audit"))
        if checks:
            waivers.waive_many(
                checks=checks,
                by=self.approver,
                reason="These groups are small in one hospital; they are pooled with the partner site next quarter.",
                compensating_measure="The ward pharmacist reviews every flagged patient of these groups by hand.",
                expires_at=timezone.now() + timedelta(days=60),
                password=PASSWORD,
            )

    def consent(self, *, but: int = 0) -> None:
        """Consents of all subjects, except the first few."""
        names = sorted(self.evaluation.subject_rows.values_list("pseudonym", flat=True))
        start = moment(timezone.now() - timedelta(days=400))
        given = [
            {"pseudonym": name, "purpose": "model-validation", "status": "active", "valid_from": start}
            for name in names[but:]
        ]
        consents.import_records(by=self.steward, source="consent desk", content=json.dumps(given).encode())

    def sign(self) -> None:
        for person, role in ((self.reviewer, Role.REVIEWER), (self.approver, Role.APPROVER)):
            approvals.approve(
                version=self.version,
                by=person,
                role=role,
                reason="The evidence is complete, and the open findings are answered for.",
                password=PASSWORD,
            )

    def ask(self, environment: str = "production") -> GateDecision:
        return gate.decide(version=self.version, environment=environment, by=self.developer, because="asked")


def csv(rows: int, seed: int, *, shift: float = 0.0, rare: int = 6) -> bytes:
    """Made-up patients. rare: how many are of the small group. A few have no nurse's judgement and no ward; one ward is
    small, and so is the last week."""
    random = np.random.default_rng(seed)
    risk = random.beta(1.6, 4.2, rows)
    happened = (random.random(rows) < np.clip(risk * 1.08, 0, 1)).astype(int)
    race = np.where(random.random(rows) < 0.7, "white", "black").astype(object)
    race[:rare] = "other"
    gender = np.where(random.random(rows) < 0.2, "female", "male")
    age = np.clip(random.normal(36 + shift, 9, rows), 18, 80).astype(int)
    band = np.where(age < 30, "under 30", np.where(age < 40, "30 to 39", np.where(age < 50, "40 to 49", "50 and over")))
    cd4 = np.clip(random.normal(350 - 6 * shift, 110, rows), 0, 1200).astype(int)
    karnofsky = random.choice([70, 80, 90, 100], rows, p=[0.02, 0.08, 0.35, 0.55])
    nurse = [f"{each:.3f}" for each in np.clip(risk + random.normal(0, 0.15, rows), 0, 1)]
    nurse[10:13] = [""] * 3
    ward = random.choice(["north", "south", "east"], rows).astype(object)
    ward[20:34], ward[40:44] = "chapel", ""
    seen = [date(2026, 1, 5) + timedelta(days=int(day)) for day in random.integers(0, 35, rows)]
    seen[50:57] = [date(2026, 2, 9)] * 7
    lines = [
        f"s{seed}-{i},{happened[i]},{risk[i]:.4f},{nurse[i]},{ward[i]},{seen[i]},{race[i]},{gender[i]},{band[i]},{age[i]},"
        f"{'' if i % 40 == 0 else cd4[i]},{karnofsky[i]}"
        for i in range(rows)
    ]
    header = ",".join(str(column["name"]) for column in COLUMNS)
    return "\n".join([header, *lines, ""]).encode()


def hospital(rows: int = 900, *, name: str = "Progression risk", purpose: str = PURPOSE, rare: int = 6) -> Hospital:
    """A submitted version with its tables and plan; nothing audited, consented or signed yet."""
    packs.load_shipped()
    admin, developer = account("ada_admin", Role.ADMINISTRATOR), account("dana_okafor", Role.DEVELOPER)
    team = teams.create(by=admin, name="Infectious diseases, prediction group")
    teams.add_member(by=admin, team=team, user=developer)
    version = _registered(developer, team, name, purpose)
    made = [
        _upload(developer, version, use, content)
        for use, content in (("evaluation", csv(rows, 1, rare=rare)), ("reference", csv(rows, 2, shift=2.5)))
    ]
    plans.freeze(by=developer, version=version, document=PLAN)
    version = versions.submit(by=developer, version=version)
    return Hospital(
        developer=developer,
        reviewer=account("ruth_lindqvist", Role.REVIEWER),
        approver=account("amir_haddad", Role.APPROVER),
        steward=account("stella_marsh", Role.STEWARD),
        auditor=account("olga_petrov", Role.AUDITOR),
        version=version,
        evaluation=made[0],
        reference=made[1],
    )


def _registered(developer: User, team: Team, name: str, purpose: str) -> ModelVersion:
    dataset = datasets.register(
        by=developer,
        team=team,
        name="Harbour General HIV cohort",
        description="Adults in care for HIV, one row per patient at the start of treatment.",
        origin="Harbour General Hospital, department of infectious diseases.",
        legal_basis="consent",
    )
    model = models.register(
        by=developer,
        team=team,
        name=name,
        purpose=purpose,
        population="Adults with HIV and a CD4 count between 200 and 500 who start or change treatment.",
        intended_users="Physicians and nurse specialists of the HIV clinic.",
        setting="Outpatient clinic, at the start of treatment.",
        decision_role="informs",
        risk_class="high",
        jurisdictions=["US", "EU"],
    )
    return versions.create(
        by=developer,
        model=model,
        artifact_sha256=sha("artefact"),
        artifact_size=183_204,
        artifact_name="progression-3.pkl",
        training_dataset=dataset,
        outcome="CD4 decline of half, progression to AIDS, or death within 3 years",
        features=[{"name": "age"}, {"name": "cd4"}, {"name": "karnofsky"}],
        operating_points=POINTS,
    )


def _upload(by: User, version: ModelVersion, purpose: str, content: bytes) -> PredictionTable:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return tables.upload(
            by=by,
            version=version,
            dataset=version.training_dataset,
            purpose=purpose,
            path=Path(file.name),
            file_name=f"{purpose}.csv",
            file_format="csv",
            schema={"columns": COLUMNS},
        )
