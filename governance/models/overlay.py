"""What did the organisation change in a pack? Overlays as they were uploaded, and the signature of what asks less."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from governance.models.pack import PolicyPack
from governance.models.signature import Signature
from registry.models.base import Record
from registry.models.user import User


class PolicyOverlay(Record):
    """One overlay file over one content of a pack. Never edited: a changed file is a new row."""

    slug = models.SlugField(max_length=80)
    version = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    extends = models.ForeignKey(PolicyPack, on_delete=models.PROTECT, related_name="overlays")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the document's canonical JSON.")
    document = models.JSONField()
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["digest", "extends"], name="overlay_once_per_base"),
            models.CheckConstraint(condition=~Q(slug=""), name="overlay_has_an_id"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"


class OverlayLoosening(Record):
    """A compliance officer signed that the organisation asks less than the pack, or than it asked before."""

    overlay = models.ForeignKey(PolicyOverlay, on_delete=models.PROTECT, related_name="loosenings")
    reason = models.TextField()
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="loosening")
    pack = models.ForeignKey(PolicyPack, on_delete=models.PROTECT, related_name="+", help_text="What came of it.")

    class Meta:
        ordering = ["created_at"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="loosening_has_a_reason")]

    def __str__(self) -> str:
        return f"Loosening of {self.overlay.extends} by {self.overlay}"
