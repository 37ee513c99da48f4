"""Are the levels that are expected before the run those that the audit then reports, with as many rows?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from audits.core.expected_levels import expected_levels
from audits.core.values import Column
from audits.engines.connection import Limits
from audits.suites import scored
from tests.audits import tables

MANY = [f"ward {index:02}" for index in range(60)]
CASES: dict[str, tuple[Sequence[str | None], Sequence[str]]] = {
    "as they are": (["white", "black"], ()),
    "declared without rows": (["white", "black"], ("white", "green", "black")),
    "missing": (["white", None], ()),
    "nothing but missing": ([None], ("white",)),
    "missing, spelt out": (["white", "(missing)", None], ()),
    "many": (MANY, ()),
    "many, and missing": ([*MANY, None], ()),
    "many, some declared": ([*MANY, "rare"], ("rare", "absent")),
    "many declared": (MANY[:55], MANY),
    "more declared than are reported without rows": (MANY[:3], [f"level {index}" for index in range(401)]),
}


@pytest.mark.parametrize("name", CASES)
def test_they_are_those_of_the_audit(name: str, tmp_path: Path) -> None:
    levels, declared = CASES[name]
    rng = np.random.default_rng(1)
    place = np.minimum(rng.geometric(0.06, 3000), len(levels)) - 1
    race = [levels[index] for index in place]
    data = {"y": rng.integers(0, 2, 3000), "p": rng.random(3000).round(2), "race": pa.array(race, pa.string())}
    roles = (*tables.COLUMNS[:2], Column("race", "subgroup", "text", levels=tuple(declared) or None))
    source = tables.write(tmp_path, data, roles)
    plan = tables.plan(subgroups=("race",), intersections=())
    tally = scored.count(source, plan, progress=tables.quiet, limits=Limits())
    found = {where.levels[0]: cells.rows for where, cells in scored.reported(source, tally).items() if where.levels}
    counted = {level: race.count(level) for level in dict.fromkeys(race) if level is not None}
    assert expected_levels(counted, race.count(None), declared) == found
