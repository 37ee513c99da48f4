"""Is every kind of evidence read as it is written, and a word that leads nowhere refused with its near matches?"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import governance
from audits.core.values import Kind, On
from governance.core import packs, policy
from governance.core.pack_build import build
from governance.core.pack_yaml import PackError
from governance.core.policy import Applies, Condition, Origin, Rule, Verification

SHIPPED = Path(governance.__file__).parent / "packs"
SCHEMA = json.loads((SHIPPED / "schema.json").read_bytes())
HEAD = """\
id: local
title: Local
version: "2"
issuer: Us
jurisdiction: any
binds: all
status: in_force
effective_from: 2026-01-01
reviewed_on: 2026-01-01
source: ours
controls:
"""


def one(evidence: str, more: str = "") -> str:
    control = "  - id: art-26.11\n    requirement: Something that is long enough.\n    severity: blocking\n"
    return f"{HEAD}{control}    evidence: {evidence}\n{more}"


def read(text: str) -> policy.Pack:
    return packs.parse(text.encode(), schema=SCHEMA)[0]


def refused(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(PackError) as caught:
        read(text)
    return [(each.line, each.field, each.message) for each in caught.value.problems]


@pytest.mark.parametrize(
    ("evidence", "rule"),
    [
        ("{kind: attribute, fields: [purpose]}", policy.AttributeRule(("purpose",))),
        (
            "{kind: attribute, fields: [risk_class], not_available: true, none_of: [high], reviewed_within_days: 365}",
            policy.AttributeRule(("risk_class",), True, ("high",), 365),
        ),
        (
            "{kind: document, document: patient_notice, reviewed_by: [compliance]}",
            policy.DocumentRule("patient_notice", ("compliance",)),
        ),
        ("{kind: plan}", policy.PlanRule("validation")),
        ("{kind: plan, plan: monitoring, sections: [thresholds]}", policy.PlanRule("monitoring", ("thresholds",))),
        (
            "{kind: audit, audit: bias, origin: local, maximum_age_days: 365}",
            policy.AuditRule(Kind.BIAS, Origin.LOCAL, 365),
        ),
        (
            "{kind: measure, measure: auroc, minimum: 0.7, on: interval, minimum_n: 50, origin: external}",
            policy.MeasureRule("auroc", 0.7, None, On.INTERVAL, 50, origin=Origin.EXTERNAL),
        ),
        ("{kind: consent, purpose: x, minimum: 0.9, on: estimate}", policy.ConsentRule("x", 0.9, On.ESTIMATE)),
        (
            "{kind: signature, role: approver, meaning: approval, count: 2, other_than: reviewer}",
            policy.SignatureRule("approver", "approval", 2, "reviewer"),
        ),
        (
            "{kind: risk, hazards: [drift], characteristics: [safety], estimated: true, accepted: true}",
            policy.RiskRule(("drift",), ("safety",), estimated=True, accepted=True),
        ),
        (
            "{kind: document, document: psur, maximum_age_days: 366, must_expire: true, since_version: true}",
            policy.DocumentRule("psur", maximum_age_days=366, must_expire=True, since_version=True),
        ),
        (
            "{kind: audit, audit: quality, measures: [row_overlap_share]}",
            policy.AuditRule(Kind.QUALITY, measures=("row_overlap_share",)),
        ),
        (
            "{kind: consent, purpose: x, minimum: 1, on: estimate, other_basis: false}",
            policy.ConsentRule("x", 1, On.ESTIMATE, other_basis=False),
        ),
        (
            "{kind: risk, minimum: 0, acceptable: true, overall: true, plan_first: true}",
            policy.RiskRule(minimum=0, acceptable=True, overall=True, plan_first=True),
        ),
        ("{kind: change, judged: in_plan}", policy.ChangeRule("in_plan")),
        ("{kind: incident, above: minor}", policy.IncidentRule("minor")),
        ("{kind: capability, capability: tokens_never_sign}", policy.CapabilityRule("tokens_never_sign")),
        ("{kind: ledger}", policy.LedgerRule()),
        ("{kind: state, none_of: [retired]}", policy.StateRule(("retired",))),
        (
            "{kind: any_of, rules: [{kind: ledger}, {kind: all_of, rules: [{kind: plan}, {kind: ledger}]}]}",
            policy.AnyOf((policy.LedgerRule(), policy.AllOf((policy.PlanRule(), policy.LedgerRule())))),
        ),
    ],
)
def test_every_kind_of_evidence_is_read_as_it_is_written(evidence: str, rule: Rule) -> None:
    (control,) = read(one(evidence)).controls
    assert (control.id, control.rule) == ("art-26.11", rule)


def test_a_control_says_where_it_stands_in_the_law_and_whom_it_reaches() -> None:
    more = """\
    citation: Article 26(11)
    verification: secondary
    note: Only the summary was read.
    applies:
      - {roles: [deployer], when: [{field: ai_act_route, any_of: [annex_iii]}], from: 2027-12-02, to: 2030-01-01}
      - {environments: [staging], jurisdictions: [EU], risk_classes: [high], device_classes: [IIa]}
