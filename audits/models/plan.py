"""What was decided before the run? A validation plan, frozen with its digest; it is never edited."""

from __future__ import annotations

from django.db import models

from registry.models.base import Record
from registry.models.user import User
from registry.models.version import ModelVersion


class ValidationPlan(Record):
    """Measures, bounds, operating points, subgroups and minimum n. A changed plan is a new plan."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="plans")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the document's canonical JSON.")
    frozen_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="plan_number_once_per_version")]

    def __str__(self) -> str:
        return f"Plan {self.number} of {self.version}"
