"""What does a whole audit cost, beside reading the same columns once? Prints one line of JSON.

The scan is, for each of both tables, one DuckDB query with `sum` over every number column and `sum(strlen(...))` over
every text column (min, max and count of a text come from Parquet's statistics without a row being read). Scan and
audit run on a warm cache, the scan first.

With `--jobs` of more than one the audits run in that many processes, forked off this one as the product's workers are.
`together` is the wall time from the making of this process, its imports included, until all audits are done, without
the scan and the writing of the tables. `peaks` are the peak memories of this process and of each worker, in MB. What a
worker was forked with counts as its own: measure it with `--no-scan`; pages that processes share count in each of them.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from audits.core.values import Kind, Source
from audits.engines.connection import SCAN, Limits, column, opened, silent
from audits.suites.registry import SUITES
from bench import tables
from bench.machine import age, cost, peak

#: The longest first, so that no worker is left with a long one at the end.
_LONGEST_FIRST = (Kind.BIAS, Kind.VALIDATION, Kind.DRIFT, Kind.QUALITY)
#: The kind, the process that it ran in, and what it cost there.
Done = tuple[Kind, int, dict[str, float]]


def scan(source: Source, limits: Limits) -> None:
    """Every value of every column is read once, and next to nothing done with it."""
    parts = (
        f"sum({column(c.name)})" if c.type == "number" else f"sum(strlen({column(c.name)}))" for c in source.columns
    )
    with opened(limits) as connection:
        connection.execute(f"SELECT {', '.join(parts)} FROM {SCAN}", [source.path]).fetchall()


def _audited(kind: Kind, source: Source, reference: Source, limits: Limits) -> Done:
    run = partial(SUITES[kind], source=source, reference=reference, plan=tables.plan(), progress=silent, limits=limits)
    return kind, os.getpid(), cost(run)


def _run(run: Callable[[Kind], Done], kinds: Sequence[Kind], jobs: int) -> list[Done]:
    """Every audit, one after the other here, or as many at once as there are workers."""
    if jobs == 1:
        return [run(kind) for kind in kinds]
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("fork")) as workers:
        return list(workers.map(run, kinds))


def _told(done: Sequence[Done]) -> dict[str, object]:
    """Each audit's cost, and the peak memory of each process that took part, this one first."""
    peaks = {os.getpid(): peak()}
    for _, process, each in done:
        peaks[process] = max(each["rss"], peaks.get(process, 0.0))
    costs = {kind.value: each for kind, _, each in done}
    return {**costs, "peaks": list(peaks.values()), "peaks_sum": sum(peaks.values())}


def main() -> None:
    imports = age()
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--folder", type=Path, default=Path("var/bench"))
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--memory", default="1GB", help="of DuckDB, for each process")
    asked.add_argument("--kinds", nargs="*", type=Kind, default=_LONGEST_FIRST)
    asked.add_argument("--parts", action="store_true", help="tables of a million rows a file, needed for 100 million")
    asked.add_argument("--jobs", type=int, default=1, help="audits at once, each in a process")
    asked.add_argument("--no-scan", dest="scan", action="store_false")
    given = asked.parse_args()
    limits = Limits(memory_limit=given.memory)
    make = tables.parts if given.parts else tables.table
    reference = make(given.folder, given.rows, seed=1)
    source = make(given.folder, given.rows, seed=2, shift=tables.SHIFT)

    def both() -> None:
        scan(reference, limits)
        scan(source, limits)

    found: dict[str, object] = {"rows": given.rows, "jobs": given.jobs}
    if given.scan:
        found["scan"] = sorted((cost(both) for _ in range(3)), key=lambda each: each["cpu"])[1]
    start = time.perf_counter()
    done = _run(partial(_audited, source=source, reference=reference, limits=limits), given.kinds, given.jobs)
    found |= {"imports": imports, "together": imports + time.perf_counter() - start, **_told(done)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
