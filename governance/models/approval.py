"""What did a reviewer decide? An approval or a return of one version, always with its signature."""

from __future__ import annotations

from django.db import models

from governance.models.signature import Signature
from registry.models.base import Record
from registry.models.user import Role
from registry.models.version import ModelVersion


class ApprovalDecision(models.TextChoices):
    APPROVE = "approve", "Approved"
    RETURN = "return", "Returned"


class Approval(Record):
    """The decision (this row) and the person, meaning and time (its signature) are two things."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="approvals")
    role = models.CharField(max_length=20, choices=Role.choices, help_text="The duty in which the person signed.")
    decision = models.CharField(max_length=10, choices=ApprovalDecision.choices)
    reason = models.TextField()
    plan_digest = models.CharField(max_length=64, help_text="The validation plan that the person had before them.")
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="approval")

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.get_decision_display()} as {self.role}: {self.version}"
