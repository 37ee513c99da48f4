"""What tables do the audit tests use? Small seeded ones, clean and dirty, written as canonical Parquet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from audits.core.values import Column, Criterion, OperatingPoint, PlanSpec, Source

COLUMNS = (
    Column("y", "outcome", "number"),
    Column("p", "score", "number"),
    Column("race", "subgroup", "text"),
    Column("gender", "subgroup", "text"),
)


def quiet(stage: str, done: int, total: int) -> None:
    """A progress callback that says nothing."""


def plan(**changes: Any) -> PlanSpec:
    """A plan with two operating points, two subgroups and their intersection."""
    base: dict[str, Any] = {
        "operating_points": (OperatingPoint("alert", 0.3), OperatingPoint("urgent", 0.75)),
        "subgroups": ("race", "gender"),
        "intersections": (("race", "gender"),),
        "criteria": (),
        "replicates": 200,
    }
    return PlanSpec(**{**base, **changes})


def criterion(**changes: Any) -> Criterion:
    """A criterion on everyone's AUROC."""
    base: dict[str, Any] = {"id": "c", "kind": "validation", "measure": "auroc", "minimum": 0.7}
    return Criterion(**{**base, **changes})


def write(
    folder: Path, columns: Mapping[str, Any], roles: Sequence[Column] = COLUMNS, *, name: str = "table", groups: int = 0
) -> Source:
    """A Parquet file of these columns and its Source. groups: rows per row group; 0 leaves it to the writer."""
    table = pa.table(dict(columns))
    path = folder / f"{name}.parquet"
    pq.write_table(table, path, **({"row_group_size": groups} if groups else {}))
    return Source(str(path), tuple(roles), table.num_rows)


def clean(n: int = 2000, *, seed: int = 7, decimals: int | None = 3) -> dict[str, Any]:
    """Scores that are roughly calibrated, with unequal groups."""
    rng = np.random.default_rng(seed)
    p = rng.beta(2, 4, n)
    p = p if decimals is None else p.round(decimals)
    return {
        "y": (rng.random(n) < p).astype(np.int8),
        "p": p,
        "race": rng.choice(["white", "black", "asian"], n, p=[0.7, 0.2, 0.1]),
        "gender": rng.choice(["female", "male"], n),
    }


def dirty(n: int = 3000, *, seed: int = 11) -> dict[str, Any]:
    """Every kind of bad value that a table can hold, among good ones."""
    rng = np.random.default_rng(seed)
    odd = [float("nan"), float("inf"), -float("inf"), -0.0, 0.0, 1.0, 1.5, -1e-12, 1 + 1e-15, 5e-324, 0.3, 0.75, None]
    p: list[float | None] = [float(x) for x in rng.beta(1, 3, n)]
    for index in rng.choice(n, n // 4, replace=False):
        p[index] = odd[int(rng.integers(len(odd)))]
    outcomes: list[int | None] = [0, 1, 1, 0, None, 2, -1]
    races = ["white", "black", "it's", 'a "b" & c=d', "été", "", "(missing)", None]
    return {
        "y": pa.array([outcomes[int(i)] for i in rng.integers(len(outcomes), size=n)], pa.int8()),
        "p": pa.array(p, pa.float64()),
        "race": pa.array([races[int(i)] for i in rng.integers(len(races), size=n)], pa.string()),
        "gender": pa.array([["f", "m", None][int(i)] for i in rng.integers(3, size=n)], pa.string()),
    }
