"""Which real tables are the figures checked on? ACTG 175 (with lifelines) and Diabetes 130 (where it is mounted)."""

from __future__ import annotations

import atexit
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import lifelines.datasets
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from audits.core.values import Column, OperatingPoint, PlanSpec, Source
from tests.audits import tables

DIABETES = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "diabetes130.parquet"
GROUPS = ["race", "gender"]
# The stories are cached for the whole run; their folders go when it ends.
KEPT: list[TemporaryDirectory[str]] = []


@dataclass(frozen=True)
class Story:
    """A scored test table, the training table as reference, and the rows themselves."""

    source: Source
    reference: Source
    rows: pd.DataFrame
    trained: pd.DataFrame
    plan: PlanSpec


def plan() -> PlanSpec:
    return PlanSpec(
        operating_points=(OperatingPoint("alert", 0.3), OperatingPoint("urgent", 0.12)),
        subgroups=("race", "gender"),
        intersections=(("race", "gender"),),
        criteria=(),
        replicates=300,
    )


@cache
def actg() -> Story:
    """ACTG 175: 2,139 patients, outcome `cens` (progression or death), a logistic model on the baseline."""
    path = Path(lifelines.datasets.__file__).parent / "ACTG175.csv"
    frame = pd.read_csv(path, index_col=0).rename(columns={"cens": "y", "pidnum": "subject"})
    frame["race"] = frame["race"].map({0: "white", 1: "non-white"})
    frame["gender"] = frame["gender"].map({0: "female", 1: "male"})
    features = ["age", "wtkg", "karnof", "cd40", "cd80", "preanti", "symptom"]
    return _story(frame, features, decimals=None)


@cache
def diabetes(decimals: int | None, *, whole: bool = False) -> Story:
    """Diabetes 130: 101,766 encounters, outcome readmission within 30 days. whole: score every row, not only 40%."""
    if not DIABETES.exists():
        pytest.skip(f"{DIABETES.resolve()} is not here")
    frame = pq.read_table(DIABETES).to_pandas()
    frame["y"] = (frame["readmitted"] == "<30").astype(int)
    frame["race"] = frame["race"].where(frame["race"] != "?", None)
    frame = frame.rename(columns={"patient_nbr": "subject"})
    features = ["time_in_hospital", "num_lab_procedures", "num_procedures", "num_medications", "number_outpatient",
                "number_emergency", "number_inpatient", "number_diagnoses"]  # fmt: skip
    return _story(frame, features, decimals=decimals, whole=whole)


def _story(frame: pd.DataFrame, features: list[str], *, decimals: int | None, whole: bool = False) -> Story:
    """A seeded 60/40 split, a model fitted on the first part, both parts scored and written as canonical Parquet."""
    order = np.random.default_rng(175).permutation(len(frame))
    cut = int(0.6 * len(frame))
    trained, rows = frame.iloc[order[:cut]].copy(), frame.iloc[order[0 if whole else cut :]].copy()
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(trained[features], trained["y"])
    for part in (trained, rows):
        scores = model.predict_proba(part[features])[:, 1]
        part["p"] = scores if decimals is None else scores.round(decimals)
    roles = (
        *tables.COLUMNS,
        *(Column(name, "feature", "number") for name in features),
        Column("subject", "subject", "text"),
    )
    sources = []
    for part in (rows, trained):
        data = {"y": part["y"].to_numpy(np.int8), "p": part["p"].to_numpy(np.float64)}
        data |= {name: part[name].to_numpy(object) for name in GROUPS}
        data |= {name: part[name].to_numpy(np.float64) for name in features}
        data |= {"subject": part["subject"].astype(str).to_numpy(object)}
        folder = TemporaryDirectory(prefix="formulary-story-")
        KEPT.append(folder)
        atexit.register(folder.cleanup)
        sources.append(tables.write(Path(folder.name), data, roles))
    return Story(sources[0], sources[1], rows, trained, plan())
