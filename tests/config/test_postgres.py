"""The embedded server starts where people put it, and addresses survive the round trip."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config import broker, postgres


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not pytest's own folder: it is readable to its owner alone, and as root the server is another user.
    path = Path(tempfile.mkdtemp(prefix="formulary-pg-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def test_it_starts_in_a_folder_too_deep_for_a_socket_and_lets_nobody_else_in(folder: Path) -> None:
    deep = folder / "/".join(["a_long_folder_name_indeed"] * 8)
    deep.mkdir(parents=True)
    embedded = postgres.start(deep / "postgres")
    try:
        with psycopg.connect(embedded.url) as connection:
            version = connection.execute("SHOW server_version_num").fetchone()
            sockets = connection.execute("SHOW unix_socket_directories").fetchone()
            listening = connection.execute("SHOW listen_addresses").fetchone()
        assert version is not None
        assert int(version[0]) >= 150000
        assert listening == ("",)
        assert sockets is not None
        socket = Path(sockets[0]) / ".s.PGSQL.5432"
        assert stat.S_IMODE(os.stat(socket).st_mode) & 0o077 == 0
    finally:
        embedded.stop()
    assert not embedded.is_running()


def test_it_keeps_what_was_written_when_it_is_started_again(folder: Path) -> None:
    first = postgres.start(folder / "postgres")
    with psycopg.connect(first.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    first.stop()
    again = postgres.start(folder / "postgres")
    try:
        with psycopg.connect(again.url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    finally:
        again.stop()


def test_it_comes_back_after_a_crash_with_what_was_committed(folder: Path) -> None:
    first = postgres.start(folder / "postgres")
    with psycopg.connect(first.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(first.server.get_postmaster_info().pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while first.is_running() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not first.is_running()
    time.sleep(1)
    again = postgres.start(folder / "postgres")
    try:
        assert again.is_running()
        with psycopg.connect(again.url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    finally:
        again.stop()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://someone:p%40ss%20word@db.example:6432/formulary?sslmode=require",
        "postgresql://postgres@/formulary?host=/tmp/a-socket-folder",
    ],
)
def test_a_database_address_survives_the_way_through_django(url: str) -> None:
    parsed = psycopg.conninfo.conninfo_to_dict(url)
    assert psycopg.conninfo.conninfo_to_dict(postgres.url_of(postgres.django_database(url))) == parsed


def test_the_broker_is_the_database_unless_another_is_named() -> None:
    database = postgres.django_database("postgresql://someone@db.example/formulary")
    address, options = broker.broker_settings("", database)
    assert address == broker.IN_DATABASE
    assert "db.example" in options["conn_string"]
    assert broker.broker_settings("redis://cache.example/0", database)[0] == "redis://cache.example/0"
