"""Adapting a pack: an overlay with what it would change, and the signature under what it asks less."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from governance.core.pack_yaml import written
from governance.models.overlay import PolicyOverlay
from governance.models.pack import PolicyPack
from governance.services import overlay_signing, overlays
from governance.web.forms_packs import LooseningForm, OverlayForm
from governance.web.gather import pack_adoption as gather
from governance.web.gather.signing import paper
from governance.web.pages import SignedIn, page
from registry.errors import Refused

OVERLAYS = PolicyOverlay.objects.select_related("extends", "uploaded_by")
UPLOAD = "upload"


@page
def upload(request: SignedIn) -> HttpResponse:
    """?from= an earlier overlay to start from; ?onto= the content to extend, where it is not the one in use."""
    onto = _named(PolicyPack, request.GET.get("onto"))
    start = _named(PolicyOverlay, request.GET.get("from"))
    form = OverlayForm(request.POST or None, request.FILES or None, initial=_initial(start))
    context: dict[str, Any] = {"form": form, "onto": onto, "may": gather.may_write(request.user)}
    refused: Refused | None = None
    if request.method == "POST" and context["may"] and form.is_valid():
        text = form.cleaned_data["content"]
        try:
            if request.POST.get("deed") == UPLOAD:
                row = overlays.load(content=text.encode(), by=request.user, onto=onto)
                messages.success(request, f"{row} is kept. What asks at least as much holds from now on.")
                return redirect("overlay", row.pk)
            context["preview"] = overlays.preview(content=text.encode(), onto=onto)
        except Refused as error:
            refused = error
            context["problems"] = gather.problems(error.facts.get("problems"), text)
    context |= {"refused": refused, "who_may": gather.WHO_MAY}
    return render(request, "packs/overlay_upload.html", context, status=refused.status if refused else 200)


@page
def show(request: SignedIn, pk: UUID) -> HttpResponse:
    """What it says, what still waits; and the form for whoever may sign."""
    overlay = get_object_or_404(OVERLAYS, pk=pk)
    found = overlays.standing(overlay)
    allowed, why_not = overlay_signing.can_sign(request.user, overlay)
    form = LooseningForm(request.POST or None)
    refused: Refused | None = None
    if request.method == "POST" and allowed and form.is_valid():
        try:
            overlay_signing.sign_loosening(overlay=overlay, by=request.user, **form.cleaned_data)
            messages.success(request, f"Signed: {overlay} is in effect as a whole. The ledger has it.")
            return redirect("overlay", pk)
        except Refused as error:
            refused = error
    context = {
        "overlay": overlay,
        "found": found,
        "badge": gather.badge_of(found),
        "text": written(overlay.document),
        "signed": overlay.loosenings.select_related("signature"),
        "paper": paper(overlay_signing.record_to_sign(overlay)) if found.waits else None,
        "why_not": "" if allowed else why_not,
        "form": form,
        "refused": refused,
        "statement": gather.STATEMENT,
        "may": gather.may_write(request.user),
    }
    return render(request, "packs/overlay.html", context, status=refused.status if refused else 200)


def _named(kind: type[Any], pk: str | None) -> Any:  # noqa: ANN401 - a row of the kind
    try:
        return get_object_or_404(kind, pk=pk) if pk else None
    except ValidationError as error:
        raise Http404 from error


def _initial(start: PolicyOverlay | None) -> dict[str, str]:
    return {"content": written(start.document)} if start is not None else {}
