"""Which open finding did somebody answer for? A waiver: one check, one verdict, a reason, an expiry, a signature."""

from __future__ import annotations

from django.db import models

from audits.models.check import VERDICT_LABELS
from governance.models.signature import Signature
from registry.models.base import Record
from registry.models.version import ModelVersion


class Waiver(Record):
    """Covers one key and verdict, on one table, under one plan, until it expires; it lapses by itself."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="waivers")
    table_id = models.UUIDField(help_text="The prediction table whose finding is waived.")
    plan_digest = models.CharField(max_length=64)
    check_key = models.CharField(max_length=1600)
    verdict = models.CharField(max_length=20, choices=[(v.value, label) for v, label in VERDICT_LABELS.items()])
    reason = models.TextField()
    compensating_measure = models.TextField()
    expires_at = models.DateTimeField()
    signature = models.ForeignKey(Signature, on_delete=models.PROTECT, related_name="waivers")

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="waiver_expires_after_it_was_made"
            )
        ]

    def __str__(self) -> str:
        return f"Waiver of {self.check_key}"
