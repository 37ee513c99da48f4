"""Which rules apply? A policy pack at one content digest; a changed file is a new row, never an edit."""

from __future__ import annotations

from typing import Any

from django.db import models

from registry.models.base import Record
from registry.models.user import User


class PackQuerySet(models.QuerySet["PolicyPack"]):
    def in_force(self) -> PackQuerySet:
        """The newest loaded content of each pack."""
        return self.order_by("slug", "-created_at").distinct("slug")


class PolicyPack(Record):
    """Append-only. An overlay's effective pack is such a row too; its document's `derived_from` says of what."""

    slug = models.SlugField(max_length=80)
    version = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the document's canonical JSON.")
    document = models.JSONField()

    objects = PackQuerySet.as_manager()

    class Meta:
        ordering = ["slug", "-created_at"]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"

    @property
    def derived_from(self) -> dict[str, Any] | None:
        """{"id", "pack", "overlay", "signature"}: the base's id, and digests; None for a pack that stands alone."""
        found: dict[str, Any] | None = self.document.get("derived_from")
        return found

    @property
    def root(self) -> str:
        """The id of the pack that this one is, or that its overlay extends."""
        return str(self.derived_from["id"]) if self.derived_from else self.slug


class PackAdoption(Record):
    """The organisation uses this content of a pack, until somebody says otherwise. The ledger keeps what was before.

    slug: of the pack or, for an effective pack, of the one that its overlay extends: one content of each is in use.
    adopted_by: null where nobody decided and Formulary's own starting point is used.
    """

    slug = models.SlugField(max_length=80, unique=True)
    pack = models.ForeignKey(PolicyPack, on_delete=models.PROTECT, related_name="adoptions")
    gating = models.BooleanField(help_text="Whether the gate asks it; otherwise it is only assessed.")
    adopted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    adopted_at = models.DateTimeField()

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return f"{self.pack}, {'gating' if self.gating else 'assessed'}"
