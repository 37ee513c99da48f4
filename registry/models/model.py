"""Which tool is governed? A model: what it is for, for whom, where, and how much it decides."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from registry.models.base import Record
from registry.models.team import Team
from registry.models.user import User


class DecisionRole(models.TextChoices):
    INFORMS = "informs", "Informs a clinician's decision"
    AUGMENTS = "augments", "Augments a clinician's decision"
    REPLACES = "replaces", "Replaces a clinician's decision"


class RiskClass(models.TextChoices):
    LOW = "low", "Low risk"
    MEDIUM = "medium", "Medium risk"
    HIGH = "high", "High risk"


class Model(Record):
    """A clinical AI tool, whatever version of it. Its name is never reused."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="models")
    name = models.CharField(max_length=200, unique=True)
    slug = models.SlugField(max_length=120, unique=True)
    purpose = models.TextField(help_text="Intended use: what question it answers, for which decision.")
    population = models.TextField(help_text="The patients that it is meant for.")
    intended_users = models.TextField(help_text="Who reads its output.")
    setting = models.TextField(help_text="Where in care it is used.")
    decision_role = models.CharField(max_length=20, choices=DecisionRole.choices)
    risk_class = models.CharField(max_length=10, choices=RiskClass.choices)
    jurisdictions = ArrayField(models.CharField(max_length=10), help_text='Where it is used, e.g. ["US", "EU"].')
    last_version_number = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
