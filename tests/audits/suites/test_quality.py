"""Is the quality audit told of in rows, does it stop when asked, and is its result the same however it was counted?"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from audits.core.values import Column, Source
from audits.engines import duckdb_quality, duckdb_repeats
from audits.engines.connection import Limits
from audits.suites import quality
from tests.audits import tables

ROLES = (*tables.COLUMNS, *(Column(f"x{place}", "feature", "number") for place in range(3)))


def table(folder: Path, *, seed: int, backwards: bool = False, n: int = 60_000) -> Source:
    rng = np.random.default_rng(seed)
    data = tables.clean(n, seed=seed, decimals=None)
    for place in range(3):
        values = np.round(rng.normal(size=n), 4 * place)
        data[f"x{place}"] = pa.array(values, mask=rng.random(n) < 0.02 * place)
    whole = pa.table(data)
    if backwards:
        whole = whole.take(np.arange(n)[::-1])
    columns = {name: whole[name] for name in whole.column_names}
    return tables.write(folder, columns, ROLES, name=f"{seed}{backwards}", groups=10_000)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table counts as a large one."""
    for module in (duckdb_quality, duckdb_repeats):
        monkeypatch.setattr(module, "EXACT_ROWS", 100)


@pytest.mark.usefixtures("large")
def test_the_columns_are_told_in_rows_that_rise_to_their_end(tmp_path: Path) -> None:
    source, told = table(tmp_path, seed=1, n=250_000), list[tuple[str, int, int]]()
    quality.run(
        source=source, reference=None, plan=tables.plan(), progress=lambda stage, d, t: told.append((stage, d, t))
    )
    columns = [(done, total) for stage, done, total in told if stage == "columns"]
    assert {total for _, total in columns} == {source.rows * len(ROLES)}
    assert columns == sorted(columns)
    assert columns[-1][0] == source.rows * len(ROLES)
    assert len(set(columns)) > 4
    assert all(0 <= done <= total for _, done, total in told)


class LeaseLost(Exception):
    """The job was taken over."""


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("stage", ["columns", "repeats", "overlap", "outcomes"])
def test_any_stage_stops_with_the_lease_and_leaves_no_file(tmp_path: Path, stage: str) -> None:
    source, reference = table(tmp_path, seed=1), table(tmp_path, seed=2)
    (tmp_path / "work").mkdir()

    def progress(now: str, done: int, total: int) -> None:
        if now == stage and done:
            raise LeaseLost

    limits = Limits(temp_directory=str(tmp_path / "work"))
    with pytest.raises(LeaseLost):
        quality.run(source=source, reference=reference, plan=tables.plan(), progress=progress, limits=limits)
    assert not os.listdir(tmp_path / "work")


@pytest.mark.usefixtures("large")
def test_the_result_does_not_depend_on_threads(tmp_path: Path) -> None:
    source, reference = table(tmp_path, seed=1), table(tmp_path, seed=2)
    one, four = (
        quality.run(
            source=source,
            reference=reference,
            plan=tables.plan(),
            progress=tables.quiet,
            limits=Limits(threads=threads),
        )
        for threads in (1, 4)
    )
    assert one == four


def test_a_table_that_is_counted_exactly_gives_the_same_result_in_any_order(tmp_path: Path) -> None:
    one, two = (
        quality.run(
            source=table(tmp_path, seed=1, backwards=backwards),
            reference=None,
            plan=tables.plan(),
            progress=tables.quiet,
        )
        for backwards in (False, True)
    )
    assert one == two
    assert {m.measure for m in one.measurements} >= {"dominant_share", "missing_share_gap", "row_overlap_share"}


@pytest.mark.usefixtures("large")
def test_the_order_of_rows_changes_only_what_comes_from_a_sample(tmp_path: Path) -> None:
    one, two = (
        quality.run(
            source=table(tmp_path, seed=1, backwards=backwards),
            reference=None,
            plan=tables.plan(),
            progress=tables.quiet,
        )
        for backwards in (False, True)
    )
    differing = {m.measure for m, n in zip(one.measurements, two.measurements, strict=True) if m != n}
    assert differing <= {"dominant_share"}
    commonest = [
        {m.column: m.estimate.value for m in each.measurements if m.measure == "dominant_share"} for each in (one, two)
    ]
    assert commonest[0]["x1"] == commonest[1]["x1"]
