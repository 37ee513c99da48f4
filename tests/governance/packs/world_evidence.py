"""What evidence can a model have? All kinds of documents, plans, risks, logs and records, kept through the services."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.utils import timezone

from audits.models.audit import Audit
from governance.core.courses import COURSES
from governance.core.documents import DOCUMENTS
from governance.core.hazards import CHARACTERISTICS
from governance.core.logs import LOGS
from governance.core.plans import CHANGE, MONITORING, RISK
from governance.core.policy import DocumentRule, Pack
from governance.core.risk import Written
from governance.models.document import DocumentRevision, ReviewOutcome
from governance.services import consents, document_review, documents, logs, plans, risk_acceptance, risks, training
from governance.services.documents import Incoming, Said
from governance.services.risks import ControlGiven
from registry.models.model import Model
from registry.models.site import Site
from registry.models.user import User
from tests.conftest import PASSWORD
from tests.governance import document_files
from tests.governance.core.change_story import change_plan
from tests.governance.packs.world_profiles import LATER

BEGAN, ENDS = timezone.now().date() - timedelta(days=60), date(2039, 12, 31)
# What may be a year old at most takes effect again in the later year that is looked at.
AGAIN = LATER.date() - timedelta(days=30)
LOOKED = "I read it, and tried what it says."
COLUMNS: list[dict[str, object]] = [
    {"name": "patient", "role": "subject"},
    {"name": "died", "role": "outcome"},
    {"name": "risk", "role": "score"},
    {"name": "nurse", "role": "comparator"},
    {"name": "sex", "role": "subgroup", "levels": ["female", "male"]},
    {"name": "age", "role": "feature", "type": "number", "minimum": 0, "maximum": 120},
]
PLAN: dict[str, Any] = {
    "subgroups": ["sex"],
    "replicates": 200,
    "population": {
        "source": "The register of the region",
        "variables": [{"name": "sex", "shares": {"female": 0.5, "male": 0.5}}, {"name": "age", "mean": 60, "sd": 12}],
    },
    "criteria": [
        {"id": "auroc", "kind": "validation", "measure": "auroc", "minimum": 0.65},
        {"id": "nurse", "kind": "validation", "measure": "auroc_vs_comparator", "minimum": -0.2},
        {"id": "gap", "kind": "bias", "measure": "auroc_difference", "maximum": 0.3, "across": "each"},
        {"id": "people", "kind": "bias", "measure": "population_smd", "maximum": 0.5, "column": "each"},
        {"id": "unseen", "kind": "quality", "measure": "subject_overlap_share", "maximum": 0.0, "on": "estimate"},
        {"id": "shift", "kind": "drift", "measure": "psi", "maximum": 0.3, "column": "each"},
        {"id": "holes", "kind": "quality", "measure": "missing_share", "maximum": 0.1, "column": "each"},
    ],
}


def rows(seed: int, *, blind: bool = False, count: int = 500) -> bytes:
    """Made-up patients whose risk is informative and calibrated; the nurse's judgement is a little worse.

    blind: what happens has nothing to do with the risk.
    """
    random = np.random.default_rng(seed)
    risk = random.beta(1.6, 3.2, count)
    died = (random.random(count) < (0.3 if blind else risk)).astype(int)
    nurse = np.clip(risk + random.normal(0, 0.15, count), 0, 1)
    age = np.clip(random.normal(60, 12, count), 18, 100).astype(int)
    lines = [
        f"t{seed}-{i},{died[i]},{risk[i]:.4f},{nurse[i]:.3f},{'female' if i % 2 else 'male'},{age[i]}"
        for i in range(count)
    ]
    return "\n".join([",".join(str(each["name"]) for each in COLUMNS), *lines, ""]).encode()


def said(kind: str, *, begins: date = BEGAN, ends: date | None = ENDS, but: Iterable[str] = ()) -> Said:
    """What the uploader says: it answers its whole checklist, save for some questions."""
    answers = {key: "section 1" for key in DOCUMENTS[kind].fields if key not in set(but)}
    return Said(begins, ends, answers)


def incoming(kind: str, remark: str = "") -> Incoming:
    return Incoming(io.BytesIO(document_files.pdf(f"% {kind} {remark}".encode())), f"{kind}.pdf")


def file_documents(*, model: Model, by: User, signers: dict[str, User], packs: Sequence[Pack]) -> None:
    """A document of every kind, each reviewed in all the roles that any pack asks for.

    Those that could speak for the organisation speak for this model alone, so that they help no other one.
    """
    asked = [leaf for pack in packs for leaf in pack.leaves if isinstance(leaf, DocumentRule)]
    for kind, known in DOCUMENTS.items():
        mine = [leaf for leaf in asked if leaf.document == kind]
        roles = sorted({role for leaf in mine for role in leaf.reviewed_by})
        revision = documents.begin(
            by=by, kind=kind, title=known.label, model=model, incoming=incoming(kind), said=said(kind)
        )
        _review(revision, signers, roles)
        if any(leaf.maximum_age_days is not None for leaf in mine):
            content = incoming(kind, "again")
            later = documents.revise(by=by, document=revision.document, incoming=content, said=said(kind, begins=AGAIN))
            _review(later, signers, roles)


def _review(revision: DocumentRevision, signers: dict[str, User], roles: Iterable[str]) -> None:
    for role in roles:
        document_review.review(
            revision=revision,
            by=signers[role],
            role=role,
            outcome=ReviewOutcome.ACCEPTED,
            reason=LOOKED,
            password=PASSWORD,
        )


def monitoring(**changes: str) -> dict[str, str]:
    return {**dict.fromkeys(MONITORING.sections, "As the procedure of the data office says."), **changes}


def freeze_plans(*, model: Model, by: User) -> None:
    """Every section of every plan is filled in."""
    said_there = {key: question.help for key, question in RISK.sections.items()}
    optional = {key: question.help for key, question in CHANGE.sections.items() if not question.required}
    written = {"monitoring": monitoring(), "risk": said_there, "change": change_plan(**optional)}
    for kind, document in written.items():
        plans.freeze(by=by, model=model, kind=kind, document=document)


def keep_register(*, model: Model, by: User, accepter: User, audit: Audit) -> None:
    """The shared hazards and one on privacy: estimated, controlled, proven, and accepted by somebody else."""
    entries = risks.suggest(model=model, by=by)
    for entry in entries:
        risks.revise(entry=entry, by=by, said=_judged(risks.suggestion(entry.suggested)))
    everything = Written(
        "other", "Somebody reads it", "s", "s", "h", characteristics=tuple(CHARACTERISTICS), reason="Found later."
    )
    entries.append(risks.add(model=model, by=by, said=_judged(everything)))
    given = ControlGiven("design", "The score is not shown where it was not tested.", BEGAN, audit=audit)
    for entry in entries:
        risks.add_control(entry=entry, by=by, given=given)
        risk_acceptance.accept(entry=entry, by=accepter, role="reviewer", reason=LOOKED, password=PASSWORD)


def _judged(written: Written) -> Written:
    values = {name: getattr(written, name) for name in ("hazard", "title", "sequence", "situation", "harm")}
    return Written(
        **values,
        characteristics=written.characteristics,
        probability=3,
        severity=3,
        residual_probability=1,
        residual_severity=3,
        reason="Estimated by the team.",
    )


def register_logs(*, model: Model, by: User) -> None:
    for kind in LOGS:
        logs.register(
            model=model,
            by=by,
            kind=kind,
            kept_in="The archive",
            retention_days=3650,
            reviewed_on=timezone.now().date(),
        )


def train(*, model: Model, site: Site, by: User, people: int = 10) -> None:
    """Everybody at the site did every course."""
    roster = "".join(f"{number},Nurse {number},Nurse\n" for number in range(people))
    training.import_roster(by=by, site=site, model=model, content=f"person,name,role\n{roster}".encode())
    done = [f"{number},{course},1,{BEGAN},{ENDS}" for number in range(people) for course in COURSES]
    header = "person,course,course_version,completed_on,valid_until"
    training.import_records(by=by, site=site, content="\n".join([header, *done, ""]).encode())


def consent(*, pseudonyms: Iterable[str], packs: Sequence[Pack], by: User) -> None:
    """Every patient agreed to every purpose that any pack asks about."""
    purposes = sorted({purpose for pack in packs for purpose in pack.purposes})
    given = [
        {"pseudonym": name, "purpose": purpose, "status": "active", "valid_from": "2026-01-15"}
        for name in sorted(set(pseudonyms))
        for purpose in purposes
    ]
    consents.import_records(by=by, source="consent desk", content=json.dumps(given).encode())
