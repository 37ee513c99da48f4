"""What does an audit look like? Its charts, drawn once by the worker from what it measured."""

from __future__ import annotations

from django.db import models

from audits.models.audit import Audit


class AuditChart(models.Model):
    """One chart. It is derived from the audit's measurements and facts, and is no part of its result.

    spec: Vega-Lite, with its data. alt: the same in words, with the numbers. svg_sha256: the drawn picture's blob, for
    readers without JavaScript.
    """

    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="charts")
    name = models.SlugField(max_length=40)
    title = models.CharField(max_length=200)
    alt = models.TextField()
    spec = models.JSONField()
    svg_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["audit", "name"], name="chart_once_per_audit")]

    def __str__(self) -> str:
        return f"{self.name} of {self.audit_id}"

    @property
    def is_wide(self) -> bool:
        """Whether it needs the page's width; the square curves stand side by side."""
        return self.name not in {"roc", "precision-recall", "calibration"}
