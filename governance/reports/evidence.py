"""What does an evidence report consist of? Frozen values, complete and already suppressed; its JSON is evidence.json.

Times are ISO 8601 text in UTC. A count that must stay hidden is the text "<11" or "withheld" instead of a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FORMAT = "urn:formulary:evidence:1"
Count = int | str | None
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Product:
    """Who speaks: this installation, and the version of the code that measured."""

    id: str
    code_version: str


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    username: str


@dataclass(frozen=True, slots=True)
class Model:
    id: str
    name: str
    team: str
    purpose: str
    population: str
    intended_users: str
    setting: str
    decision_role: str
    risk_class: str
    jurisdictions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Version:
    id: str
    number: int
    state: str
    artifact_name: str
    artifact_sha256: str
    artifact_size: int
    outcome: str
    features: tuple[Json, ...]
    operating_points: tuple[Json, ...]
    notes: str
    submitted_by: Person
    submitted_at: str | None


@dataclass(frozen=True, slots=True)
class Dataset:
    """use: "training" or "evaluation" or "reference", joined by commas."""

    id: str
    name: str
    use: str
    description: str
    origin: str
    collected_from: str | None
    collected_to: str | None
    legal_basis: str
    legal_basis_note: str


@dataclass(frozen=True, slots=True)
class Table:
    """hidden_slices: the subgroups of which nothing is shown, because they are small or would reveal a small one."""

    id: str
    dataset: str
    purpose: str
    file_name: str
    file_sha256: str
    parsed_sha256: str
    rows: int
    subjects: int | None
    columns: tuple[Json, ...]
    uploaded_by: Person
    uploaded_at: str
    hidden_slices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    number: int
    digest: str
    frozen_by: Person
    frozen_at: str
    document: Json


@dataclass(frozen=True, slots=True)
class Measured:
    """hidden: nothing but the name of the measure is shown; `reason` then says so."""

    measure: str
    slice: str
    across: str
    operating_point: str
    column: str
    value: float | None
    low: float | None
    high: float | None
    n: Count
    events: Count
    method: str
    reason: str | None
    hidden: bool


@dataclass(frozen=True, slots=True)
class Checked:
    criterion: Json
    key: str
    verdict: str
    reason: str
    measured: Measured | None


@dataclass(frozen=True, slots=True)
class Audit:
    id: str
    kind: str
    state: str
    table: str
    reference: str | None
    plan_digest: str
    code_version: str
    tally_digest: str
    result_sha256: str
    requested_by: Person
    requested_at: str
    finished_at: str | None
    error: str
    measurements: tuple[Measured, ...]
    checks: tuple[Checked, ...]
    facts: Json


@dataclass(frozen=True, slots=True)
class Decision:
    """The standing decision. outcome, reasons: what the gate answers at the time of export."""

    outcome: str
    reasons: tuple[Json, ...]
    id: str | None
    number: int | None
    decided_at: str | None
    valid_until: str | None
    because: str
    packs: tuple[Json, ...]
    assessment: tuple[Json, ...]
    envelope: Json | None


@dataclass(frozen=True, slots=True)
class Signature:
    id: str
    name: str
    username: str
    meaning: str
    statement: str
    signed_at: str
    record_type: str
    record_sha256: str


@dataclass(frozen=True, slots=True)
class Approval:
    id: str
    decision: str
    role: str
    reason: str
    plan_digest: str
    signature: Signature


@dataclass(frozen=True, slots=True)
class Waiver:
    """results: SHA-256 of the audit results in which the finding stood when it was signed for; it covers no others."""

    id: str
    table: str
    plan_digest: str
    check_key: str
    verdict: str
    results: tuple[str, ...]
    reason: str
    compensating_measure: str
    expires_at: str
    signature: Signature


@dataclass(frozen=True, slots=True)
class Entry:
    """One ledger entry. entry: the exact text that is hashed; proof: from its leaf to the root, as RFC 9162 says."""

    idx: int
    at: str
    kind: str
    actor: str
    object_type: str
    object_id: str
    entry: str
    leaf_hash: str
    proof: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """problems: what the verification of the whole ledger found; empty when it is intact."""

    origin: str
    size: int
    root: str
    intact: bool
    problems: tuple[str, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything. Two exports of the same database state at the same time are equal byte for byte."""

    format: str
    exported_at: str
    environment: str
    product: Product
    model: Model
    version: Version
    datasets: tuple[Dataset, ...]
    tables: tuple[Table, ...]
    plan: Plan | None
    earlier_plans: tuple[Plan, ...]
    audits: tuple[Audit, ...]
    decision: Decision
    approvals: tuple[Approval, ...]
    waivers: tuple[Waiver, ...]
    consent: tuple[Json, ...]
    ledger: Ledger
    suppression: str
