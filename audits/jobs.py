"""Who holds a job, and until when? Claim, heartbeat, finish and reap: effects happen exactly once.

All times are the database's own (`clock_timestamp()`), so workers' clocks do not matter. A claim raises the fence;
every later write names the fence and must hit exactly one row, so a worker that was thought dead cannot write.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from psycopg import sql

from audits.errors import LeaseLost
from audits.models.job import Job, JobState

log = structlog.get_logger(__name__)
J = TypeVar("J", bound=Job)

CLAIM = """
UPDATE {table} SET state = 'running', fence = fence + 1, attempt = attempt + 1, owner = %(owner)s,
       lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
       started_at = coalesce(started_at, clock_timestamp()), stage = '', done = 0, total = 0
 WHERE id = %(id)s
   AND ((state = 'queued' AND run_after <= clock_timestamp())
        OR (state = 'running' AND lease_until < clock_timestamp()))
RETURNING fence
"""
BEAT = """
UPDATE {table} SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
       stage = %(stage)s, done = %(done)s, total = %(total)s
 WHERE id = %(id)s AND fence = %(fence)s AND state = 'running'
"""
REAP = """
UPDATE {table}
   SET state = CASE WHEN attempt >= %(attempts)s THEN 'dead' ELSE 'queued' END,
       error_code = CASE WHEN attempt >= %(attempts)s THEN 'worker_crashed' ELSE '' END,
       error_message = CASE WHEN attempt >= %(attempts)s
           THEN 'The worker stopped without a result ' || attempt || ' times. An administrator can start it again.'
           ELSE '' END,
       finished_at = CASE WHEN attempt >= %(attempts)s THEN clock_timestamp() END,
       lease_until = NULL, owner = '', sent_at = NULL
 WHERE state = 'running' AND lease_until < clock_timestamp()
RETURNING id
"""
UNSENT = """
SELECT id FROM {table}
 WHERE state = 'queued' AND run_after <= clock_timestamp()
   AND (sent_at IS NULL OR sent_at < clock_timestamp() - make_interval(secs => %(after)s))
   AND created_at < clock_timestamp() - interval '2 seconds'
"""


def owner_name() -> str:
    """Host and process: enough for an operator to find the worker."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _run(template: str, job_type: type[Job], **values: str | int | float) -> list[tuple[Any, ...]]:
    statement = sql.SQL(template).format(table=sql.Identifier(job_type._meta.db_table))
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]


def claim(job_type: type[J], pk: str, *, owner: str) -> J | None:
    """Take the job under a new fence, or None when it is finished or somebody else's."""
    with transaction.atomic():
        rows = _run(CLAIM, job_type, id=pk, owner=owner, lease=settings.JOB_LEASE_SECONDS)
    return job_type._default_manager.get(pk=pk) if rows else None


class Heartbeat:
    """Keeps the lease alive and reports progress, on a thread and a database connection of its own.

    The suite calls `progress`; the thread writes it down every few seconds. When the row no longer carries our
    fence the job was taken over: `check` then raises, and nothing that we computed is written.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.stage, self.done, self.total = "", 0, 0
        self._stop, self._lost = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat_until_stopped, daemon=True, name=f"heartbeat-{job.pk}")

    def progress(self, stage: str, done: int, total: int) -> None:
        """What the suite is doing. Raises: LeaseLost."""
        self.stage, self.done, self.total = stage[:80], done, total
        self.check()

    def check(self) -> None:
        if self._lost.is_set():
            raise LeaseLost("Another worker has taken this job over.")

    def _beat_until_stopped(self) -> None:
        connection_parameters = connection.get_connection_params()
        connection_parameters.pop("cursor_factory", None)
        connection_parameters.pop("context", None)
        every = settings.JOB_HEARTBEAT_SECONDS
        written: tuple[str, int, int] | None = None
        with psycopg.connect(**connection_parameters, autocommit=True) as own:
            waited = 0.0
            while not self._stop.wait(0.5):
                waited += 0.5
                now = (self.stage, self.done, self.total)
                if now == written and waited < every:
                    continue
                if not self._beat(own):
                    self._lost.set()
                    return
                written, waited = now, 0.0

    def _beat(self, own: psycopg.Connection) -> bool:
        statement = sql.SQL(BEAT).format(table=sql.Identifier(self.job._meta.db_table))
        values = {
            "id": self.job.pk,
            "fence": self.job.fence,
            "lease": settings.JOB_LEASE_SECONDS,
            "stage": self.stage,
            "done": self.done,
            "total": self.total,
        }
        return own.execute(statement, values).rowcount == 1

    @contextmanager
    def beating(self) -> Iterator[Heartbeat]:
        self._thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._thread.join(timeout=5)


def finish(job: Job, *, state: JobState, **fields: object) -> None:
    """Write the outcome under our fence, inside the caller's transaction. Raises: LeaseLost (nothing is written)."""
    rows = type(job)._default_manager.filter(pk=job.pk, fence=job.fence, state=JobState.RUNNING)
    if rows.update(state=state, finished_at=Now(), lease_until=None, **fields) != 1:
        raise LeaseLost("Another worker has taken this job over; this result is dropped.")
    job.refresh_from_db()


def reap(job_type: type[J]) -> list[J]:
    """Put jobs whose lease ran out back into the queue, or to rest after too many crashes. Returns those touched."""
    with transaction.atomic():
        rows = _run(REAP, job_type, attempts=settings.JOB_MAX_ATTEMPTS)
    return list(job_type._default_manager.filter(pk__in=[row[0] for row in rows]))


def unsent(job_type: type[J]) -> list[J]:
    """Queued jobs that the broker has not been told of for a while: what a lost broker leaves behind."""
    rows = _run(UNSENT, job_type, after=settings.JOB_SWEEP_AFTER_SECONDS)
    return list(job_type._default_manager.filter(pk__in=[row[0] for row in rows]))
