"""Every periodic job, on one page."""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab
from django.conf import settings

SCHEDULE: dict[str, dict[str, Any]] = {
    "take over audits of crashed workers, resend lost hints": {
        "task": "audits.tasks.sweep",
        "schedule": settings.JOB_SWEEP_EVERY_SECONDS,
    },
    "take over exports of crashed workers, resend lost hints": {
        "task": "governance.tasks.sweep",
        "schedule": settings.JOB_SWEEP_EVERY_SECONDS,
    },
    "decide again where a decision or its evidence runs out": {
        "task": "governance.tasks.redecide_due",
        "schedule": 60.0,
    },
    "assess again what the calendar changes, resend lost hints": {
        "task": "governance.tasks.sweep_assessments",
        "schedule": settings.JOB_SWEEP_EVERY_SECONDS,
    },
    "assess again what Formulary says of itself": {
        "task": "governance.tasks.platform_looked_at",
        "schedule": crontab(hour=1, minute=10),
    },
    "tell people what waits for them": {
        "task": "governance.tasks.send_digests",
        "schedule": crontab(hour=5, minute=30),
    },
}
