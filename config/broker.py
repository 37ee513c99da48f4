"""Which broker carries the jobs' hints? pgmq inside the product's own PostgreSQL, unless BROKER_URL names another."""

from __future__ import annotations

from typing import Any

import psycopg
from django.conf import settings
from pgmq.install import get_embedded_install_sql

from config import postgres

VISIBILITY_SECONDS = 3600
# The connection string below names the server; this name only stands in Celery's start-up banner.
IN_DATABASE = "pgmq://the-products-own-database"


def broker_settings(broker_url: str, database: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Celery's broker URL and transport options. The visibility time-out exceeds the task time limit everywhere."""
    if broker_url:
        confirms = {"confirm_publish": True} if broker_url.startswith(("amqp", "pyamqp")) else {}
        return broker_url, {"visibility_timeout": VISIBILITY_SECONDS, **confirms}
    return IN_DATABASE, {
        "conn_string": postgres.url_of(database),
        "init_extension": False,
        "use_notify": True,
        "visibility_timeout": VISIBILITY_SECONDS,
        "wait_time_seconds": 1,
        "pool_size": 4,
    }


def uses_database() -> bool:
    """Whether the jobs' hints travel through the product's own database."""
    return settings.CELERY_BROKER_URL.startswith("pgmq:")


def install(conninfo: str) -> None:
    """Create the queue's tables and functions where they are absent; safe to call from several processes at once."""
    with psycopg.connect(conninfo) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('formulary.pgmq.install'))")
        present = connection.execute("SELECT to_regnamespace('pgmq') IS NOT NULL").fetchone()
        if present != (True,):
            connection.execute(get_embedded_install_sql().encode())
