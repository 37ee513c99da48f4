"""What does a whole audit cost, beside reading the same columns once? One process; prints one line of JSON.

The scan is, for each of both tables, one DuckDB query with `sum` over every number column and `sum(strlen(...))` over
every text column (min, max and count of a text come from Parquet's statistics without a row being read). Scan and
audit run in the same process, on a warm cache, the scan first.
"""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path

from audits.core.values import Kind, Source
from audits.engines.connection import SCAN, Limits, column, opened, silent
from audits.suites.registry import SUITES
from bench import tables
from bench.machine import cost


def scan(source: Source, limits: Limits) -> None:
    """Every value of every column is read once, and next to nothing done with it."""
    parts = (
        f"sum({column(c.name)})" if c.type == "number" else f"sum(strlen({column(c.name)}))" for c in source.columns
    )
    with opened(limits) as connection:
        connection.execute(f"SELECT {', '.join(parts)} FROM {SCAN}", [source.path]).fetchall()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--folder", type=Path, default=Path("var/bench"))
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--memory", default="1GB")
    asked.add_argument("--kinds", nargs="*", default=[kind.value for kind in Kind])
    given = asked.parse_args()
    limits = Limits(memory_limit=given.memory)
    reference = tables.table(given.folder, given.rows, seed=1)
    source = tables.table(given.folder, given.rows, seed=2, shift=tables.SHIFT)

    def both() -> None:
        scan(reference, limits)
        scan(source, limits)

    scans = [cost(both) for _ in range(3)]
    found: dict[str, object] = {"rows": given.rows, "scan": sorted(scans, key=lambda each: each["cpu"])[1]}
    for kind in given.kinds:
        run = partial(
            SUITES[Kind(kind)], source=source, reference=reference, plan=tables.plan(), progress=silent, limits=limits
        )
        found[kind] = cost(run)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
