"""The packs: which are in use, and what one asks of whom."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from governance.core import applicability_words
from governance.models.pack import PolicyPack
from governance.services import pack_adoption, packs
from governance.web.gather import pack_adoption as adopting
from governance.web.gather import packs as gather
from governance.web.pages import SignedIn, page


@page
def listed(request: SignedIn) -> HttpResponse:
    """Every pack, those in use first."""
    lines = gather.lines()
    used = [line for line in lines if line.adoption is not None]
    context = {
        "used": used,
        "unused": [each for each in lines if not each.adoption],
        "overlays": adopting.overlay_lines(),
        "may_write": adopting.may_write(request.user),
    }
    return render(request, "packs/list.html", context)


@page
def show(request: SignedIn, pk: UUID) -> HttpResponse:
    """One pack at one content."""
    pack = get_object_or_404(PolicyPack, pk=pk)
    rules = packs.rules_of(pack)
    line = gather.line(pack)
    context = {
        "pack": pack,
        "line": line,
        "signed": adopting.signed(line.adoption),
        "may_write": adopting.may_write(request.user),
        "must_gate": pack_adoption.must_gate(pack),
        "binds_whom": applicability_words.of_pack(rules),
        "controls": gather.controls(rules),
        "changed": gather.changed(pack),
        "used_by": gather.used_by(pack),
    }
    return render(request, "packs/show.html", context)
