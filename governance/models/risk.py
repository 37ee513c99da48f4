"""What can go wrong with a model, what was done about it, and who accepted what is left? The risk register."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from audits.models.audit import Audit
from governance.core.risk import CONTROL_KINDS, ControlKind, Written
from governance.models.signature import Signature
from registry.models.base import Record
from registry.models.model import Model
from registry.models.user import Role, User

CONTROL_KIND_CHOICES = [(kind.value, CONTROL_KINDS[kind]) for kind in ControlKind]


class RiskState(models.TextChoices):
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class RiskEntry(Record):
    """One risk of one model: its number, and nothing that changes. What it says is its latest revision."""

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="risks")
    number = models.PositiveIntegerField()
    suggested = models.CharField(
        max_length=40, blank=True, help_text="The hazard of the vocabulary that this entry was suggested for."
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["model_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="risk_number_once_per_model"),
            models.UniqueConstraint(
                fields=["model", "suggested"], condition=~models.Q(suggested=""), name="risk_suggested_once_per_model"
            ),
        ]

    def __str__(self) -> str:
        return f"Risk {self.number} of {self.model.name}"


def _scale(**options: object) -> models.PositiveSmallIntegerField:  # type: ignore[type-arg]
    return models.PositiveSmallIntegerField(null=True, **options)  # type: ignore[arg-type]


def _on_scale(*names: str) -> models.Q:
    found = models.Q()
    for name in names:
        found &= models.Q(**{f"{name}__isnull": True}) | models.Q(**{f"{name}__gte": 1, f"{name}__lte": 5})
    return found


class RiskRevision(Record):
    """Append-only: what the entry said from then on, and why it was changed."""

    entry = models.ForeignKey(RiskEntry, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    hazard = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    sequence = models.TextField(help_text="The events that lead to the hazardous situation.")
    situation = models.TextField(help_text="What the patient is then exposed to.")
    harm = models.TextField(help_text="What may come of it.")
    characteristics = ArrayField(models.CharField(max_length=20), default=list)
    probability = _scale(help_text="Before controls, 1 to 5; null until estimated.")
    severity = _scale(help_text="Before controls, 1 to 5; null until estimated.")
    residual_probability = _scale(help_text="After controls, 1 to 5; null until judged.")
    residual_severity = _scale(help_text="After controls, 1 to 5; null until judged.")
    benefit_note = models.TextField(blank=True, help_text="Which benefit outweighs what is left.")
    state = models.CharField(max_length=10, choices=RiskState.choices, default=RiskState.OPEN)
    reason = models.TextField(blank=True, help_text="Why the entry was changed; empty for a first revision.")
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "number"], name="risk_revision_number_once"),
            models.CheckConstraint(
                condition=_on_scale("probability", "severity", "residual_probability", "residual_severity"),
                name="risk_numbers_are_1_to_5",
            ),
            models.CheckConstraint(
                condition=models.Q(probability__isnull=True, severity__isnull=True)
                | models.Q(probability__isnull=False, severity__isnull=False),
                name="risk_estimated_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(residual_probability__isnull=True, residual_severity__isnull=True)
                | models.Q(
                    residual_probability__isnull=False, residual_severity__isnull=False, probability__isnull=False
                ),
                name="risk_judged_whole_and_after_estimate",
            ),
            models.CheckConstraint(condition=models.Q(number=1) | ~models.Q(reason=""), name="risk_change_has_reason"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def written(self) -> Written:
        """As a plain value, for `governance.core.risk`."""
        return Written(
            hazard=self.hazard,
            title=self.title,
            sequence=self.sequence,
            situation=self.situation,
            harm=self.harm,
            characteristics=tuple(self.characteristics),
            probability=self.probability,
            severity=self.severity,
            residual_probability=self.residual_probability,
            residual_severity=self.residual_severity,
            benefit_note=self.benefit_note,
            reason=self.reason,
        )


class RiskControl(Record):
    """Append-only: one revision of one control of an entry. The highest revision of each number stands."""

    entry = models.ForeignKey(RiskEntry, on_delete=models.PROTECT, related_name="controls")
    number = models.PositiveIntegerField()
    revision = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=CONTROL_KIND_CHOICES)
    text = models.TextField()
    implemented_on = models.DateField(null=True)
    audit = models.ForeignKey(
        Audit, on_delete=models.PROTECT, related_name="+", null=True, help_text="The audit that shows its effect."
    )
    verified_on = models.DateField(null=True, help_text="When somebody looked whether it is in place and works.")
    withdrawn = models.BooleanField(default=False)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["entry_id", "number", "-revision"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "number", "revision"], name="risk_control_revision_once"),
            models.CheckConstraint(
                condition=models.Q(verified_on__isnull=True)
                | models.Q(implemented_on__isnull=False, verified_on__gte=models.F("implemented_on")),
                name="risk_control_verified_once_in_place",
            ),
        ]

    def __str__(self) -> str:
        return f"Control {self.number} of {self.entry_id}"


class RiskAcceptance(Record):
    """Append-only: somebody accepts, by signature, what is left of one risk."""

    entry = models.ForeignKey(RiskEntry, on_delete=models.PROTECT, related_name="acceptances")
    role = models.CharField(max_length=20, choices=Role.choices, help_text="The duty in which the person signed.")
    reason = models.TextField()
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="risk_acceptance")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"Acceptance of risk {self.entry_id}"


class RegisterAcceptance(Record):
    """Append-only: somebody accepts, by signature, all that is left of the model's risks together."""

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="register_acceptances")
    role = models.CharField(max_length=20, choices=Role.choices, help_text="The duty in which the person signed.")
    reason = models.TextField()
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="register_acceptance")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"Acceptance of the risk register of {self.model}"
