"""What is the state of a piece of work? A job: the row is the truth, the broker's message only a hint."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from audits.core import progress
from registry.models.base import Record
from registry.models.user import User


class JobState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    DEAD = "dead", "Stopped after repeated crashes"


UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


class Job(Record):
    """Work that a worker claims under a lease and finishes under the same fence, so that it takes effect once.

    fence: grows by one at each claim; only the holder of the current fence may write a result.
    lease_until: when others may take over; moved forward by the holder's heartbeat.
    idempotency_key: the same inputs under the same code are the same job.
    run_after, sent_at: by the database's clock, like all times that claims and sweeps compare.
    """

    idempotency_key = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=20, choices=JobState.choices, default=JobState.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    fence = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    owner = models.CharField(max_length=120, blank=True)
    run_after = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, help_text="When the broker was last given the hint.")
    stage = models.CharField(max_length=80, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    stage_started_at = models.DateTimeField(null=True, help_text="When the present stage was first written down.")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True

    @property
    def remaining_seconds(self) -> int | None:
        """How long the present stage still takes at its pace so far; None while that cannot be told.

        Both ends of the time so far are the database's: the stage's first beat, and the last one, which set the lease.
        """
        if self.state != JobState.RUNNING or self.stage_started_at is None or self.lease_until is None:
            return None
        last_beat = self.lease_until - timedelta(seconds=settings.JOB_LEASE_SECONDS)
        return progress.remaining(self.done, self.total, (last_beat - self.stage_started_at).total_seconds())

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED
