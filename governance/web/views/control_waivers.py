"""Answering for a control that does not hold: the record, and under it the form; or why this person may not."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from governance import links
from governance.core.meanings import RESPONSIBILITY, SENTENCES
from governance.services import control_waivers
from governance.web import badges
from governance.web.forms_work import ControlWaiveForm
from governance.web.gather.signing import paper
from governance.web.pages import SignedIn, page
from governance.web.views.assessments import VERSIONS, where
from registry.errors import Refused


@page
def waive(request: SignedIn, pk: UUID) -> HttpResponse:
    """The control is named in the address; only a POST signs."""
    version = get_object_or_404(VERSIONS, pk=pk)
    asked = request.GET.dict()
    environment, site = where(asked)
    at = {"environment": environment, "site": site, "pack": asked.get("pack", ""), "control": asked.get("control", "")}
    found = control_waivers.look(version=version, **at)
    allowed, why_not = control_waivers.may(found, request.user)
    form = ControlWaiveForm(request.POST or None, term=found.term, today=timezone.now().date())
    back = links.of_assessment(version, environment, site, anchor=f"{at['pack']}--{at['control']}")
    refused: Refused | None = None
    if request.method == "POST" and allowed and form.is_valid():
        given = {key: value for key, value in form.cleaned_data.items() if key != "until"}
        try:
            control_waivers.waive(version=version, by=request.user, expires_at=form.expires_at, **at, **given)
        except Refused as error:
            refused = error
        else:
            messages.success(request, f"{found.result.id} is waived under your signature.")
            return redirect(back)
    context = {
        "version": version,
        "found": found,
        "badge": badges.CONTROL[found.result.status],
        "why_not": why_not,
        "form": form,
        "refused": refused,
        "statement": SENTENCES[RESPONSIBILITY],
        "paper": paper(found.record),
        "back": back,
    }
    return render(request, "control_waive.html", context, status=refused.status if refused else 200)
