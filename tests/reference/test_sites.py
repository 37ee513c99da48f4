"""Do pooled sites equal what a meta-analysis of the rows says?

References: metafor's published output on the BCG vaccine trials (Colditz 1994; Viechtbauer 2010, J Stat Softw 36(3)),
statsmodels' `combine_effects`, a restricted likelihood maximised by SciPy, and statsmodels' GLM on the rows of the
heart disease table of four hospitals.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, logit
from scipy.stats import t
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from statsmodels.stats.meta_analysis import combine_effects

from audits.core.arrays import Floats
from audits.core.meta_analysis import dersimonian_laird, pool, reml
from audits.core.values import Column, Estimate, Source
from audits.engines.connection import Limits
from audits.suites import scored, sites
from audits.suites.part import Part
from tests.audits import tables

HEART = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "heart-disease-four-sites.csv"
#: Vaccinated with and without tuberculosis, then controls with and without it, of thirteen trials.
BCG = np.array(
    [[4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619], [33, 5036, 47, 5761],
     [180, 1361, 372, 1079], [8, 2537, 10, 619], [505, 87886, 499, 87892], [29, 7470, 45, 7232], [17, 1699, 65, 1600],
     [186, 50448, 141, 27197], [5, 2493, 3, 2338], [27, 16886, 29, 17825]], dtype=float,
)  # fmt: skip


def _risk_ratios() -> tuple[Floats, Floats]:
    """Log risk ratios and their variances."""
    a, b, c, d = BCG.T
    return np.log(a / (a + b) / (c / (c + d))), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)


def _restricted(values: Floats, variances: Floats) -> float:
    """tau2 where the restricted likelihood is highest, found by SciPy."""

    def loss(tau2: float) -> float:
        w = 1 / (variances + tau2)
        mean = (w * values).sum() / w.sum()
        return float(0.5 * (np.log(variances + tau2).sum() + math.log(w.sum()) + (w * (values - mean) ** 2).sum()))

    found = minimize_scalar(loss, bounds=(0, 10 * values.var() + 1e-9), method="bounded", options={"xatol": 1e-12})
    return 0.0 if loss(0.0) <= found.fun else float(found.x)


def test_the_vaccine_trials_equal_metafors_published_output() -> None:
    values, variances = _risk_ratios()
    found = pool(values, np.sqrt(variances), 0.95)
    assert (found.value, found.tau2) == pytest.approx((-0.7145, 0.3132), abs=5e-5)
    assert found.method == "REML"
    assert found.tau2_interval == pytest.approx((0.1197, 1.1115), abs=5e-5)
    assert 100 * found.i2 == pytest.approx(92.22, abs=5e-3)
    assert found.i2_interval is not None
    assert [100 * end for end in found.i2_interval] == pytest.approx([81.92, 97.68], abs=5e-3)


@pytest.mark.parametrize("seed", range(20))
def test_reml_is_where_scipy_finds_the_highest_restricted_likelihood(seed: int) -> None:
    rng = np.random.default_rng(seed)
    k = int(rng.integers(3, 12))
    variances = rng.uniform(0.005, 0.3, k)
    values = rng.normal(0.4, np.sqrt(variances + rng.choice([0.0, 0.05, 0.5])))
    assert reml(values, variances) == pytest.approx(_restricted(values, variances), abs=2e-5)


def test_dersimonian_laird_equals_statsmodels() -> None:
    values, variances = _risk_ratios()
    assert dersimonian_laird(values, variances) == pytest.approx(
        combine_effects(values, variances, method_re="chi2").tau2, rel=1e-10
    )


def test_the_interval_is_hartung_and_knapps_and_never_narrower_than_without_their_factor() -> None:
    rng, wider = np.random.default_rng(12), set()
    for k in (3, 4, 8, 12) * 5:
        variances = rng.uniform(0.02, 0.4, k)
        values = 0.3 + rng.choice([0.1, 0.5, 1.0]) * rng.normal(size=k)
        tau2 = _restricted(values, variances)
        # statsmodels' "fixed effect" of the total variances is the random-effects mean, with their error beside it.
        whole = combine_effects(values, variances + tau2, use_t=True)
        wider.add(bool(whole.sd_eff_w_fe_hksj > whole.sd_eff_w_fe))
        error, mean = max(whole.sd_eff_w_fe_hksj, whole.sd_eff_w_fe), whole.mean_effect_fe
        half, reach = t.ppf(0.975, k - 1) * error, t.ppf(0.975, k - 2) * math.sqrt(tau2 + error**2)
        found = pool(values, np.sqrt(variances), 0.95)
        assert found.value == pytest.approx(mean, abs=1e-5)
        assert found.mean == pytest.approx((mean - half, mean + half), abs=1e-4)
        assert found.predicted.low <= mean - reach + 1e-4
        assert found.predicted.high >= mean + reach - 1e-4
        if k == 3:
            assert found.predicted == pytest.approx((mean - reach, mean + reach), abs=1e-3)
    assert wider == {True, False}


def test_a_new_site_equals_draws_from_every_variance_that_the_sites_allow() -> None:
    """The mixture drawn: a chi-squared Q, the tau2 that has it, the mean by their t, the site around it."""
    rng, k = np.random.default_rng(3), 10
    variances = rng.uniform(0.01, 0.09, k)
    values = rng.normal(1.0, np.sqrt(variances + 0.02))

    def q(tau2: float) -> float:
        return float(combine_effects(values, variances + tau2).q)

    drawn = []
    for bound in rng.chisquare(k - 1, 1500):
        tau2 = 0.0 if q(0.0) <= bound else brentq(lambda x, at=bound: q(x) - at, 0.0, 100.0)
        whole = combine_effects(values, variances + tau2)
        mean = whole.mean_effect_fe + whole.sd_eff_w_fe_hksj * rng.standard_t(k - 1, 60)
        drawn.append(rng.normal(mean, math.sqrt(tau2)))
    found = pool(values, np.sqrt(variances), 0.95).predicted
    assert found == pytest.approx(np.quantile(drawn, (0.025, 0.975)), abs=0.04)


@pytest.fixture(scope="module")
def hearts() -> pd.DataFrame:
    """A small model fitted at Cleveland, and its scores of all four hospitals."""
    if not HEART.exists():
        pytest.skip(f"{HEART.resolve()} is not here")
    rows = pd.read_csv(HEART)
    rows["y"] = (rows["num"] > 0).astype(int)
    home = rows["site"] == "cleveland"
    features = rows[["age", "sex", "cp", "trestbps", "thalach", "exang", "oldpeak"]]
    features = features.fillna(features[home].median())
    model = LogisticRegression(max_iter=5000).fit(features[home], rows["y"][home])
    rows["p"] = model.predict_proba(features)[:, 1]
    return rows


def _source(rows: pd.DataFrame, folder: Path) -> Source:
    columns = (Column("y", "outcome", "number"), Column("p", "score", "number"), Column("site", "site", "text"))
    data = {"y": rows["y"].to_numpy(np.int8), "p": rows["p"].to_numpy(), "site": rows["site"].to_numpy(object)}
    return tables.write(folder, data, columns)


def _part(source: Source) -> Part:
    plan = tables.plan(subgroups=(), intersections=(), show_events=5, show_nonevents=5)
    return sites.part(scored.gather(source, None, plan, progress=tables.quiet, limits=Limits()))


@pytest.fixture(scope="module")
def found(hearts: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Estimate]:
    part = _part(_source(hearts, tmp_path_factory.mktemp("hearts")))
    return {(item.measure, item.slice): item.estimate for item in part.measurements}


def _line(y: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Intercept and slope on the log odds by statsmodels, and their errors."""
    fit = sm.GLM(y, sm.add_constant(logit(x)), family=sm.families.Binomial()).fit(tol=1e-12)
    return fit.params, fit.bse


