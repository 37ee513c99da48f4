"""Are the tests of single columns right where they are small, large, rare, tied and repeated?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import chi2_contingency, fisher_exact, ks_2samp

from audits.core.arrays import Floats
from audits.core.drift import Pair
from audits.core.drift_tests import Chance, adjusted, association_of, chi_squared, cramers_v, ks_test


def both(reference: list[float], current: list[float], independent: tuple[float, float] = (1.0, 1.0)) -> Pair:
    key = np.arange(len(reference), dtype=np.float64)
    return Pair(key, np.array(reference, dtype=np.float64), np.array(current, dtype=np.float64), independent)


def numbers(reference: Floats, current: Floats, independent: tuple[float, float] = (1.0, 1.0)) -> Pair:
    key = np.union1d(reference, current)
    counts = [np.array([(part == value).sum() for value in key], dtype=np.float64) for part in (reference, current)]
    return Pair(key, counts[0], counts[1], independent)


def test_common_levels_are_compared_by_chi_squared() -> None:
    found = chi_squared(both([50, 30, 20], [40, 40, 40]))
    assert found.p == pytest.approx(chi2_contingency([[50, 30, 20], [40, 40, 40]], correction=False).pvalue)
    assert found.method.startswith("chi-squared, 3 levels")


def test_two_rare_levels_are_compared_by_fishers_exact_test() -> None:
    found = chi_squared(both([8, 1], [2, 5]))
    assert found.p == pytest.approx(fisher_exact([[8, 1], [2, 5]]).pvalue)
    assert found.method.startswith("Fisher")


def test_rare_levels_are_pooled_so_that_one_stray_row_proves_nothing() -> None:
    # One row at a new level has an expected count of a half: chi-squared would give it a weight of its own.
    found = chi_squared(both([500, 500, 0, 0, 1], [500, 500, 1, 1, 0]))
    assert "after pooling rare ones" in found.method
    assert found.p > 0.5


def test_pooled_levels_that_stay_rare_join_the_next() -> None:
    found = chi_squared(both([100, 30, 1], [100, 20, 0]))
    assert found.p == pytest.approx(chi2_contingency([[100, 31], [100, 20]], correction=False).pvalue)


def test_one_value_throughout_moves_nowhere() -> None:
    assert chi_squared(both([70], [80])).p == 1.0
    assert cramers_v(both([70], [80]), 0.95, 100, np.random.default_rng(1)).value == 0.0


def test_levels_that_change_completely_have_a_cramers_v_of_one() -> None:
    found = cramers_v(both([50, 0], [0, 60]), 0.95, 200, np.random.default_rng(1))
    assert [found.value, found.high] == pytest.approx([1.0, 1.0])


def test_cramers_v_of_many_tables_ignores_levels_that_neither_has() -> None:
    found = association_of(np.array([[5.0, 5.0, 0.0], [1.0, 0.0, 0.0]]), np.array([[2.0, 8.0, 0.0], [1.0, 0.0, 0.0]]))
    expected = np.sqrt(chi2_contingency([[5, 5], [2, 8]], correction=False).statistic / 20)
    assert found == pytest.approx([expected, 0.0])


def test_small_tables_get_the_exact_kolmogorov_smirnov_test() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=12), rng.normal(1, 1, size=9)
    found = ks_test(numbers(first, second), *(2 * [ks_2samp(first, second).statistic]))
    assert found.p == pytest.approx(ks_2samp(first, second, method="exact").pvalue)


def test_a_statistic_known_only_within_bounds_gives_the_larger_p() -> None:
    pair = both([1000, 1000], [1100, 900])
    loose, tight = ks_test(pair, 0.04, 0.06), ks_test(pair, 0.06, 0.06)
    assert loose.p > tight.p
    assert f"between {tight.p:.3g} and {loose.p:.3g}" in loose.method


@pytest.mark.parametrize("test", [chi_squared, lambda pair: ks_test(pair, 0.05, 0.05)], ids=["levels", "numbers"])
def test_patients_that_repeat_make_a_shift_less_certain(test: Callable[[Pair], Chance]) -> None:
    alone, repeated = (test(both([1000, 1000], [1100, 900], share)) for share in ((1.0, 1.0), (0.25, 0.25)))
    assert repeated.p > alone.p
    assert "patients repeat" in repeated.method


def test_repeating_every_row_leaves_the_p_value_of_the_rows_themselves() -> None:
    once = chi_squared(both([100, 200, 60], [150, 190, 50]))
    fourfold = chi_squared(both([400, 800, 240], [600, 760, 200], (0.25, 0.25)))
    assert fourfold.p == pytest.approx(once.p)


def test_adjustment_counts_every_column_and_keeps_the_raw_p_in_words() -> None:
    found = adjusted({"a": Chance(0.01, 10, "t"), "b": Chance(0.04, 20, "t"), "c": Chance(0.9, 30, "t")})
    assert [found[name].value for name in "abc"] == pytest.approx([0.03, 0.06, 0.9])
    assert found["b"].method == "t; p = 0.04; Benjamini-Hochberg over 3 columns"
    assert found["b"].n == 20
    assert (found["a"].low, found["a"].high) == (None, None)


def test_nothing_to_adjust_is_nothing() -> None:
    assert adjusted({}) == {}
