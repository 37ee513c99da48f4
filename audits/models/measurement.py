"""What was measured? A value with its interval and its n, or null with a reason."""

from __future__ import annotations

from django.db import models

from audits.core.values import Estimate, Measurement
from audits.models.audit import Audit


class MeasurementRow(models.Model):
    """`audits.core.values.Measurement`, at rest."""

    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="measurements")
    measure = models.CharField(max_length=60)
    slice = models.CharField(max_length=900, blank=True)
    across = models.CharField(max_length=400, blank=True)
    operating_point = models.CharField(max_length=80, blank=True)
    column = models.CharField(max_length=128, blank=True)
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    n = models.PositiveBigIntegerField()
    events = models.PositiveBigIntegerField(null=True)
    method = models.TextField(blank=True)
    reason = models.TextField(null=True)  # noqa: DJ001 - null means "has a value", which an empty text would not say

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["audit", "measure", "slice", "across", "operating_point", "column"],
                name="measured_once_per_audit",
            ),
            models.CheckConstraint(
                condition=models.Q(value__isnull=True, reason__isnull=False)
                | models.Q(value__isnull=False, reason__isnull=True),
                name="measurement_has_value_or_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.slice or self.across}".strip()

    @classmethod
    def of(cls, audit: Audit, measurement: Measurement) -> MeasurementRow:
        """The row that holds this measurement; not saved."""
        number = measurement.estimate
        return cls(
            audit=audit,
            measure=measurement.measure,
            slice=measurement.slice,
            across=measurement.across,
            operating_point=measurement.operating_point,
            column=measurement.column,
            value=number.value,
            low=number.low,
            high=number.high,
            n=number.n,
            events=number.events,
            method=number.method,
            reason=number.reason,
        )

    @property
    def estimate(self) -> Estimate:
        return Estimate(
            value=self.value,
            low=self.low,
            high=self.high,
            n=self.n,
            events=self.events,
            method=self.method,
            reason=self.reason,
        )
