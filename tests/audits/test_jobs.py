"""Effects happen exactly once: claims, fences, leases, and a worker that is really killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from audits import jobs
from audits.errors import LeaseLost
from audits.models.audit import Audit, AuditAttempt
from audits.models.job import JobState
from tests.audits.story import Small, small_version

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def small(db: None) -> Small:
    return small_version()


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
        cursor.execute("UPDATE audits_audit SET created_at = now() - interval '1 hour', sent_at = NULL")
    assert [job.pk for job in jobs.unsent(Audit)] == [audit.pk]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audits_audit SET sent_at = now() - interval '10 minutes'")
    assert [job.pk for job in jobs.unsent(Audit)] == [audit.pk]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audits_audit SET sent_at = now()")
    assert jobs.unsent(Audit) == []


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
    audit = small_version(rows=150_000).send("bias")
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
    audit = small.send("quality")
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
    audit = small_version().send("quality")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pgmq.purge_queue(queue_name) FROM pgmq.list_queues()")
    time.sleep(2.5)
    sweep(live)
    worker = start_worker(live)
    try:
        wait_for(audit, JobState.SUCCEEDED)
    finally:
        kill(worker)
