"""Which rows were judged? A prediction table, as uploaded and as parsed, both known by digest."""

from __future__ import annotations

from django.db import models

from registry.models.base import Record
from registry.models.dataset import Dataset
from registry.models.user import User
from registry.models.version import ModelVersion


class TablePurpose(models.TextChoices):
    EVALUATION = "evaluation", "Evaluation (held-out patients)"
    REFERENCE = "reference", "Reference (training patients)"


class PredictionTable(Record):
    """An accepted table. A refused one leaves nothing behind, so every row here was parsed whole."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="tables")
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="tables")
    purpose = models.CharField(max_length=20, choices=TablePurpose.choices)
    file_name = models.CharField(max_length=200)
    file_format = models.CharField(max_length=10)
    file_sha256 = models.CharField(max_length=64, help_text="Of the bytes as uploaded.")
    file_size = models.PositiveBigIntegerField()
    parsed_sha256 = models.CharField(max_length=64, help_text="Of the canonical Parquet that the audits read.")
    parsed_size = models.PositiveBigIntegerField()
    schema = models.JSONField(help_text="Column roles as declared by the uploader.")
    summary = models.JSONField(help_text="Per column: type, nulls, levels, range. Aggregates only.")
    rows = models.PositiveBigIntegerField()
    subjects = models.PositiveBigIntegerField(null=True, help_text="Distinct subjects; null without a subject column.")
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} table of {self.version}"


class TableSubject(models.Model):
    """One pseudonym that occurs in a table: what consent coverage is counted over."""

    table = models.ForeignKey(PredictionTable, on_delete=models.PROTECT, related_name="subject_rows")
    pseudonym = models.CharField(max_length=128)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["table", "pseudonym"], name="subject_once_per_table")]
        indexes = [models.Index(fields=["pseudonym"], name="table_subject_by_pseudonym")]

    def __str__(self) -> str:
        return f"a subject of {self.table_id}"
