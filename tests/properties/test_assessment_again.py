"""Is a control that was left alone really unchanged? And can more evidence ever make things worse?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from audits.core.values import Kind
from governance.core import facts
from governance.core.answers import widened
from governance.core.assessment import assess, reassess
from governance.core.facts import Facts, Section
from governance.core.policy import (
    AllOf,
    AnyOf,
    Applies,
    AttributeRule,
    AuditRule,
    CapabilityRule,
    ChangeRule,
    Condition,
    Control,
    DocumentRule,
    IncidentRule,
    LedgerRule,
    LogRule,
    Pack,
    PlanRule,
    RiskRule,
    Rule,
    Severity,
    SignatureRule,
    TrainingRule,
    WaiverTerm,
)
from governance.core.statements import HOLDING, worst
from tests.governance.core.world import NOW, PLAN, days, facts_with, said

DAYS = st.integers(-40, 40).map(days)
STATED = st.builds(
    facts.Stated,
    key=st.sampled_from(["purpose", "our_roles", "external_data"]),
    values=st.sampled_from([(), ("",), ("deployer",), ("provider",)]),
    entry=st.just("e"),
    reviewed_on=st.integers(-40, 0).map(days),
    not_available=st.sampled_from(["", "Nobody knows."]),
)
DOCUMENTS = st.builds(
    facts.Document,
    id=st.sampled_from(["d1", "d2"]),
    kind=st.sampled_from(["ifu", "dpia"]),
    title=st.just("T"),
    revision=st.just(1),
    sha256=st.just("0" * 64),
    effective_from=DAYS,
    expires_on=st.none() | DAYS,
    reviewers=st.sampled_from([(), ("reviewer",), ("steward",)]),
    answered=st.sampled_from([(), ("purpose",)]),
    returned=st.booleans(),
    superseded_on=st.none() | st.integers(1, 3).map(days),
)
TRAINING = st.builds(
    facts.TrainingCover,
    course=st.just("ai_literacy"),
    site=st.just("north"),
    expected=st.integers(0, 5),
    current=st.integers(0, 5),
    lapses_on=st.none() | DAYS,
    lapsed=st.integers(0, 5),
    changes_on=st.none() | st.integers(1, 3).map(days),
).filter(lambda each: each.current + each.lapsed <= each.expected)
RISKS = st.builds(
    facts.Risk,
    id=st.sampled_from(["r1", "r2"]),
    hazard=st.sampled_from(["drift", "leakage"]),
    characteristics=st.sampled_from([(), ("validity",), ("privacy",)]),
    estimated=st.booleans(),
    controls=st.integers(0, 1),
    proven=st.booleans(),
    residual=st.sampled_from(["", "acceptable"]),
    accepted_by=st.sampled_from(["", "Rita"]),
)
LOGS = st.builds(facts.Log, st.just("l"), st.just("inference"), st.integers(1, 200), st.integers(-40, 0).map(days))
INCIDENTS = st.builds(facts.Incident, st.just("i"), st.sampled_from(["minor", "serious"]), st.booleans(), st.booleans())
WAIVED = st.builds(
    facts.ControlWaived,
    id=st.just("w"),
    pack=st.just("p"),
    control=st.sampled_from(["c0", "c1", "c2"]),
    verdict=st.sampled_from(["not_met", "stale", "not_evaluable"]),
    expires_at=st.integers(-3, 60).map(lambda hours: NOW + timedelta(hours=hours)),
    signer=st.just("Abe"),
    why_not=st.sampled_from(["", "", "altered"]),
    missing=st.none() | st.sampled_from([("document:ifu",), ("document:ifu.expired", "attribute:purpose")]),
)
APPROVALS = st.builds(
    facts.Approval,
    id=st.just("s"),
    signature=st.just("s"),
    record_sha256=st.just("0" * 64),
    role=st.just("reviewer"),
    meaning=st.just("review"),
    signer=st.just("rita"),
    printed_name=st.just("Rita"),
    plan_digest=st.sampled_from(["d1", "d2"]),
)
AUDITS = st.builds(
    facts.Audit,
    id=st.just("a"),
    kind=st.just("bias"),
    table=st.just("t"),
    plan_digest=st.sampled_from(["d1", "d2"]),
    result_sha256=st.just("0" * 64),
    checks=st.just(1),
    finished_at=st.integers(-40, 0).map(lambda day: NOW + timedelta(days=day)),
)


def some(items: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=most).map(tuple)


FIELDS: dict[Section, dict[str, st.SearchStrategy[Any]]] = {
    Section.VERSION: {"state": st.sampled_from(["approved", "retired"])},
    Section.CARD: {"stated": some(STATED)},
    Section.DOCUMENTS: {"documents": some(DOCUMENTS)},
    Section.PLANS: {"plan": st.sampled_from([None, PLAN])},
    Section.AUDITS: {"tables": st.sampled_from([(), (facts.Table("t", "T", "0" * 64),)]), "audits": some(AUDITS)},
    Section.CONSENT: {},
    Section.SIGNATURES: {"approvals": some(APPROVALS)},
    Section.TRAINING: {"training": some(TRAINING, 2)},
    Section.RISKS: {"risks": some(RISKS)},
    Section.INCIDENTS: {"incidents": some(INCIDENTS)},
    Section.LOGS: {"logs": some(LOGS)},
    Section.CHANGE: {"change": st.sampled_from(["", "in_plan", "out_of_plan", "cannot_tell"])},
    Section.PLATFORM: {"ledger_size": st.sampled_from([None, 7])},
    Section.WAIVERS: {"waived": some(WAIVED)},
}
LEAVES: st.SearchStrategy[Rule] = st.sampled_from(
    [
        AttributeRule(("purpose",), reviewed_within_days=20),
        AttributeRule(("external_data",), not_available=True),
        DocumentRule("ifu"),
        DocumentRule("ifu", reviewed_by=("reviewer",), fields=("purpose",)),
        PlanRule(),
        AuditRule(Kind.BIAS, maximum_age_days=20),
        SignatureRule("reviewer", "review", 1),
        TrainingRule("ai_literacy", 0.8),
        RiskRule(hazards=("drift",), estimated=True),
        RiskRule(accepted=True),
        IncidentRule("minor"),
        LogRule("inference", 100, 20),
        CapabilityRule("tls_cookies"),
        LedgerRule(),
        ChangeRule(),
    ]
)
RULES: st.SearchStrategy[Rule] = LEAVES | st.builds(
    lambda kind, rules: kind(tuple(rules)), st.sampled_from([AnyOf, AllOf]), st.lists(LEAVES, min_size=1, max_size=3)
)
APPLIES = st.sampled_from(
    [
        (),
        (Applies(roles=("deployer",)),),
        (Applies(environments=("staging",)),),
        (Applies(since=days(1)),),
        (Applies(until=days(0)), Applies(when=(Condition("our_roles", ("provider",)),))),
    ]
)
TERMS = tuple(WaiverTerm(verdict, ("approver",), 90, False) for verdict in ("not_met", "stale", "not_evaluable"))


@st.composite
def packs(draw: st.DrawFn) -> Pack:
    found = draw(st.lists(st.tuples(RULES, APPLIES, st.booleans()), min_size=1, max_size=3))
    controls = (
        Control(f"c{number}", "R.", Severity.BLOCKING, rule, applies, TERMS if waivable else ())
        for number, (rule, applies, waivable) in enumerate(found)
    )
    return Pack("p", "1", "P", tuple(controls), effective_to=draw(st.sampled_from([None, days(0), days(1)])))


def drawn(draw: Any, sections: frozenset[Section]) -> dict[str, Any]:
    return {name: draw(each) for section in Section if section in sections for name, each in FIELDS[section].items()}


@settings(max_examples=500, deadline=None)
@given(data=st.data(), pack=packs(), moved=st.sets(st.sampled_from(Section), max_size=3), later=st.integers(0, 72))
def test_looking_only_at_what_moved_says_what_looking_at_everything_says(
    data: st.DataObject, pack: Pack, moved: set[Section], later: int
) -> None:
    before = facts_with(**drawn(data.draw, frozenset(Section)))
    now = NOW + timedelta(hours=later)
    after = replace(before, now=now, **drawn(data.draw, widened(moved)))
    assert reassess(pack, after, assess(pack, before), moved) == assess(pack, after)


@settings(max_examples=400, deadline=None)
@given(data=st.data(), rule=st.sampled_from([DocumentRule("ifu"), DocumentRule("ifu", ("reviewer",), ("purpose",))]))
def test_a_further_document_never_makes_it_worse(data: st.DataObject, rule: DocumentRule) -> None:
    known = data.draw(some(DOCUMENTS))
    if holds(rule, facts_with(documents=known)):
        more = data.draw(st.permutations((*known, data.draw(DOCUMENTS))))
        assert holds(rule, facts_with(documents=tuple(more)))


@settings(max_examples=300, deadline=None)
@given(data=st.data(), wanted=st.sampled_from([("purpose",), ("purpose", "external_data")]))
def test_answering_a_further_question_never_makes_it_worse(data: st.DataObject, wanted: tuple[str, ...]) -> None:
    rule = AttributeRule(wanted, not_available=True, reviewed_within_days=20)
    known = {each.key: each for each in data.draw(some(STATED))}
    further = data.draw(STATED)
    if holds(rule, facts_with(stated=tuple(known.values()))):
        assert holds(rule, facts_with(stated=tuple({further.key: further, **known}.values())))


@settings(max_examples=300, deadline=None)
@given(cover=TRAINING, asked=st.sampled_from([0.2, 0.8, 1.0]))
def test_training_one_more_person_never_makes_it_worse(cover: facts.TrainingCover, asked: float) -> None:
    rule = TrainingRule("ai_literacy", asked)
    if cover.current < cover.expected and holds(rule, facts_with(training=(cover,))):
        better = replace(cover, current=cover.current + 1, lapsed=max(0, cover.lapsed - 1))
        assert holds(rule, facts_with(training=(better,)))


@settings(max_examples=400, deadline=None)
@given(data=st.data(), estimated=st.booleans(), controlled=st.booleans(), proven=st.booleans(), accepted=st.booleans())
def test_carrying_a_risk_further_or_adding_a_finished_one_never_makes_it_worse(
    data: st.DataObject, estimated: bool, controlled: bool, proven: bool, accepted: bool
) -> None:
    rule = RiskRule(("drift",), ("privacy",), 1, estimated, controlled, proven, accepted)
    known = data.draw(some(RISKS))
    if not holds(rule, facts_with(risks=known)):
        return
    done: dict[str, Any] = {
        "estimated": True,
        "controls": 1,
        "proven": True,
        "residual": "acceptable",
        "accepted_by": "Rita",
    }
    carried = tuple(replace(each, **done) if data.draw(st.booleans()) else each for each in known)
    assert holds(rule, facts_with(risks=carried))
    assert holds(rule, facts_with(risks=(*known, replace(data.draw(RISKS), **done))))


def holds(rule: Rule, known: Facts) -> bool:
    return worst(said(rule, known)) in HOLDING
