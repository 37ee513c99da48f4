"""Does the share of the commonest value keep its limits when only a sample says which values to count?

The chance that a value hides is SciPy's binomial distribution, and that of whole columns is simulated.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from audits.core.commonest import estimate, unnoticed
from audits.core.operating import proportion


def test_counting_every_value_leaves_the_interval_as_it_is() -> None:
    whole = proportion(30, 100, 0.95, n=100, events=None, nothing="")
    assert estimate(30, 100, 0, 0, 0.95) == whole


@pytest.mark.parametrize(("sampled", "copies"), [(65_536, 1), (65_536, 40), (500, 3)])
def test_the_limit_is_where_any_one_of_so_many_values_hides_one_time_in_twenty(sampled: int, copies: int) -> None:
    limit = unnoticed(sampled, copies, 0.95)
    assert copies / sampled < limit < 1
    assert binom.cdf(copies, sampled, limit) / limit == pytest.approx(0.05, rel=1e-3)


def test_a_hundredth_of_the_rows_cannot_hide() -> None:
    assert unnoticed(65_536, 1, 0.95) < 0.0003
    assert 100 * binom.cdf(1, 65_536, 0.01) < 1e-280


@pytest.mark.parametrize("sampled", [1, 2])
def test_a_sample_of_next_to_nothing_rules_nothing_out(sampled: int) -> None:
    assert unnoticed(sampled, sampled, 0.95) == 1.0


def test_no_repeated_value_is_said_with_the_least_and_the_most_that_it_can_be() -> None:
    found = estimate(1, 1_000_000, 65_000, 1, 0.95)
    assert found.value == found.low == 1e-6
    assert found.high == pytest.approx(unnoticed(65_000, 1, 0.95))
    assert "no value stands twice in a random sample of 65,000 rows" in found.method


def test_a_counted_candidate_is_exact_and_its_method_names_the_sample() -> None:
    found = estimate(300_000, 1_000_000, 65_000, 1, 0.95)
    assert (found.value, found.high) == (0.3, proportion(300_000, 1_000_000, 0.95, n=0, events=None, nothing="").high)
    assert "300000 of 1000000" in found.method
    assert f"random sample of 65,000 rows, where one above {unnoticed(65_000, 1, 0.95):.2g} would show" in found.method


def test_a_candidate_less_common_than_one_that_may_hide_has_the_hidden_ones_limit() -> None:
    found = estimate(50, 1_000_000, 65_000, 1, 0.95)
    assert found.high == pytest.approx(unnoticed(65_000, 1, 0.95))


def test_an_empty_column_has_no_commonest_value() -> None:
    assert estimate(0, 0, 0, 0, 0.95).value is None
    assert estimate(1, 0, 0, 0, 0.95).reason == "every value is missing"


def test_the_commonest_of_a_thousand_even_values_stays_below_the_limit() -> None:
    rng, held = np.random.default_rng(11), 0
    for _ in range(300):
        rows = rng.integers(0, 1000, 500)
        counts = np.sort(np.bincount(rows, minlength=1000))[::-1]
        held += unnoticed(500, int(counts[64]), 0.95) >= 1 / 1000
    assert held / 300 > 0.95
