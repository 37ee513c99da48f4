"""Do the differences between model and existing method equal what the rows say?

References: placement matrices written out from DeLong (1988), the constrained likelihood behind Tango (1998) maximised
and its score test inverted by SciPy, statsmodels' McNemar test, and NumPy on the rows of ACTG 175.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm, t
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from audits.core import paired
from audits.core.arrays import Floats
from audits.core.values import Column, Estimate, OperatingPoint, PlanSpec, Source
from audits.engines.connection import Limits
from audits.suites import comparison, scored
from tests.audits import tables
from tests.reference import stories

POINTS = (OperatingPoint("alert", 0.25, 0.3), OperatingPoint("urgent", 0.5))
Z = norm.ppf(0.975)
ROLES = (*tables.COLUMNS, Column("q", "comparator", "number"), Column("subject", "subject", "text"))


def _rows(decimals: int | None) -> pd.DataFrame:
    """ACTG 175's test patients with the model's score and that of a method that knows one blood count alone."""
    story = stories.actg()
    rows = story.rows.copy()
    rows["q"] = (
        LogisticRegression().fit(story.trained[["cd40"]], story.trained["y"]).predict_proba(rows[["cd40"]])[:, 1]
    )
    if decimals is not None:
        rows[["p", "q"]] = rows[["p", "q"]].round(decimals)
    return rows


def _source(rows: pd.DataFrame, folder: Path) -> Source:
    data = {"y": rows["y"].to_numpy(np.int8), "p": rows["p"].to_numpy(np.float64), "q": rows["q"].to_numpy(np.float64)}
    data |= {name: rows[name].to_numpy(object) for name in ("race", "gender")}
    return tables.write(folder, {**data, "subject": rows["subject"].astype(str).to_numpy(object)}, ROLES)


def _plan() -> PlanSpec:
    return tables.plan(operating_points=POINTS, subgroups=("race",), intersections=())


def _found(source: Source, *, repeated: bool = False) -> dict[tuple[str, str, str], Estimate]:
    given = scored.gather(source, None, _plan(), progress=tables.quiet, limits=Limits())
    given = replace(given, people={} if repeated else None)
    return {(m.measure, m.slice, m.operating_point): m.estimate for m in comparison.part(given).measurements}


@pytest.fixture(scope="module", params=[None, 2], ids=["continuous", "tied"])
def rows(request: pytest.FixtureRequest) -> pd.DataFrame:
    return _rows(request.param)


@pytest.fixture(scope="module")
def found(rows: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], Estimate]:
    return _found(_source(rows, tmp_path_factory.mktemp("actg")))


def _slices(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {"": rows, **{f"race={name}": part for name, part in rows.groupby("race")}}


def _matrix(y: Floats, x: Floats) -> Floats:
    """1 where the event scores higher, 1/2 where they tie, 0 otherwise."""
    events, others = x[y == 1][:, None], x[y == 0][None, :]
    return np.asarray((events > others) + 0.5 * (events == others))


def _delong(y: Floats, p: Floats, q: Floats) -> tuple[float, float]:
    """The difference of two AUROCs and its variance: L S L' with S = S10 / m + S01 / n."""
    one, two = _matrix(y, p), _matrix(y, q)
    s10 = np.cov(np.stack([one.mean(axis=1), two.mean(axis=1)]))
    s01 = np.cov(np.stack([one.mean(axis=0), two.mean(axis=0)]))
    s = s10 / one.shape[0] + s01 / one.shape[1]
    contrast = np.array([1.0, -1.0])
    return float(one.mean() - two.mean()), float(contrast @ s @ contrast)


def test_aurocs_equal_scikit_learn_and_their_difference_equals_delongs_matrices(
    rows: pd.DataFrame, found: dict[tuple[str, str, str], Estimate]
) -> None:
    for name, part in _slices(rows).items():
        y, p, q = (part[column].to_numpy() for column in ("y", "p", "q"))
        assert found["comparator_auroc", name, ""].value == pytest.approx(roc_auc_score(y, q), abs=1e-12)
        value, variance = _delong(y, p, q)
        estimate = found["auroc_vs_comparator", name, ""]
        assert estimate.n == len(y)
        ends = (value - Z * math.sqrt(variance), value, value + Z * math.sqrt(variance))
        assert (estimate.low, estimate.value, estimate.high) == pytest.approx(ends, abs=1e-10)