def _value(found: dict[tuple[str, str], Estimate], measure: str, where: str = "") -> float:
    value = found[measure, where].value
    assert value is not None
    return value


def test_every_hospital_equals_its_rows(hearts: pd.DataFrame, found: dict[tuple[str, str], Estimate]) -> None:
    for site, rows in hearts.groupby("site"):
        y, p, where = rows["y"].to_numpy(), rows["p"].to_numpy(), f"site={site}"
        assert (found["site_auroc", where].n, found["site_auroc", where].events) == (len(y), y.sum())
        assert _value(found, "site_auroc", where) == pytest.approx(roc_auc_score(y, p), abs=1e-12)
        assert _value(found, "site_oe_ratio", where) == pytest.approx(y.sum() / p.sum(), rel=1e-12)
        assert _value(found, "site_brier", where) == pytest.approx(brier_score_loss(y, p), abs=1e-12)
        assert _value(found, "site_calibration_slope", where) == pytest.approx(_line(y, p)[0][1], abs=1e-6)


def test_each_hospital_recalibrated_on_the_others_equals_a_glm_on_their_rows(
    hearts: pd.DataFrame, found: dict[tuple[str, str], Estimate]
) -> None:
    for site, rows in hearts.groupby("site"):
        others = hearts[hearts["site"] != site]
        (intercept, slope), _ = _line(others["y"].to_numpy(), others["p"].to_numpy())
        y, better = rows["y"].to_numpy(), expit(intercept + slope * logit(rows["p"].to_numpy()))
        where = f"site={site}"
        assert _value(found, "site_recalibrated_oe_ratio", where) == pytest.approx(y.sum() / better.sum(), rel=1e-6)
        assert _value(found, "site_recalibrated_brier", where) == pytest.approx(brier_score_loss(y, better), abs=1e-7)
        assert _value(found, "site_recalibrated_slope", where) == pytest.approx(_line(y, better)[0][1], abs=1e-5)


