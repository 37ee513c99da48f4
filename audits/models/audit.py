"""Which run was made, on what, under which plan, and how far is it?"""

from __future__ import annotations

from django.db import models

from audits.core.values import Kind
from audits.models.job import Job, JobState
from audits.models.plan import ValidationPlan
from registry.models.base import Record
from registry.models.table import PredictionTable
from registry.models.version import ModelVersion

KIND_LABELS = {
    Kind.VALIDATION: "Validation",
    Kind.BIAS: "Bias",
    Kind.DRIFT: "Drift",
    Kind.QUALITY: "Data quality",
}
KIND_CHOICES = [(kind.value, label) for kind, label in KIND_LABELS.items()]
NEEDS_REFERENCE = frozenset({Kind.DRIFT})


class AuditQuerySet(models.QuerySet["Audit"]):
    def succeeded(self) -> AuditQuerySet:
        return self.filter(state=JobState.SUCCEEDED)


class Audit(Job):
    """One run of one kind on one table. Its result is written once, in one transaction, by the holder of the fence."""

    kind = models.CharField(max_length=20, choices=KIND_CHOICES)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="audits")
    plan = models.ForeignKey(ValidationPlan, on_delete=models.PROTECT, related_name="audits")
    table = models.ForeignKey(PredictionTable, on_delete=models.PROTECT, related_name="audits")
    reference = models.ForeignKey(PredictionTable, on_delete=models.PROTECT, related_name="+", null=True)
    code_version = models.CharField(max_length=40)
    tally_digest = models.CharField(max_length=64, blank=True)
    result_sha256 = models.CharField(max_length=64, blank=True)
    report_sha256 = models.CharField(
        max_length=64, blank=True, help_text="Evidently's interactive report, where there is one."
    )
    facts = models.JSONField(default=dict)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "run_after"], name="audit_to_claim")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state=JobState.SUCCEEDED) | ~models.Q(result_sha256=""),
                name="audit_succeeded_has_result",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.version}"


class AuditAttempt(Record):
    """One claim of an audit by one worker; appended to, never changed."""

    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="attempts")
    fence = models.PositiveBigIntegerField()
    owner = models.CharField(max_length=120)

    class Meta:
        ordering = ["fence"]
        constraints = [models.UniqueConstraint(fields=["audit", "fence"], name="attempt_once_per_fence")]

    def __str__(self) -> str:
        return f"attempt {self.fence} of {self.audit_id}"
