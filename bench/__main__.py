"""What does it all cost on this machine? Runs the affordable measurements and keeps them as JSON: `make bench`.

The figures in docs/benchmarks.md are written from such a run by hand, with what they mean and which target they miss.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from bench.machine import alone, facts


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--folder", type=Path, default=Path("var/bench"))
    asked.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    given = asked.parse_args()
    folder = ("--folder", str(given.folder))
    found: dict[str, Any] = {"before": facts()}
    found["audits"] = [alone("bench.audit", *folder, "--rows", str(rows)) for rows in given.rows]
    found["fairness"] = alone("bench.fairness", *folder, "--rows", str(given.rows[0]))
    found["drift"] = [alone("bench.drift", *folder, "--rows", str(rows)) for rows in given.rows]
    found["aequitas"] = [alone("bench.aequitas_peer", *folder, "--rows", str(rows)) for rows in given.rows]
    found["growth"] = alone("bench.growth", *folder, "--rows", *map(str, given.rows))
    found["after"] = facts()
    target = given.folder / "results.json"
    target.write_text(json.dumps(found, indent=2) + "\n")
    print(target.read_text())


if __name__ == "__main__":
    main()
