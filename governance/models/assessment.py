"""How does a version stand under each adopted pack? What was found last, and what has happened since.

These rows are worked out from facts that stand elsewhere, so they may be made again at any time. Three tables: where a
version is assessed, what each pack found there, and events that have not been looked at yet.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from governance.models.decision import Environment
from governance.models.pack import PolicyPack
from registry.models.base import Record
from registry.models.model import Model
from registry.models.version import ModelVersion


class PlaceQuerySet(models.QuerySet["Place"]):
    def waiting(self) -> PlaceQuerySet:
        """Those that must be looked at again, the longest untried first."""
        return self.filter(dirty_at__isnull=False).order_by(models.F("tried_at").asc(nulls_first=True), "dirty_at")

    def turning(self, today: Any) -> PlaceQuerySet:  # noqa: ANN401 - a date
        """Those of which an answer changes by itself today, or should have before."""
        return self.filter(next_change_on__lte=today, dirty_at=None)


class Place(Record):
    """A version in an environment at a site ("" for all sites together): what is assessed as one.

    dirty, dirty_at: sections of the facts that changed since it was assessed, and since when; a time without sections
    says that the calendar or the packs in use have moved. tried_at: when a worker last took it up.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="places")
    environment = models.CharField(max_length=20, choices=Environment.choices)
    site = models.SlugField(max_length=120, blank=True)
    dirty = ArrayField(models.CharField(max_length=20), default=list)
    dirty_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    next_change_on = models.DateField(null=True, help_text="The first day on which an answer can change by itself.")
    assessed_at = models.DateTimeField(null=True)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ["environment", "site"]
        constraints = [
            models.UniqueConstraint(fields=["version", "environment", "site"], name="place_once"),
            models.CheckConstraint(condition=Q(environment__in=Environment.values), name="place_environment_is_known"),
            models.CheckConstraint(condition=Q(dirty=[]) | Q(dirty_at__isnull=False), name="place_dirty_has_time"),
        ]
        indexes = [
            models.Index(fields=["tried_at"], condition=Q(dirty_at__isnull=False), name="place_waiting"),
            models.Index(fields=["next_change_on"], name="place_by_next_change"),
        ]

    def __str__(self) -> str:
        return f"{self.version} in {self.environment}{f' at {self.site}' if self.site else ''}"


class Assessment(Record):
    """What one pack says of a version at a place. pack: at the content to which it is pinned until somebody asks for
    the one in use. results: every control, as `governance.core.results` keeps it. counts: {severity: {status: n}}."""

    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="assessments")
    slug = models.SlugField(max_length=80, help_text="The adoption: the pack's id, or its base's under an overlay.")
    pack = models.ForeignKey(PolicyPack, on_delete=models.PROTECT, related_name="assessments")
    results = models.JSONField()
    counts = models.JSONField()
    work = models.JSONField(default=dict, help_text="What is missing and what runs out, as `governance.core.queue`.")
    next_change_on = models.DateField(null=True)
    assessed_at = models.DateTimeField()
    because = models.CharField(max_length=300, help_text="What led to it.")

    class Meta:
        ordering = ["slug"]
        constraints = [models.UniqueConstraint(fields=["place", "slug"], name="assessment_once_per_pack")]

    def __str__(self) -> str:
        return f"{self.slug} for {self.place}"


class AssessmentTouch(Record):
    """A fact changed: these sections, of a version, of a model, at a site, or of everything where none is named.

    Written in the transaction of the fact. A worker marks the places that it concerns, and deletes it.
    """

    sections = ArrayField(models.CharField(max_length=20))
    model = models.ForeignKey(Model, on_delete=models.CASCADE, null=True, related_name="+")
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, null=True, related_name="+")
    site = models.SlugField(max_length=120, blank=True, help_text='"" where the fact is of no single site.')
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at"]
        indexes = [models.Index(fields=["at"], name="touch_by_time")]

    def __str__(self) -> str:
        return f"{', '.join(self.sections) or 'everything'} changed"
