"""What happens to a file that would use too much of the machine?"""

from __future__ import annotations

import pyarrow as pa
import pytest

from registry.ingest import child, parse
from registry.ingest.limits import MIB, Limits
from registry.storage import StorageUnavailable
from tests.registry.ingest.disk import small_disk
from tests.registry.ingest.tables import GOOD_CSV, Desk, good_table, schema_of

TWO = schema_of("died", "risk")
LONG_CSV = "died,risk\n" + "0,0.25\n1,0.75\n" * 2_000_000


def bomb(rows: int = 100_000, text_bytes: int = MIB) -> pa.Table:
    """One long text, stored once in a dictionary and repeated: about 100 GB, in a file of a few kilobytes."""
    indices = pa.array([0] * rows, pa.int32())
    return pa.table(
        {
            "died": pa.array([0, 1] * (rows // 2), pa.int8()),
            "risk": pa.array([0.5] * rows),
            "ward": pa.DictionaryArray.from_arrays(indices, pa.array(["x" * text_bytes])),
        }
    )


def test_a_parquet_bomb_runs_into_the_memory_limit(desk: Desk) -> None:
    refusal = desk.refused(bomb(), schema=schema_of("died", "risk", "ward"), limits=Limits(memory_bytes=600 * MIB))
    assert (refusal.code, refusal.limit) == ("parser_limit", "memory")
    assert desk.file.stat().st_size < MIB


def test_a_parquet_bomb_runs_into_the_memory_limit_that_is_the_default(desk: Desk) -> None:
    refusal = desk.refused(bomb(), schema=schema_of("died", "risk", "ward"))
    assert (refusal.code, refusal.limit) == ("parser_limit", "memory")


def test_pages_that_inflate_beyond_the_limit_are_refused_before_they_are_read(desk: Desk) -> None:
    refusal = desk.refused(good_table(), limits=Limits(max_inflated_bytes=100))
    assert refusal.code == "corrupt_parquet"


def test_a_file_that_takes_too_much_processor_time_is_stopped(desk: Desk) -> None:
    refusal = desk.refused(LONG_CSV, schema=TWO, limits=Limits(cpu_seconds=1))
    assert (refusal.code, refusal.limit) == ("parser_limit", "cpu")


def test_a_file_that_takes_too_long_is_stopped(desk: Desk) -> None:
    refusal = desk.refused(LONG_CSV, schema=TWO, limits=Limits(wall_seconds=0.5))
    assert (refusal.code, refusal.limit) == ("parser_limit", "wall")


def test_a_table_whose_canonical_form_is_too_large_is_refused(desk: Desk) -> None:
    refusal = desk.refused(GOOD_CSV, limits=Limits(max_output_bytes=900))
    assert (refusal.code, refusal.limit) == ("parser_limit", "output")


def test_a_full_disk_is_not_the_fault_of_the_table(desk: Desk) -> None:
    rows = "".join(f"{row % 2},{row / 300_000}\n" for row in range(300_000))
    with small_disk(desk.workdir, size=MIB), pytest.raises(StorageUnavailable):
        desk.send("died,risk\n" + rows, schema=TWO)


def test_parent_and_child_agree_on_what_an_exit_status_means() -> None:
    assert (child.OUT_OF_MEMORY, child.DISK_FULL) == (parse.OUT_OF_MEMORY, parse.DISK_FULL)
