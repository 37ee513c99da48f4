"""Do our intervals equal the ones that statsmodels gives?"""

from __future__ import annotations

import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from audits.core.intervals import newcombe, wilson

PROPORTIONS = [(0, 1), (1, 1), (0, 40), (40, 40), (3, 17), (1, 1000), (56, 70), (500, 1000), (99_999, 100_000)]


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
@pytest.mark.parametrize(("hits", "n"), PROPORTIONS)
def test_wilson_equals_statsmodels(hits: int, n: int, confidence: float) -> None:
    expected = proportion_confint(hits, n, alpha=1 - confidence, method="wilson")
    assert wilson(hits, n, confidence) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("one", PROPORTIONS)
@pytest.mark.parametrize("two", PROPORTIONS)
def test_newcombe_equals_statsmodels(one: tuple[int, int], two: tuple[int, int]) -> None:
    expected = confint_proportions_2indep(*one, *two, method="newcomb", compare="diff", alpha=0.05)
    assert newcombe(*one, *two, 0.95) == pytest.approx(expected, abs=1e-12)


def test_newcombe_gives_the_worked_example_of_the_paper() -> None:
    # Newcombe 1998, Stat Med 17:873, Table II, example (a): 56/70 - 48/80, method 10.
    assert newcombe(56, 70, 48, 80, 0.95) == pytest.approx((0.0524, 0.3339), abs=5e-5)
