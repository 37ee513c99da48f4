"""What should the tally of a column be? docs/tally.md read again, one value at a time, on columns with every trap."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from audits.core.feature_tally import FeatureSpec, Shape
from audits.core.values import Column

COLUMNS = (Column("x", "feature", "number"), Column("whole", "feature", "number"), Column("t", "feature", "text"))
SCHEMA = pa.schema([("x", pa.float64()), ("whole", pa.int64()), ("t", pa.string())])
LARGEST = math.nextafter(math.inf, 0)
NUMBERS = [
    None, float("nan"), float("inf"), -float("inf"), 0.0, -0.0, 0.1, 0.3, math.nextafter(0.3, 1), 2.5, -1.0, 1e6, -1e6,
    1e300, -1e300, LARGEST, -LARGEST, 5e-324, -5e-324, 1e-310, 27.0, 27.1, -29.0, 2.0**-26, 2.0**-25, -(2.0**-25),
]  # fmt: skip
TEXTS = ["u", "w", "it's", "", None, "(other)", "back\\slash", "é", "U"]


def _table(n: int, seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    x = [NUMBERS[int(i)] if i < len(NUMBERS) else float(rng.normal()) for i in rng.integers(0, 60, n)]
    whole = [None if i == 0 else int(i) - 5 for i in rng.integers(0, 12, n)]
    texts = [TEXTS[int(i)] for i in rng.integers(0, len(TEXTS), n)]
    return pa.table(
        [pa.array(values, kind) for values, kind in zip((x, whole, texts), SCHEMA.types, strict=True)], SCHEMA
    )


TABLES = {
    "dirty": _table(900, 3),
    "empty": _table(0, 1),
    "one row": _table(1, 2),
    "all null": pa.table([pa.nulls(4, kind) for kind in SCHEMA.types], SCHEMA),
}
SPECS = (
    FeatureSpec("x", Shape.VALUES),
    FeatureSpec("whole", Shape.VALUES),
    FeatureSpec("x", Shape.BINS, edges=(-1.0, -0.3, 0.0, 0.1, 0.3, 2.5)),
    FeatureSpec("x", Shape.BINS, edges=tuple(float(edge) for edge in np.linspace(-2, 2, 257))),
    FeatureSpec("x", Shape.BINS, edges=(0.0,)),
    FeatureSpec("x", Shape.BINS, edges=(-LARGEST, 0.3, LARGEST)),
    FeatureSpec("x", Shape.BINS, edges=(-LARGEST, -1e300)),
    FeatureSpec("x", Shape.BINS, edges=(1e-310, 3e-310)),
    FeatureSpec("x", Shape.BINS, edges=(0.0, 1e300)),
    FeatureSpec("whole", Shape.BINS, edges=(0.0, 3.0)),
    FeatureSpec("t", Shape.LEVELS, levels=("", "back\\slash", "it's", "never", "u")),
    FeatureSpec("t", Shape.LEVELS),
    FeatureSpec("whole", Shape.LEVELS, levels=("-1", "3")),
)
#: One of each shape, for an engine that takes a second for a table of one row.
BRIEF = (SPECS[0], SPECS[2], SPECS[5], SPECS[10])


def as_bytes(table: pa.Table, spec: FeatureSpec) -> bytes:
    """The canonical bytes of one column's tally."""
    cells: dict[float, list[int]] = {}
    kinds, finite = {"missing": 0, "nan": 0, "infinite": 0}, []
    for value in table[spec.name].to_pylist():
        if value is None:
            kinds["missing"] += 1
        elif spec.shape is Shape.LEVELS:
            level = str(value)
            key = float(spec.levels.index(level) if level in spec.levels else len(spec.levels))
            cells.setdefault(key, [0, 0, 0])[0] += 1
        elif not math.isfinite(value):
            kinds["nan" if math.isnan(value) else "infinite"] += 1
        else:
            finite.append(float(value) + 0.0)
            key = float(value) + 0.0 if spec.shape is Shape.VALUES else float(sum(value >= e for e in spec.edges))
            place = _place(float(value), spec.edges) if spec.shape is Shape.BINS else 0.0
            cell = cells.setdefault(key, [0, 0, 0])
            for index, step in enumerate((1, place * 2**24 + 0.5, place * place * 2**24 + 0.5)):
                cell[index] += math.floor(step)
    return _written(cells, kinds, finite, spec)


def _place(value: float, edges: Sequence[float]) -> float:
    width = edges[-1] - edges[0]
    unit = width if 0 < width < math.inf else 1.0
    return min(max((value - edges[0]) / unit, -8.0), 8.0)


def _written(cells: dict[float, list[int]], kinds: dict[str, int], finite: list[float], spec: FeatureSpec) -> bytes:
    header: dict[str, Any] = {
        "edges": [edge.hex() for edge in spec.edges],
        "levels": spec.levels,
        "name": spec.name,
        "shape": str(spec.shape),
        "low": min(finite).hex() if finite else None,
        "high": max(finite).hex() if finite else None,
        **kinds,
    }
    line = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    order = sorted(cells)
    body = [np.array(order, dtype="<f8"), *(np.array([cells[k][i] for k in order], dtype="<i8") for i in range(3))]
    return b"formulary feature tally 1\n" + line.encode() + b"\n" + b"".join(part.tobytes() for part in body)
