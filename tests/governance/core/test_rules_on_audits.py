"""Whose patients were audited, and how long ago?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from audits.core.values import Estimate, Kind, On
from governance.core.facts import Audit, Finding, Measured, Table
from governance.core.policy import AuditRule, MeasureRule, Origin
from tests.governance.core.world import NOW, PLAN, days, facts_with, said, verdict

HERE = Table("t1", "Ward 3", "0" * 64, (Origin.INTERNAL, Origin.LOCAL), "north")
THERE = Table("t3", "Ward 9", "0" * 64, (Origin.EXTERNAL, Origin.LOCAL), "south")
AWAY = Table("t2", "Elsewhere", "0" * 64, (Origin.EXTERNAL,))


def audit(table: Table, *, age: int | None = 0, kind: Kind = Kind.VALIDATION, **values: Any) -> Audit:
    finished = None if age is None else NOW - timedelta(days=age)
    made = Audit(f"a-{table.id}-{age}", kind, table.id, "d1", "0" * 64, 1, (), finished)
    return replace(made, **values)


def auroc(source: Audit, value: float = 0.8) -> Measured:
    estimate = Estimate(value, value - 0.05, value + 0.05, n=500)
    return Measured(source.id, source.table, "d1", "auroc", "", "", estimate)


def known(*audits: Audit, tables: tuple[Table, ...] = (HERE, AWAY), value: float = 0.8) -> dict[str, Any]:
    measured = tuple(auroc(each, value) for each in audits)
    return {"plan": PLAN, "tables": tables, "audits": audits, "measured": measured, "using": ("north",)}


def test_every_table_is_audited_unless_the_rule_looks_at_one_origin() -> None:
    assert verdict(AuditRule(Kind.VALIDATION), **known(audit(HERE))) == "not_met"
    assert verdict(AuditRule(Kind.VALIDATION), **known(audit(HERE), audit(AWAY))) == "met"
    assert verdict(AuditRule(Kind.VALIDATION, Origin.LOCAL), **known(audit(HERE))) == "met"
    assert verdict(AuditRule(Kind.VALIDATION, Origin.EXTERNAL), **known(audit(HERE))) == "not_met"


@pytest.mark.parametrize("origin", list(Origin))
def test_without_a_table_of_the_origin_there_is_nothing_to_count(origin: Origin) -> None:
    (found,) = said(AuditRule(Kind.VALIDATION, origin), facts_with(plan=PLAN))
    assert (found.status, found.ways[0][0].key) == ("not_met", f"table:{origin}")


BOTH = {"tables": (HERE, THERE), "using": ("north", "south")}


def test_local_means_each_site_that_uses_the_model() -> None:
    rule = AuditRule(Kind.VALIDATION, Origin.LOCAL)
    assert verdict(rule, **{**known(audit(HERE)), "using": ("north", "south")}) == "not_met"
    assert verdict(rule, **{**known(audit(HERE), audit(THERE)), **BOTH}) == "met"
    assert verdict(rule, **{**known(audit(HERE)), "using": ()}) == "not_met"
    assert verdict(rule, **{**known(audit(HERE), tables=(HERE,)), "using": ("south",)}) == "not_met"


def test_the_age_of_local_audits_is_judged_at_each_site_on_its_own() -> None:
    rule = AuditRule(Kind.VALIDATION, Origin.LOCAL, maximum_age_days=30)
    found = said(rule, facts_with(**{**known(audit(HERE, age=3), audit(THERE, age=300)), **BOTH}))
    (stale,) = [each for each in found if each.status == "stale"]
    assert stale.ways[0][0].key == "audit:validation.local@south"
    assert "at south" in stale.text
    limit = MeasureRule("auroc", 0.7, None, On.INTERVAL, origin=Origin.LOCAL, maximum_age_days=30)
    assert verdict(limit, **{**known(audit(HERE, age=3), audit(THERE, age=300)), **BOTH}) == "stale"


def test_one_site_is_judged_by_its_own_data_alone() -> None:
    rule = AuditRule(Kind.VALIDATION, Origin.LOCAL, maximum_age_days=30)
    here = {**known(audit(HERE, age=300), tables=(HERE,)), "site": "north"}
    (stale,) = [each for each in said(rule, facts_with(**here)) if each.status == "stale"]
    assert stale.ways[0][0].key == "audit:validation.local@north"


def test_an_audit_counts_to_the_last_day_of_its_age_and_is_stale_on_the_next() -> None:
    rule = AuditRule(Kind.VALIDATION, Origin.LOCAL, maximum_age_days=30)
    found = said(rule, facts_with(**known(audit(HERE, age=30))))
    assert {each.status for each in found} == {"met"}
    assert found[-1].until == days(1)
    assert verdict(rule, **known(audit(HERE, age=31))) == "stale"


def test_the_newest_audit_decides_the_age_and_older_tables_need_not_be_audited_again() -> None:
    rule = AuditRule(Kind.VALIDATION, maximum_age_days=30)
    assert verdict(rule, **known(audit(HERE, age=300), audit(AWAY, age=3))) == "met"
    assert verdict(rule, **known(audit(HERE, age=300), audit(AWAY, age=33))) == "stale"


def test_an_audit_without_a_time_cannot_show_its_age() -> None:
    rule = AuditRule(Kind.VALIDATION, Origin.LOCAL, maximum_age_days=30)
    assert verdict(rule, **known(audit(HERE, age=None))) == "not_evaluable"
    assert verdict(AuditRule(Kind.VALIDATION, Origin.LOCAL), **known(audit(HERE, age=None))) == "met"


def test_a_finding_is_worse_than_age() -> None:
    rule = AuditRule(Kind.VALIDATION, Origin.LOCAL, maximum_age_days=30)
    old = audit(HERE, age=99, findings=(Finding("k", "not_met", "Too low."),))
    assert verdict(rule, **known(old)) == "not_met"


def test_a_measure_is_compared_on_the_tables_of_its_origin_and_within_its_age() -> None:
    rule = MeasureRule("auroc", 0.7, None, On.INTERVAL, origin=Origin.EXTERNAL, maximum_age_days=30)
    assert verdict(rule, **known(audit(AWAY))) == "met"
    assert verdict(rule, **known(audit(AWAY), value=0.6)) == "not_met"
    assert verdict(rule, **known(audit(AWAY, age=40))) == "stale"
    assert verdict(rule, **known(audit(HERE))) == "not_evaluable"
    assert verdict(rule, **known(audit(HERE), tables=(HERE,))) == "not_met"
    assert verdict(rule, **{**known(audit(AWAY)), "plan": None}) == "not_evaluable"


def test_the_plan_sets_a_criterion_on_one_of_the_measures_that_are_named() -> None:
    rule = AuditRule(Kind.BIAS, measures=("auroc_difference", "brier_difference"))
    found = known(audit(HERE, kind=Kind.BIAS), tables=(HERE,))
    plan = replace(PLAN, measures=(("bias", "brier_difference"),))
    assert verdict(rule, **{**found, "plan": plan}) == "met"
    for measures in ((), (("bias", "population_smd"),), (("validation", "auroc_difference"),)):
        (first, *_) = said(rule, facts_with(**{**found, "plan": replace(PLAN, measures=measures)}))
        assert first.status == "not_met"
        assert "sets no criterion on “" in first.text
    assert verdict(AuditRule(Kind.BIAS), **found) == "met"
