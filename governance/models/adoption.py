"""What should the model achieve, who was asked, and is a site ready for it? Goals, consultations, readiness."""

from __future__ import annotations

from django.db import models

from registry.models.base import Record
from registry.models.model import Model
from registry.models.site import Site
from registry.models.user import User


class GoalOutcome(models.TextChoices):
    REACHED = "reached", "Reached"
    PARTLY = "partly", "Partly reached"
    MISSED = "missed", "Not reached"
    DROPPED = "dropped", "No longer pursued"


class ReadinessState(models.TextChoices):
    DONE = "done", "Done"
    STARTED = "started", "Started"
    OPEN = "open", "Not started"
    NOT_NEEDED = "not_needed", "Not needed here"


class Goal(Record):
    """What the model is brought in for, so that it can be told later whether it was reached. site: null for all."""

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="goals")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="goals", null=True)
    text = models.TextField()
    criterion = models.TextField(help_text="How anybody can tell that it was reached.")
    measure = models.CharField(max_length=60, blank=True, help_text="A key of the audits' catalogue, where one fits.")
    target = models.CharField(max_length=200, blank=True)
    due_on = models.DateField()
    stated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["due_on", "created_at"]

    def __str__(self) -> str:
        return self.text[:60]


class GoalReview(Record):
    """What became of a goal, as somebody judged it; the newest one speaks."""

    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="reviews")
    outcome = models.CharField(max_length=10, choices=GoalOutcome.choices)
    note = models.TextField()
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.get_outcome_display()


class Consultation(Record):
    """People who are affected were asked, and something changed or did not.

    who, summary: null once they were forgotten, which is the one change that the database lets through.
    """

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="consultations")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="consultations", null=True)
    # Null says that it was forgotten; an empty text never stands.
    who = models.CharField(  # noqa: DJ001
        max_length=200, null=True, help_text="A group, or what somebody does. Can be forgotten."
    )
    role = models.CharField(max_length=120, help_text="Patients, nurses, privacy officer, works council, ...")
    held_on = models.DateField()
    summary = models.TextField(null=True, help_text="What they said. Can be forgotten.")  # noqa: DJ001
    changed = models.TextField(help_text="What changed because of it, or that nothing did, and why.")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-held_on", "-created_at"]

    def __str__(self) -> str:
        return f"{self.who or self.role}, {self.held_on}"


class Readiness(Record):
    """How far one item of the checklist is at a site. Appended to; the newest statement on an item speaks."""

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="readiness")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="readiness")
    item = models.CharField(max_length=40)
    state = models.CharField(max_length=12, choices=ReadinessState.choices)
    note = models.TextField(blank=True)
    stated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["model", "site", "item", "-created_at"], name="readiness_latest")]
        verbose_name_plural = "readiness"

    def __str__(self) -> str:
        return f"{self.item}: {self.get_state_display()}"
