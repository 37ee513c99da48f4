"""Which criteria hold? A criterion applied to a measurement; one that is not met is a finding."""

from __future__ import annotations

from django.db import models

from audits.core.values import Check, Verdict
from audits.models.audit import Audit
from audits.models.measurement import MeasurementRow

VERDICT_LABELS = {
    Verdict.MET: "Met",
    Verdict.NOT_MET: "Not met",
    Verdict.NOT_EVALUABLE: "Not evaluable",
}


class CheckQuerySet(models.QuerySet["CheckRow"]):
    def findings(self) -> CheckQuerySet:
        """The failed and the unevaluable: what blocks until it is answered."""
        return self.exclude(verdict=Verdict.MET)


class CheckRow(models.Model):
    """`audits.core.values.Check`, at rest. A finding is a check whose verdict is not "met"."""

    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="checks")
    criterion_id = models.CharField(max_length=120)
    criterion = models.JSONField()
    key = models.CharField(max_length=1600, help_text="Criterion and measurement, as one readable identifier.")
    verdict = models.CharField(max_length=20, choices=[(v.value, label) for v, label in VERDICT_LABELS.items()])
    reason = models.TextField()
    measurement = models.ForeignKey(MeasurementRow, on_delete=models.PROTECT, related_name="+", null=True)

    objects = CheckQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["audit", "key"], name="checked_once_per_audit")]
        indexes = [models.Index(fields=["audit", "verdict"], name="check_by_verdict")]

    def __str__(self) -> str:
        return f"{self.key}: {self.verdict}"

    @staticmethod
    def key_of(check: Check) -> str:
        """criterion [slice] [across] [@ operating point] [: column], stable between runs of one plan."""
        found = check.measurement
        parts = [check.criterion.id, found.slice, found.across, found.operating_point, found.column]
        return " | ".join(part for part in parts if part)
