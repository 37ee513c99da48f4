"""Does whatever satisfies a stricter rule satisfy the looser one, and does nothing ask less before it is signed?"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import governance
from audits.core.values import Kind
from governance.core import facts, pack_strictness
from governance.core.answers import answer
from governance.core.consent import Coverage, not_consent_based
from governance.core.facts import Facts
from governance.core.overlay_settled import settled
from governance.core.pack_build import rule_of
from governance.core.pack_changes import changes
from governance.core.pack_strictness import rule_holds
from governance.core.statements import HOLDING, worst
from tests.governance.core.world import NOW, PLAN, control, days, facts_with

SCHEMA = json.loads((Path(governance.__file__).parent / "packs" / "schema.json").read_bytes())
# What says which thing a rule is about: another word asks for another thing.
ABOUT = frozenset(
    [
        "audit",
        "capability",
        "course",
        "document",
        "judged",
        "kind",
        "log",
        "meaning",
        "measure",
        "operating_point",
        "origin",
        "plan",
        "purpose",
        "role",
        "rules",
        "slice",
    ]
)
ROLES = ("compliance", "reviewer")
MEASURES = ("auroc_difference", "brier_difference", "population_smd")
YES_NO = st.booleans()
AGES = st.integers(1, 40)


def some(words: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(words), min_size=1, unique=True)


def rules_of(kind: str, required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind), **required}, optional=optional)


DOCUMENTS = rules_of(
    "document",
    {"document": st.just("dpia")},
    {
        "reviewed_by": some(ROLES),
        "fields": some(("risks", "measures")),
        "maximum_age_days": AGES,
        "must_expire": YES_NO,
        "since_version": YES_NO,
    },
)
AUDITS = rules_of("audit", {"audit": st.just("bias")}, {"measures": some(MEASURES), "maximum_age_days": AGES})
CONSENTS = rules_of(
    "consent",
    {"purpose": st.just("care"), "minimum": st.sampled_from([0.0, 0.5, 1.0]), "on": st.just("estimate")},
    {"other_basis": YES_NO},
)
RISKS = rules_of(
    "risk",
    {},
    {
        "minimum": st.integers(0, 2),
        **dict.fromkeys(["estimated", "accepted", "acceptable", "overall", "plan_first"], YES_NO),
    },
)
RULES = {"document": DOCUMENTS, "audit": AUDITS, "consent": CONSENTS, "risk": RISKS}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two rules of one kind, most words of which are the same: a pair where neither asks more teaches nothing."""
    rules = RULES[draw(st.sampled_from(sorted(RULES)))]
    old, other = draw(rules), draw(rules)
    chosen = draw(st.sets(st.sampled_from(sorted({*old, *other})), max_size=2))
    new = {key: value for key, value in old.items() if key not in chosen}
    return old, new | {key: other[key] for key in chosen if key in other} | {
        key: old[key] for key in ("kind", "minimum") if key in old and key not in new and key not in other
    }


MOMENTS = st.integers(-3, 0).map(lambda day: NOW + timedelta(days=day))


@st.composite
def worlds(draw: st.DrawFn) -> Facts:
    """A version about which as much is known as one of these rules can ask."""
    finished = NOW - timedelta(days=draw(st.integers(0, 50)))
    counted = Coverage("t1", "care", 6, 10, (), 0.6, 0.3, 0.8)
    elsewhere = not_consent_based(table="t1", purpose="care", note="Public task.")
    return facts_with(
        documents=(draw(documents()),),
        submitted_on=draw(st.sampled_from([None, days(-30), days(-10), days(0)])),
        plan=replace(PLAN, measures=tuple(("bias", name) for name in draw(some(MEASURES)))),
        tables=(facts.Table("t1", "Ward 3", "0" * 64),),
        audits=(facts.Audit("a1", Kind.BIAS, "t1", "d1", "0" * 64, 1, (), finished),),
        coverages=(draw(st.sampled_from([counted, elsewhere])),),
        risks=tuple(draw(risk(number)) for number in range(draw(st.integers(0, 2)))),
        plans=tuple(
            facts.GovernedPlan("risk", "p", 1, "d", NOW, (), draw(MOMENTS)) for _ in range(draw(st.integers(0, 1)))
        ),
        register_accepted_by=draw(st.sampled_from(["", "Rita"])),
    )


