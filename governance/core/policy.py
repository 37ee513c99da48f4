"""What can a policy demand? The frozen values of a pack: controls, the rule that each states, and its waivers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from audits.core.values import Kind, On, Verdict


class Severity(StrEnum):
    """Whether an unmet control closes the gate, or is only said."""

    BLOCKING = "blocking"
    ADVISORY = "advisory"


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """Every one of these fields of the model or version says something."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanRule:
    """A validation plan was frozen before the first audit under it was asked for."""


@dataclass(frozen=True, slots=True)
class AuditRule:
    """Every evaluation table has a finished audit of this kind under the plan in force; each finding is answered."""

    audit: Kind


@dataclass(frozen=True, slots=True)
class MeasureRule:
    """One measure respects a bound on every evaluation table. Never waivable."""

    measure: str
    minimum: float | None
    maximum: float | None
    on: On
    minimum_n: int = 0
    slice: str = ""
    operating_point: str = ""


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """Enough subjects of every evaluation table consented to the purpose. minimum: share in [0, 1]."""

    purpose: str
    minimum: float
    on: On


@dataclass(frozen=True, slots=True)
class SignatureRule:
    """So many different persons signed in this role; other_than: at least one more person signed in that one."""

    role: str
    meaning: str
    count: int
    other_than: str = ""


@dataclass(frozen=True, slots=True)
class LedgerRule:
    """The ledger can be read, and its head is known."""


@dataclass(frozen=True, slots=True)
class StateRule:
    """The version is in none of these states."""

    none_of: tuple[str, ...]


Rule = AttributeRule | PlanRule | AuditRule | MeasureRule | ConsentRule | SignatureRule | LedgerRule | StateRule


@dataclass(frozen=True, slots=True)
class WaiverTerm:
    """Who may waive a finding with this verdict, for how long, and whether only with a compensating measure."""

    verdict: Verdict
    roles: tuple[str, ...]
    maximum_days: int
    compensating_measure: bool


@dataclass(frozen=True, slots=True)
class Control:
    """One requirement. environments: where it applies; empty for everywhere. waivers: empty for never waivable."""

    id: str
    requirement: str
    severity: Severity
    environments: tuple[str, ...]
    rule: Rule
    waivers: tuple[WaiverTerm, ...] = ()

    def applies_in(self, environment: str) -> bool:
        return not self.environments or environment in self.environments


@dataclass(frozen=True, slots=True)
class Pack:
    """A policy pack, ready to be applied."""

    slug: str
    version: str
    title: str
    controls: tuple[Control, ...]

    def waiver_term(self, kind: str, verdict: str) -> WaiverTerm | None:
        """The strictest term for a finding of this kind of audit and verdict; None where it cannot be waived."""
        demanding = [each for each in self.controls if isinstance(each.rule, AuditRule) and each.rule.audit == kind]
        terms = [next((term for term in each.waivers if term.verdict == verdict), None) for each in demanding]
        if not terms or None in terms:
            return None
        return min((term for term in terms if term is not None), key=lambda term: term.maximum_days)

    @property
    def purposes(self) -> tuple[str, ...]:
        """The consent purposes that any control asks about."""
        return tuple(sorted({each.rule.purpose for each in self.controls if isinstance(each.rule, ConsentRule)}))

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that any control asks about."""
        return tuple(sorted({each.rule.measure for each in self.controls if isinstance(each.rule, MeasureRule)}))
