"""The main story, as a newcomer plays it: one command, real processes, real data, nothing left behind."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil
import pytest
from pypdf import PdfReader

from governance.core.policy import Control
from governance.services import packs

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not pytest's own folder: it is readable to its owner alone, and as root the database is another user's.
    with TemporaryDirectory(prefix="formulary-story-") as path:
        Path(path).chmod(0o755)
        yield Path(path) / "demo"


def test_the_story_runs_from_one_command_stays_up_and_stops_on_ctrl_c(folder: Path) -> None:
    command = [sys.executable, "-m", "config.demo", "--port", "8300", "--folder", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as story:
        try:
            told = _until(story, "Ctrl-C stops everything.", folder / "log")
            assert "A story is running" in subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stderr
            base = told[told.index("Look around at ") :].split()[3]
            assert httpx.get(f"{base}/sign-in/").status_code == 200
            assert httpx.get(f"{base}/readyz").status_code == 200
        finally:
            story.send_signal(signal.SIGINT)
            assert story.stdout is not None
            rest = story.stdout.read()
        assert story.wait(60) == 0
    assert rest.rstrip().endswith("Stopped.")
    _check_told(told)
    _check_rules(told)
    _check_report(told, folder / "report")
    assert [process for process in psutil.process_iter(["cmdline"]) if _is_of_the_story(process, folder)] == []


def _until(story: subprocess.Popen[str], last: str, log: Path) -> str:
    """What was printed up to a line; the test's own time limit ends an endless wait."""
    told = ""
    assert story.stdout is not None
    for line in story.stdout:
        told += line
        if line.strip() == last:
            return told
    raise AssertionError(f"the story ended early:\n{told}\n{log.read_text()[-3000:] if log.exists() else ''}")


def _check_told(told: str) -> None:
    denied, allowed, denied_again = told.index("   DENY\n"), told.index("   ALLOW\n"), told.rindex("   DENY\n")
    assert denied < allowed < denied_again
    first_denial = told[denied : told.index("\n6.")]
    assert "patients" in first_denial
    assert "signatures as reviewer" in first_denial
    assert "signatures as approver" in first_denial
    assert "somebody else must judge it" in told
    assert "intact" in told


def _check_rules(told: str) -> None:
    rules = told[told.index("\n8.") : told.index("\n9.")]
    for title in ("Baseline for clinical prediction models", "EU AI Act", "HTI-1"):
        (line,) = (each for each in rules.splitlines() if each.startswith(f"   - {title}"))
        counted = {words: int(count) for count, words in re.findall(r"(\d+) ([a-z ]+)[,.]", line)}
        assert {"met", "not met", "not evaluable", "not yet in force", "not applicable"} <= counted.keys()
        assert sum(counted.values()) == len(_controls_of(title)), line
    assert "review signed by Stella Novak" in rules
    assert "In the ledger: document.reviewed" in rules
    assert [int(each) for each in re.findall(r"^ +(\d+)\. ", rules, re.MULTILINE)] == list(range(1, 11))


def _controls_of(title: str) -> tuple[Control, ...]:
    found = (packs.check(content=path.read_bytes()) for path in packs.shipped())
    return next(pack.controls for pack in found if pack.title.startswith(title))


def _check_report(told: str, folder: Path) -> None:
    report = folder / "evidence-report.pdf"
    assert str(report) in told
    attached = PdfReader(report).attachments
    evidence = (folder / "evidence.json").read_bytes()
    assert evidence in [content for contents in attached.values() for content in contents]
    assert json.loads(evidence)


def _is_of_the_story(process: psutil.Process, folder: Path) -> bool:
    command = process.info["cmdline"] or []
    return any(str(folder) in word or "127.0.0.1:8300" in word for word in command)
