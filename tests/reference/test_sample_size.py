"""Are the sample sizes those that are published, and the intervals those of independent programs?

Riley et al. 2021 (Stat Med 40:4230): the worked examples of sections 3.1.1 (O/E: 385, 3,460 and 294 participants) and
3.3.1 (c-statistic: 1,154 and 302). sampsizeval 1.0.0.0 (Pavlou et al. 2021, CRAN): 934 rows for a slope within 0.15 at
AUROC 0.77 and prevalence 0.057; it takes the logits as normal altogether, not within each outcome, hence 5%.
statsmodels: Wilson's interval, and the standard error of a slope fitted to simulated rows.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from audits.core import sample_size


@pytest.mark.parametrize(("share", "error", "published"), [(0.5, 0.051, 385), (0.1, 0.051, 3460), (0.1, 0.175, 294)])
def test_oe_needs_the_rows_that_riley_2021_gives(share: float, error: float, published: int) -> None:
    needed = sample_size.rows_needed(lambda n: sample_size.log_oe_error(n * share, n) <= error)
    # Published numbers are rounded to the nearest, ours are the first that suffice.
    assert needed == pytest.approx(published, abs=1)


@pytest.mark.parametrize(("value", "share", "published"), [(0.7, 0.1, 1154), (0.8, 0.5, 302)])
def test_an_auroc_needs_the_rows_that_riley_2021_gives(value: float, share: float, published: int) -> None:
    needed = sample_size.rows_needed(lambda n: sample_size.auroc_error(value, n * share, n * (1 - share)) <= 0.0255)
    assert needed == pytest.approx(published, abs=1)


def test_a_slope_needs_about_the_rows_that_sampsizeval_gives() -> None:
    needed = sample_size.rows_needed(lambda n: sample_size.slope_error(0.77, 0.057, n) <= 0.15)
    assert needed == pytest.approx(934, rel=0.05)


@pytest.mark.parametrize(("value", "share"), [(0.65, 0.3), (0.8, 0.1), (0.9, 0.5)])
def test_the_error_of_a_slope_is_that_of_a_model_fitted_to_simulated_rows(value: float, share: float) -> None:
    rng = np.random.default_rng(20260101)
    rows, variance = 200_000, 2 * norm.ppf(value) ** 2
    outcome = rng.random(rows) < share
    centre = math.log(share / (1 - share)) + np.where(outcome, variance / 2, -variance / 2)
    fitted = sm.Logit(outcome.astype(float), sm.add_constant(rng.normal(centre, math.sqrt(variance)))).fit(disp=0)
    assert fitted.params[1] == pytest.approx(1, abs=5 * fitted.bse[1])
    assert sample_size.slope_error(value, share, rows) == pytest.approx(fitted.bse[1], rel=0.02)


@pytest.mark.parametrize(("share", "n"), [(0.5, 10), (0.9, 40), (0.02, 100), (1.0, 20), (0.0, 20)])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_an_expected_wilson_interval_is_statsmodels(share: float, n: int, confidence: float) -> None:
    expected = proportion_confint(share * n, n, alpha=1 - confidence, method="wilson")
    assert sample_size.wilson(share, n, confidence) == pytest.approx(expected, abs=1e-12)


def test_the_normal_quantile_is_scipys() -> None:
    assert sample_size.quantile(0.95) == pytest.approx(norm.ppf(0.975))


@pytest.mark.parametrize("first", [2, 3, 7, 1000, 999_999])
def test_the_fewest_rows_are_found(first: int) -> None:
    assert sample_size.rows_needed(lambda n: n >= first) == first


def test_what_no_number_of_rows_reaches_is_said_to_be_out_of_reach() -> None:
    assert sample_size.rows_needed(lambda n: False) is None


@pytest.mark.slow
@pytest.mark.parametrize(("value", "events", "nonevents"), [(0.75, 50, 150), (0.85, 100, 100), (0.65, 200, 800)])
def test_the_error_of_an_auroc_is_its_spread_over_simulated_tables(value: float, events: int, nonevents: int) -> None:
    rng = np.random.default_rng(20260101)
    apart, found = math.sqrt(2) * norm.ppf(value), []
    for _ in range(2000):
        cases, others = rng.normal(apart, 1, events), np.sort(rng.normal(0, 1, nonevents))
        found.append(np.searchsorted(others, cases).mean() / nonevents)
    assert sample_size.auroc_error(value, events, nonevents) == pytest.approx(np.std(found), rel=0.08)
