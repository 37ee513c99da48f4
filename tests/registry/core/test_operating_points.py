"""Which declarations of an operating point can stand, and how are they said?"""

from __future__ import annotations

import math

import pytest

from audits.core.plan_extras import operating_point, point_document
from registry.core.operating_points import problem, stated, words

GOOD = [
    ({"name": "alert", "score": 0.3}, "from a score of 0.3"),
    ({"name": "alert", "score": 0}, "from a score of 0"),
    ({"name": "alert", "score": 0.3, "comparator": 0.5}, "from a score of 0.3, comparator from 0.5"),
    ({"name": "rule out", "sensitivity": 0.95}, "a sensitivity of at least 0.95"),
    ({"name": "rule in", "specificity": 0.9, "score": None}, "a specificity of at least 0.9"),
    ({"name": "capacity", "flag_rate": 0.1}, "a flag rate of at most 0.1"),
]
BAD = [
    {"name": "alert"},
    {"name": "alert", "score": None},
    {"name": "alert", "score": 0.3, "sensitivity": 0.9},
    {"name": "alert", "sensitivity": 0.9, "specificity": 0.9},
    {"name": "alert", "score": 1.1},
    {"name": "alert", "score": True},
    {"name": "alert", "score": "0.3"},
    {"name": "alert", "score": math.nan},
    {"name": "alert", "sensitivity": 1},
    {"name": "alert", "flag_rate": 0},
    {"name": "alert", "sensitivity": 0.9, "comparator": 0.5},
    {"name": "alert", "score": 0.3, "comparator": 2},
]


@pytest.mark.parametrize(("point", "expected"), GOOD)
def test_a_complete_point_reads_as_a_sentence(point: dict[str, object], expected: str) -> None:
    assert problem(point) is None
    assert words(point) == expected


@pytest.mark.parametrize("point", BAD)
def test_an_incomplete_or_contradictory_point_cannot_stand(point: dict[str, object]) -> None:
    assert problem(point) is not None


@pytest.mark.parametrize(("point", "expected"), GOOD)
def test_the_plan_reads_every_point_that_a_version_can_declare_as_the_same_point(
    point: dict[str, object], expected: str
) -> None:
    """A version declares in the registry, a plan in the audits; a point that only one of them takes never matches."""
    assert stated(point_document(operating_point(stated(point), ""))) == stated(point)


def test_two_spellings_of_one_score_are_one_point() -> None:
    assert stated({"name": "all", "score": -0.0, "sensitivity": None}) == stated({"name": "all", "score": 0})
