"""What do the metrics of groups and their disparities cost with aequitas, and here? Prints one line of JSON.

Two pieces of work on one table, each figure the median of five calls: "one_point", four attributes at one operating
point; "whole_plan", those four and all their pairs, at two.

aequitas: all its metrics of each group and all its ratios to the largest group, from a pandas frame in memory, and with
the reading of the Parquet file besides. Flags, and the columns that pairs need, are made before the clock starts. It
has no intervals, and its tests of significance stay off. Ours: five shares of each group with Wilson intervals and all
parity gaps, from the Parquet file and from a tally that is there; and, from the file, the same with intervals of 1,000
replicates for all gaps, and for those in AUROC, Brier score and O/E.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from aequitas.bias import Bias  # type: ignore[import-untyped]
from aequitas.group import Group  # type: ignore[import-untyped]

from audits.core.cells import cells_of
from audits.core.fairness import parity_points
from audits.core.operating import SHARES, confusion, share
from audits.core.slices import across_name, groupings
from audits.core.tally import Tally
from audits.core.values import PlanSpec, Source
from audits.engines import duckdb
from audits.engines.connection import Limits, silent
from audits.suites import group_gaps, scored
from bench import tables
from bench.machine import medians

#: (operating point, grouping, group) -> true and false positives, false and true negatives
Counts = dict[tuple[str, str, str], tuple[int, ...]]


def _read(source: Source, plan: PlanSpec) -> pd.DataFrame:
    return pq.read_table(source.path, columns=["outcome", "score", *plan.subgroups]).to_pandas()


def _flagged(frame: pd.DataFrame, plan: PlanSpec) -> dict[str, pd.DataFrame]:
    """What aequitas takes: for each operating point a frame with a flag for a score, and a column of texts per pair."""
    # Each text once in memory, as pyarrow makes them: aequitas counts those faster.
    pairs = {across_name((a, b)): (frame[a] + " & " + frame[b]).map(sys.intern) for a, b in plan.intersections}
    rows = frame.assign(label_value=frame["outcome"].astype(int), **pairs).drop(columns="outcome")
    return {each.name: rows.assign(score=(rows["score"] >= each.score).astype(int)) for each in plan.operating_points}


def _audited(frames: dict[str, pd.DataFrame], names: list[str]) -> dict[str, pd.DataFrame]:
    """One run for each operating point: aequitas's own `score_thresholds` sorts all rows first, which is slower."""
    found = {}
    for point, rows in frames.items():
        groups, _ = Group().get_crosstabs(rows, attr_cols=names)
        found[point] = Bias().get_disparity_major_group(groups, rows)
    return found


def _told(found: dict[str, pd.DataFrame]) -> Counts:
    columns = ["attribute_name", "attribute_value", "tp", "fp", "fn", "tn"]
    rows = ((point, *row) for point, each in found.items() for row in each[columns].itertuples(index=False))
    return {(point, name, level): tuple(map(int, counts)) for point, name, level, *counts in rows}


def _points(tally: Tally, plan: PlanSpec) -> Counts:
    """All shares of each group, with intervals, and all gaps, from a tally. Returns the counts they are made of."""
    found: Counts = {}
    for index, names in enumerate(tally.spec.groupings[1:], start=1):
        groups = {w.levels: cells_of(tally, w) for w in tally.slices if w.grouping == index}
        for point in plan.operating_points:
            cut = tally.spec.cuts.index(point.score)
            counts = {" & ".join(levels): confusion(cells, cut) for levels, cells in groups.items()}
            parity_points(counts)
            for group, each in counts.items():
                for measure in SHARES:
                    share(measure, each, plan.confidence)
                found[point.name, across_name(names), group] = astuple(each)
    return found


def compared(source: Source, plan: PlanSpec) -> dict[str, Any]:
    """Both sides at one plan. Raises ValueError when they do not count every group alike."""
    limits = Limits()
    frames = _flagged(_read(source, plan), plan)
    names = [across_name(names) for names in groupings(plan.subgroups, plan.intersections)]

    def count() -> Tally:
        return duckdb.tally(source, duckdb.specify(source, plan, limits=limits), progress=silent, limits=limits)

    def judge() -> None:
        given = scored.gather(source, None, plan, progress=silent, limits=limits)
        _points(given.tally, plan)
        group_gaps.part(given)

    tally = count()
    counts = _points(tally, plan)
    if counts != _told(_audited(frames, names)):
        raise ValueError("aequitas and Formulary do not count every group alike, so their times say nothing")
    return {
        "groups": len(counts),
        "aequitas_from_frame": medians(lambda: _audited(frames, names)),
        "aequitas_from_file": medians(lambda: (_read(source, plan), _audited(frames, names))),
        "ours_from_tally": medians(lambda: _points(tally, plan)),
        "ours_from_file": medians(lambda: _points(count(), plan)),
        "ours_with_intervals_from_file": medians(judge),
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--folder", type=Path, default=Path("var/bench"))
    asked.add_argument("--rows", type=int, default=1_000_000)
    given = asked.parse_args()
    source, plan = tables.table(given.folder, given.rows, seed=2, shift=tables.SHIFT), tables.plan()
    small = replace(plan, operating_points=plan.operating_points[:1], intersections=())
    found = {name: compared(source, each) for name, each in (("one_point", small), ("whole_plan", plan))}
    print(json.dumps({"rows": given.rows, **found}))


if __name__ == "__main__":
    main()
