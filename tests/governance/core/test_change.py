"""Is a new version judged to be inside its change plan only when every promise is kept?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from audits.core.values import Estimate
from governance.core import change, plan_document
from governance.core.change import Declared, Facts, Judged, Plan, judge
from governance.core.change_plan import bounds_of, names_of
from tests.governance.core.change_story import around, change_plan, evaluation

FROZEN = datetime(2026, 5, 1, tzinfo=UTC)
USE = {"purpose": "To warn of sepsis.", "decision_role": "informs"}


def plan(**changes: Any) -> Plan:
    document = plan_document.parse("change", change_plan(**changes))
    return Plan(1, FROZEN, names_of(document), bounds_of(document))


def facts(**changes: Any) -> Facts:
    """A retraining that keeps every promise: measured well on new data, the old version measured there too."""
    kept = Facts(
        declared=Declared(("retrain",), FROZEN + timedelta(days=30), 1),
        plan=plan(),
        new=(evaluation(2, "2026", auroc=around(0.84, 0.01)),),
        previous=(evaluation(1, "2026", auroc=around(0.83, 0.01)),),
        use_then=USE,
        use_now=USE,
    )
    return replace(kept, **changes)


def why(found: change.Judgement, judged: Judged) -> str:
    return " ".join(each.text for each in found.reasons if each.judged is judged)


def test_a_change_that_keeps_every_promise_is_in_the_plan_and_says_why() -> None:
    found = judge(facts())
    assert found.judged is Judged.IN_PLAN
    words = why(found, Judged.IN_PLAN)
    assert "“retrain” is a modification of plan 1" in words
    assert "The intended use is the one" in words
    assert "0.840 (0.830 to 0.850) respects the bound of at least 0.75. n = 1,000." in words
    assert "against version 1 on the same patients, as two independent estimates" in words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"plan": None}, "No change plan was in force"),
        ({"declared": Declared((), FROZEN + timedelta(days=1), 1)}, "does not foresee"),
        ({"declared": Declared(("rewrite",), FROZEN + timedelta(days=1), 1)}, "“rewrite” is no modification"),
        ({"declared": Declared(("retrain",), FROZEN - timedelta(days=1), 1)}, "frozen only after the changed version"),
        ({"use_now": {**USE, "purpose": "To warn of anything."}}, "card's answer on “purpose”"),
        ({"new": (evaluation(2, "2026", auroc=around(0.70, 0.01)),)}, "breaks the bound of at least 0.75"),
        ({"previous": (evaluation(1, "2026", auroc=around(0.90, 0.01)),)}, "breaks the bound of at least -0.03"),
    ],
)
def test_one_broken_promise_is_out_of_the_plan(changes: dict[str, Any], words: str) -> None:
    found = judge(facts(**changes))
    assert found.judged is Judged.OUT_OF_PLAN
    assert words in why(found, Judged.OUT_OF_PLAN)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"declared": None}, "Nobody has declared"),
        ({"new": ()}, "the new version has no evaluation table"),
        ({"new": (evaluation(2, "2026"),)}, "the audit measured no AUROC"),
        ({"new": (evaluation(2, "2026", auroc=around(0.76, 0.05)),)}, "straddles"),
        ({"new": (evaluation(2, "2026", auroc=Estimate.undefined("no events")),)}, "no events"),
        ({"previous": ()}, "upload predictions of version 1 on dataset “2026”"),
        ({"previous": (evaluation(1, "2025", auroc=around(0.83, 0.01)),)}, "upload predictions of version 1"),
        ({"use_then": {**USE, "purpose": None}}, "did not say “purpose” when the plan was frozen"),
        ({"use_then": {}, "use_now": {}}, "does not state the intended use"),
    ],
)
def test_what_is_missing_leaves_the_judgement_open(changes: dict[str, Any], words: str) -> None:
    found = judge(facts(**changes))
    assert found.judged is Judged.CANNOT_TELL
    assert words in why(found, Judged.CANNOT_TELL)


def test_a_broken_promise_outweighs_what_cannot_be_told() -> None:
    found = judge(facts(previous=(), use_now={**USE, "purpose": "Other."}))
    assert found.judged is Judged.OUT_OF_PLAN
    assert why(found, Judged.CANNOT_TELL)


def test_bounds_of_other_modifications_are_not_asked() -> None:
    found = judge(facts(declared=Declared(("recalibrate",), FROZEN + timedelta(days=1), 1), previous=()))
    assert found.judged is Judged.IN_PLAN


def test_every_evaluation_table_must_respect_a_bound() -> None:
    new = (evaluation(2, "2026", auroc=around(0.84, 0.01)), evaluation(2, "north", auroc=around(0.7, 0.01)))
    assert judge(facts(new=new)).judged is Judged.OUT_OF_PLAN


def test_the_comparison_on_the_same_patients_counts_where_the_score_stands_beside() -> None:
    new = evaluation(2, "2026", auroc=around(0.84, 0.01), auroc_vs_comparator=around(-0.02, 0.005))
    declared = Declared(("retrain",), FROZEN + timedelta(days=1), 1, paired=True)
    found = judge(facts(declared=declared, new=(new,), previous=()))
    assert found.judged is Judged.IN_PLAN
    assert "on the same patients" in why(found, Judged.IN_PLAN)
    worse = evaluation(2, "2026", auroc=around(0.84, 0.01), auroc_vs_comparator=around(-0.06, 0.005))
    assert judge(facts(declared=declared, new=(worse,), previous=())).judged is Judged.OUT_OF_PLAN


def test_a_weak_score_beside_does_not_stand_in_for_the_previous_version() -> None:
    # The previous version has 0.85 on these patients; what stands beside has 0.60, and the new version beats that.
    weak = {"auroc_vs_comparator": around(0.10, 0.005), "comparator_auroc": around(0.60, 0.01)}
    bounds = [{"modifications": "all", "measure": "auroc", "not_worse_by": 0.02}]
    new = (evaluation(2, "2026", auroc=around(0.70, 0.01), **weak),)
    previous = (evaluation(1, "2026", auroc=around(0.85, 0.01)),)
    for paired in (True, False):
        declared = Declared(("retrain",), FROZEN + timedelta(days=1), 1, paired=paired)
        found = judge(facts(plan=plan(bounds=bounds), declared=declared, new=new, previous=previous))
        assert found.judged is Judged.OUT_OF_PLAN
        assert ("so it was not used" in why(found, Judged.OUT_OF_PLAN)) is paired


def test_a_score_beside_only_some_rows_is_not_compared_with() -> None:
    new = (evaluation(2, "2026", auroc=around(0.84, 0.01), auroc_vs_comparator=around(0.02, 0.005, n=900)),)
    declared = Declared(("retrain",), FROZEN + timedelta(days=1), 1, paired=True)
    found = judge(facts(declared=declared, new=new, previous=()))
    assert found.judged is Judged.CANNOT_TELL
    assert "stands beside 900 of 1,000 rows" in why(found, Judged.CANNOT_TELL)


def test_that_a_score_beside_is_the_previous_versions_is_said_to_be_declared_alone_where_no_audit_bears_it_out() -> (
    None
):
    new = (evaluation(2, "2026", auroc=around(0.84, 0.01), auroc_vs_comparator=around(0.01, 0.005)),)
    declared = Declared(("retrain",), FROZEN + timedelta(days=1), 1, paired=True)
    for previous, alone in (((), True), ((evaluation(1, "2026", auroc=around(0.83, 0.01)),), False)):
        found = judge(facts(declared=declared, new=new, previous=previous))
        assert found.judged is Judged.IN_PLAN
        assert ("no audit of it there bears it out" in why(found, Judged.IN_PLAN)) is alone


def test_the_same_dataset_is_not_taken_for_the_same_patients() -> None:
    new, old = around(0.84, 0.01), around(0.83, 0.01)
    unknown = facts(new=(evaluation(2, "2026", "", auroc=new),), previous=(evaluation(1, "2026", "", auroc=old),))
    found = judge(unknown)
    assert found.judged is Judged.IN_PLAN
    assert "Nobody can tell whether these are the same patients" in why(found, Judged.IN_PLAN)
    others = facts(previous=(evaluation(1, "2026", "patients of 2025", auroc=old),))
    assert judge(others).judged is Judged.CANNOT_TELL
    assert "upload predictions of version 1" in why(judge(others), Judged.CANNOT_TELL)


def test_a_claim_to_the_same_patients_that_the_same_dataset_contradicts_cannot_be_told() -> None:
    new = (evaluation(2, "2026", "", auroc=around(0.84, 0.01), auroc_vs_comparator=around(0.10, 0.005)),)
    declared = Declared(("retrain",), FROZEN + timedelta(days=1), 1, paired=True)
    found = judge(facts(declared=declared, new=new, previous=(evaluation(1, "2026", "", auroc=around(0.83, 0.01)),)))
    assert found.judged is Judged.CANNOT_TELL
    assert "Nobody can tell whether version 1 on dataset “2026” has the same patients" in why(found, Judged.CANNOT_TELL)


def test_a_table_that_nobody_audited_leaves_the_judgement_open() -> None:
    good = evaluation(2, "2026", auroc=around(0.84, 0.01))
    found = judge(facts(new=(good, replace(evaluation(2, "north"), audited=False))))
    assert found.judged is Judged.CANNOT_TELL
    assert "north.csv: AUROC: no finished audit has measured" in why(found, Judged.CANNOT_TELL)


def test_a_comparison_with_a_version_that_was_never_approved_is_said() -> None:
    found = judge(facts(declared=Declared(("retrain",), FROZEN + timedelta(days=1), 1, approved=False)))
    assert found.judged is Judged.IN_PLAN
    assert "No earlier version was approved" in why(found, Judged.IN_PLAN)


def test_for_a_measure_where_less_is_better_more_is_worse() -> None:
    bounds = [{"modifications": "all", "measure": "brier", "not_worse_by": 0.01}]
    new = (evaluation(2, "2026", brier=around(0.15, 0.001)),)
    previous = (evaluation(1, "2026", brier=around(0.12, 0.001)),)
    found = judge(facts(plan=plan(bounds=bounds), new=new, previous=previous))
    assert found.judged is Judged.OUT_OF_PLAN
    assert "at most 0.01" in why(found, Judged.OUT_OF_PLAN)
    assert judge(facts(plan=plan(bounds=bounds), new=previous, previous=new)).judged is Judged.IN_PLAN


def test_too_few_patients_cannot_tell() -> None:
    bounds = [{"modifications": "all", "measure": "auroc", "minimum": 0.75, "minimum_n": 5000}]
    found = judge(facts(plan=plan(bounds=bounds)))
    assert found.judged is Judged.CANNOT_TELL
    assert "at least 5000" in why(found, Judged.CANNOT_TELL)


def test_a_declared_change_that_no_bound_concerns_cannot_be_told() -> None:
    unbounded = replace(plan(), bounds=())
    assert judge(facts(plan=unbounded)).judged is Judged.CANNOT_TELL