def test_differences_of_squared_error_and_of_slopes_equal_the_rows(
    rows: pd.DataFrame, found: dict[tuple[str, str, str], Estimate]
) -> None:
    for name, part in _slices(rows).items():
        y, p, q = (part[column].to_numpy() for column in ("y", "p", "q"))
        loss = (p - y) ** 2 - (q - y) ** 2
        value, half = brier_score_loss(y, p) - brier_score_loss(y, q), Z * loss.std(ddof=1) / math.sqrt(len(y))
        brier = found["brier_vs_comparator", name, ""]
        assert (brier.low, brier.value, brier.high) == pytest.approx((value - half, value, value + half), abs=1e-10)
        events, others = (p - q)[y == 1], (p - q)[y == 0]
        half = Z * math.sqrt(events.var(ddof=1) / len(events) + others.var(ddof=1) / len(others))
        value = events.mean() - others.mean()
        idi = found["idi", name, ""]
        assert (idi.low, idi.value, idi.high) == pytest.approx((value - half, value, value + half), abs=1e-10)


def _score_interval(b: int, c: int, n: int) -> tuple[float, float]:
    """All differences that the score test does not reject, the nuisance share found by maximising the likelihood."""

    def statistic(gap: float) -> float:
        def loss(share: float) -> float:
            shares = np.array([share + gap, share, 1 - 2 * share - gap])
            counts = np.array([b, c, n - b - c])
            used = counts > 0
            return -float(counts[used] @ np.log(np.maximum(shares[used], 1e-300)))

        bounds = (max(0.0, -gap), (1 - gap) / 2)
        share = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-13}).x
        return (b - c - n * gap) / math.sqrt(n * (2 * share + gap * (1 - gap)))

    centre = (b - c) / n
    ends = []
    for sign, end in ((1, -1.0), (-1, 1.0)):
        inside, outside = centre - sign * 1e-6, end + sign * 1e-6
        ends.append(brentq(lambda gap, s=sign: statistic(gap) - s * Z, outside, inside, xtol=1e-10))
    return ends[0], ends[1]


@pytest.mark.parametrize(
    ("b", "c", "n"), [(12, 5, 60), (1, 0, 44), (0, 0, 30), (40, 2, 50), (3, 9, 1000), (250, 240, 1000), (0, 7, 20)]
)
def test_tangos_interval_inverts_the_score_test(b: int, c: int, n: int) -> None:
    assert paired.tango(b, c, n, 0.95) == pytest.approx(_score_interval(b, c, n), abs=1e-5)


@pytest.mark.parametrize(("b", "c"), [(12, 5), (0, 1), (12, 12), (13, 12), (40, 11), (300, 260), (0, 40)])
def test_mcnemars_p_equals_statsmodels(b: int, c: int) -> None:
    reference = statsmodels_mcnemar([[50, b], [c, 50]], exact=b + c < 25, correction=False)
    assert paired.mcnemar(b, c)[0] == pytest.approx(reference.pvalue, rel=1e-10)


def _flags(part: pd.DataFrame, point: OperatingPoint) -> tuple[Floats, Floats]:
    other = point.score if point.comparator is None else point.comparator
    return (part["p"].to_numpy() >= point.score).astype(float), (part["q"].to_numpy() >= other).astype(float)


def test_operating_points_equal_the_rows(rows: pd.DataFrame, found: dict[tuple[str, str, str], Estimate]) -> None:
    for name, part in _slices(rows).items():
        y = part["y"].to_numpy()
        for point in POINTS:
            flag, other = _flags(part, point)
            for measure, outcome, sign in (("sensitivity", 1, 1), ("specificity", 0, -1)):
                gap = sign * (flag - other)[y == outcome]
                b, c, n = int((gap > 0).sum()), int((gap < 0).sum()), len(gap)
                for key in (f"{measure}_vs_comparator", "nri_events" if outcome else "nri_nonevents"):
                    estimate = found[key, name, point.name]
                    assert estimate.value == pytest.approx(gap.mean(), abs=1e-12)
                    assert (estimate.low, estimate.high) == pytest.approx(_score_interval(b, c, n), abs=1e-5)
                p = found[f"mcnemar_{measure}_p", name, point.name].value
                reference = statsmodels_mcnemar([[0, b], [c, 0]], exact=b + c < 25, correction=False)
                assert p == pytest.approx(reference.pvalue, rel=1e-9)
            _check_net_benefit(y, flag - other, point.score, found["net_benefit_vs_comparator", name, point.name])


