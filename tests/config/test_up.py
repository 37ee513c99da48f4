"""One command runs it all: it starts, survives crashes of each piece, says so, and stops without leftovers."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from config import env

ROOT = Path(__file__).resolve().parents[2]


class Product:
    """A running `manage.py up` in a folder and on a port of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = folder / "log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--bind", f"127.0.0.1:{self.port}", "--audit-workers", "1"],
                cwd=ROOT,
                env=env.child_environment(
                    without=("DATABASE_URL", "BROKER_URL", "DJANGO_SETTINGS_MODULE"), FORMULARY_VAR=str(folder)
                ),
                stdout=output,
                stderr=output,
            )

    def wait(self, question: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if question():
                return
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds} s:\n{self.log.read_text()[-3000:]}")

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def replaced(self, pid: int, *words: str) -> Callable[[], bool]:
        """Asks whether another process does what `pid` did."""
        return lambda: (found := self.child(*words)) is not None and found.pid != pid

    def child(self, *words: str) -> psutil.Process | None:
        """The living direct child whose command line holds all of the words."""
        for process in psutil.Process(self.process.pid).children():
            try:
                command = " ".join(process.cmdline())
            except psutil.Error:
                continue  # it has just ended
            if all(word in command for word in words):
                return process
        return None


@pytest.fixture
def product() -> Iterator[Product]:
    folder = Path(tempfile.mkdtemp(prefix="formulary-up-"))
    folder.chmod(0o755)
    running = Product(folder)
    yield running
    if running.process.poll() is None:
        running.process.terminate()
        running.process.wait(60)
    shutil.rmtree(folder, ignore_errors=True)


def test_it_survives_the_crash_of_each_piece_and_stops_cleanly(product: Product) -> None:
    product.wait(product.is_ready)
    product.wait(lambda: product.child("celery", "worker") is not None)
    for words in (("celery", "worker"), ("celery", "beat"), ("gunicorn",)):
        crashed = product.child(*words)
        assert crashed is not None
        os.kill(crashed.pid, signal.SIGKILL)
        product.wait(product.replaced(crashed.pid, *words))
    product.wait(product.is_ready)

    postmaster = int((product.log.parent / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGKILL)
    product.wait(lambda: "The database stopped; starting it again." in product.log.read_text())
    product.wait(product.is_ready)

    told = product.log.read_text()
    for piece in ("worker", "scheduler", "web server"):
        assert f"The {piece} stopped (exit status -9); starting it again" in told

    everything = psutil.Process(product.process.pid).children(recursive=True)
    product.process.send_signal(signal.SIGTERM)
    assert product.process.wait(60) == 0
    assert product.log.read_text().rstrip().endswith("Stopped.")
    _, left = psutil.wait_procs(everything, timeout=10)
    assert left == []
    assert not (product.log.parent / "postgres" / "postmaster.pid").exists()
