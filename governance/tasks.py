"""What the workers do for governance: each task takes at most an id and calls one function."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from audits import jobs
from audits.services import dispatch
from governance import export_runner
from governance.models.export import Export
from governance.services import gate


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