def _check_net_benefit(y: Floats, gap: Floats, score: float, estimate: Estimate) -> None:
    """The value exactly; the interval against the plain one of a mean, which is close where disagreements are many."""
    worth = np.where(y == 1, gap, -score / (1 - score) * gap)
    assert estimate.value == pytest.approx(worth.mean(), abs=1e-12)
    half = Z * worth.std(ddof=1) / math.sqrt(len(y))
    assert estimate.low is not None
    assert estimate.high is not None
    if (gap != 0).sum() > 60:
        assert (estimate.high - estimate.low) / 2 == pytest.approx(half, rel=0.1)


def test_repeated_patients_equal_a_jackknife_over_their_rows(tmp_path: Path) -> None:
    rows = _rows(2)
    rows["subject"] = (np.arange(len(rows)) // 3).astype(str)
    found = _found(_source(rows, tmp_path), repeated=True)
    group = np.array([int(hashlib.md5(s.encode()).hexdigest()[:7], 16) % 100 for s in rows["subject"]])
    for measure in ("auroc_vs_comparator", "brier_vs_comparator", "sensitivity_vs_comparator"):
        left = np.array([_point(measure, rows[group != g]) for g in np.unique(group)])
        half = t.ppf(0.975, len(left) - 1) * math.sqrt((len(left) - 1) / len(left) * ((left - left.mean()) ** 2).sum())
        value = _point(measure, rows)
        estimate = found[measure, "", "alert" if measure.startswith("sens") else ""]
        assert estimate.method.startswith(f"delete-a-group jackknife over {len(left)} groups")
        assert (estimate.low, estimate.value, estimate.high) == pytest.approx(
            (value - half, value, value + half), rel=1e-6
        )


def _point(measure: str, rows: pd.DataFrame) -> float:
    y, p, q = (rows[column].to_numpy() for column in ("y", "p", "q"))
    if measure == "auroc_vs_comparator":
        return float(roc_auc_score(y, p) - roc_auc_score(y, q))
    if measure == "brier_vs_comparator":
        return float(brier_score_loss(y, p) - brier_score_loss(y, q))
    flag, other = _flags(rows, POINTS[0])
    return float((flag - other)[y == 1].mean())


def test_binned_pairs_stay_close_to_the_rows(tmp_path: Path) -> None:
    """80,000 distinct pairs: the margins carry the values, the pairs only what the two have in common."""
    rng = np.random.default_rng(6)
    n = 80_000
    p = rng.beta(1, 8, n)
    q = np.clip(p * rng.uniform(0.5, 1.5, n), 0, 1)
    y = (rng.random(n) < p).astype(int)
    rows = pd.DataFrame({"y": y, "p": p, "q": q, "race": "white", "gender": "f", "subject": np.arange(n)})
    found = _found(_source(rows, tmp_path))
    estimate = found["auroc_vs_comparator", "", ""]
    assert estimate.value is not None
    assert estimate.low is not None
    value = roc_auc_score(y, p) - roc_auc_score(y, q)
    assert "certified binning error" in estimate.method
    slack = float(estimate.method.rpartition(" ")[2])
    assert slack < 5e-4
    assert abs(estimate.value - value) <= slack
    assert abs(estimate.value - value) < 1e-5
    sample = rng.permutation(n)[:8000]
    _, variance = _delong(y[sample], p[sample], q[sample])
    assert estimate.value - estimate.low - slack == pytest.approx(Z * math.sqrt(variance / 10), rel=0.08)
    brier, idi = found["brier_vs_comparator", "", ""], found["idi", "", ""]
    assert brier.value == pytest.approx(brier_score_loss(y, p) - brier_score_loss(y, q), abs=1e-8)
    gap = p - q
    assert idi.value == pytest.approx(gap[y == 1].mean() - gap[y == 0].mean(), abs=1e-8)
    for point in POINTS:
        flag, other = _flags(rows, point)
        assert found["sensitivity_vs_comparator", "", point.name].value == pytest.approx((flag - other)[y == 1].mean())
