"""How far is each column from the reference in each window, and which window is the worst?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from audits.core.arrays import Ints
from audits.core.randomness import stream
from audits.core.values import Estimate, Measurement
from audits.core.windows import Groups, groups_of, index, indices, worst
from audits.engines import duckdb_time
from audits.engines.duckdb_time import named
from audits.suites.two_tables import Compared
from audits.suites.windowed import Windows

#: Columns on the heat map: those that moved most.
_MOST_COLUMNS = 60


def measure(given: Compared, found: Windows) -> tuple[list[Measurement], dict[str, list[float | None]]]:
    """The worst window of each column, every window of the score, and the heat map."""
    score = named(given.source, "score")
    known = {name: groups_of(sides.both, sides.before) for name, sides in given.sides.items() if sides.before.present}
    counted = duckdb_time.counts(
        given.source,
        found.date,
        given.plan.window,
        found.starts,
        list(known.values()),
        progress=given.progress,
        limits=given.limits,
    )
    counts = dict(zip(known, counted, strict=True))
    made = []
    for item in given.items:
        groups = known.get(item.name)
        estimate = _worst(given, found, groups, counts[item.name]) if groups else _nothing(given, item.name)
        made.append(Measurement("worst_window_psi", estimate, column=item.name))
    for place, start in enumerate(found.starts):
        if score is not None and score in known:
            rng = stream(given.plan.seed, "window_psi", start)
            settings = (given.independent, given.plan.confidence, given.plan.replicates, rng)
            estimate = index(known[score], counts[score], place, *settings)
        else:
            estimate = _nothing(given, score or "")
        made.append(Measurement("window_psi", estimate, slice=start))
    return made, _heat_map(known, counts)


def _worst(given: Compared, found: Windows, groups: Groups, counts: Ints) -> Estimate:
    rng = stream(given.plan.seed, "worst_window_psi", groups.name)
    settings = (given.independent, given.plan.confidence, given.plan.replicates, rng)
    return worst(groups, counts, found.starts, *settings)


def _nothing(given: Compared, name: str) -> Estimate:
    reason = "the reference has no present values in this column" if name in given.sides else given.absent
    return Estimate.undefined(reason)


def _heat_map(known: Mapping[str, Groups], counts: Mapping[str, Ints]) -> dict[str, list[float | None]]:
    """PSI by column and window, null where a window has too few values; the columns that moved most."""
    found = {name: indices(groups, counts[name]) for name, groups in known.items()}
    shown = {name: row for name, row in found.items() if np.isfinite(row).any()}
    order = sorted(shown, key=lambda name: (-float(np.nanmax(shown[name])), name))[:_MOST_COLUMNS]
    return {name: [round(float(x), 6) if np.isfinite(x) else None for x in shown[name]] for name in order}
