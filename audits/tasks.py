"""What the workers and the schedule call: one id, one function; safe to run twice."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from audits import jobs, runner, signals
from audits.models.audit import Audit
from audits.models.job import JobState
from audits.services import dispatch


@shared_task
def run_audit(pk: str) -> None:
    runner.run(pk)


@shared_task
def sweep() -> None:
    """Take over from crashed workers, and hint again at what the broker lost."""
    with transaction.atomic():
        for audit in jobs.reap(Audit):
            if audit.state == JobState.DEAD:
                signals.audit_finished.send(Audit, audit=audit, actor=None, at=timezone.now())
    for audit in jobs.unsent(Audit):
        dispatch.send(audit)
