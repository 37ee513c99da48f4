"""What do risks, incidents and logs say to a policy?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from governance.core.facts import GovernedPlan, Incident, Log, Risk
from governance.core.policy import IncidentRule, LogRule, RiskRule
from tests.governance.core.world import NOW, days, facts_with, said, verdict

DONE: dict[str, Any] = {
    "estimated": True,
    "controls": 1,
    "proven": True,
    "residual": "acceptable",
    "accepted_by": "Rita",
}


def risk(
    id_: str = "r1", hazard: str = "drift", *, characteristics: tuple[str, ...] = ("validity",), **values: Any
) -> Risk:
    bare: dict[str, Any] = {"estimated": False, "controls": 0, "proven": False}
    return Risk(id_, hazard, characteristics, **{**bare, **values})


def test_an_empty_register_is_not_met() -> None:
    assert verdict(RiskRule()) == "not_met"
    assert verdict(RiskRule(), risks=(risk(),)) == "met"
    assert verdict(RiskRule(minimum=2), risks=(risk(),)) == "not_met"


def test_each_hazard_and_characteristic_needs_an_entry_of_its_own() -> None:
    rule = RiskRule(hazards=("drift", "leakage"), characteristics=("privacy",))
    found = said(rule, facts_with(risks=(risk(),)))
    assert [each.status for each in found] == ["not_met", "not_met"]
    assert "Leakage" in found[0].text
    assert "privacy" in found[1].text
    known = (risk(), risk("r2", "leakage", characteristics=("privacy",)))
    assert verdict(rule, risks=known) == "met"


@pytest.mark.parametrize(
    ("asked", "lack"),
    [
        ("estimated", {"estimated": False}),
        ("controlled", {"controls": 0}),
        ("proven", {"proven": False}),
        ("accepted", {"accepted_by": ""}),
        ("accepted", {"residual": ""}),
        ("acceptable", {"residual": ""}),
        ("acceptable", {"residual": "not_acceptable"}),
    ],
)
def test_an_entry_that_was_not_carried_as_far_as_asked_is_not_met(asked: str, lack: dict[str, Any]) -> None:
    rule = replace(RiskRule(), **{asked: True})  # type: ignore[arg-type]
    assert verdict(rule, risks=(risk(**DONE),)) == "met"
    assert verdict(rule, risks=(risk(**DONE), risk("r2", **{**DONE, **lack}))) == "not_met"


def test_entries_that_the_rule_does_not_look_at_may_be_unfinished() -> None:
    rule = RiskRule(hazards=("leakage",), accepted=True)
    assert verdict(rule, risks=(risk(), risk("r2", "leakage", **DONE))) == "met"


def test_a_risk_that_a_signer_bears_for_its_benefit_is_accepted_and_yet_not_acceptable() -> None:
    borne = risk(**{**DONE, "residual": "not_acceptable"})
    assert verdict(RiskRule(accepted=True), risks=(borne,)) == "met"
    assert verdict(RiskRule(accepted=True, acceptable=True), risks=(borne,)) == "not_met"


def test_a_register_is_accepted_as_a_whole_by_a_signature_of_its_own() -> None:
    rule = RiskRule(accepted=True, overall=True)
    assert verdict(rule, risks=(risk(**DONE),)) == "not_met"
    (found,) = said(rule, facts_with(risks=(risk(**DONE),), register_accepted_by="Rita"))
    assert (found.status, "Rita accepted it as a whole" in found.text) == ("met", True)


def risk_plan(first: int, newest: int = 0) -> GovernedPlan:
    return GovernedPlan("risk", "p1", 2, "d", NOW + timedelta(hours=newest), (), NOW + timedelta(hours=first))


def test_each_entry_was_written_after_the_first_plan_was_frozen() -> None:
    rule = RiskRule(minimum=0, plan_first=True)
    entry = risk(recorded_at=NOW)
    assert verdict(rule, risks=(entry,), plans=(risk_plan(-1, newest=5),)) == "met"
    assert verdict(rule, plans=(risk_plan(-1),)) == "met"
    (found,) = said(rule, facts_with(risks=(entry,), plans=(risk_plan(1),)))
    assert (found.status, "revise its entry" in found.remedy) == ("not_met", True)
    assert verdict(rule, risks=(risk(),), plans=(risk_plan(-1),)) == "not_met"
    assert verdict(rule, risks=(entry,)) == "not_met"


def incident(severity: str, *, closed: bool = False, overdue: bool = False, due: int | None = None) -> Incident:
    return Incident("i1", severity, closed, overdue, None if due is None else NOW + timedelta(hours=due), "of today")


@pytest.mark.parametrize(
    ("known", "status"),
    [
        ((), "met"),
        ((incident("minor"),), "met"),
        ((incident("serious"),), "not_met"),
        ((incident("critical", closed=True),), "met"),
        ((incident("minor", overdue=True),), "not_met"),
        ((incident("critical", closed=True, overdue=True),), "not_met"),
        ((incident("unheard of"),), "not_met"),
    ],
)
def test_open_grave_incidents_and_overdue_reports_are_not_met(known: tuple[Incident, ...], status: str) -> None:
    assert verdict(IncidentRule("minor"), incidents=known) == status


def test_a_report_that_is_owed_ends_the_answer_at_its_deadline() -> None:
    (found,) = said(IncidentRule("serious"), facts_with(incidents=(incident("minor", due=30),)))
    assert (found.status, found.ends_at) == ("met", NOW + timedelta(hours=30))


def log(retention: int = 200, reviewed: int = 0, kind: str = "inference") -> Log:
    return Log("l1", kind, retention, days(reviewed))


def test_a_log_is_kept_long_enough_and_looked_at_lately_enough() -> None:
    rule = LogRule("inference", retention_days=180, reviewed_within_days=30)
    (found,) = said(rule, facts_with(logs=(log(reviewed=-30),)))
    assert (found.status, found.until) == ("met", days(1))
    assert verdict(rule, logs=(log(reviewed=-31),)) == "stale"
    assert verdict(rule, logs=(log(retention=179),)) == "not_met"
    assert verdict(rule, logs=(log(kind="override"),)) == "not_met"
    assert verdict(rule) == "not_met"


def test_the_answer_names_the_audits_that_were_taken_as_proof_and_why_others_were_not() -> None:
    rule = RiskRule(proven=True)
    taken = risk(**{**DONE, "proof": "drift audit of version 2", "proof_ends_at": NOW + timedelta(days=3)})
    (met,) = said(rule, facts_with(risks=(taken, replace(taken, id="r2"))))
    assert met.text.endswith("Shown by: drift audit of version 2.")
    assert met.ends_at == NOW + timedelta(days=3)
    old = risk(title="It is late", proof="the drift audit of version 1 is of another artefact")
    (lacking,) = said(rule, facts_with(risks=(old,)))
    assert "“It is late”" in lacking.text
    assert lacking.text.endswith(": the drift audit of version 1 is of another artefact.")
