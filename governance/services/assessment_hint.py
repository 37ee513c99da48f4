"""Telling the broker that assessments wait. The rows are the truth: a lost hint is made good by the sweep."""

from __future__ import annotations

import psycopg
import structlog
from celery import current_app
from kombu.exceptions import KombuError

log = structlog.get_logger(__name__)
# A queue of its own, so that no audit ever waits behind ten thousand assessments.
QUEUE = "assessments"
TASK = "governance.tasks.reassess"


def hint() -> None:
    """One message for all that waits now. A broker out of reach is no failure."""
    try:
        current_app.send_task(TASK, queue=QUEUE)
    # AttributeError: a channel of the shared pool that another thread has closed (kombu 5.7, pgmq).
    except (KombuError, OSError, psycopg.Error, AttributeError) as error:
        log.warning("broker_out_of_reach", task=TASK, error=str(error))
