"""Which plans of monitoring, change and risk can be frozen, and does a refusal name the field?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from audits.core.plan_fields import PlanError
from governance.core import plan_document
from governance.core.plans import CHANGE, PLANS, PROTOCOL
from tests.governance.core.change_story import MONITORING, RISK, change_plan

COMPLETE: dict[str, dict[str, Any]] = {"monitoring": MONITORING, "risk": RISK, "change": change_plan()}


def refused(kind: str, document: object) -> tuple[str, str]:
    with pytest.raises(PlanError) as caught:
        plan_document.parse(kind, document)
    return caught.value.code, caught.value.path


@pytest.mark.parametrize("kind", PLANS)
def test_a_complete_plan_is_read_and_written_back_unchanged(kind: str) -> None:
    read = plan_document.parse(kind, COMPLETE[kind])
    assert plan_document.parse(kind, read) == read
    assert set(plan_document.sections(read)) == set(COMPLETE[kind])


@pytest.mark.parametrize(
    ("kind", "key"),
    [(kind, key) for kind, spec in PLANS.items() for key, each in spec.sections.items() if each.required],
)
def test_every_required_section_is_required(kind: str, key: str) -> None:
    without = {name: value for name, value in COMPLETE[kind].items() if name != key}
    assert refused(kind, without) == ("missing_section", f"/{key}")
    assert refused(kind, {**COMPLETE[kind], key: "  "}) == ("missing_section", f"/{key}")


def test_optional_sections_count_only_where_they_say_something() -> None:
    read = plan_document.parse("monitoring", {**MONITORING, "pms": " ", "review": "Each January."})
    assert "review" in plan_document.sections(read)
    assert "pms" not in read
    assert "pms" in {each.key for each in plan_document.missing(PLANS["monitoring"], read)}


def test_what_changed_between_two_plans_is_told_section_by_section() -> None:
    new = {**MONITORING, "thresholds": "AUROC below 0.8.", "review": "Each January."}
    assert plan_document.changed(MONITORING, new) == {
        "thresholds": ("AUROC below 0.75.", "AUROC below 0.8."),
        "review": (None, "Each January."),
    }


def test_unknown_kinds_sections_and_shapes_are_refused() -> None:
    assert refused("wish", {}) == ("unknown_kind", "")
    assert refused("risk", []) == ("wrong_type", "")
    assert refused("risk", {**RISK, "colour": "red"}) == ("unknown_key", "/colour")
    assert refused("risk", {**RISK, "scope": 7}) == ("wrong_type", "/scope")
    assert refused("risk", {**RISK, "scope": "a\u202eb"}) == ("unsafe_text", "/scope")
    assert refused("risk", {**RISK, "scope": "x" * 20_001}) == ("too_long", "/scope")


def test_lines_are_kept_and_their_ends_are_one_kind() -> None:
    assert plan_document.parse("risk", {**RISK, "scope": "One.\r\nTwo.\n"})["scope"] == "One.\nTwo."


Change = Callable[[dict[str, Any]], object]


def set_in(*path: str | int, to: object) -> Change:
    def change(document: dict[str, Any]) -> None:
        inner: Any = document
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = to

    return change


def drop(*path: str | int) -> Change:
    def change(document: dict[str, Any]) -> None:
        inner: Any = document
        for step in path[:-1]:
            inner = inner[step]
        del inner[path[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        (set_in("modifications", 0, "id", to="Re train"), ("bad_id", "/modifications/0/id")),
        (set_in("modifications", 0, "id", to="all"), ("bad_id", "/modifications/0/id")),
        (set_in("modifications", 1, "id", to="retrain"), ("duplicate_modification", "/modifications/1")),
        (set_in("modifications", 0, "how", to="magic"), ("unknown_choice", "/modifications/0/how")),
        (set_in("modifications", 0, "where", to="moon"), ("unknown_choice", "/modifications/0/where")),
        (
            drop("modifications", 0, "why_inside_intended_use"),
            ("missing_field", "/modifications/0/why_inside_intended_use"),
        ),
        (set_in("bounds", 0, "measure", to="luck"), ("unknown_measure", "/bounds/0/measure")),
        (set_in("bounds", 0, "measure", to="mcnemar_sensitivity_p"), ("unusable_measure", "/bounds/0/measure")),
        (set_in("bounds", 0, "measure", to="psi"), ("unusable_measure", "/bounds/0/measure")),
        (drop("bounds", 0, "minimum"), ("no_bound", "/bounds/0")),
        (set_in("bounds", 0, "minimum", to=1.5), ("out_of_range", "/bounds/0/minimum")),
        (set_in("bounds", 0, "maximum", to=0.5), ("empty_range", "/bounds/0")),
        (set_in("bounds", 1, "not_worse_by", to=-0.1), ("out_of_range", "/bounds/1/not_worse_by")),
        (set_in("bounds", 1, "measure", to="oe_ratio"), ("no_direction", "/bounds/1/not_worse_by")),
        (set_in("bounds", 0, "operating_point", to="screen"), ("wrong_place", "/bounds/0/operating_point")),
        (set_in("bounds", 0, "measure", to="sensitivity"), ("wrong_place", "/bounds/0/operating_point")),
        (set_in("bounds", 0, "across", to="sex"), ("wrong_place", "/bounds/0/across")),
        (
            set_in("bounds", 0, to={"modifications": "all", "measure": "auroc_difference", "maximum": 0.1}),
            ("wrong_place", "/bounds/0/across"),
        ),
        (set_in("bounds", 0, "on", to="luck"), ("unknown_choice", "/bounds/0/on")),
        (set_in("bounds", 0, "modifications", to=[]), ("blank", "/bounds/0/modifications")),
        (set_in("bounds", 1, "modifications", to=["rewrite"]), ("unknown_modification", "/bounds/1/modifications")),
        (set_in("bounds", 0, "modifications", to=["retrain"]), ("unbounded_modification", "/modifications/1")),
        (drop("traceability", 1), ("orphan_modification", "/modifications/1")),
        (
            set_in("traceability", 1, "modification", to="rewrite"),
            ("unknown_modification", "/traceability/1/modification"),
        ),
        (set_in("traceability", 1, "modification", to="retrain"), ("duplicate_modification", "/traceability/1")),
        (set_in("traceability", 1, "steps", to=[]), ("blank", "/traceability/1/steps")),
        (set_in("traceability", 1, "steps", to=["prayer"]), ("unknown_step", "/traceability/1/steps/0")),
        (
            set_in("traceability", 1, "steps", to=["evaluation", "evaluation"]),
            ("duplicate_step", "/traceability/1/steps/1"),
        ),
        (set_in("traceability", 0, "steps", to=["evaluation"]), ("orphan_step", "/traceability")),
        (drop("impact", "together"), ("missing_field", "/impact/together")),
        (drop("impact", "each", 0), ("orphan_modification", "/modifications/0")),
        (drop("update_procedure", "rollback"), ("missing_field", "/update_procedure/rollback")),
        (set_in("update_procedure", "rollback", to=" "), ("blank", "/update_procedure/rollback")),
    ],
)
def test_a_change_plan_that_does_not_hold_together_is_refused(change: Change, answer: tuple[str, str]) -> None:
    document = change_plan()
    change(document)
    assert refused("change", document) == answer


def test_every_step_of_the_protocol_is_a_section_of_the_change_plan() -> None:
    assert set(PROTOCOL) < set(CHANGE.sections)
