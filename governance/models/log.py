"""Which logs are kept for a model, where, and for how long? What was said about each, and when it was last checked."""

from __future__ import annotations

from django.db import models

from registry.models.base import Record
from registry.models.model import Model
from registry.models.user import User


class LogRegistration(Record):
    """Append-only: what is known about one log of the model. The highest revision of each kind stands."""

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="logs")
    kind = models.CharField(max_length=40, help_text="A key of `governance.core.logs.LOGS`.")
    revision = models.PositiveIntegerField()
    kept_in = models.TextField(help_text="Where the log is kept, and who can read it there.")
    retention_days = models.PositiveIntegerField()
    reviewed_on = models.DateField(help_text="When somebody last looked whether it is written and kept so.")
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["model_id", "kind", "-revision"]
        constraints = [
            models.UniqueConstraint(fields=["model", "kind", "revision"], name="log_revision_once_per_kind"),
            models.CheckConstraint(condition=models.Q(retention_days__gte=1), name="log_is_kept_at_least_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} log of {self.model}"
