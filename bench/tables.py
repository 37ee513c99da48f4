"""What tables are measured? Seeded ones of any size, in parts, as the product itself would store them.

A part is a million rows with a stream of its own, so a table is the same however many processes write it, and the first
part of a large table is the whole of a small one.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa

from audits.core.values import Column, OperatingPoint, PlanSpec, Source
from registry.ingest.canonical import CanonicalWriter

PART_ROWS = 1_000_000
NUMBERS, TEXTS = 20, 5
LEVELS = {"gender": 2, "ethnicity": 5, "age_band": 6, "site": 10}
#: How far each numeric feature of a later table has moved from the reference, in standard deviations.
SHIFT = 0.05
#: Feature k: a shape, so that quantile edges are not all alike.
_SHAPES = ("normal", "exponential", "lognormal", "uniform")

COLUMNS = (
    Column("outcome", "outcome", "number"),
    Column("score", "score", "number"),
    *(Column(name, "subgroup", "text") for name in LEVELS),
    *(Column(f"x{k:02d}", "feature", "number") for k in range(NUMBERS)),
    *(Column(f"c{k}", "feature", "text") for k in range(TEXTS)),
)
_PAIRS = tuple((one, two) for i, one in enumerate(LEVELS) for two in list(LEVELS)[i + 1 :])


def plan(replicates: int = 1000) -> PlanSpec:
    """Two operating points, four subgroups and all six pairs of them."""
    points = (OperatingPoint("alert", 0.2), OperatingPoint("urgent", 0.4))
    return PlanSpec(points, tuple(LEVELS), _PAIRS, (), replicates=replicates)


def part(seed: int, index: int, rows: int, *, shift: float = 0.0) -> pa.RecordBatch:
    """One part of a table. shift: how far every feature is moved, in units of its spread."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, index]))
    data: dict[str, pa.Array] = {}
    codes = {name: np.minimum(rng.geometric(1.6 / n, rows) - 1, n - 1) for name, n in LEVELS.items()}
    features = [_feature(rng, k, rows) + shift for k in range(NUMBERS)]
    risk = -1.5 + 0.6 * features[0] + 0.4 * features[4] - 0.2 * codes["age_band"] / 6
    score = 1 / (1 + np.exp(-risk - 0.3 * rng.normal(size=rows)))
    data["outcome"] = pa.array((rng.random(rows) < 1 / (1 + np.exp(-risk))).astype(np.float64))
    data["score"] = pa.array(score)
    for name, code in codes.items():
        data[name] = _text(code, f"{name}-", LEVELS[name])
    for k, values in enumerate(features):
        # One value in a hundred is missing, as in a good table of laboratory results.
        data[f"x{k:02d}"] = pa.array(values, mask=rng.random(rows) < 0.01)
    for k in range(TEXTS):
        data[f"c{k}"] = _text(rng.integers(0, 3 + 4 * k, rows), f"c{k}-", 3 + 4 * k)
    return pa.record_batch(data)


def _feature(rng: np.random.Generator, k: int, rows: int) -> np.ndarray:
    shape = _SHAPES[k % len(_SHAPES)]
    draw = {
        "normal": lambda: rng.normal(size=rows),
        "exponential": lambda: rng.exponential(size=rows),
        "lognormal": lambda: rng.lognormal(sigma=0.5, size=rows),
        "uniform": lambda: rng.random(rows),
    }
    return np.asarray(draw[shape]())


def _text(code: np.ndarray, prefix: str, levels: int) -> pa.Array:
    names = pa.array([f"{prefix}{level}" for level in range(levels)])
    return pa.DictionaryArray.from_arrays(pa.array(code.astype(np.int32)), names).cast(pa.string())


def table(folder: Path, rows: int, *, seed: int, shift: float = 0.0) -> Source:
    """One canonical Parquet file, written unless it is there."""
    path = folder / f"table-{rows}-{seed}.parquet"
    if not path.exists():
        _write(path, [(index, min(PART_ROWS, rows - index * PART_ROWS)) for index in _parts(rows)], seed, shift)
    return Source(str(path), COLUMNS, rows)


def parts(folder: Path, rows: int, *, seed: int, shift: float = 0.0) -> Source:
    """Canonical Parquet files of a million rows each in a folder, written unless they are there; the path is a glob."""
    home = folder / f"parts-{rows}-{seed}"
    home.mkdir(parents=True, exist_ok=True)
    for index in _parts(rows):
        path = home / f"part-{index:05d}.parquet"
        if not path.exists():
            _write(path, [(index, min(PART_ROWS, rows - index * PART_ROWS))], seed, shift)
    return Source(str(home / "*.parquet"), COLUMNS, rows)


def _parts(rows: int) -> range:
    return range(-(-rows // PART_ROWS))


def _write(path: Path, wanted: list[tuple[int, int]], seed: int, shift: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    with CanonicalWriter(unfinished, part(seed, 0, 0, shift=shift).schema) as writer:
        for index, rows in wanted:
            batch = part(seed, index, rows, shift=shift)
            for start in range(0, rows, 65_536):
                writer.add(batch.slice(start, 65_536))
    unfinished.rename(path)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--folder", type=Path, default=Path("var/bench"))
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--shift", type=float, default=0.0)
    asked.add_argument("--parts", action="store_true", help="a folder of files of a million rows each")
    given = asked.parse_args()
    make = parts if given.parts else table
    print(make(given.folder, given.rows, seed=given.seed, shift=given.shift).path)


if __name__ == "__main__":
    main()
