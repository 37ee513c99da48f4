"""How long do fairlearn's gaps take, from rows and from the tally? One process; prints one line of JSON.

fairlearn: one `MetricFrame` for each of four attributes, with four metrics at one operating point, and their
differences between groups; its bootstrap is timed at few replicates, to be multiplied. Ours: all parity gaps of the
same attributes from a tally that is there, and, apart, what making the tally takes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pyarrow.parquet as pq
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
from sklearn.metrics import precision_score

from audits.core.cells import cells_of
from audits.core.fairness import parity_points
from audits.core.operating import confusion
from audits.core.tally import Tally
from audits.engines import duckdb
from audits.engines.connection import Limits, silent
from audits.suites import group_gaps, scored
from bench import tables
from bench.machine import cost

_METRICS = {
    "selection_rate": selection_rate,
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "precision": precision_score,
}


def _points(tally: Tally, names: tuple[str, ...]) -> None:
    """The same gaps from the tally: four attributes, one operating point."""
    for index, grouping in enumerate(tally.spec.groupings):
        if len(grouping) == 1 and grouping[0] in names:
            groups = [where for where in tally.slices if where.grouping == index]
            parity_points({where.name(tally.spec): confusion(cells_of(tally, where), 0) for where in groups})


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--folder", type=Path, default=Path("var/bench"))
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--boot", type=int, default=2)
    given = asked.parse_args()
    source = tables.table(given.folder, given.rows, seed=2, shift=tables.SHIFT)
    names, plan = tuple(tables.LEVELS), tables.plan()
    frame = pq.read_table(source.path, columns=["outcome", "score", *names]).to_pandas()
    outcome, flag = frame["outcome"].astype(int), (frame["score"] >= plan.operating_points[0].score).astype(int)

    def theirs(**more: object) -> None:
        for name in names:
            made = MetricFrame(metrics=_METRICS, y_true=outcome, y_pred=flag, sensitive_features=frame[name], **more)
            made.difference("between_groups")

    spec = duckdb.specify(source, plan, limits=Limits())
    tally = duckdb.tally(source, spec, progress=silent, limits=Limits())
    found = scored.gather(source, None, plan, progress=silent, limits=Limits())
    points = sorted((cost(theirs) for _ in range(3)), key=lambda each: each["cpu"])[1]
    boot = cost(lambda: theirs(n_boot=given.boot, ci_quantiles=[0.025, 0.975], random_state=1))
    print(
        json.dumps(
            {
                "rows": given.rows,
                "fairlearn_points": points,
                "fairlearn_boot": boot,
                "replicates_timed": given.boot,
                "points_from_tally": sorted(
                    (cost(lambda: _points(tally, names)) for _ in range(5)), key=lambda each: each["cpu"]
                )[2],
                "tally": cost(lambda: duckdb.tally(source, spec, progress=silent, limits=Limits())),
                "all_gaps_with_intervals": cost(lambda: group_gaps.part(found)),
            }
        )
    )


if __name__ == "__main__":
    main()
