"""Does the engine count what plain Python counts, on tables with every kind of bad value?"""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from audits.core.quality_extra import TableExtras
from audits.core.values import Column, Source
from audits.engines import duckdb_quality, duckdb_repeats
from audits.engines import duckdb_quality_extra as engine
from audits.engines.connection import Limits
from tests.audits import tables

LIMITS = Limits()
ROLES = (*tables.COLUMNS, Column("age", "feature", "number"), Column("ward", "feature", "text"))


def dirty(folder: Path, *, seed: int = 3, name: str = "now") -> tuple[Source, dict[str, list[Any]]]:
    data = tables.dirty(900, seed=seed)
    data["age"] = pa.array([None if i % 7 == 0 else float("nan") if i % 11 == 0 else float(i % 5) for i in range(900)])
    data["ward"] = pa.array([None if i % 3 == 0 else f"w{(i * seed) % 4}" for i in range(900)])
    source = tables.write(folder, data, ROLES, name=name)
    return source, {key: pa.array(values).to_pylist() for key, values in data.items()}


def profile(source: Source, reference: Source | None = None, subgroups: Sequence[str] = ()) -> duckdb_quality.Profile:
    return duckdb_quality.profile(source, reference, subgroups, progress=tables.quiet, limits=LIMITS)


def table(source: Source, reference: Source | None) -> TableExtras:
    columns = profile(source).columns
    repeats = duckdb_repeats.repeats(source, reference, columns, progress=tables.quiet, limits=LIMITS)
    return engine.table(source, reference, repeats, progress=tables.quiet, limits=LIMITS)


def missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def test_the_commonest_value_is_counted_among_the_present_ones(tmp_path: Path) -> None:
    source, data = dirty(tmp_path)
    for counts in profile(source).extras:
        present = [value for value in data[counts.name] if not missing(value)]
        assert counts.present == len(present)
        assert counts.dominant == max(Counter(present).values())
        assert counts.unseen is None


def test_levels_that_the_reference_never_had_are_counted_by_rows(tmp_path: Path) -> None:
    source, data = dirty(tmp_path)
    roles = (Column("ward", "feature", "text"), Column("race", "subgroup", "text"))
    reference = tables.write(tmp_path, {"ward": ["w1", "w2", None], "race": ["white", "", "black"]}, roles, name="then")
    found = {c.name: c.unseen for c in profile(source, reference).extras}
    assert found["ward"] == sum(value in {"w0", "w3"} for value in data["ward"])
    assert found["race"] == sum(value is not None and value not in {"white", "", "black"} for value in data["race"])
    assert found["age"] is None
    assert found["gender"] is None


def test_missing_values_are_counted_per_level_of_each_subgroup(tmp_path: Path) -> None:
    source, data = dirty(tmp_path)
    names = [item.name for item in source.columns]
    found = profile(source, None, ("race", "gender", "absent")).groups
    assert {group.across for group in found} == {"race", "gender"}
    for group in found:
        rows = [place for place, level in enumerate(data[group.across]) if level == group.level]
        assert group.rows == len(rows) > 0
        assert group.missing == tuple(sum(missing(data[name][row]) for row in rows) for name in names)


def test_columns_named_like_our_own_are_no_others(tmp_path: Path) -> None:
    names = ("x", "n", "level", "f0", "p", "known")
    roles = (
        Column("level", "subgroup", "text"),
        *(Column(name, "feature", "number") for name in names if name != "level"),
    )
    data: dict[str, Any] = {name: [1.0, 1.0, 2.0, None] for name in names}
    source = tables.write(tmp_path, {**data, "level": ["a", "a", "b", None]}, roles)
    counts = profile(source, source).extras
    assert {(each.present, each.dominant) for each in counts} == {(3, 2)}
    found = profile(source, None, ("level",)).groups
    assert [(group.level, group.rows) for group in found] == [("a", 2), ("b", 1)]
    whole = table(source, source)
    assert (whole.compared, whole.repeated) == (3, 3)


def test_bands_of_scores_hold_every_valid_score_once_and_keep_ties_together(tmp_path: Path) -> None:
    source, data = dirty(tmp_path)
    found = table(source, None)
    scores = [(p, y) for p, y in zip(data["p"], data["y"], strict=True) if not missing(p) and 0 <= p <= 1]
    assert found.known == sum(y in (0, 1) for y in data["y"])
    assert sum(band.rows for band in found.bands) == len(scores)
    for place, band in enumerate(found.bands):
        inside = [y for p, y in scores if p <= band.to and (p > band.above or place == 0)]
        assert (band.rows, band.known) == (len(inside), sum(y in (0, 1) for y in inside))
    assert len(found.bands) == 10


def test_one_score_for_everyone_is_one_band(tmp_path: Path) -> None:
    source = tables.write(tmp_path, {**tables.clean(50), "y": [1.0, None] * 25, "p": [0.5] * 50})
    found = table(source, None)
    assert [band.rows for band in found.bands] == [50]


def test_rows_whose_features_all_stand_in_training_are_counted(tmp_path: Path) -> None:
    source, data = dirty(tmp_path)
    reference, theirs = dirty(tmp_path, seed=5, name="then")
    found = table(source, reference)

    def rows(held: dict[str, list[Any]]) -> list[tuple[object, object]]:
        return [
            (("nan" if isinstance(a, float) and math.isnan(a) else a), w)
            for a, w in zip(held["age"], held["ward"], strict=True)
        ]

    mine = [row for row in rows(data) if not (row[0] in (None, "nan") and row[1] is None)]
    assert found.compared == len(mine)
    assert found.repeated == sum(row in set(rows(theirs)) for row in mine)


def test_tables_without_a_common_feature_are_not_compared(tmp_path: Path) -> None:
    source, _ = dirty(tmp_path)
    reference = tables.write(tmp_path, {"age": ["old"]}, (Column("age", "feature", "text"),), name="then")
    found = table(source, reference)
    assert (found.compared, found.repeated, found.has_reference) == (None, None, True)


@pytest.mark.parametrize("known", [datetime.date(2024, 1, 1), datetime.date(2024, 1, 2), None])
def test_an_outcome_known_before_the_day_of_its_prediction_is_counted(
    tmp_path: Path, known: datetime.date | None
) -> None:
    data = {"y": [1, 0], "p": [0.5, 0.5], "d": [datetime.date(2024, 1, 2)] * 2, "o": pa.array([known] * 2, pa.date32())}
    roles = (*tables.COLUMNS[:2], Column("d", "date", "date"), Column("o", "outcome_date", "date"))
    found = table(tables.write(tmp_path, data, roles), None)
    assert found.unknown_allowed
    assert found.dated == (0 if known is None else 2)
    assert found.early == (2 if known == datetime.date(2024, 1, 1) else 0)
