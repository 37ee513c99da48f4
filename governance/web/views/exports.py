"""Asking for an evidence report; the files themselves are served by the API."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from governance.services import exports
from governance.web.pages import SignedIn, page_for
from governance.web.views.versions import VERSIONS
from registry.core.scopes import EVIDENCE_EXPORT


@page_for(EVIDENCE_EXPORT)
def request_export(request: SignedIn, pk: UUID) -> HttpResponse:
    """Queue a report; asking again while nothing has happened gives the same one."""
    found = get_object_or_404(VERSIONS, pk=pk)
    if request.method == "POST":
        exports.request_export(version=found, environment=request.POST.get("environment", ""), by=request.user)
        messages.info(request, "The report is being made; reload to see when it is done.")
    return redirect(f"{reverse('version', args=[found.model.slug, found.number])}#exports")
