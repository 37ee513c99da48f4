"""Who uses a model at a site, and who has learnt what? Rosters, training records, and the files that they came in."""

from __future__ import annotations

from django.db import models

from registry.models.base import Record
from registry.models.model import Model
from registry.models.site import Site
from registry.models.user import User


class TrainingFile(models.TextChoices):
    ROSTER = "roster", "Roster: who uses the model"
    RECORDS = "records", "Training records"


class TrainingImport(Record):
    """One accepted file; a refused one leaves nothing behind. model: of a roster; a record holds for every model."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="training_imports")
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="training_imports", null=True)
    kind = models.CharField(max_length=10, choices=TrainingFile.choices)
    file_sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    added = models.PositiveIntegerField(help_text="Rows that said something new.")
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind=TrainingFile.ROSTER, model__isnull=False)
                | models.Q(kind=TrainingFile.RECORDS, model__isnull=True),
                name="training_import_roster_has_model",
            ),
            models.CheckConstraint(condition=models.Q(added__lte=models.F("rows")), name="training_import_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.site}"


class SiteUser(Record):
    """Somebody who uses the model at the site, and so is expected to be trained. person: the site's own id for them.

    left_on: the first day on which they are no longer expected; null while they are.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="model_users")
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="site_users")
    person = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=120)
    left_on = models.DateField(null=True)

    class Meta:
        ordering = ["name", "person"]
        constraints = [
            models.UniqueConstraint(fields=["site", "model", "person"], name="site_user_once"),
            models.CheckConstraint(condition=~models.Q(person=""), name="site_user_has_id"),
        ]

    def __str__(self) -> str:
        return f"{self.name} at {self.site}"


class TrainingRecord(Record):
    """Somebody did a course on a day. Appended to, never changed: of rows on one course, version and day, the newest
    speaks. valid_until: the last day on which it counts; null for good. revoked: it should never have been recorded."""

    batch = models.ForeignKey(TrainingImport, on_delete=models.PROTECT, related_name="records")
    sequence = models.PositiveIntegerField(help_text="Line of the file: within one import the later line speaks.")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="training_records")
    person = models.CharField(max_length=64)
    course = models.CharField(max_length=60)
    course_version = models.CharField(max_length=40)
    completed_on = models.DateField()
    valid_until = models.DateField(null=True)
    revoked = models.BooleanField(default=False)

    class Meta:
        ordering = ["-created_at", "-sequence"]
        indexes = [models.Index(fields=["site", "course", "person"], name="training_by_person")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True) | models.Q(valid_until__gte=models.F("completed_on")),
                name="training_period_runs_forward",
            )
        ]

    def __str__(self) -> str:
        return f"{self.course} {self.course_version} on {self.completed_on}"
