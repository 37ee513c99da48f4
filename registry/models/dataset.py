"""Where do the data come from? A dataset: origin, period, legal basis, and who answers for it."""

from __future__ import annotations

from django.db import models

from registry.models.base import Record
from registry.models.site import Site
from registry.models.team import Team
from registry.models.user import User


class LegalBasis(models.TextChoices):
    CONSENT = "consent", "Consent of the patients"
    OTHER = "other", "A legal basis other than consent"


class Dataset(Record):
    """A body of patient data under one origin and one legal basis. Its tables are uploaded separately."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="datasets")
    name = models.CharField(max_length=200, unique=True)
    slug = models.SlugField(max_length=120, unique=True)
    description = models.TextField()
    origin = models.TextField(help_text="Institution, registry or trial that the data come from.")
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, null=True, related_name="datasets", help_text="Where the patients were treated."
    )
    collected_from = models.DateField(null=True)
    collected_to = models.DateField(null=True)
    legal_basis = models.CharField(max_length=10, choices=LegalBasis.choices)
    legal_basis_note = models.TextField(blank=True, help_text="For another basis than consent: which, and why.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(legal_basis=LegalBasis.CONSENT) | ~models.Q(legal_basis_note=""),
                name="dataset_other_basis_is_explained",
            )
        ]

    def __str__(self) -> str:
        return self.name
