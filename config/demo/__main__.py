"""Play the main story on real data through the HTTP API, then leave the product running to look around in."""

from __future__ import annotations

import fcntl
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx

from config import env
from config.demo.people import ADMINISTRATOR, CAST, gather
from config.demo.story import Story

READY_SECONDS = 90


def main() -> None:
    options = _arguments()
    folder = options.folder.resolve()
    port = _free_port(options.port)
    base, password = f"http://127.0.0.1:{port}", secrets.token_urlsafe(12)
    for name in (signal.SIGTERM, signal.SIGINT):  # also where a parent ignores Ctrl-C, as background jobs do
        signal.signal(name, signal.default_int_handler)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w") as lock:
        _claim(lock, folder)
        _play(options, folder, port, base, password)


def _claim(lock: IO[str], folder: Path) -> None:
    """The folder's database is removed and made anew, so two stories must not share it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        raise SystemExit(f"A story is running in {folder}. Stop it first, or name another folder: --folder.") from taken


def _play(options: Namespace, folder: Path, port: int, base: str, password: str) -> None:
    started = time.monotonic()
    say("Formulary: the story of one model, on real data. Its own database is made anew.")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with _running(folder, port):
            _wait_until_ready(base, folder)
            _make_administrator(folder, password)
            report = Story(people=gather(base, password), say=say, folder=folder / "report").tell()
            say(f"\nThe evidence report: {report}")
            say(f"Told in {time.monotonic() - started:.0f} s.")
            if not options.once:
                _invite(base, password)
                signal.pause()
    except KeyboardInterrupt:
        say("")
    say("Stopped.")


def say(line: str) -> None:
    print(line, flush=True)


def _arguments() -> Namespace:
    parser = ArgumentParser(description="Play the main story on real data, then leave the product running.")
    parser.add_argument("--once", action="store_true", help="Stop when the story is told.")
    parser.add_argument("--port", type=int, default=env.whole("PORT", 8000))
    parser.add_argument("--folder", type=Path, default=env.ROOT / "var" / "demo", help="Where its data are kept.")
    return parser.parse_args()


def _invite(base: str, password: str) -> None:
    say(f"\nLook around at {base}  (API: {base}/api/v1/docs). Sign in as")
    for name, role in [(person.username, person.role) for person in CAST] + [(ADMINISTRATOR, "administrator")]:
        say(f"   {name:<16} {role}")
    say(f"each with the password  {password}")
    say("Ctrl-C stops everything.")


def _environment(folder: Path, **more: str) -> dict[str, str]:
    changes = {"FORMULARY_VAR": str(folder), "LOG_LEVEL": "WARNING", **more}
    # The story has a database of its own, made anew each time: never the one that somebody's settings name.
    return env.child_environment(without=("DATABASE_URL", "BROKER_URL", "DJANGO_SETTINGS_MODULE"), **changes)


@contextmanager
def _running(folder: Path, port: int) -> Iterator[None]:
    """The whole product as a child process, stopped cleanly at the end, whatever happens."""
    command = [sys.executable, "manage.py", "up", "--bind", f"127.0.0.1:{port}"]
    log = folder / "log"
    folder.mkdir(parents=True)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=env.ROOT,
            env=_environment(folder),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait_until_ready(base: str, folder: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{base}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    raise SystemExit(f"The product did not start; {folder / 'log'} says why.")


def _make_administrator(folder: Path, password: str) -> None:
    subprocess.run(  # noqa: S603
        [
            *(sys.executable, "manage.py", "first_administrator", ADMINISTRATOR),
            *("--full-name", "Iris Berg", "--email", f"{ADMINISTRATOR}@hospital.example"),
        ],
        cwd=env.ROOT,
        env=_environment(folder, FIRST_ADMINISTRATOR_PASSWORD=password),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _free_port(wanted: int) -> int:
    """The wanted port, or the next free one when something else listens there."""
    for port in range(wanted, wanted + 20):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SystemExit(f"Ports {wanted} to {wanted + 19} are all in use; choose another with PORT=...")


if __name__ == "__main__":
    main()
