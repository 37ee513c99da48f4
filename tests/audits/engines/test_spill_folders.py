"""Is what a killed worker left on the disk removed, and nothing that anyone may still use?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from audits.engines.connection import Limits, opened, swept

NOW, DAY = 2_000_000_000.0, 24 * 60 * 60


def folder(home: Path, name: str, *, age: float, file_age: float | None = None) -> str:
    made = home / name
    made.mkdir()
    if file_age is not None:
        (made / "block").write_bytes(b"spilled")
        os.utime(made / "block", (NOW - file_age, NOW - file_age))
    os.utime(made, (NOW - age, NOW - age))
    return name


def ended() -> int:
    """The number of a process that is no more."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_only_old_folders_of_processes_that_are_gone_are_removed(tmp_path: Path) -> None:
    gone, mine = ended(), os.getpid()
    left = folder(tmp_path, f"formulary-spill-{gone}-a", age=2 * DAY, file_age=2 * DAY)
    empty = folder(tmp_path, f"formulary-spill-{gone}-b", age=2 * DAY)
    kept = {
        folder(tmp_path, f"formulary-spill-{gone}-new", age=DAY / 2, file_age=DAY / 2),
        folder(tmp_path, f"formulary-spill-{gone}-written", age=2 * DAY, file_age=60),
        folder(tmp_path, f"formulary-spill-{mine}-used", age=2 * DAY, file_age=2 * DAY),
        folder(tmp_path, f"formulary-spill-{os.getppid()}-other", age=2 * DAY),
        folder(tmp_path, "formulary-spill-nobody-x", age=2 * DAY),
        folder(tmp_path, f"someone-else-{gone}-a", age=2 * DAY),
    }
    assert swept(tmp_path, NOW) == [left, empty]
    assert set(os.listdir(tmp_path)) == kept


def test_a_folder_is_named_after_its_process_and_goes_with_it(tmp_path: Path) -> None:
    with opened(Limits(temp_directory=str(tmp_path))):
        assert [name.split("-")[2] for name in os.listdir(tmp_path)] == [str(os.getpid())]
    assert not os.listdir(tmp_path)


def test_the_first_query_of_a_process_sweeps(tmp_path: Path) -> None:
    left = tmp_path / f"formulary-spill-{ended()}-a"
    left.mkdir()
    os.utime(left, (0, 0))
    with opened(Limits(temp_directory=str(tmp_path))):
        assert not left.exists()
