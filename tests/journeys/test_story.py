"""The main story, as a newcomer plays it: one command, real processes, real data, nothing left behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var" / "demo"


def test_the_story_runs_to_its_end_from_one_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "config.demo", "--once", "--port", "8300"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
    )
    told = done.stdout
    log = FOLDER / "log"
    assert done.returncode == 0, f"{told}\n{done.stderr}\n{log.read_text()[-3000:] if log.exists() else ''}"

    denied, allowed, denied_again = told.index("   DENY\n"), told.index("   ALLOW\n"), told.rindex("   DENY\n")
    assert denied < allowed < denied_again
    first_denial = told[denied : told.index("\n6.")]
    assert "patients" in first_denial
    assert "signatures as reviewer" in first_denial
    assert "signatures as approver" in first_denial
    assert "somebody else must judge it" in told
    assert "intact" in told

    report = FOLDER / "report" / "evidence-report.pdf"
    assert str(report) in told
    assert report.read_bytes().startswith(b"%PDF-")
    evidence = json.loads((FOLDER / "report" / "evidence.json").read_bytes())
    assert evidence

    left = [process for process in psutil.process_iter(["cmdline"]) if _is_of_the_story(process)]
    assert left == []


def _is_of_the_story(process: psutil.Process) -> bool:
    command = process.info["cmdline"] or []
    return any(str(FOLDER) in word or "127.0.0.1:8300" in word for word in command)
