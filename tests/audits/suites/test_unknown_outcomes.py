"""Do rows whose outcome is not known yet leave every measure of performance as it is without them?"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audits.core.values import Column, Kind, Source
from audits.suites.registry import SUITES
from tests.audits import tables

ROLES = (
    *tables.COLUMNS,
    Column("age", "feature", "number"),
    Column("news", "comparator", "number"),
    Column("ward", "site", "text"),
    Column("seen", "date", "date"),
    Column("known", "outcome_date", "date"),
)
N, UNKNOWN = 1200, 150


def table(folder: Path, *, rows: slice, name: str) -> Source:
    """Some of one and the same table, whose last rows have no outcome."""
    rng = np.random.default_rng(5)
    data: dict[str, Any] = tables.clean(N)
    first = datetime.date(2024, 1, 1)
    data["age"] = rng.normal(60, 10, N)
    data["news"] = np.clip(data["p"] + rng.normal(0, 0.1, N), 0, 1)
    data["ward"] = rng.choice(["north", "south", "east"], N)
    data["seen"] = [first + datetime.timedelta(days=int(day)) for day in rng.integers(0, 60, N)]
    data["known"] = [day + datetime.timedelta(days=20) for day in data["seen"]]
    for row in range(N - UNKNOWN, N):
        data["known"][row] = None
    outcomes = [None if row >= N - UNKNOWN else int(y) for row, y in enumerate(data["y"])]
    columns = {key: list(values)[rows] for key, values in data.items()}
    columns["y"] = pa.array(outcomes[rows], pa.int8())
    columns["known"] = pa.array(columns["known"], pa.date32())
    return tables.write(folder, columns, ROLES, name=name)


@pytest.mark.parametrize("kind", [Kind.VALIDATION, Kind.BIAS])
def test_performance_is_that_of_the_rows_with_an_outcome(kind: Kind, tmp_path: Path) -> None:
    made = []
    for name, rows in (("all", slice(None)), ("known", slice(0, N - UNKNOWN))):
        source = table(tmp_path, rows=rows, name=name)
        found = SUITES[kind](source=source, reference=None, plan=tables.plan(), progress=tables.quiet)
        made.append(
            {m.key: (m.estimate.value, m.estimate.low, m.estimate.high, m.estimate.n) for m in found.measurements}
        )
    assert made[0].keys() == made[1].keys()
    different = {key: (value, made[1][key]) for key, value in made[0].items() if value != made[1][key]}
    assert different == {}


def test_the_quality_audit_counts_them(tmp_path: Path) -> None:
    source = table(tmp_path, rows=slice(None), name="all")
    found = SUITES[Kind.QUALITY](source=source, reference=source, plan=tables.plan(), progress=tables.quiet)
    values = {(m.measure, m.column): m.estimate.value for m in found.measurements}
    assert values["label_coverage", ""] == pytest.approx(1 - UNKNOWN / N)
    assert values["missing_share", "known"] == values["missing_share", "y"] == pytest.approx(UNKNOWN / N)
    assert values["outcome_before_prediction_share", ""] == 0
    assert values["row_overlap_share", ""] == 1
    assert values["unseen_level_share", "ward"] == 0


def test_drift_of_a_table_with_every_role_is_measured(tmp_path: Path) -> None:
    source = table(tmp_path, rows=slice(None), name="all")
    found = SUITES[Kind.DRIFT](source=source, reference=source, plan=tables.plan(), progress=tables.quiet)
    drifted = {m.column for m in found.measurements if m.measure == "psi"}
    assert {"news", "ward", "age"} <= drifted
    assert not drifted & {"seen", "known"}
