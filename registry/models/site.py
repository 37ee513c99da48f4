"""Where is a model used? Sites (a hospital, a clinic), and which of them use which model."""

from __future__ import annotations

from django.db import models

from registry.models.base import Record
from registry.models.model import Model
from registry.models.user import User


class Jurisdiction(models.TextChoices):
    """Whose law holds there; the same as the card's answers about a model."""

    US = "US", "United States"
    EU = "EU", "European Union"
    UK = "UK", "United Kingdom"
    CA = "CA", "Canada"
    OTHER = "other", "Elsewhere"


class Site(Record):
    """A place of care. Its name is never reused."""

    name = models.CharField(max_length=200, unique=True)
    slug = models.SlugField(max_length=120, unique=True)
    jurisdiction = models.CharField(max_length=10, choices=Jurisdiction.choices)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(jurisdiction__in=Jurisdiction.values), name="site_jurisdiction_is_known"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ModelSite(Record):
    """A site that uses a model, from the day on which somebody said so until somebody takes it back."""

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="model_sites")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="model_sites")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["site__name"]
        constraints = [models.UniqueConstraint(fields=["model", "site"], name="model_once_per_site")]

    def __str__(self) -> str:
        return f"{self.model} at {self.site}"
