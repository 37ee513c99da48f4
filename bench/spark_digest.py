"""Do DuckDB and Spark count the same ten million rows alike, and how long does each take?

    .venv/bin/python -m bench.spark_digest --rows 10000000

Both read one Parquet file: bins, two operating points, three attributes and a pair of them, groups of patients, weeks.
Needs requirements/spark.txt and Java 17. Exits with 1 when the digests differ.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from audits.core.tally import Tally
from audits.core.tally_spec import Attribute, Resolution, Spec
from audits.core.values import Column, Source, Window
from audits.engines import duckdb, frames, portable
from audits.engines.connection import Limits, silent

PART_ROWS = 1_000_000
LEVELS = {"gender": 2, "ethnicity": 5, "site": 10}
COLUMNS = (
    Column("outcome", "outcome", "number"),
    Column("score", "score", "number"),
    *(Column(name, "subgroup", "text") for name in LEVELS),
    Column("patient", "subject", "text"),
    Column("day", "date", "date"),
)
SPEC = Spec(
    cuts=(0.2, 0.4),
    attributes=(
        *(Attribute(name) for name in LEVELS),
        Attribute("patient", people=100),
        Attribute("day", window=Window.WEEK),
    ),
    groupings=(
        (),
        ("gender",),
        ("ethnicity",),
        ("site",),
        ("gender", "ethnicity"),
        ("patient",),
        ("day",),
    ),
    resolution=Resolution.BINS,
)


def part(seed: int, index: int, rows: int) -> pa.RecordBatch:
    """One part of the table: calibrated scores, one row in a thousand without an outcome or a score."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, index]))
    score = rng.beta(1.5, 5, rows)
    outcome = (rng.random(rows) < score).astype(np.float64)
    levels = {name: [f"{name}-{k}" for k in range(n)] for name, n in LEVELS.items()}
    texts = {name: pa.array(names).take(pa.array(rng.integers(0, len(names), rows))) for name, names in levels.items()}
    patients = pa.array(rng.integers(0, 3_000_000, rows)).cast(pa.string())
    days = pa.array(rng.integers(19_700, 19_865, rows).astype(np.int32)).cast(pa.date32())
    return pa.record_batch(
        {
            "outcome": pa.array(outcome, mask=rng.random(rows) < 0.001),
            "score": pa.array(np.where(rng.random(rows) < 0.0005, np.nan, score), mask=rng.random(rows) < 0.0005),
            **texts,
            "patient": patients,
            "day": days,
        }
    )


def written(folder: Path, rows: int, seed: int) -> Source:
    """The table as one Parquet file."""
    path = folder / "table.parquet"
    writer: pq.ParquetWriter | None = None
    for index, start in enumerate(range(0, rows, PART_ROWS)):
        batch = part(seed, index, min(PART_ROWS, rows - start))
        writer = writer or pq.ParquetWriter(path, batch.schema)
        writer.write_batch(batch, row_group_size=122_880)
    if writer:
        writer.close()
    return Source(str(path), COLUMNS, rows)


def timed(name: str, count: Callable[[], Tally]) -> Tally:
    """Count, and print how long it took and what it found."""
    start = perf_counter()
    tally = count()
    print(f"{name:28} {perf_counter() - start:8.1f} s  {len(tally.n):9,} cells  {tally.digest[:16]}", flush=True)
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = written(Path(folder), given.rows, given.seed)
        print(f"{given.rows:,} rows, {Path(source.path).stat().st_size / 1e6:,.0f} MB of Parquet")
        file = timed("DuckDB", lambda: duckdb.tally(source, SPEC, progress=silent, limits=Limits()))
        session = SparkSession.builder.master("local[2]").config("spark.driver.memory", "2g").getOrCreate()
        frame = frames.spark(session.read.parquet(source.path), COLUMNS)
        spark = timed("PySpark local[2]", lambda: portable.tally(frame, SPEC, progress=silent))
        session.stop()
    same = file.digest == spark.digest
    print("the digests are equal" if same else "THE DIGESTS DIFFER")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
