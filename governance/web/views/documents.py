"""The pages of documents: of a model, of the organisation, one with its chain, uploading, fetching and reviewing."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from governance import document_download, document_permissions
from governance.core.documents import Scope
from governance.core.meanings import SENTENCES
from governance.models.document import Document, DocumentRevision, ReviewOutcome
from governance.models.signature import Meaning
from governance.services import document_review, document_standing
from governance.services import documents as service
from governance.web.forms_documents import ReviewForm, UploadForm
from governance.web.gather import documents, signing
from governance.web.pages import SignedIn, page, page_for
from registry.core.scopes import DOCUMENTS_WRITE
from registry.errors import Refused
from registry.models.model import Model

MODELS = Model.objects.select_related("team")
REVISIONS = document_review.REVISIONS


@page
def of_model(request: SignedIn, slug: str) -> HttpResponse:
    """What there is about a model and, beside it, about the organisation; and the kinds of which there is nothing."""
    model = get_object_or_404(MODELS, slug=slug)
    own, shared = documents.of_model(model, today=_today()), documents.of_organisation(today=_today())
    may, why_not = document_permissions.can_upload(request.user, model)
    context = {
        "model": model,
        "own": own,
        "shared": shared,
        "missing": documents.missing(own, Scope.MODEL),
        "may_add": may,
        "why_not": why_not,
    }
    return render(request, "document/of_model.html", context)


@page
def of_organisation(request: SignedIn) -> HttpResponse:
    """What speaks for the organisation, whatever the model."""
    shared = documents.of_organisation(today=_today())
    may, why_not = document_permissions.can_upload(request.user, None)
    missing = documents.missing(shared, Scope.ORGANISATION)
    context = {"shared": shared, "missing": missing, "may_add": may, "why_not": why_not}
    return render(request, "document/of_organisation.html", context)


@page
def show(request: SignedIn, pk: UUID) -> HttpResponse:
    """One document: what speaks now, its checklist, and every revision with what it changed."""
    document = get_object_or_404(document_standing.with_revisions(), pk=pk)
    chain = documents.chain(list(document.revisions.all()), today=_today())
    speaking = next(line for line in chain if line.speaks)
    context = {
        "document": document,
        "kind": documents.kind_of(document.kind),
        "chain": chain,
        "speaking": speaking,
        "newest": chain[0],
        "checklist": documents.checklist(speaking.row),
        "actions": documents.actions(request.user, document, chain[0].row),
    }
    return render(request, "document/show.html", context)


@page_for(DOCUMENTS_WRITE)
def add_to_model(request: SignedIn, slug: str, kind: str) -> HttpResponse:
    """Upload a new document about a model."""
    return _add(request, get_object_or_404(MODELS, slug=slug), kind)


@page_for(DOCUMENTS_WRITE)
def add(request: SignedIn, kind: str) -> HttpResponse:
    """Upload a new document of the organisation."""
    return _add(request, None, kind)


def _add(request: SignedIn, model: Model | None, key: str) -> HttpResponse:
    kind = service.kind_of(key)
    form = UploadForm(request.POST or None, request.FILES or None, kind=kind, titled=True)
    refused: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = service.begin(
                by=request.user,
                kind=key,
                title=form.cleaned_data["title"],
                model=model,
                incoming=form.incoming,
                said=form.said,
            )
        except Refused as error:
            refused = error
        else:
            return _kept(request, made)
    may, why_not = document_permissions.can_upload(request.user, model)
    context = {"kind": kind, "model": model, "form": form, "refused": refused, "may": may, "why_not": why_not}
    return render(request, "document/upload.html", context, status=refused.status if refused else 200)


@page_for(DOCUMENTS_WRITE)
def revise(request: SignedIn, pk: UUID) -> HttpResponse:
    """Upload the next revision; the form begins with what the newest one says."""
    document = get_object_or_404(document_standing.with_revisions(), pk=pk)
    newest, kind = document.revisions.all()[0], service.kind_of(document.kind)
    initial = {f"answer_{key}": where for key, where in newest.answers.items()}
    form = UploadForm(request.POST or None, request.FILES or None, kind=kind, titled=False, initial=initial)
    refused: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = service.revise(by=request.user, document=document, incoming=form.incoming, said=form.said)
        except Refused as error:
            refused = error
        else:
            return _kept(request, made)
    may, why_not = document_permissions.can_upload(request.user, document.model)
    context = {
        "kind": kind,
        "model": document.model,
        "document": document,
        "newest": newest,
        "form": form,
        "refused": refused,
        "may": may,
        "why_not": why_not,
    }
    return render(request, "document/upload.html", context, status=refused.status if refused else 200)


@page
def fetch(request: SignedIn, pk: UUID) -> HttpResponseBase:
    """The file, to be saved. The download is on record in the ledger."""
    return document_download.response(by=request.user, revision=get_object_or_404(REVISIONS, pk=pk))


@page
def review(request: SignedIn, pk: UUID) -> HttpResponse:
    """The record as it will be signed, and under it the form; or why this person may not review it."""
    revision = get_object_or_404(REVISIONS, pk=pk)
    may, why_not = documents.may_be_reviewed_by(request.user, revision)
    form = ReviewForm(request.POST or None, roles=document_permissions.reviewing_roles(request.user))
    refused: Refused | None = None
    if request.method == "POST" and may and form.is_valid():
        try:
            return _reviewed(request, revision, form.cleaned_data)
        except Refused as error:
            refused = error
    context = {
        "revision": revision,
        "document": revision.document,
        "kind": documents.kind_of(revision.document.kind),
        "checklist": documents.checklist(revision),
        "paper": signing.paper(service.frozen(revision)),
        "meant": [(str(Meaning(each).label), SENTENCES[each]) for each in document_review.MEANING_OF.values()],
        "form": form,
        "refused": refused,
        "may": may,
        "why_not": why_not,
    }
    return render(request, "document/review.html", context, status=refused.status if refused else 200)


def _reviewed(request: SignedIn, revision: DocumentRevision, given: dict[str, Any]) -> HttpResponse:
    outcome = ReviewOutcome(given["outcome"])
    document_review.review(
        revision=revision,
        by=request.user,
        role=given["role"],
        outcome=outcome,
        reason=given["reason"],
        password=given["password"],
        expected_sha256=given["expected_sha256"],
    )
    messages.success(request, f"Signed: {outcome.label.lower()} as {given['role']}. The ledger has it.")
    return redirect("document", revision.document_id)


def _kept(request: SignedIn, made: DocumentRevision) -> HttpResponse:
    document: Document = made.document
    messages.success(request, f"Kept as D-{document.number}, revision {made.number}. The ledger has it.")
    return redirect("document", document.pk)


def _today() -> date:
    return timezone.now().date()
