"""Who agreed to what, and until when? Consent records: appended to, never changed; the latest one speaks."""

from __future__ import annotations

from django.db import models

from registry.models.base import Record
from registry.models.user import User


class ConsentStatus(models.TextChoices):
    ACTIVE = "active", "Given"
    DENIED = "denied", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class ConsentImport(Record):
    """One accepted file of consent records; a refused file leaves nothing behind."""

    source = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    records = models.PositiveBigIntegerField()
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.records} consent records from {self.source}"


class ConsentRecord(models.Model):
    """A patient's word on one purpose. Known by pseudonym only; a withdrawal is a further record."""

    batch = models.ForeignKey(ConsentImport, on_delete=models.PROTECT, related_name="entries")
    pseudonym = models.CharField(max_length=128)
    purpose = models.CharField(max_length=60)
    status = models.CharField(max_length=12, choices=ConsentStatus.choices)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(help_text="When the patient's word took effect; the latest one counts.")

    class Meta:
        indexes = [models.Index(fields=["purpose", "pseudonym", "-recorded_at", "-id"], name="consent_latest_word")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="consent_period_runs_forward",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.status}"
