"""Is a plan read strictly, refused with a code and a place, and written back unchanged?"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from audits.core.plan import PlanError, document, parse
from audits.core.values import Kind, On, PlanSpec

GOOD: dict[str, Any] = {
    "operating_points": [{"name": "alert", "score": 0.3}, {"name": "urgent", "score": 1}],
    "subgroups": ["race", "gender"],
    "intersections": [["race", "gender"]],
    "criteria": [
        {"id": "a", "kind": "validation", "measure": "auroc", "minimum": 0.75, "slice": "each", "minimum_events": 50},
        {"id": "b", "kind": "validation", "measure": "oe_ratio", "minimum": 0.8, "maximum": 1.25, "on": "estimate"},
        {"id": "c", "kind": "validation", "measure": "sensitivity", "minimum": 0.8, "operating_point": "alert",
         "slice": "race=white & gender=male"},
        {"id": "d", "kind": "bias", "measure": "equalized_odds_difference", "maximum": 0.1, "across": "race & gender",
         "operating_point": "each"},
        {"id": "e", "kind": "drift", "measure": "psi", "maximum": 0.2, "column": "each"},
        {"id": "f", "kind": "quality", "measure": "missing_share", "maximum": 0.05, "column": "age"},
        {"id": "g", "kind": "quality", "measure": "duplicate_row_share", "maximum": 0},
    ],
    "confidence": 0.9,
    "replicates": 500,
    "seed": 3,
    "show_events": 5,
    "show_nonevents": 6,
}  # fmt: skip


def _changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    plan = copy.deepcopy(GOOD)
    change(plan)
    return plan


def _criterion(**fields: Any) -> Callable[[dict[str, Any]], object]:
    return lambda plan: plan["criteria"][0].update(fields)


def test_a_plan_reads_into_its_values() -> None:
    spec = parse(GOOD)
    assert spec.operating_points[1].score == 1.0
    assert spec.intersections == (("race", "gender"),)
    assert spec.criteria[0].kind is Kind.VALIDATION
    assert spec.criteria[0].on is On.INTERVAL
    assert spec.criteria[1].on is On.ESTIMATE
    assert (spec.confidence, spec.replicates, spec.seed, spec.show_events, spec.show_nonevents) == (0.9, 500, 3, 5, 6)


def test_a_plan_is_written_back_unchanged_through_json() -> None:
    spec = parse(GOOD)
    text = json.dumps(document(spec))
    assert parse(json.loads(text)) == spec
    assert document(parse(json.loads(text))) == document(spec)


def test_an_empty_plan_has_the_defaults() -> None:
    assert parse({}) == PlanSpec((), (), (), ())


REFUSED: list[tuple[str, str, Callable[[dict[str, Any]], object]]] = [
    ("unknown_key", "/threshold", lambda p: p.update(threshold=1)),
    ("unknown_key", "/criteria/0/min", _criterion(min=1)),
    ("unknown_key", "/operating_points/0/a~1b", lambda p: p["operating_points"][0].update({"a/b": 1})),
    ("one_of", "/operating_points/0", lambda p: p["operating_points"][0].pop("score")),
    ("missing_field", "/criteria/4/column", lambda p: p["criteria"][4].pop("column")),
    ("duplicate_criterion", "/criteria/1", lambda p: p["criteria"][1].update(id="a")),
    ("duplicate_operating_point", "/operating_points/1", lambda p: p["operating_points"][1].update(name="alert")),
    ("duplicate_subgroup", "/subgroups/2", lambda p: p["subgroups"].append("race")),
    ("duplicate_intersection", "/intersections/1", lambda p: p["intersections"].append(["gender", "race"])),
    ("unknown_measure", "/criteria/0/measure", _criterion(measure="accuracy")),
    ("wrong_kind", "/criteria/0/kind", _criterion(kind="bias")),
    ("unknown_choice", "/criteria/0/kind", _criterion(kind="survival")),
    ("unknown_choice", "/criteria/0/on", _criterion(on="both")),
    ("out_of_range", "/operating_points/0/score", lambda p: p["operating_points"][0].update(score=1.01)),
    ("out_of_range", "/confidence", lambda p: p.update(confidence=1)),
    ("out_of_range", "/replicates", lambda p: p.update(replicates=10)),
    ("not_finite", "/criteria/0/minimum", _criterion(minimum=float("nan"))),
    ("not_finite", "/criteria/0/minimum", _criterion(minimum=float("inf"))),
    ("not_finite", "/criteria/0/minimum", _criterion(minimum=10**400)),
    ("bound_missing", "/criteria/0", _criterion(minimum=None)),
    ("bounds_reversed", "/criteria/0", _criterion(maximum=0.1)),
    ("undeclared_operating_point", "/criteria/2/operating_point",
     lambda p: p["criteria"][2].update(operating_point="low")),
    ("undeclared_operating_point", "/criteria/2/operating_point", lambda p: p["criteria"][2].pop("operating_point")),
    ("undeclared_subgroup", "/criteria/0/slice", _criterion(slice="age=old")),
    ("undeclared_subgroup", "/criteria/0/slice", _criterion(slice="gender=male & race=white")),
    ("undeclared_subgroup", "/criteria/3/across", lambda p: p["criteria"][3].update(across="age")),
    ("undeclared_subgroup", "/criteria/3/across", lambda p: p["criteria"][3].pop("across")),
    ("undeclared_subgroup", "/intersections/0/1", lambda p: p.update(intersections=[["race", "age"]])),
    ("too_few", "/intersections/0", lambda p: p.update(intersections=[["race"]])),
    ("not_applicable", "/criteria/0/column", _criterion(column="age")),
    ("not_applicable", "/criteria/0/across", _criterion(across="race")),
    ("not_applicable", "/criteria/0/operating_point", _criterion(operating_point="alert")),
    ("not_applicable", "/criteria/6/column", lambda p: p["criteria"][6].update(column="each")),
    ("reserved_name", "/operating_points/0/name", lambda p: p["operating_points"][0].update(name="each")),
    ("wrong_type", "/criteria", lambda p: p.update(criteria={})),
    ("wrong_type", "/criteria/0", lambda p: p["criteria"].__setitem__(0, "auroc")),
    ("wrong_type", "/criteria/0/minimum", _criterion(minimum="0.7")),
    ("wrong_type", "/criteria/0/minimum", _criterion(minimum=True)),
    ("wrong_type", "/criteria/0/minimum_events", _criterion(minimum_events=50.0)),
    ("wrong_type", "/seed", lambda p: p.update(seed=True)),
    ("wrong_type", "/subgroups/0", lambda p: p.update(subgroups=[1])),
    ("blank", "/criteria/0/id", _criterion(id=" ")),
    ("out_of_range", "/show_events", lambda p: p.update(show_events=4)),
    ("out_of_range", "/show_nonevents", lambda p: p.update(show_nonevents=0)),
    ("unsafe_text", "/criteria/0/id", _criterion(id="a\x00b")),
    ("unsafe_text", "/criteria/0/id", _criterion(id="two\nlines")),
    ("unsafe_text", "/criteria/0/id", _criterion(id="half a pair \ud800")),
    ("unsafe_text", "/criteria/0/measure", _criterion(measure="auroc\N{ZERO WIDTH SPACE}")),
    ("unsafe_text", "/criteria/0/slice", _criterion(slice="race=\N{RIGHT-TO-LEFT OVERRIDE}etihw")),
    ("unsafe_text", "/subgroups/0", lambda p: p.update(subgroups=["race\x7f"])),
    ("unsafe_text", "/operating_points/0/name", lambda p: p["operating_points"][0].update(name="alert\x1b")),
    ("unsafe_text", "/intersections/0/1", lambda p: p.update(intersections=[["race", "gender\N{SOFT HYPHEN}"]])),
]  # fmt: skip


@pytest.mark.parametrize(("code", "path", "change"), REFUSED)
def test_a_plan_that_is_not_exactly_right_is_refused(
    code: str, path: str, change: Callable[[dict[str, Any]], object]
) -> None:
    with pytest.raises(PlanError) as refused:
        parse(_changed(change))
    assert (refused.value.code, refused.value.path) == (code, path)
    assert refused.value.message
    assert isinstance(refused.value, ValueError)


@pytest.mark.parametrize("key", ["\ud800", "a\x00b", "\N{RIGHT-TO-LEFT OVERRIDE}oof"])
def test_a_refusal_can_be_sent_and_stored_whatever_it_quotes(key: str) -> None:
    with pytest.raises(PlanError) as refused:
        parse({key: 1})
    for words in (str(refused.value), refused.value.path, refused.value.message):
        assert "\N{REPLACEMENT CHARACTER}" in words
        words.encode()


def test_letters_of_any_language_are_plain_text() -> None:
    name = "Überleben nach 30 Tagen, 生存, выживание"
    assert parse(_changed(_criterion(id=name))).criteria[0].id == name
