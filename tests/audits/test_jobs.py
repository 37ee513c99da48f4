"""Effects happen exactly once: claims, fences, leases, and a worker that is really killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from audits import jobs, runner
from audits.errors import LeaseLost
from audits.models.audit import Audit, AuditAttempt
from audits.models.job import JobState
from audits.services import dispatch
from registry.models.table import PredictionTable
from tests.audits.conftest import BREAK_OFF, hindered
from tests.audits.story import Small, small_version

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def small(db: None) -> Small:
    return small_version()


@pytest.fixture
def committed(transactional_db: None) -> Small:
    """Visible to other connections too."""
    return small_version()


def claimed(small: Small) -> Audit:
    audit = jobs.claim(Audit, str(small.audit("quality").pk), owner="this test")
    assert audit is not None
    return audit


def expire(audit: Audit) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audits_audit SET lease_until = now() - interval '1 second' WHERE id = %s", [audit.pk])


def test_a_job_is_claimed_once_while_its_lease_runs(small: Small) -> None:
    audit = small.audit("validation")
    first = jobs.claim(Audit, str(audit.pk), owner="first")
    assert first is not None
    assert (first.state, first.fence, first.attempt) == (JobState.RUNNING, 1, 1)
    assert jobs.claim(Audit, str(audit.pk), owner="second") is None


def test_an_expired_lease_is_taken_over_and_the_first_holder_can_no_longer_write(small: Small) -> None:
    audit = small.audit("validation")
    first = jobs.claim(Audit, str(audit.pk), owner="first")
    expire(audit)
    second = jobs.claim(Audit, str(audit.pk), owner="second")
    assert first is not None
    assert second is not None
    assert second.fence == first.fence + 1
    with pytest.raises(LeaseLost), transaction.atomic():
        jobs.finish(first, state=JobState.FAILED, error_code="zombie")
    jobs.finish(second, state=JobState.FAILED, error_code="real")
    assert Audit.objects.get(pk=audit.pk).error_code == "real"


def test_the_reaper_requeues_crashed_jobs_and_gives_up_after_five(small: Small) -> None:
    audit = small.audit("validation")
    for attempt in range(1, settings.JOB_MAX_ATTEMPTS + 1):
        assert jobs.claim(Audit, str(audit.pk), owner=f"attempt {attempt}") is not None
        expire(audit)
        reaped = jobs.reap(Audit)
        assert [job.pk for job in reaped] == [audit.pk]
        expected = JobState.DEAD if attempt == settings.JOB_MAX_ATTEMPTS else JobState.QUEUED
        assert reaped[0].state == expected
    assert jobs.claim(Audit, str(audit.pk), owner="too late") is None
    assert "worker_crashed" in Audit.objects.get(pk=audit.pk).error_code


def test_a_finished_job_is_never_claimed_or_reaped_again(small: Small) -> None:
    audit = small.audit("validation")
    claimed = jobs.claim(Audit, str(audit.pk), owner="only")
    assert claimed is not None
    jobs.finish(claimed, state=JobState.FAILED, error_code="done")
    assert jobs.claim(Audit, str(audit.pk), owner="again") is None
    assert jobs.reap(Audit) == []


def test_what_the_broker_lost_is_found_again(small: Small) -> None:
    audit = small.audit("validation")
    assert jobs.unsent(Audit) == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audits_audit SET run_after = now() - interval '1 hour', sent_at = NULL")
    assert [job.pk for job in jobs.unsent(Audit)] == [audit.pk]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audits_audit SET sent_at = now() - interval '10 minutes'")
    assert [job.pk for job in jobs.unsent(Audit)] == [audit.pk]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audits_audit SET sent_at = now()")
    assert jobs.unsent(Audit) == []


# --- clocks that differ


def test_a_web_host_whose_clock_is_ahead_delays_nothing(live: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    small, ahead = small_version(), timezone.now() + timedelta(hours=1)
    with monkeypatch.context() as skewed:
        skewed.setattr(timezone, "now", lambda: ahead)
        audit = small.audit("quality")
        dispatch.send(audit)
    with connection.cursor() as cursor:
        cursor.execute("SELECT run_after <= clock_timestamp(), sent_at <= clock_timestamp() FROM audits_audit")
        assert cursor.fetchone() == (True, True)
    assert jobs.claim(Audit, str(audit.pk), owner="at once") is not None


def test_a_hint_that_came_too_early_is_sent_again_once_the_job_is_due(small: Small) -> None:
    audit = small.audit("quality")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audits_audit SET sent_at = clock_timestamp(), run_after = clock_timestamp() + interval '1 second'"
        )
        assert jobs.claim(Audit, str(audit.pk), owner="too early") is None
        assert jobs.unsent(Audit) == []
        # Five seconds pass.
        cursor.execute(
            "UPDATE audits_audit SET sent_at = sent_at - interval '5 seconds',"
            " run_after = run_after - interval '5 seconds'"
        )
        assert [job.pk for job in jobs.unsent(Audit)] == [audit.pk]
        cursor.execute("UPDATE audits_audit SET sent_at = clock_timestamp()")
        assert jobs.unsent(Audit) == []


# --- a database that breaks off


@pytest.mark.parametrize("table", ["audits_checkrow", "governance_ledgerentry"])
def test_an_audit_whose_database_breaks_off_is_left_to_the_next_worker(committed: Small, table: str) -> None:
    audit = committed.audit("quality")
    with hindered(f"AFTER INSERT ON {table}", BREAK_OFF):
        runner.run(str(audit.pk))
    audit.refresh_from_db()
    assert (audit.state, audit.error_message) == (JobState.RUNNING, "")
    expire(audit)
    assert [job.state for job in jobs.reap(Audit)] == [JobState.QUEUED]
    runner.run(str(audit.pk))
    audit.refresh_from_db()
    assert (audit.state, audit.attempt) == (JobState.SUCCEEDED, 2)


def test_an_error_of_the_audits_own_ends_it(committed: Small) -> None:
    audit = committed.audit("quality")
    PredictionTable.objects.filter(pk=audit.table_id).update(parsed_sha256="0" * 64)
    runner.run(str(audit.pk))
    audit.refresh_from_db()
    assert (audit.state, audit.error_code) == (JobState.FAILED, "blob_missing")


def test_a_heartbeat_that_is_cut_off_connects_again(committed: Small, short_lease: None) -> None:
    with jobs.Heartbeat(claimed(committed)).beating() as heartbeat, connection.cursor() as cursor:
        time.sleep(1)
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND query LIKE '%lease_until = clock_timestamp()%'"
        )
        assert cursor.fetchone() == (1,)
        time.sleep(3.5)
        heartbeat.check()
        assert jobs.reap(Audit) == []


def test_a_heartbeat_that_reaches_nothing_for_a_whole_lease_is_lost(committed: Small, short_lease: None) -> None:
    audit = claimed(committed)
    with (
        hindered("BEFORE UPDATE ON audits_audit", "RAISE 'out of order'"),
        jobs.Heartbeat(audit).beating() as heartbeat,
    ):
        time.sleep(1)
        heartbeat.check()
        time.sleep(1.5)
        with pytest.raises(LeaseLost):
            heartbeat.check()


def test_a_heartbeat_notices_that_the_job_was_taken_over(committed: Small, short_lease: None) -> None:
    audit = claimed(committed)
    with jobs.Heartbeat(audit).beating() as heartbeat:
        time.sleep(1)
        Audit.objects.filter(pk=audit.pk).update(fence=audit.fence + 1)
        time.sleep(1.8)
        with pytest.raises(LeaseLost, match="Another worker"):
            heartbeat.check()


# --- a write that takes its time


@contextmanager
def reaping() -> Iterator[list[Audit]]:
    """What a reaper takes meanwhile, on a connection of its own; it looks ten times a second."""
    taken: list[Audit] = []
    stop = threading.Event()

    def reap() -> None:
        while not stop.wait(0.1):
            taken.extend(jobs.reap(Audit))
        connection.close()

    reaper = threading.Thread(target=reap)
    reaper.start()
    try:
        yield taken
    finally:
        stop.set()
        reaper.join()


@pytest.mark.parametrize(
    "slow",
    [
        "AFTER INSERT ON audits_checkrow",
        # From here on the writer holds the row's lock: no beat can be written, and the reaper has to wait.
        "AFTER UPDATE ON audits_audit FOR EACH ROW WHEN (NEW.state = 'succeeded')",
    ],
)
def test_a_write_that_outlasts_the_lease_is_kept(committed: Small, short_lease: None, slow: str) -> None:
    audit = committed.audit("quality")
    with hindered(slow, "PERFORM pg_sleep(4)"), reaping() as taken:
        runner.run(str(audit.pk))
    audit.refresh_from_db()
    assert (audit.state, audit.attempt) == (JobState.SUCCEEDED, 1)
    assert audit.measurements.exists()
    assert taken == []


def test_a_beat_does_not_wait_for_the_holders_own_write(committed: Small, short_lease: None) -> None:
    audit = claimed(committed)
    with jobs.Heartbeat(audit).beating() as heartbeat, transaction.atomic():
        jobs.finish(audit, state=JobState.FAILED, error_code="as it happens")
        time.sleep(3.5)
        heartbeat.check()


# --- real workers, real kills


def start_worker(environment: dict[str, str], **more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "celery", "--app", "config.celery", "worker"]
    options = ["--concurrency", "1", "--loglevel", "WARNING", "--without-mingle", "--without-gossip"]
    # A group of its own, so that the kill takes the pool's processes too: nothing gets to say goodbye.
    return subprocess.Popen(
        [*command, *options], cwd=ROOT, env={**environment, **more}, start_new_session=True, stderr=subprocess.DEVNULL
    )


def kill(worker: subprocess.Popen[bytes]) -> None:
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def wait_for(audit: Audit, *states: str, seconds: float = 60) -> Audit:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        audit.refresh_from_db()
        if audit.state in states:
            return audit
        time.sleep(0.05)
    raise AssertionError(f"the audit is still {audit.state} after {seconds} s")


def sweep(environment: dict[str, str]) -> None:
    program = "import django; django.setup(); from audits.tasks import sweep; sweep()"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True)


def test_a_worker_killed_in_mid_audit_leads_to_exactly_one_result(live: dict[str, str]) -> None:
    audit = small_version(rows=150_000).audit("bias")
    worker = start_worker(live)
    try:
        wait_for(audit, JobState.RUNNING)
        time.sleep(0.2)
    finally:
        kill(worker)
    audit.refresh_from_db()
    assert audit.state == JobState.RUNNING, "the kill came too late to be a test"
    assert not audit.measurements.exists()
    time.sleep(3.5)
    sweep(live)
    worker = start_worker(live)
    try:
        wait_for(audit, JobState.SUCCEEDED)
    finally:
        kill(worker)
    assert audit.attempt == 2
    assert list(audit.attempts.values_list("fence", flat=True)) == [1, 2]
    assert audit.result_sha256
    measured = audit.measurements.count()
    assert measured == audit.measurements.values("measure", "slice", "across", "operating_point", "column").count()
    assert measured > 0
    assert AuditAttempt.objects.filter(audit=audit).count() == 2


def test_two_messages_for_one_audit_give_one_result(live: dict[str, str]) -> None:
    small = small_version()
    audit = small.audit("quality")
    small.send_again(audit)
    worker = start_worker(live)
    try:
        wait_for(audit, JobState.SUCCEEDED)
        time.sleep(1)
    finally:
        kill(worker)
    audit.refresh_from_db()
    assert (audit.attempt, audit.attempts.count()) == (1, 1)


def test_a_broker_that_lost_everything_only_delays(live: dict[str, str]) -> None:
    audit = small_version().audit("quality")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pgmq.purge_queue(queue_name) FROM pgmq.list_queues()")
    time.sleep(2.5)
    sweep(live)
    worker = start_worker(live)
    try:
        wait_for(audit, JobState.SUCCEEDED)
    finally:
        kill(worker)
