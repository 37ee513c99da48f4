"""Who put their name to what, when, and meaning what? An electronic signature over one frozen record."""

from __future__ import annotations

from django.db import models

from registry.models.base import Record
from registry.models.user import User


class Meaning(models.TextChoices):
    """What a signature says. The sentence that is signed stands in `governance.core.meanings`."""

    REVIEW = "review", "Review"
    APPROVAL = "approval", "Approval"
    REJECTION = "rejection", "Rejection"
    RESPONSIBILITY = "responsibility", "Responsibility for a waiver"
    LOOSENING = "loosening", "Responsibility for asking less"
    ACCEPTANCE = "acceptance", "Acceptance of a risk"


class Signature(Record):
    """Append-only. printed_name and username are copies: they say what was true when the person signed."""

    signer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="signatures")
    printed_name = models.CharField(max_length=200)
    username = models.CharField(max_length=150)
    meaning = models.CharField(max_length=20, choices=Meaning.choices)
    statement = models.TextField(help_text="The sentence that the person agreed to, word for word.")
    record_type = models.CharField(max_length=40)
    record_id = models.UUIDField()
    record_sha256 = models.CharField(max_length=64, help_text="SHA-256 of the signed record's canonical JSON.")
    record = models.JSONField(help_text="The signed record, as it was shown.")
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["signed_at"]
        constraints = [
            models.UniqueConstraint(fields=["record_sha256", "meaning", "signer"], name="signed_once_per_meaning")
        ]
        indexes = [models.Index(fields=["record_type", "record_id"], name="signature_by_record")]

    def __str__(self) -> str:
        return f"{self.printed_name}, {self.get_meaning_display()}, {self.signed_at:%Y-%m-%d %H:%M} UTC"
