"""What the workers do for governance: each task takes at most an id and calls one function."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from governance.services import gate


@shared_task
def redecide_due() -> int:
    """Decide again where a decision, or evidence that it rests on, runs out."""
    return gate.redecide_due(timezone.now())
