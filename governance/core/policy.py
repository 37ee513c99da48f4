"""What can a policy demand? The frozen values of a pack: controls, the rule that each states, and its waivers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from audits.core.values import Kind, On


class Severity(StrEnum):
    """Whether an unmet control closes the gate, or is only said."""

    BLOCKING = "blocking"
    ADVISORY = "advisory"


class Verification(StrEnum):
    """How far the citation was checked: in the primary text, in a secondary summary, or by nobody yet."""

    READ = "read"
    SECONDARY = "secondary"
    UNVERIFIED = "unverified"


class PackStatus(StrEnum):
    IN_FORCE = "in_force"
    PROPOSED = "proposed"
    SUPERSEDED = "superseded"


class Origin(StrEnum):
    """Where an evaluation table's patients come from, seen from the version and the site that are assessed."""

    INTERNAL = "internal"
    EXTERNAL = "external"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """Every one of these fields of the card says something.

    not_available: whether "not available", with a reason, counts as an answer. none_of: answers that are refused.
    reviewed_within_days: how old the last review of each field may be; None for any age.
    """

    fields: tuple[str, ...]
    not_available: bool = False
    none_of: tuple[str, ...] = ()
    reviewed_within_days: int | None = None


@dataclass(frozen=True, slots=True)
class DocumentRule:
    """A document of this kind is effective and has not expired.

    reviewed_by: roles of which one must have signed its review; empty for none. fields: of the kind's checklist, those
    that it must answer. maximum_age_days: how long ago it may have taken effect; None for any age. must_expire: whether
    it must name its last day. since_version: whether it took effect, or its review was signed, on the day on which the
    version was submitted or later.
    """

    document: str
    reviewed_by: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    maximum_age_days: int | None = None
    must_expire: bool = False
    since_version: bool = False


@dataclass(frozen=True, slots=True)
class PlanRule:
    """A plan of this kind is frozen, with these sections filled in.

    A validation plan was frozen before the first audit under it was asked for.
    """

    plan: str = "validation"
    sections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditRule:
    """Every evaluation table of this origin has a finished audit of this kind under the plan in force; each finding is
    answered. maximum_age_days: how long ago it may have finished; None for any age. measures: the plan in force sets a
    criterion on at least one of them; empty for any."""

    audit: Kind
    origin: Origin | None = None
    maximum_age_days: int | None = None
    measures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MeasureRule:
    """One measure respects a bound on every evaluation table of this origin. Never waivable."""

    measure: str
    minimum: float | None
    maximum: float | None
    on: On
    minimum_n: int = 0
    slice: str = ""
    operating_point: str = ""
    origin: Origin | None = None
    maximum_age_days: int | None = None


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """Enough subjects of every evaluation table consented to the purpose. minimum: share in [0, 1].

    other_basis: whether a dataset that rests on another legal basis is let be; otherwise it is refused.
    """

    purpose: str
    minimum: float
    on: On
    other_basis: bool = True


@dataclass(frozen=True, slots=True)
class SignatureRule:
    """So many different persons signed in this role; other_than: at least one more person signed in that one."""

    role: str
    meaning: str
    count: int
    other_than: str = ""


@dataclass(frozen=True, slots=True)
class TrainingRule:
    """Enough of the people who use the model at the site have a valid record of this course. coverage: (0, 1]."""

    course: str
    coverage: float


@dataclass(frozen=True, slots=True)
class RiskRule:
    """The risk register has entries, each of them carried as far as is asked.

    hazards, characteristics: each of these has at least one entry. minimum: entries in all. estimated, controlled,
    proven, accepted: every entry that is looked at has a probability and a severity; at least one control; a control
    whose effect a finished audit shows; a residual risk that somebody accepted by signature. acceptable: what is left
    of every such entry was judged, and not as "not acceptable". overall: the register as a whole was accepted by a
    signature that stands. plan_first: what each entry says was written after the first risk plan was frozen.
    """

    hazards: tuple[str, ...] = ()
    characteristics: tuple[str, ...] = ()
    minimum: int = 1
    estimated: bool = False
    controlled: bool = False
    proven: bool = False
    accepted: bool = False
    acceptable: bool = False
    overall: bool = False
    plan_first: bool = False


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """What the version changes was judged so against the change plan; a first version changes nothing.

    judged: "in_plan", the only answer that a policy can ask for.
    """

    judged: str = "in_plan"


@dataclass(frozen=True, slots=True)
class IncidentRule:
    """No incident of the version is open above this severity, and none is past a reporting deadline."""

    above: str


