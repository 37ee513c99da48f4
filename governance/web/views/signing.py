"""Signing a version: what is signed is what was shown, in the person's own session, with their password again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from governance.models.approval import ApprovalDecision
from governance.services import approvals
from governance.web.forms import SignForm
from governance.web.gather import signing, version
from governance.web.pages import SignedIn, page
from governance.web.views.versions import VERSIONS
from registry.errors import Refused
from registry.models.version import ModelVersion

DEEDS = {ApprovalDecision.APPROVE: approvals.approve, ApprovalDecision.RETURN: approvals.return_version}


@page
def sign(request: SignedIn, pk: UUID) -> HttpResponse:
    """The record, and under it the form; or, instead of the form, why this person may not sign."""
    found = get_object_or_404(VERSIONS, pk=pk)
    openings = signing.openings(found, request.user)
    form = SignForm(request.POST or None, roles=openings.roles, decisions=openings.decisions)
    refused: Refused | None = None
    if request.method == "POST" and openings.roles and form.is_valid():
        try:
            return _signed(request, found, form.cleaned_data)
        except Refused as error:
            refused = error
    context = {
        "version": found,
        "state": version.state(found),
        "openings": openings,
        "form": form,
        "refused": refused,
        "paper": signing.version_paper(found),
    }
    return render(request, "sign.html", context, status=refused.status if refused else 200)


def _signed(request: SignedIn, found: ModelVersion, given: dict[str, Any]) -> HttpResponse:
    decision = ApprovalDecision(given["decision"])
    DEEDS[decision](
        version=found,
        by=request.user,
        role=given["role"],
        reason=given["reason"],
        password=given["password"],
        expected_sha256=given["expected_sha256"],
    )
    messages.success(request, f"Signed: {decision.label.lower()} as {given['role']}. The ledger has it.")
    return redirect("version", found.model.slug, found.number)