"""
    (control,) = read(one("{kind: ledger}", more)).controls
    assert (control.citation, control.verification) == ("Article 26(11)", Verification.SECONDARY)
    first, second = control.applies
    assert first == Applies(
        roles=("deployer",),
        when=(Condition("ai_act_route", ("annex_iii",)),),
        since=date(2027, 12, 2),
        until=date(2030, 1, 1),
    )
    assert second.device_classes == ("IIa",)


@pytest.mark.parametrize(
    ("evidence", "field", "said"),
    [
        ("{kind: attribute, fields: [purpos]}", "/fields", "“purpos” is not a known field of the model card; did you"),
        ("{kind: attribute, fields: [risk_class], none_of: [hihg]}", "/none_of", "“high”"),
        ("{kind: attribute, fields: [risk_class], none_of: [xyz]}", "/none_of", "“xyz” is not a known answer"),
        ("{kind: document, document: patient_notise}", "/document", "did you mean “patient_notice”"),
        ("{kind: document, document: dpia, fields: [no_such_point]}", "/fields", "checklist of “dpia”"),
        ("{kind: plan, plan: monitoring, sections: [treshholds]}", "/sections", "“thresholds”"),
        ("{kind: plan, sections: [thresholds]}", "/sections", "section of a validation plan"),
        ("{kind: measure, measure: aurok, minimum: 0.6, on: interval}", "/measure", "did you mean “auroc”"),
        ("{kind: audit, audit: bias, measures: [auroc_diference]}", "/measures", "did you mean “auroc_difference”"),
        ("{kind: audit, audit: bias, measures: [auroc]}", "/measures", "belongs to the validation audit"),
        ("{kind: audit, audit: bias, measures: [auroc_vs_rest_p]}", "/measures", "no plan can set a criterion"),
        ("{kind: training, course: nothing-like-it, coverage: 1}", "/course", "not a known course"),
        ("{kind: risk, hazards: [drifts]}", "/hazards", "“drift”"),
        ("{kind: risk, characteristics: [fairnes]}", "/characteristics", "“fairness”"),
        ("{kind: incident, above: grave}", "/above", "not a known severity of an incident"),
        ("{kind: log, log: nothing-like-it}", "/log", "not a known log"),
        ("{kind: capability, capability: token_never_sign}", "/capability", "“tokens_never_sign”"),
    ],
)
def test_a_dangling_word_is_refused_with_its_line_and_what_it_may_have_meant(
    evidence: str, field: str, said: str
) -> None:
    ((line, where, message),) = refused(one(evidence))
    assert (line, where) == (15, f"/controls/0/evidence{field}")
    assert said in message


def test_a_dangling_word_inside_other_rules_is_found_where_it_stands() -> None:
    text = one(
        "\n      kind: any_of\n      rules:\n        - {kind: ledger}\n        - {kind: document, document: dpja}"
    )
    ((line, where, _),) = refused(text)
    assert (line, where) == (19, "/controls/0/evidence/rules/1/document")


def test_at_most_three_near_matches_are_named() -> None:
    ((_, _, message),) = refused(one("{kind: attribute, fields: [risk]}"))
    assert message.count("“") <= 4


@pytest.mark.parametrize(
    ("applies", "field"),
    [
        ("{roles: [owner]}", "/roles"),
        ("{jurisdictions: [Mars]}", "/jurisdictions"),
        ("{when: [{field: ai_act_rout, any_of: [annex_i]}]}", "/when/0/field"),
        ("{when: [{field: ai_act_route, any_of: [annex_9]}]}", "/when/0/any_of"),
        ("{when: [{field: purpose, any_of: [anything]}]}", "/when/0/any_of"),
        ("{from: 2027-02-01, to: 2027-01-01}", "/to"),
        ("{from: 2027-02-30}", "/from"),
        ("{environments: [moon]}", "/environments/0"),
        ("{}", ""),
    ],
)
def test_a_condition_that_nothing_could_answer_is_refused(applies: str, field: str) -> None:
    ((line, where, _),) = refused(one("{kind: ledger}", f"    applies: [{applies}]\n"))
    assert (line, where) == (16, f"/controls/0/applies/0{field}")


def test_a_pack_s_own_condition_is_looked_at_too() -> None:
    text = HEAD.replace("controls:", "applies: {jurisdictions: [EUU]}\ncontrols:") + one("{kind: ledger}")[len(HEAD) :]
    assert [(line, where) for line, where, _ in refused(text)] == [(11, "/applies/jurisdictions")]


def nested(levels: int) -> str:
    return "{kind: all_of, rules: [" * levels + "{kind: ledger}" + "]}" * levels


def test_rules_are_nested_at_most_three_levels_deep() -> None:
    assert read(one(nested(3))).controls[0].id
    ((line, where, message),) = refused(one(nested(4)))
    assert (line, where) == (15, "/controls/0/evidence/rules/0/rules/0/rules/0/kind")
    assert "3 levels" in message
    assert refused(one(nested(40)))


def test_a_rule_cannot_hold_itself() -> None:
    cycle = one("&self\n      kind: all_of\n      rules: [*self]")
    ((_, _, message),) = refused(cycle)
    assert "anchors and aliases" in message


@pytest.mark.parametrize(
    ("evidence", "field"),
    [
        ("{kind: ledger, minimum: 1}", "/minimum"),
        ("{kind: log, log: access, retention: 5}", "/retention"),
        ("{kind: training, course: [a], coverage: 1}", "/course"),
        ("{kind: training, course: a, coverage: 0}", "/coverage"),
        ("{kind: training, course: a, coverage: lots}", "/coverage"),
        ("{kind: audit, audit: bias, maximum_age_days: 1.5}", "/maximum_age_days"),
        ("{kind: audit, audit: bias, origin: mars}", "/origin"),
        ("{kind: any_of, rules: []}", "/rules"),
        ("{kind: any_of, rules: [ledger]}", "/rules/0"),
        ("[kind, ledger]", ""),
        ("{rules: []}", "/kind"),
    ],
)
def test_a_wrong_type_or_an_unknown_key_is_refused_where_it_stands(evidence: str, field: str) -> None:
    found = refused(one(evidence))
    assert (15, f"/controls/0/evidence{field}") in [(line, where) for line, where, _ in found]


def test_at_most_400_controls_are_read() -> None:
    def many(number: int) -> str:
        tail = one("{kind: ledger}")[len(HEAD) :]
        return HEAD + "".join(tail.replace("art-26.11", f"c-{position}") for position in range(number))

    assert len(read(many(400)).controls) == 400
    ((_, where, message),) = refused(many(401))
    assert (where, message) == ("/controls", "at most 400 are accepted")


def test_the_earlier_key_for_environments_is_refused_in_a_file_and_read_from_the_database() -> None:
    ((_, where, message),) = refused(one("{kind: ledger}", "    environments: [production]\n"))
    assert where == "/controls/0/environments"
    assert "applies: [{environments: [...]}]" in message
    stored: dict[str, Any] = {
        "id": "old",
        "version": "1",
        "title": "Old",
        "controls": [
            {
                "id": "c",
                "requirement": "Signed.",
                "severity": "blocking",
                "environments": ["production"],
                "evidence": {"kind": "plan"},
                "waivers": [],
            }
        ],
    }
    (control,) = build(stored).controls
    assert control.applies == (Applies(environments=("production",)),)
    assert control.rule == policy.PlanRule()


def test_every_shipped_pack_is_sound() -> None:
    found = [packs.parse(path.read_bytes(), schema=SCHEMA)[0] for path in sorted(SHIPPED.glob("*.yaml"))]
    assert "baseline" in {each.slug for each in found}
    assert len({each.slug for each in found}) == len(found)


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_read_or_refused_and_nothing_else_happens(text: str) -> None:
    for content in (text, one(f"{{kind: {text}}}")):
        with suppress(PackError):
            assert read(content).controls
