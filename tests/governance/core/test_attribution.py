"""Is a change of a measure shared out rightly between the new version and the new patients?"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.core.values import Estimate
from governance.core.attribution import INDEPENDENT_WORDS, PAIRED_WORDS, SAME_WORDS, Attribution, attribute
from governance.core.consent import wilson
from governance.core.differences import difference
from governance.core.evaluations import Evaluation, Place
from tests.governance.core.change_story import around, evaluation

AUROC = Place("auroc")


def explained(new: Evaluation, *previous: Evaluation, place: Place = AUROC, paired: bool = False) -> Attribution:
    return attribute(place, old=previous[0], new=new, previous=previous, paired=paired)


def test_the_difference_of_two_independent_estimates_as_worked_by_hand() -> None:
    # Newcombe 1998, Stat Med 17:873, table II, example (a), method 10: 56/70 - 48/80 = 0.2 (0.0524 to 0.3339).
    one, other = Estimate(0.8, *wilson(56, 70), 70), Estimate(0.6, *wilson(48, 80), 80)
    found = difference(one, other)
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_a_worked_example_with_independent_estimates() -> None:
    # 0.80 on the old data became 0.82 on the new: the new version gained 0.05, the patients cost 0.03.
    new = evaluation(2, "2026", auroc=around(0.82, 0.03))
    before, between = evaluation(1, "2025", auroc=around(0.80, 0.04)), evaluation(1, "2026", auroc=around(0.77, 0.03))
    found = explained(new, before, between)
    assert found.total
    assert found.update
    assert found.data
    assert found.total.estimate.value == pytest.approx(0.02)
    assert found.update.estimate.value == pytest.approx(0.05)
    assert found.data.estimate.value == pytest.approx(-0.03)
    assert (found.update.estimate.low, found.update.estimate.high) == pytest.approx(
        (0.05 - math.hypot(0.03, 0.03), 0.05 + math.hypot(0.03, 0.03))
    )
    assert (found.data.estimate.low, found.data.estimate.high) == pytest.approx((-0.03 - 0.05, -0.03 + 0.05))
    assert found.update.how == INDEPENDENT_WORDS
    assert found.adds_up


def test_the_comparison_on_the_same_patients_is_taken_where_there_is_one() -> None:
    new = evaluation(
        2,
        "2026",
        auroc=around(0.82, 0.03),
        auroc_vs_comparator=around(0.05, 0.01),
        comparator_auroc=around(0.77, 0.03),
    )
    found = explained(new, evaluation(1, "2025", auroc=around(0.80, 0.04)), paired=True)
    assert found.update
    assert found.data
    assert found.update.how == PAIRED_WORDS
    assert (found.update.estimate.low, found.update.estimate.high) == pytest.approx((0.04, 0.06))
    assert found.data.estimate.low == pytest.approx(-0.08)
    assert found.adds_up


def test_a_comparator_that_is_not_the_previous_version_is_not_taken_for_it() -> None:
    new = evaluation(2, "2026", auroc=around(0.82, 0.03), auroc_vs_comparator=around(0.05, 0.01))
    found = explained(new, evaluation(1, "2025", auroc=around(0.80, 0.04)), paired=False)
    assert found.why_not == (
        "The change cannot be attributed: upload predictions of version 1 on dataset “2026”, and audit them."
    )
    assert (found.total, found.update, found.data) == (None, None, None)


def test_a_comparison_on_fewer_rows_is_not_used_and_that_is_said() -> None:
    new = evaluation(2, "2026", auroc=around(0.82, 0.03), auroc_vs_comparator=around(0.05, 0.01, n=900))
    found = explained(new, evaluation(1, "2025", auroc=around(0.80, 0.04)), paired=True)
    assert "upload predictions" in found.why_not
    assert found.notes == ("The previous version's score stands beside 900 of 1,000 rows, so it was not used.",)


def test_a_comparison_that_contradicts_the_previous_versions_own_audit_is_not_used() -> None:
    new = evaluation(2, "2026", auroc=around(0.82, 0.03), auroc_vs_comparator=around(0.01, 0.01))
    previous = evaluation(1, "2025", auroc=around(0.80, 0.04)), evaluation(1, "2026", auroc=around(0.77, 0.03))
    found = explained(new, *previous, paired=True)
    assert found.update
    assert found.update.how == INDEPENDENT_WORDS
    assert "was not used" in found.notes[0]
    assert found.adds_up


def test_without_the_comparators_own_value_the_data_effect_has_no_interval_and_says_so() -> None:
    place = Place("sensitivity", operating_point="screen")
    new = evaluation(
        2, "2026", sensitivity__screen=around(0.9, 0.02), sensitivity_vs_comparator__screen=around(0.04, 0.01)
    )
    found = explained(new, evaluation(1, "2025", sensitivity__screen=around(0.88, 0.02)), place=place, paired=True)
    assert found.data
    assert found.data.estimate.value == pytest.approx(-0.02)
    assert found.data.estimate.low is None
    assert "has no interval" in found.notes[0]
    assert found.adds_up


def test_on_the_same_data_the_whole_change_is_the_updates() -> None:
    found = explained(evaluation(2, "2025", auroc=around(0.82, 0.03)), evaluation(1, "2025", auroc=around(0.80, 0.03)))
    assert found.data
    assert found.data.how == SAME_WORDS
    assert found.data.estimate.value == 0
    assert found.total == found.update
    assert found.adds_up


def test_other_rows_of_one_dataset_are_other_data() -> None:
    # 2025 and 2026 rows of one dataset; the previous version was measured on both.
    new = evaluation(2, "ward", "rows of 2026", auroc=around(0.82, 0.03))
    before = evaluation(1, "ward", "rows of 2025", auroc=around(0.80, 0.04))
    alone = explained(new, before)
    assert "upload predictions of version 1 on dataset “ward”" in alone.why_not
    found = explained(new, before, evaluation(1, "ward", "rows of 2026", auroc=around(0.77, 0.03)))
    assert found.data
    assert found.data.estimate.value == pytest.approx(-0.03)
    assert found.adds_up


def test_where_nobody_can_tell_whether_the_patients_are_the_same_nothing_is_attributed() -> None:
    new, old = evaluation(2, "ward", "", auroc=around(0.82, 0.03)), evaluation(1, "ward", "", auroc=around(0.80, 0.04))
    found = explained(new, old)
    assert "nobody can tell whether on the same patients" in found.why_not
    assert (found.total, found.update, found.data) == (None, None, None)


def test_one_file_for_both_versions_is_the_same_patients_without_pseudonyms() -> None:
    new = replace(evaluation(2, "ward", "", auroc=around(0.82, 0.03)), file="sha")
    found = explained(new, replace(evaluation(1, "other", "", auroc=around(0.82, 0.03)), file="sha"))
    assert found.data
    assert found.data.how == SAME_WORDS


@pytest.mark.parametrize(
    ("new", "old", "words"),
    [
        ({}, {"auroc": around(0.8, 0.1)}, "no finished audit has measured AUROC of version 2 on dataset “2026”"),
        ({"auroc": around(0.8, 0.1)}, {}, "no finished audit has measured AUROC of version 1 on dataset “2025”"),
        (
            {"auroc": Estimate.undefined("no events")},
            {"auroc": around(0.8, 0.1)},
            "AUROC of version 2 on dataset “2026” is undefined: no events",
        ),
    ],
)
def test_what_is_missing_is_named(new: dict[str, Estimate], old: dict[str, Estimate], words: str) -> None:
    found = explained(evaluation(2, "2026", **new), evaluation(1, "2025", **old))
    assert words in found.why_not
    assert not found.adds_up


SHARE = st.floats(0.01, 0.99)
HALF = st.floats(0.0, 0.3)


@given(SHARE, SHARE, SHARE, HALF, HALF, HALF)
def test_the_parts_always_add_up_and_lie_inside_their_intervals(
    a: float, b: float, c: float, x: float, y: float, z: float
) -> None:
    found = explained(
        evaluation(2, "2026", auroc=around(a, x)),
        evaluation(1, "2025", auroc=around(b, y)),
        evaluation(1, "2026", auroc=around(c, z)),
    )
    assert found.adds_up
    for part in (found.total, found.update, found.data):
        assert part
        estimate = part.estimate
        assert estimate.value is not None
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low <= estimate.value <= estimate.high
