"""What is written down outside of Formulary? Documents, their revisions as files, and who examined each revision."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from governance.models.signature import Signature
from registry.models.base import Record
from registry.models.model import Model
from registry.models.user import Role, User


class Document(Record):
    """A series of revisions under one number that is never reused. Without a model it speaks for the organisation."""

    number = models.PositiveIntegerField(unique=True)
    kind = models.CharField(max_length=60, help_text="A key of `governance.core.documents`.")
    title = models.CharField(max_length=200)
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="documents", null=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["model", "kind", "title"], name="document_once", nulls_distinct=False),
            models.CheckConstraint(condition=Q(number__gte=1), name="document_number_from_one"),
        ]
        indexes = [models.Index(fields=["model", "kind"], name="document_by_model_and_kind")]

    def __str__(self) -> str:
        return f"D-{self.number} {self.title}"


class DocumentRevision(Record):
    """One file, known by digest, and what it says about itself. Append-only: a mistake is mended by the next one."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    file_name = models.CharField(max_length=200, help_text="As the uploader's machine called it.")
    media_type = models.CharField(max_length=100, help_text="By the file's content, never by its name.")
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    effective_from = models.DateField(help_text="The date that the document itself states, not the day of upload.")
    expires_on = models.DateField(null=True, help_text="The last day on which it counts.")
    answers = models.JSONField(default=dict, help_text='Where it answers what is asked of its kind: {"field": "4.2"}.')
    note = models.TextField(blank=True)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["document_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="document_revision_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="document_revision_from_one"),
            models.CheckConstraint(condition=Q(size__gte=1), name="document_revision_has_bytes"),
            models.CheckConstraint(condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="document_revision_digest"),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gt=F("effective_from")),
                name="document_revision_expires_after_it_takes_effect",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document}, revision {self.number}"


class ReviewOutcome(models.TextChoices):
    ACCEPTED = "accepted", "Accepted"
    RETURNED = "returned", "Returned"


class DocumentReview(Record):
    """What somebody else judged after reading it: the outcome (this row), the person and time (its signature).

    A person may judge a revision again: the signed record says how often they did before, so no two are alike.
    """

    revision = models.ForeignKey(DocumentRevision, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="document_reviews")
    role = models.CharField(max_length=20, choices=Role.choices, help_text="The duty in which the person signed.")
    outcome = models.CharField(max_length=10, choices=ReviewOutcome.choices)
    reason = models.TextField()
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="document_review")

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="document_review_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} as {self.role}: {self.revision}"
