"""A small real version to audit: a model, a dataset, tables made by the upload path, a frozen plan."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np

from audits.core.values import Kind
from audits.models.audit import Audit
from audits.services import dispatch, plans, requests
from registry.models.dataset import Dataset
from registry.models.table import PredictionTable
from registry.models.team import Team
from registry.models.user import Role, RoleGrant, User
from registry.models.version import ModelVersion
from registry.services import datasets, models, tables, teams, versions

POINTS: list[dict[str, object]] = [{"name": "alert", "score": 0.3}]
COLUMNS: list[dict[str, object]] = [
    {"name": "patient", "role": "subject"},
    {"name": "died", "role": "outcome"},
    {"name": "risk", "role": "score"},
    {"name": "sex", "role": "subgroup", "levels": ["female", "male"]},
    {"name": "ward", "role": "subgroup"},
    {"name": "age", "role": "feature", "type": "number", "minimum": 0, "maximum": 120},
]
SCHEMA: dict[str, object] = {"columns": COLUMNS}
PLAN: dict[str, object] = {
    "operating_points": POINTS,
    "subgroups": ["sex", "ward"],
    "intersections": [["sex", "ward"]],
    "replicates": 200,
    "criteria": [
        {"id": "discrimination", "kind": "validation", "measure": "auroc", "minimum": 0.6},
        {"id": "complete", "kind": "quality", "measure": "missing_share", "column": "each", "maximum": 0.1},
    ],
}


def csv_table(rows: int, seed: int) -> bytes:
    """`rows` made-up patients whose risk is informative and calibrated. Deterministic for a seed."""
    random = np.random.default_rng(seed)
    risk = random.beta(2, 4, rows)
    died = (random.random(rows) < risk).astype(int)
    sex = np.where(random.random(rows) < 0.5, "female", "male")
    ward = random.choice(["north", "south", "east"], rows)
    age = random.integers(18, 95, rows)
    lines = [f"p{seed}-{i},{died[i]},{risk[i]:.6f},{sex[i]},{ward[i]},{age[i]}" for i in range(rows)]
    return "\n".join(["patient,died,risk,sex,ward,age", *lines, ""]).encode()


@dataclass(frozen=True, slots=True)
class Small:
    """A submitted version, its developer, its two tables."""

    developer: User
    team: Team
    version: ModelVersion
    evaluation: PredictionTable
    reference: PredictionTable

    def audit(self, kind: str) -> Audit:
        """Asked for; hinted at as soon as the test's transaction is committed, where it ever is."""
        return requests.request_audits(
            by=self.developer,
            version=self.version,
            table=self.evaluation,
            reference=self.reference,
            kinds=[Kind(kind)],
        )[0]

    def send_again(self, audit: Audit) -> None:
        dispatch.send(audit)


def upload(
    *,
    developer: User,
    version: ModelVersion,
    dataset: str,
    purpose: str,
    content: bytes,
    name: str = "table.csv",
    schema: dict[str, object] = SCHEMA,
) -> PredictionTable:
    """Through the real upload path: child process, storage, row."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return tables.upload(
            by=developer,
            version=version,
            dataset=Dataset.objects.get(slug=dataset),
            purpose=purpose,
            path=Path(file.name),
            file_name=name,
            file_format="csv",
            schema=schema,
        )


def draft(developer: User, team: Team, mark: str) -> ModelVersion:
    """A draft version of a model of its own, on a dataset of its own."""
    dataset = datasets.register(
        by=developer, team=team, name=f"Data {mark}", description="d", origin="o", legal_basis="consent"
    )
    model = models.register(
        by=developer,
        team=team,
        name=f"Model {mark}",
        purpose="Predict death on the ward",
        population="Adults in hospital",
        intended_users="Ward physicians",
        setting="Hospital ward",
        decision_role="informs",
        risk_class="high",
        jurisdictions=["EU"],
    )
    return versions.create(
        by=developer,
        model=model,
        artifact_sha256=hashlib.sha256(mark.encode()).hexdigest(),
        artifact_size=1000,
        artifact_name="model.bin",
        training_dataset=dataset,
        outcome="Death within 30 days",
        features=[{"name": "age"}],
        operating_points=POINTS,
    )


def small_version(rows: int = 400, *, plan: bool = True) -> Small:
    """A version in state "submitted", ready for its audits. Every call makes names of its own."""
    mark = uuid4().hex[:8]
    developer = User.objects.create_user(
        f"dev-{mark}", full_name="Dana Okafor", password="correct horse battery staple"
    )
    RoleGrant.objects.create(user=developer, role=Role.DEVELOPER)
    team = teams.create(by=developer, name=f"Team {mark}")
    teams.add_member(by=developer, team=team, user=developer)
    version = draft(developer, team, mark)
    uploads = {
        purpose: upload(
            developer=developer,
            version=version,
            dataset=version.training_dataset.slug,
            purpose=purpose,
            content=csv_table(rows, seed),
        )
        for seed, purpose in enumerate(("evaluation", "reference"), start=1)
    }
    if plan:
        plans.freeze(by=developer, version=version, document=PLAN)
    versions.submit(by=developer, version=version)
    return Small(developer, team, version, uploads["evaluation"], uploads["reference"])
