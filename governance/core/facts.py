"""What is known about a version at the moment of a decision? Frozen facts, gathered before anything is judged.

A piece of evidence that was not found is simply absent here, and what is absent never helps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from audits.core.values import Estimate, Measurement
from governance.core.consent import Coverage


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan in force. kinds: the audits for which it sets a criterion.

    confidence: of every interval under it, in (0, 1).
    first_audit_at: when the first audit under it was asked for; None when none was.
    """

    digest: str
    number: int
    kinds: tuple[str, ...]
    frozen_at: datetime
    confidence: float
    first_audit_at: datetime | None


@dataclass(frozen=True, slots=True)
class Table:
    """An evaluation table of the version. sha256: of the canonical file that the audits read."""

    id: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Waived:
    """A signed waiver that matches a finding's table, plan, key and verdict.

    why_not: "" when it counts; otherwise why it does not (signature altered, signer contributed, not in the ledger).
    """

    id: str
    record_sha256: str
    expires_at: datetime
    signer: str
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that is not met, or cannot be told."""

    key: str
    verdict: str
    reason: str
    waivers: tuple[Waived, ...] = ()


@dataclass(frozen=True, slots=True)
class Audit:
    """A finished audit of one table under one plan."""

    id: str
    kind: str
    table: str
    plan_digest: str
    result_sha256: str
    checks: int
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement of an audit."""

    audit: str
    table: str
    plan_digest: str
    measure: str
    slice: str
    operating_point: str
    estimate: Estimate

    @property
    def measurement(self) -> Measurement:
        return Measurement(self.measure, self.estimate, slice=self.slice, operating_point=self.operating_point)


@dataclass(frozen=True, slots=True)
class Approval:
    """A signed approval. why_not: "" when nothing speaks against it but, perhaps, its plan; otherwise the reason."""

    id: str
    signature: str
    record_sha256: str
    role: str
    meaning: str
    signer: str
    printed_name: str
    plan_digest: str
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a decision rests on. attributes: name and text of each field that a pack may ask about."""

    version: str
    artifact_sha256: str
    environment: str
    now: datetime
    state: str
    attributes: tuple[tuple[str, str], ...]
    plan: Plan | None
    tables: tuple[Table, ...]
    audits: tuple[Audit, ...]
    measured: tuple[Measured, ...]
    approvals: tuple[Approval, ...]
    coverages: tuple[Coverage, ...]
    ledger_size: int | None
