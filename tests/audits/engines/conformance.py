"""Which tables and which specifications must every engine count alike? Small ones that hold every known trap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from audits.core.tally_spec import Attribute, Resolution, Spec
from audits.core.values import Column, Source, Window

COLUMNS = (
    Column("y", "outcome", "number"),
    Column("p", "score", "number"),
    Column("race", "subgroup", "text"),
    Column("gender", "subgroup", "text"),
    Column("who", "subject", "text"),
    Column("day", "date", "date"),
)
SCHEMA = pa.schema(
    [
        ("y", pa.int8()),
        ("p", pa.float64()),
        ("race", pa.string()),
        ("gender", pa.string()),
        ("who", pa.string()),
        ("day", pa.date32()),
    ]
)
CUTS = (0.0, 0.3, 0.5, 0.75, 1.0)
OUTCOMES = [0, 1, 0, 1, None, 2, -1]
RACES = [
    "white", "black", "it's", 'a "b" & c=d', "été", "back\\slash", "", "(missing)", "(other)", "White", " white", None,
]  # fmt: skip
GENDERS = ["f", "m", None]
SUBJECTS = ["p1", "p2", "é", "e\u0301", "病人", "🙂", "", "  p1", "p1 ", "P1", "(missing)", "'; --", None]
#: A Sunday and the Monday after it, both sides of a year's end, a leap day, the calendar's ends.
DAYS = [
    date(2024, 3, 3), date(2024, 3, 4), date(2024, 12, 31), date(2025, 1, 1), date(2024, 2, 29), date(1900, 2, 28),
    date(1582, 10, 10), date.min, date.max, None,
]  # fmt: skip
SCORES = [
    float("nan"), float("inf"), -float("inf"), -0.0, 0.0, 1.0, 1.5, -1e-12, 1 + 1e-15, 1 - 1e-16, 5e-324, -5e-324,
    1e-200, 2.0**-20, 2.0**-16, 2.0**-15.5, 0.3, 0.75, 1e308, None,
]  # fmt: skip


def _pick(rng: np.random.Generator, values: Sequence[Any], n: int) -> list[Any]:
    return [values[int(index)] for index in rng.integers(len(values), size=n)]


def _table(p: Sequence[float | None], *, seed: int, clean: bool = False) -> pa.Table:
    rng, n = np.random.default_rng(seed), len(p)
    columns = [
        _pick(rng, OUTCOMES[:2] if clean else OUTCOMES, n), list(p), _pick(rng, RACES, n), _pick(rng, GENDERS, n),
        _pick(rng, SUBJECTS, n), _pick(rng, DAYS, n),
    ]  # fmt: skip
    return pa.table([pa.array(values, kind) for values, kind in zip(columns, SCHEMA.types, strict=True)], SCHEMA)


def _dirty() -> pa.Table:
    rng = np.random.default_rng(5)
    good = [float(score) for score in rng.beta(1, 3, 900)]
    return _table([*good, *_pick(rng, SCORES, 600)], seed=6)


def _edges() -> pa.Table:
    """Scores on every edge of 64 bins and on every cut, and their neighbours on both sides."""
    edges = np.array([*(np.arange(65) / 64), *CUTS, 1 / 3, 0.1])
    return _table([float(x) for x in (*edges, *np.nextafter(edges, -1), *np.nextafter(edges, 2))], seed=7)


TABLES: dict[str, pa.Table] = {
    "dirty": _dirty(),
    "edges": _edges(),
    "clean": _table([float(x) for x in np.random.default_rng(8).random(400).round(2)], seed=9, clean=True),
    "empty": _table([], seed=1),
    "all null": pa.table([pa.nulls(5, kind) for kind in SCHEMA.types], SCHEMA),
    # Parquet's statistics say that this column lies in [0.1, 0.9]: the trap of duckdb/duckdb#25521.
    "nan hidden from statistics": _table([0.1, float("nan"), 0.9, 0.3, float("nan")] * 4, seed=2, clean=True),
    "one row": _table([0.3], seed=3),
    "every score tied": _table([0.3] * 50, seed=4),
}

RACE, GENDER = Attribute("race"), Attribute("gender")
#: Kept levels that occur, that do not occur, and that look like our own words.
CAPPED = Attribute("race", ("(other)", "absent", "black", "it's", "été"))
NOBODY = Attribute("gender", ())
PEOPLE, WEEK = Attribute("who", people=7), Attribute("day", window=Window.WEEK)
EXACT, BINS = Resolution.EXACT, Resolution.BINS

SPECS: dict[str, Spec] = {
    "everyone, exact": Spec((), (), ((),), EXACT),
    "everyone, bins without cuts": Spec((), (), ((),), BINS, 64),
    "cuts, exact": Spec(CUTS, (RACE, GENDER), ((), ("race",), ("gender",), ("gender", "race")), EXACT),
    "cuts, bins": Spec(CUTS, (RACE, GENDER), ((), ("race",), ("gender",), ("race", "gender")), BINS, 64),
    "the finest bins": Spec((1 / 3,), (GENDER,), ((), ("gender",)), BINS, 65_536),
    "capped levels": Spec((0.3,), (CAPPED, NOBODY), ((), ("race",), ("gender",), ("race", "gender")), BINS, 64),
    "an unused attribute": Spec((), (GENDER, RACE), ((), ("race",)), EXACT),
    "people": Spec((0.3,), (Attribute("who", people=100), RACE), ((), ("who",), ("who", "race")), EXACT),
    "one group of people": Spec((), (Attribute("who", people=1),), ((), ("who",)), BINS, 2),
    "days": Spec((0.5,), (Attribute("day", window=Window.DAY),), ((), ("day",)), EXACT),
    "weeks": Spec((0.5,), (WEEK, GENDER), ((), ("day",), ("gender", "day")), BINS, 64),
    "subjects by name": Spec((), (Attribute("who"),), ((), ("who",)), EXACT),
    "everything": Spec(
        (0.3, 0.75),
        (CAPPED, GENDER, PEOPLE, WEEK),
        ((), ("race",), ("race", "gender", "day"), ("who",), ("day",), ("gender", "who")),
        BINS,
        64,
    ),
}
ALL = [(table, spec) for table in TABLES for spec in SPECS]
#: Every specification on the table with everything in it, and every table with the specification with everything in it.
CROSS = [(table, spec) for table, spec in ALL if table == "dirty" or spec == "everything"]
#: For an engine that takes a second for a table of one row.
BRIEF = [
    *(("dirty", spec) for spec in ("cuts, exact", "cuts, bins", "capped levels", "people", "days", "weeks")),
    *((table, "cuts, exact") for table in ("empty", "one row", "all null", "nan hidden from statistics")),
    *((table, "everyone, bins without cuts") for table in ("edges", "every score tied")),
]


def write(folder: Path, name: str) -> Source:
    """The table as one Parquet file, in row groups of 200 with an empty one first and last."""
    table, path = TABLES[name], folder / f"{name}.parquet"
    with pq.ParquetWriter(path, table.schema) as file:
        file.write_table(table.slice(0, 0))
        file.write_table(table, row_group_size=200)
        file.write_table(table.slice(0, 0))
    return Source(str(path), COLUMNS, table.num_rows)
