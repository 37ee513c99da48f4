"""Which exact artefact is judged? A model version: a number that is never reused and a digest that cannot change."""

from __future__ import annotations

from django.db import models

from registry.core import operating_points
from registry.core.lifecycle import LABELS, State
from registry.models.base import Record
from registry.models.dataset import Dataset
from registry.models.model import Model
from registry.models.user import User

STATE_CHOICES = [(state.value, LABELS[state]) for state in State]


class ModelVersion(Record):
    """One artefact of a model. The state moves only through `registry.services.versions.move`."""

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    artifact_sha256 = models.CharField(max_length=64)
    artifact_size = models.PositiveBigIntegerField()
    artifact_name = models.CharField(max_length=200)
    training_dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="trained_versions")
    outcome = models.CharField(max_length=200, help_text="What the score predicts, and by when.")
    features = models.JSONField(help_text='Inputs: [{"name": ..., "description": ...}].')
    operating_points = models.JSONField(help_text="Each a score, or a rate that it must reach.")
    notes = models.TextField(blank=True)
    state = models.CharField(max_length=20, choices=STATE_CHOICES, default=State.DRAFT)
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["model__name", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="version_number_once_per_model"),
            models.CheckConstraint(
                condition=models.Q(state=State.DRAFT)
                | models.Q(submitted_at__isnull=False)
                | models.Q(state=State.RETIRED),
                name="version_submitted_has_time",
            ),
        ]
        indexes = [models.Index(fields=["artifact_sha256"], name="version_by_artifact")]

    def __str__(self) -> str:
        return f"{self.model.name} v{self.number}"

    @property
    def points_in_words(self) -> list[tuple[str, str]]:
        """Each operating point: its name, and how it is fixed."""
        return [(str(point["name"]), operating_points.words(point)) for point in self.operating_points]
