"""Using a pack, or using it no longer: first what that changes, then the button or the signature."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from governance.models.pack import PackAdoption, PolicyPack
from governance.services import pack_adoption
from governance.services.pack_loosening import Move, Signing
from governance.web.forms_packs import LooseningForm
from governance.web.gather import pack_adoption as gather
from governance.web.pages import SignedIn, page
from registry.errors import Refused

GATE, ASSESS = "gate", "assess"
ADOPTIONS = PackAdoption.objects.select_related("pack", "adopted_by")


@page
def adopt(request: SignedIn, pk: UUID) -> HttpResponse:
    """?use=gate or ?use=assess: how; otherwise as the pack is used today."""
    pack = get_object_or_404(PolicyPack, pk=pk)
    move = pack_adoption.to_adopt(pack, gating=_gating(request, pack))

    def deed(signing: Signing | None) -> str:
        pack_adoption.adopt(pack=pack, by=request.user, gating=move.gating, signing=signing)
        return f"{pack} is in use. The ledger has it."

    return _page(request, move, pack, deed)


@page
def drop(request: SignedIn, pk: UUID) -> HttpResponse:
    """The pack as it is in use is named by its content."""
    adoption = get_object_or_404(ADOPTIONS, pack=pk)
    pack_adoption.check_can_drop(adoption)

    def deed(signing: Signing | None) -> str:
        pack_adoption.drop(adoption=adoption, by=request.user, signing=signing)
        return f"{adoption.pack} is used no longer. The ledger has it."

    return _page(request, pack_adoption.to_drop(adoption), adoption.pack, deed)


def _gating(request: SignedIn, pack: PolicyPack) -> bool:
    asked = request.GET.get("use", "")
    if asked in {GATE, ASSESS}:
        return asked == GATE
    used = PackAdoption.objects.filter(slug=pack.root).first()
    return used.gating if used is not None else pack_adoption.must_gate(pack)


def _page(request: SignedIn, move: Move, pack: PolicyPack, deed: Callable[[Signing | None], str]) -> HttpResponse:
    found = gather.proposal(move, request.user)
    form = LooseningForm(request.POST or None) if found.paper else None
    refused: Refused | None = None
    if request.method == "POST" and not found.why_not and (form is None or form.is_valid()):
        try:
            messages.success(request, deed(Signing(**form.cleaned_data) if form is not None else None))
            return redirect("pack", pack.pk)
        except Refused as error:
            refused = error
    context = {"pack": pack, "found": found, "form": form, "refused": refused, "statement": gather.STATEMENT}
    return render(request, "packs/adopt.html", context, status=refused.status if refused else 200)
