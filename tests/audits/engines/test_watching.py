"""Is a long query told of in rows, and does it stop when nobody wants its answer any more?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from audits.core.tally_spec import Resolution, Spec
from audits.engines import dense, duckdb, duckdb_features
from audits.engines.connection import Limits, opened
from audits.engines.watching import watched
from tests.audits import tables

#: Takes minutes when it is left alone.
SLOW = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range * b.range % 7 = 3"


class LeaseLost(Exception):
    """The job was taken over."""


def test_a_running_query_is_stopped_when_progress_raises() -> None:
    looks = []

    def progress(stage: str, done: int, total: int) -> None:
        looks.append((stage, done, total))
        if len(looks) > 3:
            raise LeaseLost

    with opened(Limits()) as connection:
        with pytest.raises(LeaseLost):
            watched(connection, lambda: connection.execute(SLOW).fetchall(), progress=progress, stage="slow", rows=50)
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
    assert looks[0] == ("slow", 0, 50)
    assert all(done < 50 for _, done, _ in looks)


def test_an_answer_is_told_only_when_it_is_there() -> None:
    told: list[int] = []
    with opened(Limits()) as connection:
        answer = watched(
            connection,
            lambda: connection.execute("SELECT count(*) FROM range(30000000) WHERE range % 3 = 1").fetchall(),
            progress=lambda _, done, __: told.append(done),
            stage="s",
            rows=1000,
            start=200,
            end=700,
        )
    assert answer == [(10_000_000,)]
    assert told == sorted(told)
    assert (told[0], told[-1]) == (200, 700)


def test_the_error_of_a_query_reaches_the_caller() -> None:
    with opened(Limits()) as connection, pytest.raises(Exception, match="no_such"):
        watched(connection, lambda: connection.execute("SELECT no_such"), progress=tables.quiet, stage="s", rows=1)


@pytest.mark.parametrize("after", [0, 1])
def test_a_count_stops_with_the_lease_and_leaves_no_file(tmp_path: Path, after: int) -> None:
    source = tables.write(tmp_path, tables.clean(200_000, decimals=None))
    (tmp_path / "work").mkdir()
    limits = Limits(temp_directory=str(tmp_path / "work"))
    spec = duckdb.specify(source, tables.plan(), limits=limits)
    seen = []

    def progress(stage: str, done: int, total: int) -> None:
        seen.append(done)
        if len(seen) > after:
            raise LeaseLost

    with pytest.raises(LeaseLost):
        duckdb.tally(source, spec, progress=progress, limits=limits)
    assert not os.listdir(tmp_path / "work")


def test_both_ways_of_counting_scores_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tables.write(tmp_path, tables.dirty(), groups=500)
    for resolution in Resolution:
        spec = Spec(
            (0.0, 0.3, 0.30001, 0.75, 1.0),
            duckdb.specify(source, tables.plan(), limits=Limits()).attributes,
            ((), ("race",), ("gender", "race")),
            resolution,
            64,
        )
        fast = duckdb.tally(source, spec, progress=tables.quiet, limits=Limits())
        with monkeypatch.context() as changed:
            changed.setattr(dense, "_MOST_BYTES", 0)
            slow = duckdb.tally(source, spec, progress=tables.quiet, limits=Limits())
        assert fast.to_bytes() == slow.to_bytes()


def test_rows_are_told_while_columns_are_counted(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    source = tables.write(tmp_path, {**tables.clean(140_000, decimals=None), "y": rng.integers(0, 2, 140_000)})
    specs = duckdb_features.specify(source, source, ["y", "p", "race"], limits=Limits())
    told: list[tuple[int, int]] = []
    duckdb_features.tally(
        source, specs, progress=lambda _, done, total: told.append((done, total)), stage="t", limits=Limits()
    )
    assert {total for _, total in told} == {3 * 140_000}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == 3 * 140_000
    assert len({done for done, _ in told}) > 4


#: 1.2 million distinct texts of 512 characters that no compression makes smaller: 0.6 GB to tell apart.
WIDE = (
    "SELECT count(*) FROM (SELECT DISTINCT "
    + " || ".join(f"sha256(range || '{place}')" for place in range(8))
    + " FROM range(1200000))"
)


@pytest.mark.slow
def test_ten_times_the_memory_is_counted_on_disk_and_the_disk_is_left_clean(tmp_path: Path) -> None:
    seen: set[str] = set()

    def look(*_: object) -> None:
        seen.update(name for _, _, names in os.walk(tmp_path) for name in names)

    with opened(Limits("60MB", 2, str(tmp_path))) as connection:
        answer = watched(connection, lambda: connection.execute(WIDE).fetchall(), progress=look, stage="s", rows=1)
    assert answer == [(1_200_000,)]
    assert seen
    assert not os.listdir(tmp_path)


#: A process that may write no file above a megabyte: the nearest thing to a full disk that a test can make.
FULL = """
import resource, sys
from audits.engines.connection import Limits, opened
from audits.engines.errors import OutOfDisk
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    with opened(Limits("60MB", 2, sys.argv[1])) as connection:
        connection.execute(sys.argv[2]).fetchall()
except OutOfDisk as refused:
    print(refused.code)
"""


def test_a_full_disk_is_a_refusal_with_a_code_and_leaves_nothing(tmp_path: Path) -> None:
    query = WIDE.replace("1200000", "400000")
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path), query], capture_output=True, text=True)
    assert done.stdout.strip() == "out_of_disk", done.stderr[-500:]
    assert not os.listdir(tmp_path)
