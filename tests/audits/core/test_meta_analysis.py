"""Is agreement of sites beyond chance told apart from certainty that they are alike?"""

from __future__ import annotations

import numpy as np
import pytest

from audits.core import checks
from audits.core.discrimination import auroc
from audits.core.meta_analysis import pool, q_profile
from audits.core.sites import Site, together
from audits.core.values import Measurement, Verdict
from tests.audits.core.score_cells import cells
from tests.audits.tables import criterion


def test_sites_that_agree_better_than_chance_have_no_interval_of_their_variance() -> None:
    alike = np.array([0.1, 0.101, 0.099])
    errors = np.full(3, 0.5)
    assert q_profile(alike, errors**2, 0.95) is None
    found = pool(alike, errors, 0.95)
    assert (found.tau2, found.tau2_interval, found.i2, found.i2_interval) == (0.0, None, 0.0, None)
    # What rests on the mean alone is known as well as ever.
    assert found.mean.low < 0.1 < found.mean.high
    assert found.predicted.low < found.mean.low


def test_no_interval_is_ever_a_single_zero() -> None:
    rng = np.random.default_rng(0)
    found = [q_profile(rng.normal(0, 0.2, 3), np.full(3, 0.04), 0.95) for _ in range(400)]
    assert all(each.high > 0.0 for each in found if each is not None)
    # Sites that differ by chance alone agree this well with a probability of 0.025.
    assert found.count(None) == pytest.approx(10, abs=9)


def test_a_limit_on_the_variance_is_not_met_by_three_sites_that_happen_to_agree() -> None:
    sites = [
        Site(f"ward={name}", name, cells([0.2, 0.4, 0.7, 0.8], [0.1, 0.3, 0.5, 0.75]), None, None) for name in "abc"
    ]
    plain = {site.name: auroc(site.cells, 0.95) for site in sites}
    found, _ = together("auroc", sites, plain, 0.95)
    for measure in ("auroc_tau2", "auroc_i2"):
        estimate = found[measure]
        assert (estimate.value, estimate.low, estimate.high) == (0.0, None, None)
        assert "agree better than chance" in estimate.method
    assert found["pooled_auroc"].low is not None
    wanted = criterion(measure="auroc_tau2", minimum=None, maximum=0.05, slice="")
    (check,) = checks.apply([wanted], [Measurement("auroc_tau2", found["auroc_tau2"])])
    assert check.verdict is Verdict.NOT_EVALUABLE
