"""Does an audit say how long its stage still takes, by the database's clock, and keep silent when it cannot know?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db.models import F
from rest_framework.test import APIClient

from audits import jobs
from audits.models.audit import Audit
from registry.models.user import User
from tests.audits.story import small_version


@pytest.fixture
def running(transactional_db: None) -> jobs.Heartbeat:
    """A claimed audit whose beats are written one by one."""
    audit = jobs.claim(Audit, str(small_version(rows=60).audit("quality").pk), owner="this test")
    assert audit is not None
    return jobs.Heartbeat(audit)


def beat(heartbeat: jobs.Heartbeat, stage: str, done: int, total: int) -> Audit:
    """The row after one more beat."""
    heartbeat.progress(stage, done, total)
    with psycopg.connect(**jobs._own_connection(), autocommit=True) as own:
        assert heartbeat._beat(own)
    return Audit.objects.get(pk=heartbeat.job.pk)


def earlier(audit: Audit, seconds: int) -> None:
    """As if the present stage had begun so many seconds before."""
    Audit.objects.filter(pk=audit.pk).update(stage_started_at=F("stage_started_at") - timedelta(seconds=seconds))


def test_half_of_a_stage_in_ten_seconds_leaves_ten(running: jobs.Heartbeat) -> None:
    earlier(beat(running, "tally", 0, 1000), 10)
    assert beat(running, "tally", 500, 1000).remaining_seconds in range(10, 16)


def test_a_new_stage_or_a_new_round_begins_its_own_time(running: jobs.Heartbeat) -> None:
    earlier(beat(running, "tally", 500, 1000), 10)
    assert beat(running, "measures", 500, 1000).remaining_seconds is None
    earlier(beat(running, "tally", 900, 1000), 10)
    assert beat(running, "tally", 400, 1000).remaining_seconds is None


def test_a_stage_that_goes_on_keeps_its_beginning(running: jobs.Heartbeat) -> None:
    first = beat(running, "tally", 0, 10).stage_started_at
    assert beat(running, "tally", 5, 10).stage_started_at == first
    assert first is not None


def test_a_job_that_waits_or_has_ended_has_no_time_left_to_tell(running: jobs.Heartbeat) -> None:
    earlier(beat(running, "tally", 0, 1000), 10)
    beat(running, "tally", 500, 1000)
    for state in ("queued", "succeeded", "failed", "dead"):
        assert Audit(**{**_fields(running), "state": state}).remaining_seconds is None
    assert Audit(**_fields(running)).remaining_seconds is not None


def test_a_job_taken_over_begins_anew(running: jobs.Heartbeat) -> None:
    earlier(beat(running, "tally", 500, 1000), 10)
    Audit.objects.update(lease_until=F("lease_until") - timedelta(seconds=settings.JOB_LEASE_SECONDS + 60))
    again = jobs.claim(Audit, str(running.job.pk), owner="another")
    assert again is not None
    assert (again.stage_started_at, again.remaining_seconds) == (None, None)


def test_the_api_tells_it(running: jobs.Heartbeat, api: Callable[[User], APIClient]) -> None:
    url = f"/api/v1/audits/{running.job.pk}"
    client = api(running.job.requested_by)
    beat(running, "tally", 10, 1000)
    assert client.get(url).json()["progress"] == {
        "stage": "tally",
        "done": 10,
        "total": 1000,
        "remaining_seconds": None,
    }
    earlier(running.job, 8)  # type: ignore[arg-type]
    beat(running, "tally", 800, 1000)
    assert client.get(url).json()["progress"]["remaining_seconds"] in {2, 3}


def _fields(heartbeat: jobs.Heartbeat) -> dict[str, Any]:
    audit = Audit.objects.get(pk=heartbeat.job.pk)
    names = ("state", "stage", "done", "total", "stage_started_at", "lease_until")
    return {name: getattr(audit, name) for name in names}
