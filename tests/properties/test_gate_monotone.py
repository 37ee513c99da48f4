"""Can losing evidence, or gaining a finding, ever open the gate? It cannot, for any pack and any facts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.core.values import Estimate, Kind, On, Verdict
from governance.core import facts, packs
from governance.core.assessment import assess
from governance.core.consent import Coverage, coverage_of, not_consent_based
from governance.core.facts import Facts
from governance.core.gate import Decision, Outcome, decide
from governance.core.policy import (
    AttributeRule,
    AuditRule,
    ConsentRule,
    Control,
    LedgerRule,
    MeasureRule,
    Pack,
    PlanRule,
    Rule,
    Severity,
    SignatureRule,
    StateRule,
    WaiverTerm,
)
from governance.services.packs import SHIPPED

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BASELINE, _ = packs.parse(
    (SHIPPED / "baseline.yaml").read_bytes(), schema=json.loads((SHIPPED / "schema.json").read_text())
)
TERMS = tuple(WaiverTerm(verdict, ("approver",), 90, False) for verdict in (Verdict.NOT_MET, Verdict.NOT_EVALUABLE))
RULES: st.SearchStrategy[Rule] = st.sampled_from(
    [
        AttributeRule(("purpose",)),
        PlanRule(),
        StateRule(("retired",)),
        LedgerRule(),
        MeasureRule("auroc", 0.6, None, On.INTERVAL, 100),
        ConsentRule("p", 0.9, On.ESTIMATE),
        ConsentRule("p", 0.8, On.INTERVAL),
        SignatureRule("reviewer", "review", 1),
        SignatureRule("approver", "approval", 1, "reviewer"),
        SignatureRule("reviewer", "review", 2, "approver"),
        *(AuditRule(kind) for kind in Kind),
    ]
)
TABLES, DIGESTS, PEOPLE = ("t1", "t2"), ("d1", "d2"), ("ann", "ben", "cat")
REASONS = st.sampled_from(["", "", "", "altered"])


@st.composite
def controls(draw: st.DrawFn) -> tuple[Control, ...]:
    found = draw(st.lists(st.tuples(RULES, st.sampled_from(Severity), st.booleans()), min_size=1, max_size=3))
    return tuple(
        Control(
            f"c{position}",
            "A requirement.",
            severity,
            rule,
            waivers=TERMS if waivable and isinstance(rule, AuditRule) else (),
        )
        for position, (rule, severity, waivable) in enumerate(found)
    )


PACKS = st.just(BASELINE) | controls().map(lambda found: Pack("x", "1", "X", found))
WAIVERS = st.builds(
    facts.Waived,
    id=st.just("w"),
    record_sha256=st.just("0" * 64),
    expires_at=st.sampled_from([NOW - timedelta(days=1), NOW + timedelta(hours=1), NOW + timedelta(days=9)]),
    signer=st.sampled_from(PEOPLE),
    why_not=REASONS,
    signed_at=st.sampled_from([None, NOW, NOW - timedelta(days=99)]),
    roles=st.sampled_from([("approver",), ("approver",), ("steward",)]),
    measure=st.booleans(),
)
FINDINGS = st.builds(
    facts.Finding,
    key=st.just("k"),
    verdict=st.sampled_from([Verdict.NOT_MET.value, Verdict.NOT_EVALUABLE.value]),
    reason=st.just("So it is."),
    waivers=st.lists(WAIVERS, max_size=2).map(tuple),
)
AUDITS = st.builds(
    facts.Audit,
    id=st.just("a"),
    kind=st.sampled_from([kind.value for kind in Kind]),
    table=st.sampled_from(TABLES),
    plan_digest=st.sampled_from(DIGESTS),
    result_sha256=st.just("0" * 64),
    checks=st.integers(0, 3),
    findings=st.lists(FINDINGS, max_size=2).map(tuple),
)
ESTIMATES = st.sampled_from(
    [
        Estimate(0.8, 0.7, 0.9, n=500),
        Estimate(0.6, 0.5, 0.7, n=500),
        Estimate(0.8, 0.7, 0.9, n=5),
        Estimate(1.0, 0.9, 1.1, n=500),
        Estimate.undefined("no events"),
    ]
)
MEASURED = st.builds(
    facts.Measured,
    audit=st.just("a"),
    table=st.sampled_from(TABLES),
    plan_digest=st.sampled_from(DIGESTS),
    measure=st.sampled_from(["auroc", "oe_ratio"]),
    slice=st.just(""),
    operating_point=st.just(""),
    estimate=ESTIMATES,
)
APPROVALS = st.builds(
    facts.Approval,
    id=st.just("s"),
    signature=st.just("s"),
    record_sha256=st.just("0" * 64),
    role=st.sampled_from(["reviewer", "approver"]),
    meaning=st.sampled_from(["review", "approval"]),
    signer=st.sampled_from(PEOPLE),
    printed_name=st.sampled_from(PEOPLE),
    plan_digest=st.sampled_from(DIGESTS),
    why_not=REASONS,
)
SIGNED = st.sampled_from([("reviewer", "review"), ("approver", "approval")])
SOUND_APPROVALS = st.tuples(SIGNED, st.sampled_from(PEOPLE)).map(
    lambda made: facts.Approval("s", "s", "0" * 64, *made[0], made[1], made[1], "d1")
)
PLANS = st.builds(
    facts.Plan,
    digest=st.sampled_from(DIGESTS),
    number=st.just(1),
    kinds=st.just(tuple(kind.value for kind in Kind)) | st.just(("validation",)),
    frozen_at=st.just(NOW - timedelta(days=3)),
    confidence=st.sampled_from([0.95, 0.95, 0.99, 0.5]),
    first_audit_at=st.sampled_from([None, NOW - timedelta(days=2), NOW - timedelta(days=4)]),
)


@st.composite
def coverages(draw: st.DrawFn) -> Coverage:
    table, purpose = draw(st.sampled_from(TABLES)), draw(st.sampled_from(["p", "model-validation"]))
    if draw(st.booleans()):
        return not_consent_based(table=table, purpose=purpose, note="law")
    return counted(table, purpose, draw(st.integers(0, 100)), draw(st.integers(0, 10)))


def counted(table: str, purpose: str, covered: int, missing: int) -> Coverage:
    return coverage_of(table=table, purpose=purpose, counts={"covered": covered, "missing": missing})


def said(name: str, text: str) -> facts.Stated:
    return facts.Stated(name, (text,), "e", NOW.date())


@st.composite
def worlds(draw: st.DrawFn) -> Facts:
    """Half of them lack little: only there does one piece more or less decide."""
    scattered = Facts(
        version="v",
        artifact_sha256="0" * 64,
        environment="production",
        now=NOW,
        state=draw(st.sampled_from(["in_review", "approved", "retired"])),
        stated=tuple(said(name, draw(st.sampled_from(["said", "said", ""]))) for name in ATTRIBUTES),
        plan=draw(st.none() | PLANS),
        tables=tuple(facts.Table(name, name, "0" * 64) for name in TABLES[: draw(st.integers(0, 2))]),
        audits=tuple(draw(st.lists(AUDITS, max_size=8))),
        measured=tuple(draw(st.lists(MEASURED, max_size=4))),
        approvals=tuple(draw(st.lists(APPROVALS, max_size=4))),
        coverages=tuple(draw(st.lists(coverages(), max_size=4))),
        ledger_size=draw(st.sampled_from([None, 7])),
    )
    if draw(st.booleans()):
        return scattered
    almost = _completed(scattered)
    for what in draw(st.lists(st.sampled_from(LOSSES), max_size=2)):
        almost = lose(almost, what, draw(st.integers(0, 7)))
    signed = draw(st.just(almost.approvals) | st.lists(SOUND_APPROVALS, max_size=3).map(tuple))
    further = draw(st.lists(AUDITS, max_size=1))
    return replace(almost, audits=(*almost.audits, *further), approvals=signed)


ATTRIBUTES = ("purpose", "population", "intended_users", "setting", "decision_role", "outcome", "features")


def _completed(world: Facts) -> Facts:
    signed = [("reviewer", "review", "ann"), ("reviewer", "review", "cat"), ("approver", "approval", "ben")]
    return replace(
        world,
        state="approved",
        stated=tuple(said(name, "said") for name in ATTRIBUTES),
        plan=facts.Plan(
            "d1", 1, tuple(kind.value for kind in Kind), NOW - timedelta(days=3), 0.95, NOW - timedelta(days=2)
        ),
        tables=(facts.Table("t1", "t1", "0" * 64),),
        audits=tuple(facts.Audit(kind, kind, "t1", "d1", "0" * 64, 1) for kind in Kind),
        measured=tuple(
            facts.Measured("a", "t1", "d1", name, "", "", Estimate(value, value - 0.1, value + 0.1, n=500))
            for name, value in (("auroc", 0.8), ("oe_ratio", 1.0))
        ),
        approvals=tuple(
            facts.Approval(f"s{who}", "s", "0" * 64, role, meaning, who, who, "d1") for role, meaning, who in signed
        ),
        coverages=(counted("t1", "p", 100, 1), counted("t1", "model-validation", 100, 1)),
        ledger_size=7,
    )


def judged(pack: Pack, world: Facts) -> Decision:
    return decide(assess(pack, world), world, lifetime=timedelta(days=1))


def _without(items: tuple[Any, ...], position: int) -> tuple[Any, ...]:
    return items[:position] + items[position + 1 :]


LOSSES = ("plan", "audits", "measured", "approvals", "coverages", "stated", "waivers", "consent", "ledger_size")


def changed(world: Facts, **values: Any) -> Facts:
    return replace(world, **values)


def lose(world: Facts, what: str, position: int) -> Facts:
    """The same world with one piece of evidence less."""
    if what in {"plan", "ledger_size"}:
        return changed(world, **{what: None})
    if what == "waivers":
        return replace(
            world,
            audits=tuple(
                replace(
                    audit, findings=tuple(replace(finding, waivers=finding.waivers[1:]) for finding in audit.findings)
                )
                for audit in world.audits
            ),
        )
    if what == "consent":
        lowered = (
            counted(each.table, each.purpose, each.covered - 1, each.eligible - each.covered + 1)
            if each.covered
            else each
            for each in world.coverages
        )
        return replace(world, coverages=tuple(lowered))
    found = getattr(world, what)
    return changed(world, **{what: _without(found, position % len(found))}) if found else world


@settings(max_examples=600, deadline=None)
@given(pack=PACKS, world=worlds(), what=st.sampled_from(LOSSES), position=st.integers(0, 7))
def test_losing_evidence_never_opens_the_gate(pack: Pack, world: Facts, what: str, position: int) -> None:
    if judged(pack, world).outcome is Outcome.DENY:
        # One table may carry several audits of a kind; losing one of those that count against it is no lost evidence.
        poorer = lose(world, what, position)
        if what in {"audits", "measured"} and _lost_is_adverse(world, poorer, what):
            return
        assert judged(pack, poorer).outcome is Outcome.DENY


SIGNATURE_RULES = st.builds(
    lambda made, count, other: SignatureRule(
        made[0], made[1], count, {"reviewer": "approver", "approver": "reviewer"}[made[0]] * other
    ),
    SIGNED,
    st.integers(1, 2),
    st.booleans(),
)


@settings(max_examples=400, deadline=None)
@given(rule=SIGNATURE_RULES, signed=st.lists(SOUND_APPROVALS, max_size=4), position=st.integers(0, 3))
def test_losing_a_signature_never_helps_whoever_signed_in_which_role(
    rule: SignatureRule, signed: list[facts.Approval], position: int
) -> None:
    pack = Pack("x", "1", "X", (Control("c", "A requirement.", Severity.BLOCKING, rule),))
    world = replace(_completed(EMPTY), approvals=tuple(signed))
    if judged(pack, world).outcome is Outcome.DENY:
        assert judged(pack, lose(world, "approvals", position)).outcome is Outcome.DENY


def _lost_is_adverse(world: Facts, poorer: Facts, what: str) -> bool:
    """Whether what went was one of several of its kind: the gate is only ever shown the one that speaks."""

    def place(each: Any) -> tuple[str, ...]:
        key = (each.table, each.plan_digest)
        return (*key, each.kind) if what == "audits" else (*key, each.measure)

    return {place(each) for each in getattr(world, what)} == {place(each) for each in getattr(poorer, what)}


@settings(max_examples=300, deadline=None)
@given(pack=PACKS, world=worlds(), finding=FINDINGS, position=st.integers(0, 7))
def test_a_further_finding_never_opens_the_gate(
    pack: Pack, world: Facts, finding: facts.Finding, position: int
) -> None:
    if world.audits and judged(pack, world).outcome is Outcome.DENY:
        chosen = world.audits[position % len(world.audits)]
        worse = replace(chosen, findings=(*chosen.findings, finding))
        audits = tuple(worse if audit is chosen else audit for audit in world.audits)
        assert judged(pack, replace(world, audits=audits)).outcome is Outcome.DENY


@given(pack=PACKS, world=worlds())
def test_allow_has_no_reason_deny_has_one_and_both_end_in_time(pack: Pack, world: Facts) -> None:
    decision = judged(pack, world)
    assert (decision.outcome is Outcome.ALLOW) == (decision.reasons == ())
    assert NOW < decision.valid_until <= NOW + timedelta(days=1)


EMPTY = Facts("v", "0" * 64, "production", NOW, "draft", (), None, (), (), (), (), (), None)


@pytest.mark.parametrize("what", [what for what in LOSSES if what not in {"waivers", "consent"}])
def test_every_piece_of_evidence_is_needed(what: str) -> None:
    for position in range(len(ATTRIBUTES)):
        world = _completed(EMPTY)
        if what == "approvals":  # one reviewer more than the baseline asks for
            world = replace(world, approvals=world.approvals[1:])
        if what == "coverages":  # the first is about a purpose that the baseline does not ask about
            world = replace(world, coverages=world.coverages[1:])
        assert judged(BASELINE, world).outcome is Outcome.ALLOW
        assert judged(BASELINE, lose(world, what, position)).outcome is Outcome.DENY


def test_a_world_without_a_flaw_is_allowed_and_an_empty_one_is_not() -> None:
    assert judged(BASELINE, _completed(EMPTY)).outcome is Outcome.ALLOW
    denied = judged(BASELINE, EMPTY)
    assert {reason.control for reason in denied.reasons} == {control.id for control in BASELINE.controls} - {
        "version-usable"
    }
