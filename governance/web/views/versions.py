"""The page of one version, its moving part, and the two buttons that write: ask the gate, export the evidence."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from governance.services import gate as gate_service
from governance.web.forms import EnvironmentForm
from governance.web.gather import before, change, checks, gate, signatures, version
from governance.web.gather import plans as plan_lines
from governance.web.pages import SignedIn, page, page_for, paged
from registry.core.scopes import GATE_EVALUATE
from registry.models.version import ModelVersion

VERSIONS = ModelVersion.objects.select_related("model__team", "training_dataset", "submitted_by")


@page
def show(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """The whole record of a version on one page."""
    found = get_object_or_404(VERSIONS, model__slug=slug, number=number)
    now = timezone.now()
    plans = list(found.plans.select_related("frozen_by"))
    tables = list(found.tables.select_related("dataset", "uploaded_by"))
    audits = version.speaking(found)
    all_checks = version.check_rows(audits)
    chosen = checks.choice(request.GET.get("verdict", ""), all_checks)
    shown = paged(checks.matching(all_checks, chosen), request, size=20, name="checks")
    checked = checks.lines(shown, version=found, person=request.user, now=now)
    verdicts = gate.verdicts(found, now=now)
    return render(
        request,
        "version.html",
        {
            "version": found,
            "state": version.state(found),
            "verdicts": verdicts,
            "assessment": gate.assessment(found, verdicts[0].answer, now=now),
            **version.audits_part(found),
            "change": change.of(found) if found.number > 1 else None,
            "filters": checks.filters(all_checks, chosen),
            "verdict": chosen,
            "page": shown,
            "checks": checked,
            "may_waive": any(line.may_waive for line in checked),
            "headlines": version.headline_measures(audits),
            "approvals": signatures.approval_lines(found, plans[0] if plans else None),
            "waivers": signatures.waiver_lines(found, plans[0] if plans else None, now=now),
            "tables": tables,
            "before": before.before(plans, tables, audited=bool(audits)),
            "plans": plan_lines.lines(plans),
            "decisions": version.decision_lines(found),
            "exports": version.export_lines(found),
            "actions": version.actions(found, request.user),
            "ask": EnvironmentForm(),
        },
    )


@page
def audits(request: SignedIn, pk: UUID) -> HttpResponse:
    """The part of the page that moves while audits run; HTMX asks for it until all have finished."""
    found = get_object_or_404(VERSIONS, pk=pk)
    return render(request, "version/_audits.html", {"version": found, **version.audits_part(found), "part": True})


@page_for(GATE_EVALUATE)
def ask_gate(request: SignedIn, pk: UUID) -> HttpResponseRedirect:
    """Have the gate decide now. Only a POST decides; whoever comes here after signing in is sent to the version."""
    found = get_object_or_404(VERSIONS, pk=pk)
    if request.method != "POST":
        return redirect("version", found.model.slug, found.number)
    environment = request.POST.get("environment", "")
    decision = gate_service.decide(
        version=found, environment=environment, by=request.user, because=f"asked by {request.user}"
    )
    messages.info(request, f"The gate decided: {decision.get_outcome_display().lower()} in {environment}.")
    return redirect("version", found.model.slug, found.number)
