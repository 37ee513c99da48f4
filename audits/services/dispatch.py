"""Telling the broker that a job waits. The broker is a hint: a lost message is sent again by the sweep."""

from __future__ import annotations

from functools import partial

import psycopg
import structlog
from celery import current_app
from django.db import transaction
from django.db.models.functions import Now
from kombu.exceptions import KombuError

from audits.models.job import Job

log = structlog.get_logger(__name__)


def task_of(job: Job) -> str:
    """The Celery task that runs this kind of job, e.g. `audits.tasks.run_audit`."""
    return f"{job._meta.app_label}.tasks.run_{job._meta.model_name}"


def send_on_commit(job: Job) -> None:
    """Hint at the job once its row is visible to the workers."""
    transaction.on_commit(partial(send, job))


def send(job: Job) -> None:
    """Hint at the job now. A broker out of reach is no failure: the row waits for the sweep."""
    try:
        current_app.send_task(task_of(job), args=[str(job.pk)])
    except (KombuError, OSError, psycopg.Error, AttributeError) as error:  # AttributeError: a closed pgmq channel
        log.warning("broker_out_of_reach", job=str(job.pk), error=str(error))
        return
    type(job)._default_manager.filter(pk=job.pk).update(sent_at=Now())