@st.composite
def documents(draw: st.DrawFn) -> facts.Document:
    """A data protection impact assessment, more or less fresh and reviewed."""
    return facts.Document(
        id="d1",
        kind="dpia",
        title="Assessment",
        revision=1,
        sha256="0" * 64,
        effective_from=draw(st.integers(-50, 0).map(days)),
        expires_on=draw(st.sampled_from([None, days(5)])),
        reviewers=tuple(roles := draw(some(ROLES))),
        answered=("risks", "measures"),
        reviewed=tuple((role, draw(st.integers(-20, 0).map(days))) for role in roles),
    )


@st.composite
def risk(draw: st.DrawFn, number: int) -> facts.Risk:
    """An entry of the register, carried more or less far."""
    return facts.Risk(
        str(number),
        "drift",
        (),
        estimated=draw(YES_NO),
        controls=1,
        proven=True,
        residual=draw(st.sampled_from(["", "acceptable", "not_acceptable"])),
        accepted_by=draw(st.sampled_from(["", "Rita"])),
        recorded_at=draw(MOMENTS),
    )


def holds(rule: dict[str, Any], known: Facts) -> bool:
    built = rule_of(rule)
    return worst(answer(built, control(built), known)) in HOLDING


@settings(max_examples=600)
@given(pairs(), worlds())
def test_what_holds_under_a_rule_that_asks_more_holds_under_the_other(
    pair: tuple[dict[str, Any], dict[str, Any]], known: Facts
) -> None:
    old, new = pair
    if rule_holds(old, new) and holds(new, known):
        assert holds(old, known)


def pack_of(rule: dict[str, Any]) -> dict[str, Any]:
    stated = {"id": "c", "requirement": "A requirement.", "severity": "blocking", "evidence": rule}
    return {"status": "in_force", "effective_from": "2026-01-01", "controls": [stated]}


@settings(max_examples=400)
@given(pairs())
def test_what_is_settled_before_a_signature_never_asks_less(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    current, wanted = (pack_of(rule) for rule in pair)
    found = settled(current, wanted)
    assert not changes(current, found).loosens
    if not changes(current, wanted).loosens:
        assert found == wanted


@pytest.mark.parametrize(
    ("kind", "less", "more"),
    [
        ("document", {}, {"maximum_age_days": 30}),
        ("document", {}, {"must_expire": True}),
        ("document", {"since_version": False}, {"since_version": True}),
        ("consent", {}, {"other_basis": False}),
        ("consent", {"other_basis": True}, {"other_basis": False}),
        ("audit", {}, {"measures": ["auroc_difference"]}),
        ("audit", {"measures": ["auroc_difference", "brier_difference"]}, {"measures": ["brier_difference"]}),
        ("risk", {}, {"overall": True}),
        ("risk", {}, {"acceptable": True}),
        ("risk", {}, {"plan_first": True}),
    ],
)
def test_each_further_word_tightens_one_way_and_loosens_the_other(
    kind: str, less: dict[str, Any], more: dict[str, Any]
) -> None:
    loose, strict = {"kind": kind, **less}, {"kind": kind, **more}
    assert rule_holds(loose, strict)
    assert not rule_holds(strict, loose)


def test_every_word_that_a_rule_may_say_is_compared_or_says_what_it_is_about() -> None:
    said = {key for name, rule in SCHEMA["$defs"].items() if name.startswith("rule_") for key in rule["properties"]}
    assert said - set(pack_strictness.ASKS) - ABOUT == set()
