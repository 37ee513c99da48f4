"""Which rules apply? A policy pack at one content digest; a changed file is a new row, never an edit."""

from __future__ import annotations

from django.db import models

from registry.models.base import Record


class PackQuerySet(models.QuerySet["PolicyPack"]):
    def in_force(self) -> PackQuerySet:
        """The newest loaded content of each pack."""
        return self.order_by("slug", "-created_at").distinct("slug")


class PolicyPack(Record):
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
