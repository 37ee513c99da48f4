"""Evidently's drawing of a drift audit: a page of ours around a frame that can reach nothing."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render

from audits import interactive
from audits.models.audit import Audit
from governance.web.pages import SignedIn, page

AUDITS = Audit.objects.select_related("version__model")
# Only this page may frame, and only what comes from here: the frame cannot take itself elsewhere.
FRAMING = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@page
def show(request: SignedIn, pk: UUID) -> HttpResponse:
    """What the report is and is not, and the report itself in a sandboxed frame."""
    audit = get_object_or_404(AUDITS, pk=pk)
    interactive.check_has_report(audit)
    context = {"audit": audit, "version": audit.version, "drawn": audit.facts.get("evidently", {})}
    answer = render(request, "audit/interactive.html", context)
    answer.headers["Content-Security-Policy"] = FRAMING
    return answer


@page
def content(request: SignedIn, pk: UUID) -> FileResponse | HttpResponseRedirect:
    """The report's own bytes, for the frame alone: as a page of its own it could take itself elsewhere."""
    audit = get_object_or_404(AUDITS, pk=pk)
    if not interactive.is_framed(request.headers):
        return redirect("audit-interactive", pk=audit.pk)
    return interactive.response(audit)
