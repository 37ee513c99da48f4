"""Which function answers which rule, and which facts does it read? Also the rules that join others: any of, all of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from datetime import datetime
from types import MappingProxyType
from typing import Any

from governance.core import (
    policy,
    rules,
    rules_on_audits,
    rules_on_card,
    rules_on_documents,
    rules_on_people,
    rules_on_risks,
)
from governance.core.facts import Facts, Section
from governance.core.policy import AllOf, AnyOf, Control, Leaf, Rule
from governance.core.statements import HOLDING, Statement, Status, first_end, ways_out, worst

Answered = tuple[Statement, ...]

# What a rule reads. Everything that it does not read can change without another answer.
SECTIONS: Mapping[type, frozenset[Section]] = MappingProxyType(
    {
        policy.AttributeRule: frozenset({Section.CARD}),
        policy.DocumentRule: frozenset({Section.DOCUMENTS}),
        policy.PlanRule: frozenset({Section.PLANS}),
        policy.AuditRule: frozenset({Section.PLANS, Section.AUDITS}),
        policy.MeasureRule: frozenset({Section.PLANS, Section.AUDITS}),
        policy.ConsentRule: frozenset({Section.AUDITS, Section.CONSENT}),
        policy.SignatureRule: frozenset({Section.PLANS, Section.SIGNATURES}),
        policy.TrainingRule: frozenset({Section.TRAINING}),
        policy.RiskRule: frozenset({Section.RISKS}),
        policy.ChangeRule: frozenset({Section.CHANGE}),
        policy.IncidentRule: frozenset({Section.INCIDENTS}),
        policy.LogRule: frozenset({Section.LOGS}),
        policy.CapabilityRule: frozenset({Section.PLATFORM}),
        policy.LedgerRule: frozenset({Section.PLATFORM}),
        policy.StateRule: frozenset({Section.VERSION}),
    }
)


# What must be looked at again along with a section: audits count under a plan, a signature only for what was seen, a
# waiver by nobody who made anything of it (tables, answers and versions have makers), and a change is judged by the
# change plan, by what audits measured and by the intended use on the card.
FOLLOWS: Mapping[Section, frozenset[Section]] = MappingProxyType(
    {
        Section.PLANS: frozenset({Section.AUDITS, Section.SIGNATURES, Section.CHANGE}),
        Section.AUDITS: frozenset(
            {Section.CONSENT, Section.SIGNATURES, Section.RISKS, Section.CHANGE, Section.WAIVERS}
        ),
        Section.CARD: frozenset({Section.SIGNATURES, Section.CHANGE, Section.WAIVERS}),
        Section.VERSION: frozenset({Section.SIGNATURES, Section.CHANGE, Section.WAIVERS}),
    }
)


def widened(sections: Set[Section]) -> frozenset[Section]:
    """These sections, and all that follow from them."""
    found = frozenset(sections)
    while (more := found.union(*(FOLLOWS.get(each, frozenset()) for each in found))) != found:
        found = more
    return found


def answer(rule: Rule, control: Control, facts: Facts) -> Answered:
    """Everything that the rule finds."""
    return tuple(ANSWERS[type(rule)](rule, control, facts))


def any_of(rule: AnyOf, control: Control, facts: Facts) -> Iterator[Statement]:
    """The best alternative speaks; where none holds, one statement names them all."""
    found = [answer(each, control, facts) for each in rule.rules]
    if not found:
        return
    best = max(found, key=_standing)
    if worst(best) in HOLDING:
        yield from best
        return
    texts = [" ".join(each.text for each in statements if not each.holds) for statements in found]
    remedies = [" ".join(dict.fromkeys(each.remedy for each in statements if each.remedy)) for statements in found]
    yield Statement(
        status=worst(best),
        text="None of these holds. " + " Or: ".join(texts),
        evidence=tuple(dict.fromkeys(name for statements in found for each in statements for name in each.evidence)),
        remedy="Do one of these. " + " Or: ".join(dict.fromkeys(filter(None, remedies))),
        ends_at=first_end(each for statements in found for each in statements),
        ways=tuple(dict.fromkeys(way for statements in found for way in ways_out(statements))),
    )


def all_of(rule: AllOf, control: Control, facts: Facts) -> Iterator[Statement]:
    for each in rule.rules:
        yield from answer(each, control, facts)


_BEST_LAST = (
    Status.NOT_MET,
    Status.STALE,
    Status.NOT_EVALUABLE,
    Status.NOT_YET_IN_FORCE,
    Status.NOT_APPLICABLE,
    Status.WAIVED,
    Status.MET,
)


def _standing(statements: Answered) -> tuple[int, bool, datetime]:
    """How good an alternative is: its status, then whether it lasts for ever, then how long."""
    end = first_end(statements)
    return _BEST_LAST.index(worst(statements)), end is None, end or datetime.max


# One rule, one function; a rule without one cannot be read from a pack (a test compares the two).
ANSWERS: Mapping[type, Callable[[Any, Control, Facts], Iterator[Statement]]] = MappingProxyType(
    {
        policy.AttributeRule: rules_on_card.attribute,
        policy.DocumentRule: rules_on_documents.document,
        policy.PlanRule: rules.plan,
        policy.AuditRule: rules_on_audits.audit,
        policy.MeasureRule: rules_on_audits.measure,
        policy.ConsentRule: rules_on_people.consent,
        policy.SignatureRule: rules_on_people.signature,
        policy.TrainingRule: rules_on_people.training,
        policy.RiskRule: rules_on_risks.risk,
        policy.ChangeRule: rules.change,
        policy.IncidentRule: rules_on_risks.incident,
        policy.LogRule: rules_on_risks.log,
        policy.CapabilityRule: rules.capability,
        policy.LedgerRule: rules.ledger,
        policy.StateRule: rules.state,
        policy.AnyOf: any_of,
        policy.AllOf: all_of,
    }
)


def sections_of(rule: Rule) -> frozenset[Section]:
    """The facts that the rule reads."""
    return frozenset().union(*(_read_by(leaf) for leaf in policy.leaves(rule)))


def _read_by(leaf: Leaf) -> frozenset[Section]:
    """A few words of a rule read further facts."""
    found = SECTIONS[type(leaf)]
    if isinstance(leaf, policy.DocumentRule) and leaf.since_version:
        return found | {Section.VERSION}
    if isinstance(leaf, policy.RiskRule) and leaf.plan_first:
        return found | {Section.PLANS}
    return found
