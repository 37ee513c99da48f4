"""Does DuckDB count columns exactly as their specification says, and do the counts add?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audits.core.feature_tally import FEATURE_CLIP, FEATURE_SCALE, FeatureSpec, FeatureTally, Shape
from audits.core.values import Column
from audits.engines import duckdb_features
from audits.engines.connection import Limits
from tests.audits import tables

ROLES = (Column("x", "feature", "number"), Column("t", "feature", "text"))
SPECS = {
    "values": FeatureSpec("x", Shape.VALUES),
    "bins": FeatureSpec("x", Shape.BINS, edges=(-1.0, -0.3, 0.0, 0.1, 0.3, 2.5)),
    "one edge": FeatureSpec("x", Shape.BINS, edges=(0.0,)),
    "levels": FeatureSpec("t", Shape.LEVELS, levels=("", "it's", "u")),
    "no levels": FeatureSpec("t", Shape.LEVELS),
}


def _dirty(n: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    odd: list[float | None] = [None, float("nan"), float("inf"), -float("inf"), 0.0, -0.0, 0.1, 0.3, 2.5, 1e6, -1e300]
    x = [odd[int(i)] if i < len(odd) else float(rng.normal()) for i in rng.integers(0, 30, n)]
    texts = ["u", "w", "it's", "", None, "(other)"]
    return {"x": pa.array(x, pa.float64()), "t": pa.array([texts[int(i)] for i in rng.integers(0, 6, n)])}


def _expected(values: list[Any], spec: FeatureSpec) -> FeatureTally:
    """The specification read again, one value at a time."""
    cells: dict[float, list[int]] = {}
    kinds = {"missing": 0, "nan": 0, "infinite": 0}
    finite = []
    start, width = spec.span
    for value in values:
        if value is None:
            kinds["missing"] += 1
        elif spec.shape is Shape.LEVELS:
            key = float(spec.levels.index(value)) if value in spec.levels else float(len(spec.levels))
            cells.setdefault(key, [0, 0, 0])[0] += 1
        elif not np.isfinite(value):
            kinds["nan" if np.isnan(value) else "infinite"] += 1
        else:
            finite.append(value + 0.0)
            place = 0.0
            key = value + 0.0
            if spec.shape is Shape.BINS:
                key = float(sum(value >= edge for edge in spec.edges))
                place = min(max((value - start) / width, -FEATURE_CLIP), FEATURE_CLIP)
            cell = cells.setdefault(key, [0, 0, 0])
            steps = (1, np.floor(place * FEATURE_SCALE + 0.5), np.floor(place * place * FEATURE_SCALE + 0.5))
            for index, step in enumerate(steps):
                cell[index] += int(step)
    keys = np.array(sorted(cells), dtype=np.float64)
    n, s1, s2 = (np.array([cells[key][index] for key in sorted(cells)], dtype=np.int64) for index in range(3))
    return FeatureTally(
        spec, kinds["missing"], kinds["nan"], kinds["infinite"], keys, n, s1, s2,
        min(finite, default=None), max(finite, default=None),
    )  # fmt: skip


def _count(folder: Path, data: dict[str, Any], spec: FeatureSpec, name: str = "table") -> FeatureTally:
    source = tables.write(folder, data, ROLES, name=name, groups=100)
    (counted,) = duckdb_features.tally(source, [spec], progress=tables.quiet, stage="table", limits=Limits())
    return counted


@pytest.mark.parametrize("size", [0, 1, 400])
@pytest.mark.parametrize("name", SPECS)
def test_columns_are_counted_as_specified(tmp_path: Path, name: str, size: int) -> None:
    data, spec = _dirty(size, 4), SPECS[name]
    counted = _count(tmp_path, data, spec)
    assert counted == _expected(data[spec.name].to_pylist(), spec)
    assert counted.rows == size


@pytest.mark.parametrize("name", SPECS)
def test_columns_add(tmp_path: Path, name: str) -> None:
    spec, one, two = SPECS[name], _dirty(200, 5), _dirty(300, 6)
    whole = {key: pa.chunked_array([one[key], two[key]]) for key in one}
    parts = [_count(tmp_path, data, spec, str(index)) for index, data in enumerate((one, two, whole))]
    assert parts[0] + parts[1] == parts[1] + parts[0] == parts[2]


def test_columns_counted_differently_do_not_add(tmp_path: Path) -> None:
    data = _dirty(10, 7)
    with pytest.raises(ValueError, match="same thing"):
        _count(tmp_path, data, SPECS["bins"]) + _count(tmp_path, data, SPECS["values"])


def test_many_distinct_numbers_are_binned_on_the_quantiles_of_the_reference(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    data: dict[str, Any] = {"x": rng.normal(size=6000), "t": ["u"] * 6000}
    source = tables.write(tmp_path, data, ROLES)
    number, text = duckdb_features.specify(source, source, ["x", "t"], limits=Limits())
    assert (number.shape, text.shape, text.levels) == (Shape.BINS, Shape.LEVELS, ("u",))
    assert set(np.quantile(data["x"], np.arange(11) / 10, method="inverted_cdf")) <= set(number.edges)
    few = tables.write(tmp_path, {"x": data["x"].round(1), "t": data["t"]}, ROLES, name="few")
    assert duckdb_features.specify(few, few, ["x"], limits=Limits())[0].shape is Shape.VALUES