@dataclass(frozen=True, slots=True)
class LogRule:
    """A log of this kind is kept for the model, long enough, and was looked at lately enough."""

    log: str
    retention_days: int = 0
    reviewed_within_days: int | None = None


@dataclass(frozen=True, slots=True)
class CapabilityRule:
    """Formulary itself behaves so, and checks it on the running system."""

    capability: str


@dataclass(frozen=True, slots=True)
class LedgerRule:
    """The ledger can be read, and its head is known."""


@dataclass(frozen=True, slots=True)
class StateRule:
    """The version is in none of these states."""

    none_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of these is enough."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of these is asked."""

    rules: tuple[Rule, ...]


Leaf = (
    AttributeRule
    | DocumentRule
    | PlanRule
    | AuditRule
    | MeasureRule
    | ConsentRule
    | SignatureRule
    | TrainingRule
    | RiskRule
    | ChangeRule
    | IncidentRule
    | LogRule
    | CapabilityRule
    | LedgerRule
    | StateRule
)
Rule = Leaf | AnyOf | AllOf


def leaves(rule: Rule) -> Iterator[Leaf]:
    """The rules that ask for evidence, in reading order."""
    if isinstance(rule, AnyOf | AllOf):
        for each in rule.rules:
            yield from leaves(each)
    else:
        yield rule


@dataclass(frozen=True, slots=True)
class WaiverTerm:
    """Who may waive a control or a finding with this verdict, for how long, and whether only with a compensating
    measure. verdict: not_met, not_evaluable or stale."""

    verdict: str
    roles: tuple[str, ...]
    maximum_days: int
    compensating_measure: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """One answer of the card is among these."""

    field: str
    any_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applies:
    """For whom, where and when: everything that is said must hold; what is left empty holds for all.

    jurisdictions, roles, risk_classes, device_classes: one of the model's is among them. since: the first day;
    until: the last.
    """

    jurisdictions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    risk_classes: tuple[str, ...] = ()
    device_classes: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Control:
    """One requirement. applies: alternatives, one of which must hold; empty for everywhere. waivers: empty for never
    waivable. terms_changed: how an overlay changed it, in words; "" when none did."""

    id: str
    requirement: str
    severity: Severity
    rule: Rule
    applies: tuple[Applies, ...] = ()
    waivers: tuple[WaiverTerm, ...] = ()
    citation: str = ""
    verification: Verification = Verification.READ
    note: str = ""
    terms_changed: str = ""

    def term(self, verdict: str) -> WaiverTerm | None:
        """On which term a finding with this verdict may be waived; None where nobody may."""
        return next((term for term in self.waivers if term.verdict == verdict), None)


@dataclass(frozen=True, slots=True)
class Pack:
    """A policy pack, ready to be applied. applies: what holds for every control of it, beside the control's own.

    digest: of the content that was loaded; "" for a pack that is only being checked.
    """

    slug: str
    version: str
    title: str
    controls: tuple[Control, ...]
    status: PackStatus = PackStatus.IN_FORCE
    effective_from: date | None = None
    effective_to: date | None = None
    applies: Applies = Applies()
    digest: str = ""

    def waiver_term(self, kind: str, verdict: str) -> WaiverTerm | None:
        """The term for a finding of this kind of audit and verdict that satisfies every control which asks for it: the
        roles that all of them allow, the fewest days, a measure where one asks for it. None where nobody may waive."""
        demanding = [each for each in self.controls if _asks_for(each.rule, kind)]
        found = [each.term(verdict) for each in demanding]
        terms = [term for term in found if term is not None]
        if not terms or len(terms) < len(found):
            return None
        roles = [role for role in terms[0].roles if all(role in term.roles for term in terms)]
        if not roles:
            return None
        days = min(term.maximum_days for term in terms)
        return WaiverTerm(verdict, tuple(roles), days, any(term.compensating_measure for term in terms))

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """Every rule that any control asks."""
        return tuple(leaf for control in self.controls for leaf in leaves(control.rule))

    @property
    def purposes(self) -> tuple[str, ...]:
        """The consent purposes that any control asks about."""
        return tuple(sorted({each.purpose for each in self.leaves if isinstance(each, ConsentRule)}))

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that any control asks about."""
        return tuple(sorted({each.measure for each in self.leaves if isinstance(each, MeasureRule)}))


def _asks_for(rule: Rule, kind: str) -> bool:
    """Whether an audit of this kind is asked, alone or among other things."""
    return any(isinstance(leaf, AuditRule) and leaf.audit == kind for leaf in leaves(rule))
