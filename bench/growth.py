"""How does the cost grow with the rows? Of counting, and of the measures and intervals. One process; one line of JSON.

An exponent of 1 is as fast as the rows, 0 not at all: log(cost ratio) / log(row ratio) of processor seconds between the
smallest and the largest table. All tables are counted in the same number of bins.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

from audits.core.values import Kind
from audits.engines import duckdb
from audits.engines.connection import Limits, silent
from audits.suites import bias, scored, validation
from bench import tables
from bench.machine import cost


def _costs(folder: Path, rows: int) -> dict[str, float]:
    """Processor seconds of one table, medians of three."""
    source, plan, limits = tables.table(folder, rows, seed=2, shift=tables.SHIFT), tables.plan(), Limits()
    spec = duckdb.specify(source, plan, limits=limits)
    found = scored.gather(source, None, plan, progress=silent, limits=limits)

    def measures() -> None:
        scored.result(Kind.VALIDATION, found, validation.parts(found))
        scored.result(Kind.BIAS, found, [part(found) for part in bias.PARTS])

    def counting() -> None:
        duckdb.tally(source, spec, progress=silent, limits=limits)

    made = {"counting": counting, "measures": measures}
    return {name: sorted(cost(each)["cpu"] for _ in range(3))[1] for name, each in made.items()}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--folder", type=Path, default=Path("var/bench"))
    asked.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    given = asked.parse_args()
    found = {rows: _costs(given.folder, rows) for rows in sorted(given.rows)}
    few, many = min(found), max(found)
    exponents = {name: math.log(found[many][name] / found[few][name]) / math.log(many / few) for name in found[few]}
    print(json.dumps({"costs": found, "exponents": exponents}))


if __name__ == "__main__":
    main()
