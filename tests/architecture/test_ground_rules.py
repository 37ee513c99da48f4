"""What a stranger's clone must never contain: a registry's host, a path of somebody's machine, a stray secret."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def tracked(*patterns: str) -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


def test_lock_files_name_no_host() -> None:
    locks = tracked("requirements/*.txt")
    assert locks
    assert [path.name for path in locks if re.search(r"https?://|--find-links|--index-url", path.read_text())] == []


def test_every_pinned_package_has_a_hash() -> None:
    for path in tracked("requirements/*.txt"):
        pins = re.findall(r"^[a-z0-9][\w.\[\],-]*==", path.read_text(), flags=re.MULTILINE)
        hashed = re.findall(r"^[a-z0-9][^\n]*==[^\n]*\\\n    --hash=sha256:", path.read_text(), flags=re.MULTILINE)
        assert len(pins) == len(hashed) > 0, path.name


def test_no_file_holds_a_path_of_a_developers_machine() -> None:
    # Spelt so that the patterns do not find themselves.
    patterns = [rb"/[r]oot/", rb"/[h]ome/[a-z]", rb"/[U]sers/[A-Z]"]
    if len(ROOT.parts) > 2:  # a checkout right below / has too short a path to tell from other words
        patterns.append(re.escape(str(ROOT)).encode())
    homes = re.compile(b"|".join(patterns))
    readable = [path for path in tracked() if path.suffix not in {".png", ".pdf", ".parquet"}]
    found = [path.name for path in readable if homes.search(path.read_bytes())]
    assert found == []
