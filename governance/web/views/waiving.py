"""Waiving findings: one signature answers for one finding, or for several of one version at once."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from audits.models.check import CheckRow
from governance.services import waivers
from governance.web.badges import VERDICT
from governance.web.forms import WaiveForm
from governance.web.gather import waiving
from governance.web.pages import SignedIn, page
from registry.errors import Refused


@page
def waive(request: SignedIn, check: int) -> HttpResponse:
    """One finding."""
    return _answer(request, waiving.checks([str(check)]))


@page
def waive_several(request: SignedIn, pk: UUID) -> HttpResponse:
    """The findings that were ticked on the version's page."""
    ticked = waiving.checks(request.GET.getlist("check"))
    return _answer(request, [row for row in ticked if row.audit.version_id == pk])


def _answer(request: SignedIn, found: list[CheckRow]) -> HttpResponse:
    if not found:
        raise Http404
    terms = waiving.terms(found, request.user, now=timezone.now())
    form = WaiveForm(request.POST or None, terms=terms)
    refused: Refused | None = None
    if request.method == "POST" and not terms.why_not and form.is_valid():
        try:
            return _waived(request, found, form)
        except Refused as error:
            refused = error
    context = {
        "version": found[0].audit.version,
        "findings": [(row, VERDICT[row.verdict]) for row in found],
        "terms": terms,
        "form": form,
        "refused": refused,
        "statement": waiving.STATEMENT,
        "paper": waiving.findings_paper(found),
    }
    return render(request, "waive.html", context, status=refused.status if refused else 200)


def _waived(request: SignedIn, found: list[CheckRow], form: WaiveForm) -> HttpResponse:
    given = form.cleaned_data
    made = waivers.waive_many(
        checks=found,
        by=request.user,
        reason=given["reason"],
        compensating_measure=given["compensating_measure"],
        expires_at=form.expires_at,
        password=given["password"],
        expected_sha256=given["expected_sha256"],
    )
    version = found[0].audit.version
    messages.success(request, f"Waived under your signature: {len(made)} finding{'s' if len(made) > 1 else ''}.")
    return redirect("version", version.model.slug, version.number)
