"""How long does drift of the same 25 columns take with evidently, and here? One process; prints one line of JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pyarrow.parquet as pq
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

from audits.core.values import Kind
from audits.engines.connection import silent
from audits.suites.registry import SUITES
from bench import tables
from bench.machine import cost


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--folder", type=Path, default=Path("var/bench"))
    asked.add_argument("--rows", type=int, default=1_000_000)
    given = asked.parse_args()
    reference = tables.table(given.folder, given.rows, seed=1)
    source = tables.table(given.folder, given.rows, seed=2, shift=tables.SHIFT)
    numbers = [c.name for c in tables.COLUMNS if c.role == "feature" and c.type == "number"]
    texts = [c.name for c in tables.COLUMNS if c.role == "feature" and c.type == "text"]
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=texts)
    sides = [
        Dataset.from_pandas(pq.read_table(each.path, columns=[*numbers, *texts]).to_pandas(), definition)
        for each in (source, reference)
    ]
    theirs = cost(lambda: Report([DataDriftPreset()]).run(*sides))
    ours = sorted(
        (
            cost(lambda: SUITES[Kind.DRIFT](source=source, reference=reference, plan=tables.plan(), progress=silent))
            for _ in range(3)
        ),
        key=lambda each: each["cpu"],
    )[1]
    print(json.dumps({"rows": given.rows, "evidently": theirs, "ours": ours}))


if __name__ == "__main__":
    main()
