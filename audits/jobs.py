"""Who holds a job, and until when? Claim, heartbeat, carry out, finish and reap: effects happen exactly once.

All times are the database's own (`clock_timestamp()`), so workers' clocks do not matter. A claim raises the fence;
every later write names the fence and must hit exactly one row, so a worker that was thought dead cannot write.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now
from psycopg import sql

from audits.errors import LeaseLost
from audits.models.job import Job, JobState

log = structlog.get_logger(__name__)
J = TypeVar("J", bound=Job)
# What goes wrong with the database says nothing of the job: it is worth another attempt.
DATABASE_TROUBLE = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)

CLAIM = """
UPDATE {table} SET state = 'running', fence = fence + 1, attempt = attempt + 1, owner = %(owner)s,
       lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
       started_at = coalesce(started_at, clock_timestamp()), stage = '', done = 0, total = 0,
       stage_started_at = NULL
 WHERE id = %(id)s
   AND ((state = 'queued' AND run_after <= clock_timestamp())
        OR (state = 'running' AND lease_until < clock_timestamp()))
RETURNING fence
"""
# Waits for nobody: while the holder's own transaction is writing the outcome, the row is locked, and a beat that waited
# for it could not be told from a dead one. A row that is ours and locked is left as it is; `mine` says that it is ours.
BEAT = """
WITH mine AS (
    SELECT id FROM {table} WHERE id = %(id)s AND fence = %(fence)s AND state = 'running'
), free AS (
    SELECT id FROM {table} WHERE id = %(id)s AND fence = %(fence)s AND state = 'running' FOR NO KEY UPDATE SKIP LOCKED
), beat AS (
    UPDATE {table} SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
           stage = %(stage)s, done = %(done)s, total = %(total)s,
           stage_started_at = CASE WHEN stage = %(stage)s::varchar AND done <= %(done)s THEN stage_started_at
                                   ELSE clock_timestamp() END
     WHERE id IN (SELECT id FROM free)
)
SELECT count(*) FROM mine
"""
# A row that its holder is just finishing is locked: this waits, looks again, and finds it finished.
REAP = """
UPDATE {table}
   SET state = CASE WHEN attempt >= %(attempts)s THEN 'dead' ELSE 'queued' END,
       error_code = CASE WHEN attempt >= %(attempts)s THEN 'worker_crashed' ELSE '' END,
       error_message = CASE WHEN attempt >= %(attempts)s
           THEN 'The worker stopped without a result ' || attempt || ' times. Its team or a reviewer can restart it.'
           ELSE '' END,
       finished_at = CASE WHEN attempt >= %(attempts)s THEN clock_timestamp() END,
       lease_until = NULL, owner = '', sent_at = NULL
 WHERE state = 'running' AND lease_until < clock_timestamp()
RETURNING id
"""
# A hint from before the job was due may have been dropped for being early, so it does not count.
UNSENT = """
SELECT id FROM {table}
 WHERE state = 'queued' AND run_after < clock_timestamp() - interval '2 seconds'
   AND (sent_at IS NULL OR sent_at < run_after OR sent_at < clock_timestamp() - make_interval(secs => %(after)s))
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

    The suite calls `progress`; the thread writes it down every few seconds, and connects anew when the database went
    away. When the row no longer carries our fence, or could not be reached for the length of a lease, the job is or
    may be somebody else's: `check` then raises, and nothing that we computed is written.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.stage, self.done, self.total = "", 0, 0
        self._stop, self._lost = threading.Event(), threading.Event()
        self._held_until = time.monotonic() + settings.JOB_LEASE_SECONDS
        self._thread = threading.Thread(target=self._beat_until_stopped, daemon=True, name=f"heartbeat-{job.pk}")

    def progress(self, stage: str, done: int, total: int) -> None:
        """What the suite is doing. Raises: LeaseLost."""
        self.stage, self.done, self.total = stage[:80], done, total
        self.check()

    def check(self) -> None:
        if self._lost.is_set():
            raise LeaseLost("Another worker has taken this job over.")
        # Asked here and not on the thread, which may itself hang in a connection that leads nowhere.
        if time.monotonic() > self._held_until:
            raise LeaseLost("The lease ran out while the database could not be reached.")

    def _beat_until_stopped(self) -> None:
        while not self._stop.is_set() and not self._lost.is_set():
            try:
                with psycopg.connect(**_own_connection(), autocommit=True) as own:
                    self._beat_over(own)
            except psycopg.Error as error:
                log.warning("heartbeat_interrupted", job=str(self.job.pk), error=str(error))
                self._stop.wait(1)

    def _beat_over(self, own: psycopg.Connection) -> None:
        written, due = None, 0.0
        while not self._stop.wait(0.5):
            # The time before the statement: the lease runs at least as long from there.
            now, at = (self.stage, self.done, self.total), time.monotonic()
            if now == written and at < due:
                continue
            if not self._beat(own):
                self._lost.set()
                return
            written, due = now, at + settings.JOB_HEARTBEAT_SECONDS
            self._held_until = at + settings.JOB_LEASE_SECONDS

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
        return own.execute(statement, values).fetchone() == (1,)

    @contextmanager
    def beating(self) -> Iterator[Heartbeat]:
        self._thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._thread.join(timeout=5)


def _own_connection() -> dict[str, Any]:
    """How Django connects, less what is Django's own; a server that does not answer is given up within the lease."""
    parameters = connection.get_connection_params()
    ours = {name: value for name, value in parameters.items() if name not in {"cursor_factory", "context"}}
    return {"connect_timeout": 5, "tcp_user_timeout": 5000, **ours}


def carry_out(
    job_type: type[J], pk: str, *, work: Callable[[J, Heartbeat], None], fail: Callable[[J, Exception], None]
) -> None:
    """Claim, then work until the outcome is written. Safe to call twice, at once, or after a crash.

    `work` and `fail` write through `finish`, and the lease is kept alive meanwhile. A job whose database broke off
    stays claimed: when its lease has run out the sweep gives it to somebody else, or to rest after too many attempts.
    """
    job = claim(job_type, pk, owner=owner_name())
    if job is None:
        log.info("job_not_claimed", job=pk)
        return
    try:
        with Heartbeat(job).beating() as heartbeat:
            _work_or_fail(job, heartbeat, work, fail)
    except LeaseLost:
        log.warning("job_lease_lost", job=pk, fence=job.fence)
    except Exception as error:
        if not is_database_trouble(error):
            raise
        log.exception("job_interrupted", job=pk, fence=job.fence)
        connection.close()


def _work_or_fail(
    job: J, heartbeat: Heartbeat, work: Callable[[J, Heartbeat], None], fail: Callable[[J, Exception], None]
) -> None:
    try:
        work(job, heartbeat)
    except LeaseLost:
        raise
    except Exception as error:
        if is_database_trouble(error):
            raise
        log.exception("job_failed", job=str(job.pk))
        fail(job, error)


def is_database_trouble(error: BaseException | None) -> bool:
    """Whether the database broke off, be it behind a refusal that was raised from it (a ledger that is unavailable)."""
    while error is not None and not isinstance(error, DATABASE_TROUBLE):
        error = error.__cause__
    return error is not None


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
