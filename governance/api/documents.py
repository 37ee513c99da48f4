"""How does a program keep documents and fetch them? Reviewing one needs a person's own session and their password."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance import document_download, document_permissions
from governance.api.documents_shapes import (
    DocumentInput,
    DocumentOutput,
    KindOutput,
    ReviewInput,
    ReviewOutput,
    RevisionInput,
    RevisionOutput,
)
from governance.api.output import RecordOutput
from governance.api.signing import ReadableThenPersonal
from governance.core.documents import DOCUMENTS, DocumentKind
from governance.core.meanings import SENTENCES
from governance.errors import DocumentAnswersRefused
from governance.models.document import Document, DocumentReview, DocumentRevision, ReviewOutcome
from governance.services import document_review, document_standing, documents
from governance.services.documents import Incoming, Said
from registry.api.calls import caller, validated
from registry.api.idempotency import Idempotent
from registry.core.canonical import digest
from registry.core.scopes import DOCUMENTS_WRITE
from registry.core.strict_json import StrictJsonError, loads

REVISIONS = document_review.REVISIONS


class Uploads(Idempotent):
    """Views that take a file as multipart/form-data; `config.body_limits` stops one that is far too large."""

    write_scope = DOCUMENTS_WRITE
    parser_classes = [MultiPartParser]


class DocumentKindsView(APIView):
    """Every kind of document: what it is, whether it is about a model, how long it usually counts, what it answers."""

    @extend_schema(responses=KindOutput(many=True))
    def get(self, request: Request) -> Response:
        return Response([_kind(kind) for kind in DOCUMENTS.values()])


class DocumentsView(Uploads, generics.ListAPIView[Document]):
    """`?model__slug=`, `?kind=`, `?model__isnull=true` for the organisation's own. POST: a new one, with its file."""

    serializer_class = DocumentOutput
    filterset_fields = {"model__slug": ["exact"], "model": ["isnull"], "kind": ["exact"]}
    queryset = document_standing.with_revisions()

    @extend_schema(request={"multipart/form-data": DocumentInput}, responses={201: DocumentOutput})
    def post(self, request: Request) -> Response:
        given = validated(DocumentInput, request)
        revision = documents.begin(
            by=caller(request),
            kind=given["kind"],
            title=given["title"],
            model=given["model"],
            incoming=_incoming(given),
            said=_said(documents.kind_of(given["kind"]), given),
        )
        made = document_standing.with_revisions().get(pk=revision.document_id)
        return Response(DocumentOutput(made).data, status=status.HTTP_201_CREATED)


class DocumentView(generics.RetrieveAPIView[Document]):
    serializer_class = DocumentOutput
    queryset = document_standing.with_revisions()


class RevisionsView(Uploads, generics.ListAPIView[DocumentRevision]):
    """The chain of a document, newest first. POST: the next revision."""

    serializer_class = RevisionOutput
    queryset = REVISIONS

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(document=self.kwargs.get("pk"))

    @extend_schema(request={"multipart/form-data": RevisionInput}, responses={201: RevisionOutput})
    def post(self, request: Request, pk: UUID) -> Response:
        given = validated(RevisionInput, request)
        document = get_object_or_404(Document.objects.select_related("model__team"), pk=pk)
        said = _said(documents.kind_of(document.kind), given)
        revision = documents.revise(by=caller(request), document=document, incoming=_incoming(given), said=said)
        return Response(RevisionOutput(revision).data, status=status.HTTP_201_CREATED)


class RevisionView(generics.RetrieveAPIView[DocumentRevision]):
    serializer_class = RevisionOutput
    queryset = REVISIONS


class RevisionFileView(APIView):
    """The bytes exactly as they were uploaded. The download is on record in the ledger."""

    @extend_schema(responses={(200, "application/octet-stream"): bytes})
    def get(self, request: Request, pk: UUID) -> FileResponse:
        return document_download.response(by=caller(request), revision=get_object_or_404(REVISIONS, pk=pk))


class RevisionToSignView(APIView):
    """What a reviewer would sign now; and, for the caller, whether they may and why not."""

    @extend_schema(responses=RecordOutput)
    def get(self, request: Request, pk: UUID) -> Response:
        revision, person = get_object_or_404(REVISIONS, pk=pk), caller(request)
        record = documents.frozen(revision)
        may = [
            {"role": role, "allowed": allowed, "reason": reason}
            for role in document_permissions.REVIEWING
            for allowed, reason in [document_permissions.can_review(person, revision, role)]
        ]
        statements = {str(outcome): SENTENCES[meaning] for outcome, meaning in document_review.MEANING_OF.items()}
        return Response({"record": record, "record_sha256": digest(record), "statements": statements, "may": may})


class RevisionReviewsView(ReadableThenPersonal, generics.ListAPIView[DocumentReview]):
    """POST: accept or return the revision."""

    serializer_class = ReviewOutput
    queryset = DocumentReview.objects.select_related("signature")

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(revision=self.kwargs.get("pk"))

    @extend_schema(request=ReviewInput, responses={201: ReviewOutput})
    def post(self, request: Request, pk: UUID) -> Response:
        given = validated(ReviewInput, request)
        outcome = ReviewOutcome(given.pop("outcome"))
        revision = get_object_or_404(REVISIONS, pk=pk)
        made = document_review.review(revision=revision, by=caller(request), outcome=outcome, **given)
        return Response(ReviewOutput(made).data, status=status.HTTP_201_CREATED)


def _kind(kind: DocumentKind) -> dict[str, object]:
    return {
        "key": kind.key,
        "label": kind.label,
        "meaning": kind.meaning,
        "scope": str(kind.scope),
        "months": kind.months,
        "fields": dict(kind.fields),
    }


def _incoming(given: dict[str, Any]) -> Incoming:
    return Incoming(given["file"].file, given["file"].name)


def _said(kind: DocumentKind, given: dict[str, Any]) -> Said:
    expires_on = given["expires_on"] if "expires_on" in given else kind.usual_end(given["effective_from"])
    return Said(given["effective_from"], expires_on, _answers(given["answers"]), given["note"])


def _answers(text: str) -> dict[str, str]:
    try:
        found = loads(text)
    except StrictJsonError as error:
        raise DocumentAnswersRefused(f"The answers are not usable JSON: {error}.") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise DocumentAnswersRefused('The answers are a JSON object of texts: {"purpose": "section 1"}.')
    return found
