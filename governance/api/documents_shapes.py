"""What goes in and comes out where documents are kept? Input and output shapes; none of them saves."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from governance.api.input import SHA256
from governance.api.output import SignatureOutput
from governance.document_permissions import REVIEWING
from governance.models.document import Document, DocumentReview, DocumentRevision, ReviewOutcome
from governance.services import document_standing
from registry.api.serializers import PersonOutput
from registry.models.model import Model

Data = dict[str, Any]


class RevisionInput(serializers.Serializer[Data]):
    file = serializers.FileField(allow_empty_file=True)  # an empty one is refused with a code of its own
    effective_from = serializers.DateField(help_text="The date that the document itself states.")
    expires_on = serializers.DateField(
        required=False,
        allow_null=True,
        help_text="Its last day. Left out: as usual for its kind. Empty: it does not expire.",
    )
    answers = serializers.CharField(
        required=False,
        default="{}",
        help_text='JSON: where each question of its kind is answered, {"purpose": "section 1"}.',
    )
    note = serializers.CharField(required=False, default="", allow_blank=True)


class DocumentInput(RevisionInput):
    kind = serializers.CharField(max_length=60)
    title = serializers.CharField(max_length=200)
    model = serializers.SlugRelatedField(
        slug_field="slug",
        queryset=Model.objects.select_related("team"),
        required=False,
        allow_null=True,
        default=None,
        help_text="Left out for the organisation's own documents.",
    )


class ReviewInput(serializers.Serializer[Data]):
    role = serializers.ChoiceField(REVIEWING)
    outcome = serializers.ChoiceField(ReviewOutcome.choices)
    reason = serializers.CharField(max_length=5000, allow_blank=True)
    password = serializers.CharField(max_length=200, trim_whitespace=False)
    expected_sha256 = serializers.RegexField(SHA256, required=False, default=None, allow_null=True)


class KindOutput(serializers.Serializer[Any]):
    key = serializers.CharField()
    # DRF takes declared fields off the class, so these do not hide its own.
    label = serializers.CharField()  # type: ignore[assignment]
    meaning = serializers.CharField()
    scope = serializers.CharField()
    months = serializers.IntegerField(allow_null=True)
    fields = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]


class ReviewOutput(serializers.ModelSerializer[DocumentReview]):
    role = serializers.CharField()
    signature = SignatureOutput()

    class Meta:
        model = DocumentReview
        fields = ["id", "revision", "role", "outcome", "reason", "signature", "created_at"]


class RevisionOutput(serializers.ModelSerializer[DocumentRevision]):
    uploaded_by = PersonOutput()

    class Meta:
        model = DocumentRevision
        fields = [
            "id",
            "document",
            "number",
            "file_name",
            "media_type",
            "size",
            "sha256",
            "effective_from",
            "expires_on",
            "answers",
            "note",
            "uploaded_by",
            "created_at",
        ]


class DocumentOutput(serializers.ModelSerializer[Document]):
    """current: the newest revision that has taken effect; where none has, the newest."""

    model = serializers.SlugRelatedField[Model](slug_field="slug", read_only=True)
    current = serializers.SerializerMethodField()

    class Meta:
        model = Document
        fields = ["id", "number", "kind", "title", "model", "current", "created_at"]

    def get_current(self, document: Document) -> Data:
        return RevisionOutput(document_standing.current(document.revisions.all(), today=today())).data


def today() -> date:
    return timezone.now().date()
