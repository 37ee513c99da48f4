"""Who watches the processes? Starts them, starts a crashed one again, says so, and stops all of them cleanly."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

POLL_SECONDS = 0.3
STOP_SECONDS = 35.0
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0

Report = Callable[[str], None]


@dataclass(slots=True)
class Child:
    """One process to keep running. pause doubles with each crash and is forgiven after a steady minute."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.5
    due: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Runs until SIGINT or SIGTERM. `tend` is called at every poll, for what is not a child process (the database)."""

    children: list[Child]
    environment: Mapping[str, str]
    report: Report
    tend: Callable[[], None]
    stopping: bool = field(default=False)

    def run(self) -> None:
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._stop_soon)
        try:
            while not self.stopping:
                self.tend()
                for child in self.children:
                    self._keep(child)
                time.sleep(POLL_SECONDS)
        finally:
            self._stop_all()

    def _stop_soon(self, *_: object) -> None:
        self.stopping = True

    def _keep(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.due:
                self._start(child, now)
            return
        status = child.process.poll()
        if status is None:
            if now - child.started > STEADY_SECONDS:
                child.pause = 0.5
            return
        self.report(f"The {child.name} stopped (exit status {status}); starting it again in {child.pause:g} s.")
        child.process, child.due = None, now + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE_SECONDS)

    def _start(self, child: Child, now: float) -> None:
        # A session of its own: Ctrl-C reaches only this supervisor, which then stops its children in order.
        child.process = subprocess.Popen(child.command, env=dict(self.environment), start_new_session=True)  # noqa: S603
        child.started = now

    def _stop_all(self) -> None:
        running = [child for child in self.children if child.process is not None]
        for child in running:
            assert child.process is not None
            child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in running:
            assert child.process is not None
            try:
                child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.report(f"The {child.name} did not stop in time and is ended.")
                child.process.kill()
                child.process.wait()
