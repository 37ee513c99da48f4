"""What was promised for the model's life? Plans of monitoring, change and risk, and what versions say they change."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from registry.models.base import Record
from registry.models.model import Model
from registry.models.user import User
from registry.models.version import ModelVersion


class PlanKind(models.TextChoices):
    MONITORING = "monitoring", "Monitoring plan"
    CHANGE = "change", "Change plan"
    RISK = "risk", "Risk management plan"


class GovernedPlanQuerySet(models.QuerySet["GovernedPlan"]):
    def in_force(self) -> GovernedPlanQuerySet:
        """The newest plan of each kind of each model."""
        return self.order_by("model_id", "kind", "-number").distinct("model_id", "kind")


class GovernedPlan(Record):
    """Frozen once, when it is made; a changed plan is a new plan with the next number."""

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="governed_plans")
    kind = models.CharField(max_length=12, choices=PlanKind.choices)
    number = models.PositiveIntegerField()
    document = models.JSONField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the document's canonical JSON.")
    intended_use = models.JSONField(
        default=dict, help_text="The card's answers that make the tool what it is, as they then were."
    )
    frozen_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = GovernedPlanQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["model", "kind", "number"], name="governed_plan_number_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="governed_plan_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number} of {self.model}"


class VersionChange(Record):
    """What the team says that a version changes, written before its first audit. The newest number speaks.

    plan: the change plan in force when it was declared; null when there was none. modifications: ids in that plan;
    empty when the change is something else. paired: the version's evaluation tables carry the previous version's score
    as their comparator.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="declared_changes")
    number = models.PositiveIntegerField()
    previous = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(GovernedPlan, on_delete=models.PROTECT, related_name="+", null=True)
    modifications = ArrayField(models.CharField(max_length=40), default=list)
    description = models.TextField()
    paired = models.BooleanField(default=False)
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="version_change_number_once"),
            models.CheckConstraint(
                condition=~models.Q(version=models.F("previous")), name="version_change_of_another_version"
            ),
            models.CheckConstraint(
                condition=models.Q(plan__isnull=False) | models.Q(modifications=[]),
                name="version_change_planned_has_plan",
            ),
        ]

    def __str__(self) -> str:
        return f"Change {self.number} of {self.version}"
