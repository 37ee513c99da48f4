"""What went wrong with a model in use, and who must be told by when? Incidents and their reports."""

from __future__ import annotations

from django.db import models

from registry.models.base import Record
from registry.models.model import Model
from registry.models.site import Site
from registry.models.user import User
from registry.models.version import ModelVersion


class IncidentState(models.TextChoices):
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class Incident(Record):
    """One event. Its severity can be corrected and it is closed once; every step stands in the ledger."""

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="incidents")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="incidents", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="incidents", null=True)
    severity = models.CharField(max_length=20, help_text="A key of `governance.core.incidents.SEVERITIES`.")
    happened_on = models.DateField()
    noticed_at = models.DateTimeField(help_text="When somebody here learned of it: every deadline runs from then.")
    description = models.TextField()
    state = models.CharField(max_length=10, choices=IncidentState.choices, default=IncidentState.OPEN)
    outcome = models.TextField(blank=True, help_text="What was found and done; written when it is closed.")
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        ordering = ["-noticed_at", "-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state=IncidentState.OPEN, closed_at__isnull=True, closed_by__isnull=True, outcome="")
                | (
                    models.Q(state=IncidentState.CLOSED, closed_at__isnull=False, closed_by__isnull=False)
                    & ~models.Q(outcome="")
                ),
                name="incident_closed_with_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"Incident of {self.happened_on} with {self.model}"


class IncidentReport(Record):
    """A report that somebody outside must have by a moment: still owed, made, or found not to be needed."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="reports")
    clock = models.CharField(max_length=60, help_text="A key of `governance.core.incidents.CLOCKS`.")
    authority = models.CharField(max_length=200)
    due_at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=200, blank=True, help_text="How the authority calls the report.")
    not_needed = models.TextField(blank=True, help_text="Why no report is owed after all.")
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        ordering = ["due_at", "clock"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "clock"], name="incident_clock_once"),
            models.CheckConstraint(
                condition=models.Q(reported_at__isnull=True, reference="", not_needed="", settled_by__isnull=True)
                | models.Q(reported_at__isnull=False, not_needed="", settled_by__isnull=False)
                | (
                    models.Q(reported_at__isnull=True, reference="", settled_by__isnull=False)
                    & ~models.Q(not_needed="")
                ),
                name="incident_report_made_or_not_needed",
            ),
        ]

    def __str__(self) -> str:
        return f"Report to {self.authority} by {self.due_at:%Y-%m-%d %H:%M} UTC"

    @property
    def owed(self) -> bool:
        """Whether it is neither made nor found not to be needed."""
        return self.reported_at is None and not self.not_needed
