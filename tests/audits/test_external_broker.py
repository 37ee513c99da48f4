"""BROKER_URL names another broker: the same jobs, the same one result, over a real Redis."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from audits.models.job import JobState
from tests.audits.story import small_version
from tests.audits.test_jobs import kill, start_worker, sweep, wait_for

REDIS = shutil.which("redis-server")
pytestmark = pytest.mark.skipif(
    REDIS is None, reason="redis-server is not installed (Debian: apt-get install redis-server)"
)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    assert REDIS is not None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [REDIS, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(10)


def test_an_audit_runs_over_another_broker(redis: str, live: dict[str, str]) -> None:
    # This process still hints at the queue in the database, which nobody reads here: the sweep sends it again.
    audit = small_version().audit("quality")
    environment = {**live, "BROKER_URL": redis}
    time.sleep(2.5)
    sweep(environment)
    worker = start_worker(environment)
    try:
        wait_for(audit, JobState.SUCCEEDED)
    finally:
        kill(worker)
    assert audit.attempt == 1
