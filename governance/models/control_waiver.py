"""Who answers for a control that does not hold? A waiver: one control, one place, a reason, an expiry, a signature."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from governance.models.decision import Environment
from governance.models.pack import PolicyPack
from governance.models.signature import Signature
from registry.models.base import Record
from registry.models.version import ModelVersion


class WaivedStatus(models.TextChoices):
    """What may be waived. The values are those of `governance.core.statements.Status`."""

    NOT_MET = "not_met", "Not met"
    NOT_EVALUABLE = "not_evaluable", "Not evaluable"
    STALE = "stale", "Out of date"


class ControlWaiver(Record):
    """Covers one control of one content of a pack, with one status, at one place, until it expires. Append-only."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="control_waivers")
    environment = models.CharField(max_length=20, choices=Environment.choices)
    site = models.SlugField(max_length=120, blank=True, help_text='"" for all sites together.')
    pack = models.ForeignKey(PolicyPack, on_delete=models.PROTECT, related_name="control_waivers")
    control = models.CharField(max_length=80)
    status = models.CharField(max_length=20, choices=WaivedStatus.choices)
    reason = models.TextField()
    compensating_measure = models.TextField(blank=True)
    expires_at = models.DateTimeField()
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="control_waiver")

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="control_waiver_expires_after_it_was_made"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="control_waiver_has_a_reason"),
            models.CheckConstraint(condition=Q(status__in=WaivedStatus.values), name="control_waiver_status_is_known"),
            models.CheckConstraint(
                condition=Q(environment__in=Environment.values), name="control_waiver_environment_is_known"
            ),
        ]
        indexes = [models.Index(fields=["version", "environment", "site"], name="control_waiver_by_place")]

    def __str__(self) -> str:
        return f"Waiver of {self.control}"
