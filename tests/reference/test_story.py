"""The story's own figures, through the real upload path, against scikit-learn and fairlearn on the rows as sent."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from fairlearn.metrics import MetricFrame, equalized_odds_difference, selection_rate, true_positive_rate
from sklearn.metrics import average_precision_score, brier_score_loss, precision_score, recall_score, roc_auc_score

from audits.core import plan as plans
from audits.core.values import Column, Kind, Measurement, PlanSpec, Result, Source
from audits.suites.registry import SUITES
from config.demo import actg, plan
from registry.core.table_schema import TableSchema
from registry.ingest.parse import parse_table

Key = tuple[str, str, str, str]


@cache
def spec() -> PlanSpec:
    return plans.parse(plan.document(actg.train().population))


@pytest.fixture(scope="module")
def results() -> Iterator[dict[Kind, Result]]:
    """Every audit of the story, on the canonical tables that the upload makes of what the team sends."""
    work = actg.train()
    with TemporaryDirectory() as folder:
        evaluation = source(Path(folder), "evaluation", work.evaluation)
        reference = source(Path(folder), "reference", work.training)
        yield {
            kind: suite(source=evaluation, reference=reference, plan=spec(), progress=lambda *_: None)
            for kind, suite in SUITES.items()
        }


def source(folder: Path, purpose: str, content: bytes) -> Source:
    sent = folder / f"{purpose}.csv"
    sent.write_bytes(content)
    schema = TableSchema.parse({"columns": actg.columns()}, purpose=purpose)
    parsed = parse_table(path=sent, file_format="csv", schema=schema, workdir=folder, today=date(2026, 1, 1))
    columns = tuple(
        Column(each.name, each.role, each.type, each.minimum, each.maximum, each.levels) for each in schema.kept
    )
    return Source(str(parsed.canonical), columns, parsed.summary.rows)


@cache
def rows() -> dict[str, np.ndarray]:
    """The table as the team sent it, column by column."""
    table = list(csv.DictReader(io.StringIO(actg.train().evaluation.decode())))
    found = {name: np.array([row[name] for row in table]) for name in ("race", "gender", "age_band", "arm")}
    found["y"] = np.array([int(row["progression"]) for row in table])
    found["p"] = np.array([float(row["risk"]) for row in table])
    return found


def value(result: Result, measure: str, *, slice: str = "", across: str = "", point: str = "") -> float:
    wanted = [each for each in result.measurements if _place(each) == (measure, slice, across, point)]
    assert len(wanted) == 1
    found = wanted[0].estimate.value
    assert found is not None
    return found


def _place(each: Measurement) -> Key:
    return (each.measure, each.slice, each.across, each.operating_point)


def test_validation_equals_scikit_learn(results: dict[Kind, Result]) -> None:
    found, (y, p) = results[Kind.VALIDATION], (rows()["y"], rows()["p"])
    assert value(found, "auroc") == pytest.approx(roc_auc_score(y, p), rel=1e-12)
    assert value(found, "average_precision") == pytest.approx(average_precision_score(y, p), rel=1e-12)
    assert value(found, "brier") == pytest.approx(brier_score_loss(y, p), rel=1e-9)
    assert value(found, "oe_ratio") == pytest.approx(y.sum() / p.sum(), rel=1e-9)
    for point in spec().operating_points:
        flag = (p >= point.score).astype(int)
        expected = {
            "sensitivity": recall_score(y, flag),
            "specificity": recall_score(1 - y, 1 - flag),
            "ppv": precision_score(y, flag),
            "npv": precision_score(1 - y, 1 - flag),
            "flag_rate": flag.mean(),
        }
        for measure, wanted in expected.items():
            assert value(found, measure, point=point.name) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("attribute", ["race", "gender", "age_band", "arm"])
def test_every_subgroup_equals_scikit_learn(results: dict[Kind, Result], attribute: str) -> None:
    y, p, groups = rows()["y"], rows()["p"], rows()[attribute]
    for level in np.unique(groups):
        here = groups == level
        found = value(results[Kind.VALIDATION], "auroc", slice=f"{attribute}={level}")
        assert found == pytest.approx(roc_auc_score(y[here], p[here]), rel=1e-12)


@pytest.mark.parametrize("attribute", ["race", "gender", "age_band", "arm"])
def test_bias_equals_fairlearn(results: dict[Kind, Result], attribute: str) -> None:
    y, p, groups = rows()["y"], rows()["p"], rows()[attribute]
    for point in spec().operating_points:
        flag = (p >= point.score).astype(int)
        rates = {"demographic_parity": selection_rate, "equal_opportunity": true_positive_rate}
        frame = MetricFrame(metrics=rates, y_true=y, y_pred=flag, sensitive_features=groups)
        for name in rates:
            for how in ("difference", "ratio"):
                wanted = getattr(frame, how)("between_groups")[name]
                found = value(results[Kind.BIAS], f"{name}_{how}", across=attribute, point=point.name)
                assert found == pytest.approx(wanted, abs=1e-12)
        odds = equalized_odds_difference(y, flag, sensitive_features=groups)
        found = value(results[Kind.BIAS], "equalized_odds_difference", across=attribute, point=point.name)
        assert found == pytest.approx(odds, abs=1e-12)


def test_the_same_table_audited_again_gives_the_same_result(results: dict[Kind, Result]) -> None:
    work = actg.train()
    with TemporaryDirectory() as folder:
        again = source(Path(folder), "evaluation", work.evaluation)
        repeated = SUITES[Kind.BIAS](source=again, reference=None, plan=spec(), progress=lambda *_: None)
    assert repeated == results[Kind.BIAS]
