"""What the workers do for governance: each task takes at most an id and calls one function."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from audits import jobs
from audits.services import dispatch
from governance import export_runner
from governance.core.facts import Section
from governance.models.export import Export
from governance.services import assessment_touch, assessment_work, gate, work_digest


@shared_task
def redecide_due() -> int:
    """Decide again where a decision, or evidence that it rests on, runs out."""
    return gate.redecide_due(timezone.now())


@shared_task
def run_export(pk: str) -> None:
    """Make the evidence report that was asked for."""
    export_runner.run(pk)


@shared_task
def sweep() -> None:
    """Take over exports of crashed workers, and hint again at what the broker lost."""
    jobs.reap(Export)
    for export in jobs.unsent(Export):
        dispatch.send(export)


@shared_task
def reassess() -> int:
    """Look again at what changed facts concern, for a bounded time; what is left is hinted at again."""
    return assessment_work.work_off()


@shared_task
def sweep_assessments() -> None:
    """Mark what the calendar changes, and hint again at what the broker lost."""
    assessment_work.sweep(timezone.now())


@shared_task
def platform_looked_at() -> None:
    """How Formulary itself behaves changes without a fact: look at it again everywhere."""
    assessment_touch.touch({Section.PLATFORM})


@shared_task
def send_digests() -> int:
    """One e-mail to everybody for whom something waits."""
    return work_digest.send_due(today=timezone.now().date())
