"""How is a really full disk had in a test? A file system in memory of a stated size, mounted for the moment."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, *, size: int) -> Iterator[Path]:
    """The folder holds at most `size` bytes inside this block. Skips the test where mounting is not permitted."""
    mount = shutil.which("mount")
    options = f"size={size}"
    if mount is None or subprocess.run([mount, "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False).returncode:
        pytest.skip("mounting a small file system needs privileges that this machine does not give")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)
