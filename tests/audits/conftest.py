"""What do tests with real workers start from? A worker's environment, short leases, and what gets in a job's way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection
from pytest_django.fixtures import Settings

from config import broker, postgres

# What a restarted database does to those who are connected.
BREAK_OFF = "PERFORM pg_terminate_backend(pg_backend_pid()), pg_sleep(5)"


@contextmanager
def hindered(when: str, then: str) -> Iterator[None]:
    """While this is open the real database does `then` (PL/pgSQL) `when` ("AFTER INSERT ON ...") something is written.

    For rows that are committed: the trigger is dropped on whatever connection there is at the end.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE FUNCTION hinder() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {then}; RETURN NULL; END$$"
        )
        cursor.execute(f"CREATE TRIGGER hinder {when} EXECUTE FUNCTION hinder()")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION hinder() CASCADE")


@pytest.fixture
def short_lease(settings: Settings) -> None:
    """A lease of two seconds for what runs in this process."""
    settings.JOB_LEASE_SECONDS, settings.JOB_HEARTBEAT_SECONDS = 2, 1


@pytest.fixture
def live(transactional_db: None) -> dict[str, str]:
    """The environment of a real worker on the test database, with the queue installed there."""
    url = postgres.url_of(settings.DATABASES["default"] | {"NAME": connection.settings_dict["NAME"]})
    broker.install(url)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pgmq.purge_queue(queue_name) FROM pgmq.list_queues()")
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": url,
        "FORMULARY_TEST_SCRATCH": str(settings.UPLOAD_DIR.parent),
        "JOB_LEASE_SECONDS": "3",
        "JOB_HEARTBEAT_SECONDS": "1",
        "JOB_SWEEP_AFTER_SECONDS": "2",
    }
