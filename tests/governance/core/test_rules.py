"""What do plans, the state, the ledger and Formulary itself say to a policy?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from governance.core.capabilities import CAPABILITIES
from governance.core.facts import Capability, GovernedPlan
from governance.core.policy import CapabilityRule, ChangeRule, LedgerRule, PlanRule, StateRule
from tests.governance.core.world import NOW, PLAN, facts_with, said, verdict

MONITORING = GovernedPlan("monitoring", "g1", 3, "d9", NOW, ("thresholds", "actions"))


def test_a_validation_plan_is_frozen_before_the_first_audit() -> None:
    assert verdict(PlanRule()) == "not_met"
    assert verdict(PlanRule(), plan=PLAN) == "met"
    late = replace(PLAN, first_audit_at=PLAN.frozen_at - timedelta(seconds=1))
    assert verdict(PlanRule(), plan=late) == "not_met"


def test_the_sections_of_a_validation_plan_are_its_audits() -> None:
    assert verdict(PlanRule(sections=("bias",)), plan=PLAN) == "met"
    assert verdict(PlanRule(sections=("bias",)), plan=replace(PLAN, kinds=("validation",))) == "not_met"


def test_a_plan_for_the_model_s_life_answers_the_sections_that_are_asked() -> None:
    rule = PlanRule("monitoring", ("thresholds",))
    (found,) = said(rule, facts_with(plans=(MONITORING,)))
    assert (found.status, found.evidence) == ("met", ("governed_plan:g1",))
    assert verdict(rule) == "not_met"
    assert verdict(rule, plan=PLAN) == "not_met"
    assert verdict(PlanRule("change"), plans=(MONITORING,)) == "not_met"
    (lacking,) = said(PlanRule("monitoring", ("thresholds", "reporting")), facts_with(plans=(MONITORING,)))
    assert lacking.status == "not_met"
    assert "Who is told?" in lacking.text


def test_the_newest_plan_speaks() -> None:
    newer = replace(MONITORING, id="g2", number=4, sections=())
    assert verdict(PlanRule("monitoring", ("thresholds",)), plans=(MONITORING, newer)) == "not_met"


def test_a_capability_is_what_the_running_system_shows() -> None:
    rule = CapabilityRule("second_factor")
    assert verdict(rule) == "not_evaluable"
    assert verdict(rule, capabilities=(Capability("second_factor", True, "It does."),)) == "met"
    (found,) = said(rule, facts_with(capabilities=(Capability("second_factor", False, "It does not."),)))
    assert (found.status, found.remedy) == ("not_met", CAPABILITIES["second_factor"].remedy)


def test_state_and_ledger() -> None:
    assert verdict(StateRule(("retired",)), state="approved") == "met"
    assert verdict(StateRule(("retired",)), state="retired") == "not_met"
    assert verdict(LedgerRule(), ledger_size=0) == "met"
    assert verdict(LedgerRule(), ledger_size=None) == "not_met"


def test_a_change_is_met_inside_the_plan_and_where_there_is_no_earlier_version() -> None:
    assert verdict(ChangeRule()) == "met"
    assert verdict(ChangeRule(), change="in_plan") == "met"


def test_a_change_outside_the_plan_is_refused_and_one_that_nobody_can_judge_is_open() -> None:
    known = facts_with(change="out_of_plan", change_reasons=("“m9” is no modification of plan 2.",))
    (found,) = said(ChangeRule(), known)
    assert (found.status, "no modification of plan 2" in found.text) == ("not_met", True)
    (found,) = said(ChangeRule(), facts_with(change="cannot_tell"))
    assert (found.status, "Declare" in found.remedy) == ("not_evaluable", True)
