"""The worker's application: JSON messages that carry one id each, acknowledged only when the work is done."""

import os
import resource

from celery import Celery
from celery.signals import worker_process_init
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")

app = Celery("formulary")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


@app.on_after_finalize.connect
def add_schedule(sender: Celery, **_: object) -> None:
    # Read only now: the schedule reads settings, which exist once Django has set them up.
    from config.schedule import SCHEDULE  # noqa: PLC0415

    sender.conf.beat_schedule = SCHEDULE


@worker_process_init.connect
def confine(**_: object) -> None:
    """An audit that needs more than its share fails by itself, instead of taking the machine down with it."""
    # Memory that is written to, not address space: the chart renderer's engine reserves far more than it ever uses.
    resource.setrlimit(resource.RLIMIT_DATA, (settings.JOB_MEMORY_BYTES, settings.JOB_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (settings.JOB_FILE_BYTES, settings.JOB_FILE_BYTES))
