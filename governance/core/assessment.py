"""Which controls hold? Every control of a pack, applied to the facts: a status, the reasons, the evidence, a remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from governance.core import policy, rules, rules_on_audits
from governance.core.facts import Facts
from governance.core.policy import Control, Pack, Severity
from governance.core.statements import HOLDING, Statement, Status, worst

# One rule, one function; a rule without one cannot be read from a pack (a test compares the two).
ANSWERS: Mapping[type, Callable[[Any, Control, Facts], Iterator[Statement]]] = MappingProxyType(
    {
        policy.AttributeRule: rules.attribute,
        policy.StateRule: rules.state,
        policy.PlanRule: rules.plan,
        policy.AuditRule: rules_on_audits.audit,
        policy.MeasureRule: rules_on_audits.measure,
        policy.ConsentRule: rules.consent,
        policy.SignatureRule: rules.signature,
        policy.LedgerRule: rules.ledger,
    }
)


@dataclass(frozen=True, slots=True)
class ControlResult:
    """What one control says.

    reason: the sentences behind the status, joined. evidence: references "type:id". remedy: what would help.
    statements: all that was found, in the order in which it was looked at.
    """

    id: str
    requirement: str
    severity: Severity
    status: Status
    reason: str
    evidence: tuple[str, ...]
    remedy: str
    statements: tuple[Statement, ...]

    @property
    def holds(self) -> bool:
        """Whether this control lets the version pass."""
        return self.status in HOLDING


def assess(pack: Pack, facts: Facts) -> tuple[ControlResult, ...]:
    """Every control that applies in the environment, in the pack's order."""
    return tuple(_result(control, facts) for control in pack.controls if control.applies_in(facts.environment))


def _result(control: Control, facts: Facts) -> ControlResult:
    statements = tuple(ANSWERS[type(control.rule)](control.rule, control, facts))
    status = worst(statements)
    # A control that fails is explained by what fails; one that holds, by everything that was found.
    telling = [each for each in statements if each.status not in HOLDING] if status not in HOLDING else statements
    return ControlResult(
        id=control.id,
        requirement=control.requirement,
        severity=control.severity,
        status=status,
        reason=" ".join(each.text for each in telling) or "Nothing was found that could answer this.",
        evidence=tuple(dict.fromkeys(reference for each in statements for reference in each.evidence)),
        remedy=" ".join(dict.fromkeys(each.remedy for each in telling if each.remedy)),
        statements=statements,
    )
