"""How long do fairlearn's gaps take, from rows and from the tally? One process; prints one line of JSON.

The same work on both sides: the gaps of four attributes at one operating point. fairlearn: one `MetricFrame` for each
attribute, with four metrics, and their differences between groups, from a pandas frame in memory. Ours: all parity
gaps, from a tally that is there, and from the Parquet file.

With intervals: fairlearn's bootstrap is timed at two numbers of replicates, and 1,000 are extrapolated along the line
through both. Ours are 1,000 replicates, of the gaps in AUROC, Brier score and O/E too, from a gathered table and from
the file. `all_gaps_with_intervals` is ours alone: the whole plan, with all pairs and two operating points.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
from sklearn.metrics import precision_score

from audits.core.cells import cells_of
from audits.core.fairness import parity_points
from audits.core.operating import confusion
from audits.core.tally import Tally
from audits.core.values import PlanSpec, Source
from audits.engines import duckdb
from audits.engines.connection import Limits, silent
from audits.suites import group_gaps, scored
from audits.suites.part import Scored
from bench import tables
from bench.machine import cost, medians

_METRICS = {
    "selection_rate": selection_rate,
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "precision": precision_score,
}
Figures = dict[str, dict[str, float]]


def _theirs(source: Source, plan: PlanSpec) -> Callable[..., None]:
    """fairlearn's gaps of every attribute at the first operating point, ready to be called."""
    frame = pq.read_table(source.path, columns=["outcome", "score", *plan.subgroups]).to_pandas()
    outcome, flag = frame["outcome"].astype(int), (frame["score"] >= plan.operating_points[0].score).astype(int)

    def call(**more: object) -> None:
        for name in plan.subgroups:
            made = MetricFrame(metrics=_METRICS, y_true=outcome, y_pred=flag, sensitive_features=frame[name], **more)
            made.difference("between_groups")

    return call


def _boot(theirs: Callable[..., None], replicates: tuple[int, int]) -> Figures:
    """fairlearn's bootstrap at two numbers of replicates, and the line through both, at 1,000."""
    asked = [partial(theirs, n_boot=count, ci_quantiles=[0.025, 0.975], random_state=1) for count in replicates]
    few, more = (cost(each) for each in asked)
    slope = {clock: (more[clock] - few[clock]) / (replicates[1] - replicates[0]) for clock in ("wall", "cpu")}
    constant = {clock: few[clock] - replicates[0] * slope[clock] for clock in slope}
    return {
        f"fairlearn_boot_{replicates[0]}": few,
        f"fairlearn_boot_{replicates[1]}": more,
        "fairlearn_boot_constant": constant,
        "fairlearn_boot_per_replicate": slope,
        "fairlearn_boot_1000_extrapolated": {clock: constant[clock] + 1000 * slope[clock] for clock in slope},
    }


def _points(tally: Tally) -> None:
    """The same gaps from the tally."""
    for index in range(1, len(tally.spec.groupings)):
        groups = [where for where in tally.slices if where.grouping == index]
        parity_points({where.name(tally.spec): confusion(cells_of(tally, where), 0) for where in groups})


def _ours(source: Source, plan: PlanSpec) -> Figures:
    """Our gaps of the same, as points and with intervals."""
    limits = Limits()

    def gather() -> Scored:
        return scored.gather(source, None, plan, progress=silent, limits=limits)

    def count() -> Tally:
        return duckdb.tally(source, duckdb.specify(source, plan, limits=limits), progress=silent, limits=limits)

    found = gather()
    return {
        "points_from_tally": medians(lambda: _points(found.tally)),
        "points_from_file": medians(lambda: _points(count())),
        "gaps_with_intervals": medians(lambda: group_gaps.part(found)),
        "gaps_with_intervals_from_file": medians(lambda: group_gaps.part(gather())),
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--folder", type=Path, default=Path("var/bench"))
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--boot", type=int, nargs=2, default=(1, 3), help="two numbers of replicates, the smaller first")
    given = asked.parse_args()
    source, plan = tables.table(given.folder, given.rows, seed=2, shift=tables.SHIFT), tables.plan()
    same = replace(plan, operating_points=plan.operating_points[:1], intersections=())
    theirs = _theirs(source, same)
    whole = scored.gather(source, None, plan, progress=silent, limits=Limits())
    found: Figures = {
        **_ours(source, same),
        "all_gaps_with_intervals": medians(lambda: group_gaps.part(whole), 3),
        "fairlearn_points": medians(theirs, 3),
        **_boot(theirs, tuple(given.boot)),
    }
    print(json.dumps({"rows": given.rows, "replicates": same.replicates, **found}))


if __name__ == "__main__":
    main()
