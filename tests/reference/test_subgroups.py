"""Do subgroups against everyone else, and the worst of all combinations, equal the libraries' figures on the raw rows?

References: scikit-learn, statsmodels (recalibration by Logit, z-test of two shares) and pandas, on ACTG 175.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import logit
from sklearn.metrics import (
    brier_score_loss,
    confusion_matrix,
    precision_score,
    recall_score,
    roc_auc_score,
)
from statsmodels.stats.proportion import proportions_ztest

from audits.core.values import Estimate, Result
from audits.suites import bias
from tests.audits import tables
from tests.reference import stories

CUT = 0.3
GROUPS = ["race", "gender", "race & gender"]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return stories.actg().rows


@pytest.fixture(scope="module")
def result() -> Result:
    story = stories.actg()
    return bias.run(source=story.source, reference=None, plan=story.plan, progress=tables.quiet)


@pytest.fixture(scope="module")
def found(result: Result) -> dict[tuple[str, str, str], Estimate]:
    return {(m.measure, m.slice, m.operating_point): m.estimate for m in result.measurements}


def _on_rows(rows: pd.DataFrame) -> dict[str, float]:
    """Every measure of one set of rows."""
    y, p = rows["y"], rows["p"]
    flag = (p >= CUT).astype(int)
    slope = sm.Logit(y, sm.add_constant(logit(p))).fit(disp=0).params.iloc[1]
    tn, fp, fn, tp = confusion_matrix(y, flag).ravel()
    return {
        "oe_ratio": y.sum() / p.sum(),
        "calibration_slope": float(slope),
        "auroc": roc_auc_score(y, p),
        "brier": brier_score_loss(y, p),
        "sensitivity": recall_score(y, flag),
        "specificity": recall_score(y, flag, pos_label=0),
        "ppv": precision_score(y, flag),
        "npv": tn / (tn + fn),
        "flag_rate": flag.mean(),
        "net_benefit": tp / len(y) - fp / len(y) * CUT / (1 - CUT),
    }


def _slices(rows: pd.DataFrame, across: str) -> dict[str, pd.Series]:
    names = across.split(" & ")
    label = rows[names].apply(lambda row: " & ".join(f"{name}={row[name]}" for name in names), axis=1)
    return {name: label == name for name in sorted(label.unique())}


@pytest.mark.parametrize("across", GROUPS)
def test_differences_and_ratios_equal_those_on_rows(
    rows: pd.DataFrame, found: dict[tuple[str, str, str], Estimate], across: str
) -> None:
    compared = set()
    for name, inside in _slices(rows, across).items():
        one, two = _on_rows(rows[inside]), _on_rows(rows[~inside])
        for measure, value in one.items():
            at = "" if measure in ("oe_ratio", "calibration_slope", "auroc", "brier") else "alert"
            for key, expected in (
                (f"{measure}_vs_rest", value - two[measure]),
                (f"{measure}_vs_rest_ratio", value / two[measure]),
            ):
                if (key, name, at) in found:
                    assert found[key, name, at].value == pytest.approx(expected, rel=1e-6, abs=1e-9), key
                    compared.add(measure)
    assert compared == set(_on_rows(rows))


@pytest.mark.parametrize("across", GROUPS)
def test_unadjusted_p_values_equal_the_z_test_of_two_shares(
    rows: pd.DataFrame, found: dict[tuple[str, str, str], Estimate], across: str
) -> None:
    for name, inside in _slices(rows, across).items():
        events = rows["y"] == 1
        hit = events & (rows["p"] >= CUT)
        counts = [(hit & inside).sum(), (hit & ~inside).sum()]
        _, expected = proportions_ztest(counts, [(events & inside).sum(), (events & ~inside).sum()])
        method = found["sensitivity_vs_rest_p", name, "alert"].method
        assert float(method.rpartition("unadjusted p ")[2]) == pytest.approx(expected, rel=6e-3)


def test_the_worst_combination_is_the_one_that_a_search_over_rows_finds(rows: pd.DataFrame, result: Result) -> None:
    """Every combination's sensitivity against its rest by statsmodels' z, smallest first."""
    scores = {}
    events = rows["y"] == 1
    hit = events & (rows["p"] >= CUT)
    for size in (1, 2):
        for names in combinations(["race", "gender"], size):
            for name, inside in _slices(rows, " & ".join(names)).items():
                sides = (inside, ~inside)
                if min((rows["y"][s].sum(), (1 - rows["y"][s]).sum()) for s in sides)[0] >= 10:
                    totals = [(events & s).sum() for s in sides]
                    scores[name] = proportions_ztest([(hit & s).sum() for s in sides], totals)[0]
    scan: Any = result.facts["scan"]
    assert scan["scanned"] == len(scores)
    told = [e["slice"] for e in scan["worst"] if (e["measure"], e["operating_point"]) == ("sensitivity", "alert")]
    # Groups and their complements have the same departure but for the sign; ties keep the order of the attributes.
    assert [scores[name] for name in told] == pytest.approx(sorted(scores.values())[: len(told)])
    first = next(m.estimate for m in result.measurements if m.measure == "worst_subgroup_sensitivity")
    assert told[0] in first.method
    assert np.isfinite(first.value or np.nan)