def _auroc_error(y: Floats, p: Floats) -> float:
    """DeLong's, from the full matrix of comparisons."""
    wins = (p[y == 1][:, None] > p[y == 0]) + 0.5 * (p[y == 1][:, None] == p[y == 0])
    return math.sqrt(wins.mean(1).var(ddof=1) / (y == 1).sum() + wins.mean(0).var(ddof=1) / (y == 0).sum())


def test_the_hospitals_together_equal_a_meta_analysis_of_their_rows(
    hearts: pd.DataFrame, found: dict[tuple[str, str], Estimate]
) -> None:
    scales = {"auroc": (logit, expit), "oe_ratio": (np.log, np.exp), "calibration_slope": (float, float)}
    placed: dict[str, list[tuple[float, float]]] = {key: [] for key in scales}
    for _, rows in hearts.groupby("site"):
        y, p = rows["y"].to_numpy(), rows["p"].to_numpy()
        area = roc_auc_score(y, p)
        placed["auroc"].append((logit(area), _auroc_error(y, p) / (area * (1 - area))))
        placed["oe_ratio"].append((math.log(y.sum() / p.sum()), math.sqrt((1 - y.mean()) / y.sum())))
        params, errors = _line(y, p)
        placed["calibration_slope"].append((params[1], errors[1]))
    for key, (_, back) in scales.items():
        values, errors = np.array(placed[key]).T
        tau2 = _restricted(values, errors**2)
        whole = combine_effects(values, errors**2 + tau2)
        error = max(whole.sd_eff_w_fe_hksj, whole.sd_eff_w_fe)
        mean, half = whole.mean_effect_fe, t.ppf(0.975, 3) * error
        reach = t.ppf(0.975, 2) * math.sqrt(tau2 + error**2)
        assert _value(found, f"{key}_tau2") == pytest.approx(tau2, abs=1e-4)
        estimate, new = found[f"pooled_{key}", ""], found[f"predicted_{key}", ""]
        ends = (back(mean - half), back(mean), back(mean + half))
        assert (estimate.low, estimate.value, estimate.high) == pytest.approx(ends, rel=1e-3)
        ends = (back(mean - reach), back(mean), back(mean + reach))
        assert (new.low, new.value, new.high) == pytest.approx(ends, rel=2e-3)


@pytest.mark.parametrize(("k", "tau2"), [(5, 0.02), (10, 0.02), (5, 0.2), (10, 0.2), (10, 0.0)])
@pytest.mark.slow
def test_pooled_intervals_hold_the_mean_and_prediction_intervals_a_new_site(k: int, tau2: float) -> None:
    """Both err on the wide side where sites are alike. With 5 to 10 sites a new one is held 93-95% of the time."""
    rng = np.random.default_rng(31)
    trials, mean_held, new_held = 1000, 0, 0
    for _ in range(trials):
        errors = rng.uniform(0.1, 0.3, k)
        values = rng.normal(1.0, np.sqrt(errors**2 + tau2))
        found = pool(values, errors, 0.95)
        mean_held += found.mean.low <= 1.0 <= found.mean.high
        new_held += found.predicted.low <= rng.normal(1.0, math.sqrt(tau2)) <= found.predicted.high
    slack = 3 * math.sqrt(0.05 * 0.95 / trials)
    assert mean_held / trials > 0.95 - slack
    assert new_held / trials > 0.93 - slack
