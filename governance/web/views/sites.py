"""The sites, and which of them use which model."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render

from governance.web.forms_sites import AssignForm, SiteForm
from governance.web.pages import SignedIn, page, page_for, paged
from registry.core.scopes import SITES_WRITE, scopes_of
from registry.errors import Refused
from registry.models.model import Model
from registry.models.site import Site
from registry.models.user import User
from registry.services import sites as services

WHO_MAY = "An administrator or a compliance officer creates sites and says which models they use."


@page
def listed(request: SignedIn) -> HttpResponse:
    """Every site, with how many models it uses; and the form for a new one."""
    may = _may(request.user)
    form = SiteForm(request.POST or None)
    refused: Refused | None = None
    if request.method == "POST" and may and form.is_valid():
        try:
            site = services.create(by=request.user, **form.cleaned_data)
            messages.success(request, f"{site.name} is a site now. Say which models it uses.")
            return redirect("site", site.slug)
        except Refused as error:
            refused = error
    rows = Site.objects.annotate(models_used=Count("model_sites")).order_by("name")
    context = {"page": paged(rows, request, size=50), "form": form, "refused": refused, "may": may, "who_may": WHO_MAY}
    return render(request, "sites.html", context, status=refused.status if refused else 200)


@page
def show(request: SignedIn, slug: str) -> HttpResponse:
    """One site and the models that it uses; the form adds one."""
    site = get_object_or_404(Site.objects.select_related("created_by"), slug=slug)
    may = _may(request.user)
    form = AssignForm(request.POST or None, site=site)
    if request.method == "POST" and may and form.is_valid():
        model = form.cleaned_data["model"]
        services.add_model(by=request.user, site=site, model=model)
        messages.success(request, f"{site.name} uses {model.name} from now on. The ledger has it.")
        return redirect("site", slug)
    used = site.model_sites.select_related("model", "added_by").order_by("model__name")
    context = {"site": site, "used": used, "form": form, "may": may, "who_may": WHO_MAY}
    return render(request, "site.html", {**context, "all_used": may and not form.fields["model"].queryset.exists()})  # type: ignore[attr-defined]  # a choice of rows


@page_for(SITES_WRITE)
def remove(request: SignedIn, slug: str, model: str) -> HttpResponseRedirect:
    """The site no longer uses the model. Only a POST changes it."""
    site, found = get_object_or_404(Site, slug=slug), get_object_or_404(Model, slug=model)
    if request.method == "POST":
        services.remove_model(by=request.user, site=site, model=found)
        messages.success(request, f"{site.name} no longer uses {found.name}. The ledger keeps that it did.")
    return redirect("site", slug)


def _may(person: User) -> bool:
    return SITES_WRITE in scopes_of(person.role_names)
