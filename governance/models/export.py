"""Which evidence was asked for? A report export: a job whose result is two files, known by digest."""

from __future__ import annotations

from django.db import models

from audits.models.job import Job
from governance.models.decision import Environment
from registry.models.version import ModelVersion


class Export(Job):
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="exports")
    environment = models.CharField(max_length=20, choices=Environment.choices)
    ledger_size = models.PositiveBigIntegerField(help_text="The report says what was true at this ledger size.")
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    json_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"Evidence report of {self.version}"
