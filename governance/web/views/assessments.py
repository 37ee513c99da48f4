"""How a version stands under every adopted pack, at one place; assessing it now; and why a control stands so."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from governance import links
from governance.models.decision import Environment
from governance.services import assessing, gate
from governance.services import why as reasons
from governance.web import badges
from governance.web.gather import assessments as gather
from governance.web.gather.packs import VERIFICATION
from governance.web.pages import SignedIn, page, page_for
from registry.core.scopes import GATE_EVALUATE, scopes_of
from registry.models.version import ModelVersion

VERSIONS = ModelVersion.objects.select_related("model__team", "training_dataset")


def where(values: dict[str, str]) -> tuple[str, str]:
    """Environment and site of a request. Raises: UnknownEnvironment, UnknownSite."""
    environment, site = values.get("environment") or str(Environment.PRODUCTION), values.get("site", "")
    gate.check_environment(environment)
    assessing.check_site(site)
    return environment, site


@page
def show(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """Every pack's answer, and every control in its place."""
    version = get_object_or_404(VERSIONS, model__slug=slug, number=number)
    environment, site = where(request.GET.dict())
    context = {
        "version": version,
        "environment": environment,
        "site": site,
        "shown": gather.shown(version, environment, site, show=request.GET.get("show", ""), now=timezone.now()),
        "places": gather.places(version, environment, site),
        "may_ask": GATE_EVALUATE in scopes_of(request.user.role_names),
    }
    return render(request, "assessment.html", context)


@page_for(GATE_EVALUATE)
def assess(request: SignedIn, pk: UUID) -> HttpResponseRedirect:
    """Assess now. Only a POST does; with "newest" under the contents of the packs that are in use now."""
    version = get_object_or_404(VERSIONS, pk=pk)
    environment, site = where(request.POST.dict() if request.method == "POST" else request.GET.dict())
    if request.method == "POST":
        act = assessing.reassess_under_newest if request.POST.get("newest") else assessing.assess
        act(version=version, environment=environment, site=site, by=request.user)
        messages.success(request, "Assessed just now, under every pack that is in use.")
    return redirect(links.of_assessment(version, environment, site))


@page
def why(request: SignedIn, pk: UUID) -> HttpResponse:
    """From a control to the evidence, and on to the ledger."""
    version = get_object_or_404(VERSIONS, pk=pk)
    asked = request.GET.dict()
    environment, site = where(asked)
    pack, control = asked.get("pack", ""), asked.get("control", "")
    chain = reasons.why(version=version, environment=environment, site=site, pack=pack, control=control)
    context = {
        "version": version,
        "environment": environment,
        "site": site,
        "chain": chain,
        "badge": badges.CONTROL[chain.result.status],
        "verification": VERIFICATION[chain.result.verification],
        "found": [(badges.CONTROL[each.statement.status], each) for each in chain.found],
        "back": links.of_assessment(version, environment, site, anchor=f"{pack}--{control}"),
    }
    return render(request, "assessment_why.html", context)
