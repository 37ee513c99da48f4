"""Does what a shipped control asks for prove what its sentence says?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from audits.core.catalog import of_kind
from audits.core.values import Estimate, Kind
from governance.core import facts
from governance.core.answers import answer
from governance.core.consent import not_consent_based
from governance.core.documents import DOCUMENTS
from governance.core.facts import Facts
from governance.core.policy import (
    AllOf,
    AnyOf,
    AuditRule,
    ChangeRule,
    ConsentRule,
    Control,
    DocumentRule,
    Origin,
    RiskRule,
    Rule,
    Severity,
    leaves,
)
from governance.core.statements import HOLDING, worst
from tests.governance.core.world import NOW, PLAN, TODAY, days, facts_with
from tests.governance.packs.shipped import CONTROLS

CONSENT_ITSELF = (
    "eu-gdpr:gdpr-7.1",
    "eu-gdpr:gdpr-7.3",
    "eu-gdpr:gdpr-9",
    "eu-mdr-software:mdr-62",
    "us-hipaa:hip-508",
    "us-hipaa:hip-512i",
    "us-hipaa:p2-31",
)
BETWEEN_GROUPS = (
    "eu-ai-act-highrisk:aia-9.9",
    "us-1557:s1557-a",
    "us-1557:s1557-c",
    "us-hti1-dsi:hti1-b7ii",
    "us-hti1-dsi:hti1-b7iv",
    "us-hti1-dsi:hti1-b8iv",
    "fda-gmlp:gmlp-8",
    "tripod-ai:tr-23a",
)
REPRESENTATIVE = (
    "eu-ai-act-highrisk:aia-10.3",
    "fda-gmlp:gmlp-3",
    "us-hti1-dsi:hti1-b4iii",
    "us-hti1-dsi:hti1-b6iii",
    "tripod-ai:tr-5a",
)
OF_POPULATION = ("population_smd", "participation_to_prevalence")


def control(name: str) -> Control:
    return CONTROLS[name][1]


def rules(name: str, kind: type) -> list[Any]:
    return [each for each in leaves(control(name).rule) if isinstance(each, kind)]


def holds(rule: Rule, known: Facts) -> bool:
    return worst(answer(rule, control_of(rule), known)) in HOLDING


def control_of(rule: Rule) -> Control:
    return Control("c", "A requirement.", Severity.BLOCKING, rule)


def document(kind: str, **values: Any) -> facts.Document:
    """A file that is as good as one can be."""
    bare: dict[str, Any] = {
        "id": kind,
        "kind": kind,
        "title": kind,
        "revision": 1,
        "sha256": "0" * 64,
        "effective_from": days(-3),
        "expires_on": days(300),
        "reviewers": (roles := ("approver", "compliance", "reviewer", "steward")),
        "answered": tuple(DOCUMENTS[kind].fields),
        "reviewed": tuple((role, days(-2)) for role in roles),
    }
    return facts.Document(**{**bare, **values})


@pytest.mark.parametrize("name", CONSENT_ITSELF)
def test_data_on_another_legal_basis_prove_no_consent(name: str) -> None:
    found = rules(name, ConsentRule)
    assert found
    table = facts.Table("t1", "Ward 3", "0" * 64)
    for rule in found:
        elsewhere = not_consent_based(table="t1", purpose=rule.purpose, note="Public task.")
        assert not holds(rule, facts_with(tables=(table,), coverages=(elsewhere,)))


def test_no_control_is_met_by_a_file_that_nobody_read_and_that_answers_nothing() -> None:
    careless = [
        f"{name} {leaf.document}"
        for name, (_, each) in CONTROLS.items()
        for leaf in leaves(each.rule)
        if isinstance(leaf, DocumentRule) and not leaf.reviewed_by and not leaf.fields
    ]
    assert careless == []


@pytest.mark.parametrize("name", ["eu-gdpr:gdpr-30", "eu-mdr-software:mdr-10", "eu-mdr-software:mdr-5.5"])
def test_what_blocks_a_release_was_read_by_somebody_else(name: str) -> None:
    for rule in rules(name, DocumentRule):
        assert holds(rule, facts_with(documents=(document(rule.document),), submitted_on=TODAY))
        assert not holds(rule, facts_with(documents=(document(rule.document, reviewers=()),)))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("eu-mdr-software:mdr-86", "psur"),
        ("eu-ai-act-highrisk:aia-44", "nb_certificate"),
        ("eu-ai-act-highrisk:aia-43", "nb_certificate"),
        ("us-hipaa:hip-508", "irb_waiver"),
        ("us-hipaa:hip-512i", "irb_waiver"),
        ("tripod-ai:tr-17", "irb_waiver"),
    ],
)
def test_what_is_still_valid_says_until_when(name: str, kind: str) -> None:
    asked = [each for each in rules(name, DocumentRule) if each.document == kind]
    bounded = [each for each in asked if each.must_expire]
    assert bounded
    for rule in bounded:
        assert not holds(rule, facts_with(documents=(document(kind, expires_on=None),)))


@pytest.mark.parametrize(
    ("device_class", "age", "met"),
    [("III", 366, True), ("III", 367, False), ("IIb", 700, False), ("IIa", 700, True), ("IIa", 732, False)],
)
def test_a_safety_update_is_as_old_as_the_device_s_class_allows(device_class: str, age: int, met: bool) -> None:
    stated = facts.Stated("device_class", (device_class,), "e1", TODAY)
    known = facts_with(stated=(stated,), documents=(document("psur", effective_from=days(-age)),))
    assert holds(control("eu-mdr-software:mdr-86").rule, known) is met


def test_a_change_of_role_was_looked_at_in_the_last_year_also_where_it_came_to_be() -> None:
    old = (document("classification", effective_from=days(-400)), document("technical_file"))
    new = (document("classification"), document("technical_file"))
    rule = control("eu-ai-act-highrisk:aia-25").rule
    assert holds(rule, facts_with(documents=new))
    assert not holds(rule, facts_with(documents=old))


def test_a_certificate_is_asked_for_only_where_there_is_one() -> None:
    for alternative in control("eu-ai-act-highrisk:aia-44").applies:
        assert ("has_certificate", ("yes",)) in [(each.field, each.any_of) for each in alternative.when]


@pytest.mark.parametrize("name", ["iso-14971:r14971-8", "eu-ai-act-highrisk:aia-9.5"])
def test_all_risks_together_are_accepted_by_a_signature_of_their_own(name: str) -> None:
    (rule,) = rules(name, RiskRule)
    entry = facts.Risk("r1", "drift", (), True, 1, True, "acceptable", "Rita", recorded_at=NOW)
    assert not holds(rule, facts_with(risks=(entry,)))
    assert holds(rule, facts_with(risks=(entry,), register_accepted_by="Rita"))


def test_a_risk_that_is_not_acceptable_was_not_judged_acceptable() -> None:
    (rule,) = rules("eu-ai-act-highrisk:aia-9.5", RiskRule)
    entry = facts.Risk("r1", "drift", (), True, 1, True, "not_acceptable", "Rita", recorded_at=NOW)
    assert not holds(rule, facts_with(risks=(entry,), register_accepted_by="Rita"))


def test_risks_were_analysed_by_a_plan_that_existed_before() -> None:
    (rule,) = rules("iso-14971:r14971-4", RiskRule)
    plan = facts.GovernedPlan("risk", "p", 1, "d", NOW, (), NOW)
    before = facts.Risk("r1", "drift", (), True, 1, True, recorded_at=NOW - timedelta(days=1))
    assert holds(rule, facts_with(plans=(plan,)))
    assert not holds(rule, facts_with(plans=(plan,), risks=(before,)))


@pytest.mark.parametrize("name", BETWEEN_GROUPS)
def test_any_measure_between_groups_will_do_and_no_other(name: str) -> None:
    every = {entry.key for entry in of_kind(Kind.BIAS) if entry.gated} - set(OF_POPULATION)
    (rule,) = [each for each in rules(name, AuditRule) if each.audit is Kind.BIAS]
    assert set(rule.measures) == every


@pytest.mark.parametrize("name", REPRESENTATIVE)
def test_how_well_patients_stand_for_others_is_measured_against_those(name: str) -> None:
    (rule,) = [each for each in rules(name, AuditRule) if each.audit is Kind.BIAS]
    assert rule.measures == OF_POPULATION


def test_leaking_was_looked_for_by_counting_who_is_in_both_tables() -> None:
    (rule,) = rules("fda-gmlp:gmlp-4", AuditRule)
    table = facts.Table("t1", "Ward 3", "0" * 64)
    done = facts.Audit("a1", "quality", "t1", "d1", "0" * 64, 1, (), NOW)
    known = facts_with(plan=PLAN, tables=(table,), audits=(done,))
    assert not holds(rule, known)
    plan = replace(PLAN, measures=(("quality", "subject_overlap_share"),))
    assert holds(rule, replace(known, plan=plan))


@pytest.mark.parametrize("name", ["eu-ai-act-highrisk:aia-9.9", "us-1557:s1557-a", "us-hti1-dsi:hti1-b7ii"])
def test_a_control_on_named_grounds_says_that_columns_are_not_seen(name: str) -> None:
    assert "Formulary cannot see which column" in control(name).note


def test_the_training_data_are_compared_with_those_of_the_place_of_use() -> None:
    (rule,) = rules("us-hti1-dsi:hti1-b4iv", AuditRule)
    assert (rule.audit, rule.origin) == (Kind.DRIFT, Origin.LOCAL)


@dataclass(frozen=True)
class Comparison:
    """The part of a control that asks for a comparison with existing care."""

    name: str
    at: int


@pytest.mark.parametrize("where", [Comparison("eu-mdr-software:mdr-61", -1), Comparison("tripod-ai:tr-12e", -1)])
def test_a_comparison_is_measured_or_described_in_a_study_that_was_read(where: Comparison) -> None:
    whole = control(where.name).rule
    assert isinstance(whole, AllOf)
    rule = whole.rules[where.at]
    assert isinstance(rule, AnyOf)
    stated = facts.Stated("existing_methods", ("The nurse.",), "e1", TODAY)
    known = facts_with(stated=(stated,), **audited())
    assert not holds(rule, known)
    assert not holds(rule, replace(known, documents=(document("outcome_evaluation", reviewers=()),)))
    assert holds(rule, replace(known, documents=(document("outcome_evaluation"),)))
    gain = facts.Measured("a1", "t1", "d1", "auroc_vs_comparator", "", "", Estimate(0.02, -0.01, 0.05, n=500))
    plan = replace(PLAN, measures=(("validation", "auroc_vs_comparator"),))
    assert holds(rule, replace(known, plan=plan, measured=(gain,)))


def audited() -> Mapping[str, Any]:
    table = facts.Table("t1", "Ward 3", "0" * 64, (Origin.EXTERNAL,))
    done = facts.Audit("a1", "validation", "t1", "d1", "0" * 64, 1, (), NOW)
    return {"plan": PLAN, "tables": (table,), "audits": (done,)}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("eu-gdpr:gdpr-35", "dpia"),
        ("fda-pccp:pccp-mp4", "release_note"),
        ("fda-pccp:pccp-out", "submission_assessment"),
        ("eu-ai-act-highrisk:aia-43", "nb_certificate"),
    ],
)
def test_what_is_about_a_version_was_written_or_reviewed_since_it_was_submitted(name: str, kind: str) -> None:
    (rule,) = [each for each in rules(name, DocumentRule) if each.since_version]
    assert rule.document == kind
    known = facts_with(documents=(document(kind),))
    assert holds(rule, replace(known, submitted_on=days(-2)))
    assert not holds(rule, replace(known, submitted_on=days(-1)))


@pytest.mark.parametrize(
    ("change", "assessed", "met"),
    [
        ("", False, True),
        ("in_plan", False, True),
        ("out_of_plan", False, False),
        ("cannot_tell", False, False),
        ("out_of_plan", True, True),
    ],
)
def test_a_change_outside_the_plan_is_assessed_for_a_new_submission(change: str, assessed: bool, met: bool) -> None:
    rule = control("fda-pccp:pccp-out").rule
    assert rules("fda-pccp:pccp-out", ChangeRule)
    papers = (document("submission_assessment"),) if assessed else ()
    known = facts_with(change=change, submitted_on=days(-2), documents=papers)
    assert holds(rule, known) is met


@pytest.mark.parametrize("name", ["us-21cfr11:p11-10i", "us-21cfr11:p11-10j", "eu-ai-act-highrisk:aia-26.2"])
def test_training_is_counted_among_users_and_the_control_says_so(name: str) -> None:
    assert "users of the model" in " ".join(control(name).note.split())
