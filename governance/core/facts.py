"""What is known about a version at the moment of a decision? Frozen facts, gathered before anything is judged.

A piece of evidence that was not found is simply absent here, and what is absent never helps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from audits.core.values import Estimate, Measurement
from governance.core.consent import Coverage
from governance.core.policy import Origin


class Section(StrEnum):
    """A part of the facts that is gathered, and that an event changes, as a whole."""

    VERSION = "version"
    CARD = "card"
    DOCUMENTS = "documents"
    PLANS = "plans"
    AUDITS = "audits"
    CONSENT = "consent"
    SIGNATURES = "signatures"
    TRAINING = "training"
    RISKS = "risks"
    INCIDENTS = "incidents"
    LOGS = "logs"
    CHANGE = "change"
    PLATFORM = "platform"
    WAIVERS = "waivers"


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan in force. kinds: the audits for which it sets a criterion.

    confidence: of every interval under it, in (0, 1).
    first_audit_at: when the first audit of the version was asked for, under whichever plan; None when none was.
    measures: what its criteria name, each as (kind of audit, measure).
    """

    digest: str
    number: int
    kinds: tuple[str, ...]
    frozen_at: datetime
    confidence: float
    first_audit_at: datetime | None
    measures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """An evaluation table of the version. sha256: of the canonical file that the audits read. origins: where its
    patients come from, seen from the version and the site; more than one may be true. site: the slug of the site whose
    patients they are; "" where the dataset names none."""

    id: str
    name: str
    sha256: str
    origins: tuple[Origin, ...] = ()
    site: str = ""


@dataclass(frozen=True, slots=True)
class Waived:
    """A signed waiver that matches a finding's table, plan, key and verdict.

    why_not: "" when it counts; otherwise why it does not (signature altered, signer contributed, not in the ledger).
    signed_at, roles, measure: when it was signed, the roles that the signer held then, and whether a compensating
    measure was named: each control compares them with its own term.
    """

    id: str
    record_sha256: str
    expires_at: datetime
    signer: str
    why_not: str = ""
    signed_at: datetime | None = None
    roles: tuple[str, ...] = ()
    measure: bool = False


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
    finished_at: datetime | None = None


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
class Stated:
    """What the card says under one key now. values: one text, or the choices made, or "name=state" each; empty when it
    is not available, for the reason given. entry: the revision's id. reviewed_on: when somebody last looked at it."""

    key: str
    values: tuple[str, ...]
    entry: str
    reviewed_on: date
    not_available: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """The newest revision of one document that is about the model or about the organisation.

    effective_from, expires_on: the first and the last day on which it counts. reviewers: roles in which somebody other
    than its author signed its review, where the signature stands. answered: fields of the kind's checklist. returned:
    whether somebody's last word on it is that it is not accepted. reviewed: who counts among the reviewers, as (role,
    day of the signature). superseded_on: the first day on which a later revision speaks instead; None where none is
    known.
    """

    id: str
    kind: str
    title: str
    revision: int
    sha256: str
    effective_from: date
    expires_on: date | None = None
    reviewers: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    returned: bool = False
    reviewed: tuple[tuple[str, date], ...] = ()
    superseded_on: date | None = None


@dataclass(frozen=True, slots=True)
class GovernedPlan:
    """The plan of one kind that is in force: monitoring, change, risk. sections: those that are filled in.

    first_frozen_at: when the first plan of this kind was frozen; None where nobody looked.
    """

    kind: str
    id: str
    number: int
    digest: str
    frozen_at: datetime
    sections: tuple[str, ...]
    first_frozen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrainingCover:
    """A course at a site. expected: people who use the model there. current: those with a valid record of it.
    lapses_on: the last day of the first of those records that ends; None when none does. lapsed: people whose records
    of it have run out. changes_on: the first day on which somebody is no longer expected; None when nobody leaves."""

    course: str
    site: str
    expected: int
    current: int
    lapses_on: date | None = None
    lapsed: int = 0
    changes_on: date | None = None


@dataclass(frozen=True, slots=True)
class Risk:
    """One entry of the register. title: how a person calls it.

    proven: whether an audit of this version shows the effect of one of its controls. residual: the level that is left,
    "" when it was not judged. accepted_by: whoever accepted it by a signature that stands; "". recorded_at: when what
    it says now was written. proof: the audits that show the effect; where none does, those that are named and why they
    do not; "" when none is named. proof_ends_at: when the proof ends by itself, because it rests on waivers.
    """

    id: str
    hazard: str
    characteristics: tuple[str, ...]
    estimated: bool
    controls: int
    proven: bool
    residual: str = ""
    accepted_by: str = ""
    title: str = ""
    recorded_at: datetime | None = None
    proof: str = ""
    proof_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """severity: as in `governance.core.incidents`. title: how a person calls it.

    overdue: a reporting deadline has passed without a report. due_at: the next one that has not passed; None when no
    report is owed.
    """

    id: str
    severity: str
    closed: bool
    overdue: bool
    due_at: datetime | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """A log that is kept for the model, here or elsewhere."""

    id: str
    kind: str
    retention_days: int
    reviewed_on: date


@dataclass(frozen=True, slots=True)
class Capability:
    """How Formulary itself behaves. text: what the check on the running system found."""

    key: str
    holds: bool
    text: str


@dataclass(frozen=True, slots=True)
class ControlWaived:
    """A signed waiver of a whole control. pack: its id. why_not: "" when it counts. missing: keys of what was open when
    it was signed: it covers nothing else; None where it covers all."""

    id: str
    pack: str
    control: str
    verdict: str
    expires_at: datetime
    signer: str
    why_not: str = ""
    missing: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that an assessment or a decision rests on. site: its slug, "" for all sites together.

    submitted_on: the day on which the version was submitted; None for a draft. register_accepted_by: whoever accepted
    the risk register as a whole by a signature that stands; "". change: in_plan, out_of_plan or cannot_tell, as
    `governance.core.change` judges it; "" for a first version. change_reasons: what speaks for that judgement. using:
    slugs of the sites that use the model.
    """

    version: str
    artifact_sha256: str
    environment: str
    now: datetime
    state: str
    stated: tuple[Stated, ...]
    plan: Plan | None
    tables: tuple[Table, ...]
    audits: tuple[Audit, ...]
    measured: tuple[Measured, ...]
    approvals: tuple[Approval, ...]
    coverages: tuple[Coverage, ...]
    ledger_size: int | None
    site: str = ""
    documents: tuple[Document, ...] = ()
    plans: tuple[GovernedPlan, ...] = ()
    training: tuple[TrainingCover, ...] = ()
    risks: tuple[Risk, ...] = ()
    incidents: tuple[Incident, ...] = ()
    logs: tuple[Log, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    waived: tuple[ControlWaived, ...] = ()
    submitted_on: date | None = None
    register_accepted_by: str = ""
    change: str = ""
    change_reasons: tuple[str, ...] = ()
    using: tuple[str, ...] = ()

    def values_of(self, key: str) -> tuple[str, ...]:
        """What the card says under this key; empty when it says nothing."""
        return next((each.values for each in self.stated if each.key == key), ())
