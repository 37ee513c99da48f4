"""Are gaps in what is missing estimated with limits that hold, and is silence about outcomes never praised?

The limits of one pair are statsmodels' (`confint_proportions_2indep`, method "newcomb").
"""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from audits.core.quality_extra import (
    Band,
    ColumnExtras,
    GroupCounts,
    TableExtras,
    column_estimates,
    coverage_facts,
    largest_gap,
    missing_facts,
    missing_gap,
    table_estimates,
)


def whole(**changes: object) -> TableExtras:
    base = {
        "rows": 1000,
        "known": 900,
        "unknown_allowed": True,
        "bands": (Band(0.0, 0.5, 500, 400), Band(0.5, 1.0, 500, 500)),
        "dated": None,
        "early": None,
        "compared": None,
        "repeated": None,
        "has_reference": False,
    }
    return TableExtras(**{**base, **changes})  # type: ignore[arg-type]


def test_the_gap_of_two_groups_is_newcombes() -> None:
    found = largest_gap([[(30, 100), (10, 120)]], 0.95, "none")
    low, high = confint_proportions_2indep(30, 100, 10, 120, method="newcomb", alpha=0.05)
    assert (found.value, found.low, found.high) == pytest.approx((30 / 100 - 10 / 120, low, high))
    assert found.n == 220


def test_the_limits_of_many_groups_are_the_widest_of_pairs_adjusted_for_their_number() -> None:
    family = [(30, 100), (10, 120), (3, 15), (80, 200)]
    found = largest_gap([family], 0.95, "none")
    pairs = [
        confint_proportions_2indep(*one, *two, method="newcomb", alpha=0.05 / 6)
        for one in family
        for two in family
        if one is not two
    ]
    assert found.value == pytest.approx(80 / 200 - 10 / 120)
    assert found.low == pytest.approx(max(0.0, *(low for low, _ in pairs)))
    assert found.high == pytest.approx(max(high for _, high in pairs))
    assert "6 comparisons" in found.method


def test_groups_are_compared_within_their_own_attribute_only() -> None:
    groups = [
        GroupCounts("sex", "f", 100, (50,)),
        GroupCounts("ward", "A", 100, (0,)),
        GroupCounts("ward", "B", 100, (1,)),
    ]
    assert missing_gap(groups, 0, 20, 0.95).value == pytest.approx(0.01)


def test_a_column_is_listed_across_other_columns_only() -> None:
    groups = [
        GroupCounts("sex", "f", 100, (0, 50)),
        GroupCounts("sex", "m", 100, (0, 10)),
        GroupCounts("ward", "A", 100, (30, 0)),
        GroupCounts("ward", "B", 100, (5, 0)),
    ]
    gaps = dict.fromkeys(("sex", "ward"), largest_gap([[(30, 100), (10, 120)]], 0.95, "none"))
    found = missing_facts(groups, ["sex", "ward"], gaps, least=20, most=9)
    assert [(each["column"], each["across"]) for each in found] == [("sex", "ward"), ("ward", "sex")]
    assert [level["share"] for level in found[0]["levels"]] == [0.3, 0.05]  # type: ignore[attr-defined]


def test_groups_too_small_to_be_shown_are_not_compared() -> None:
    groups = [GroupCounts("sex", "f", 19, (19,)), GroupCounts("sex", "m", 100, (1,))]
    found = missing_gap(groups, 0, 20, 0.95)
    assert found.value is None
    assert found.reason == "fewer than two groups with at least 20 rows"


def test_nothing_missing_anywhere_is_no_gap_and_not_certainty() -> None:
    found = largest_gap([[(0, 30), (0, 40)]], 0.95, "none")
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high is not None
    assert 0.05 < found.high < 0.2


def test_a_table_of_known_outcomes_alone_says_nothing_about_those_left_out() -> None:
    made = table_estimates(whole(known=1000, unknown_allowed=False), 0.95)
    assert made["label_coverage"].value is None
    assert "only rows with an outcome" in (made["label_coverage"].reason or "")
    assert made["label_coverage_gap"].value is None
    assert coverage_facts(whole(known=1000, unknown_allowed=False), 20) is None


def test_outcomes_that_are_missing_though_they_may_not_be_are_counted_all_the_same() -> None:
    assert table_estimates(whole(unknown_allowed=False), 0.95)["label_coverage"].value == 0.9


def test_outcomes_known_for_high_scores_alone_show_as_a_gap() -> None:
    made = table_estimates(whole(), 0.95)
    assert made["label_coverage"].value == 0.9
    assert made["label_coverage_gap"].value == pytest.approx(0.2)
    assert coverage_facts(whole(), 20) == [
        {"above": 0.0, "to": 0.5, "rows": 500, "share": 0.8},
        {"above": 0.5, "to": 1.0, "rows": 500, "share": 1.0},
    ]


def test_one_band_of_scores_has_no_gap() -> None:
    assert table_estimates(whole(bands=(Band(0.0, 1.0, 10, 5),)), 0.95)["label_coverage_gap"].value is None


def test_an_empty_table_has_no_coverage() -> None:
    made = table_estimates(whole(rows=0, known=0, bands=()), 0.95)
    assert {estimate.value for estimate in made.values()} == {None}


@pytest.mark.parametrize("has_reference", [True, False])
def test_rows_cannot_be_looked_up_where_there_is_nothing_to_compare_with(has_reference: bool) -> None:
    found = table_estimates(whole(has_reference=has_reference), 0.95)["row_overlap_share"]
    assert found.value is None
    assert ("no reference table" in (found.reason or "")) is not has_reference


def test_the_order_of_dates_is_measured_only_where_both_are_there() -> None:
    assert "outcome_before_prediction_share" not in table_estimates(whole(), 0.95)
    assert table_estimates(whole(dated=50, early=1), 0.95)["outcome_before_prediction_share"].value == 0.02
    assert table_estimates(whole(dated=0, early=0), 0.95)["outcome_before_prediction_share"].value is None


def test_a_column_without_values_has_no_commonest_one() -> None:
    made = column_estimates(ColumnExtras("x", 0, 0, 0), text=True, has_reference=True, confidence=0.95)
    assert {name: estimate.reason for name, estimate in made.items()} == dict.fromkeys(made, "every value is missing")


def test_a_subject_is_never_the_commonest_value() -> None:
    made = column_estimates(ColumnExtras("x", 9, None, None), text=False, has_reference=True, confidence=0.95)
    assert made == {}


@pytest.mark.slow
@pytest.mark.parametrize("shares", [(0.1,) * 10, (0.02, 0.05, 0.1, 0.2), (0.3, 0.5)])
def test_the_limits_hold_the_largest_true_difference_nineteen_times_in_twenty(shares: tuple[float, ...]) -> None:
    rng = np.random.default_rng(20260101)
    truth, held = max(shares) - min(shares), 0
    for _ in range(2000):
        family = [(int(rng.binomial(150, share)), 150) for share in shares]
        found = largest_gap([family], 0.95, "none")
        held += bool(found.low <= truth <= found.high)  # type: ignore[operator]
    assert held / 2000 > 0.94
