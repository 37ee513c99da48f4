"""May this version be deployed? The gate's decisions: signed, dated, superseded, never changed."""

from __future__ import annotations

from django.db import models

from governance.models.pack import PolicyPack
from registry.models.base import Record
from registry.models.version import ModelVersion


class Environment(models.TextChoices):
    STAGING = "staging", "Staging (no patient sees its output)"
    PRODUCTION = "production", "Production"


class GateOutcome(models.TextChoices):
    ALLOW = "allow", "Allowed"
    DENY = "deny", "Denied"


class GateDecisionQuerySet(models.QuerySet["GateDecision"]):
    def latest_of(self, version: ModelVersion, environment: str) -> GateDecision | None:
        """The decision that stands, or None when the gate was never asked."""
        return self.filter(version=version, environment=environment).order_by("-number").first()


class GateDecision(Record):
    """number: 1, 2, 3, ... per version and environment; the highest supersedes the rest."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="decisions")
    environment = models.CharField(max_length=20, choices=Environment.choices)
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=GateOutcome.choices)
    reasons = models.JSONField(help_text='All of them: [{"code", "control", "message", "remedy"}]; empty for allow.')
    assessment = models.JSONField(help_text="Every control with its status, reason and evidence.")
    pack = models.ForeignKey(PolicyPack, on_delete=models.PROTECT, related_name="decisions")
    policies = models.JSONField(
        default=list, help_text='Every pack that was asked, that one first: [{"id", "version", "digest"}].'
    )
    facts_sha256 = models.CharField(max_length=64)
    because = models.CharField(max_length=300, help_text="What made the gate decide now.")
    decided_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    envelope = models.JSONField(help_text="DSSE envelope around the in-toto statement.")

    objects = GateDecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-decided_at"]
        constraints = [
            models.UniqueConstraint(fields=["version", "environment", "number"], name="decision_number_once"),
            models.CheckConstraint(
                condition=models.Q(outcome=GateOutcome.DENY) | models.Q(reasons=[]), name="allowed_without_reasons"
            ),
        ]

    @property
    def policies_in_words(self) -> str:
        return ", ".join(f"{each['id']} {each['version']}" for each in self.policies)

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.version} in {self.environment}"
