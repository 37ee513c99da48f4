"""What do tests with real workers start from? The environment of a worker on the test database."""

from __future__ import annotations

import os

import pytest
from django.conf import settings
from django.db import connection

from config import broker, postgres


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
