"""The page on the introduction at the sites: goals, consultations, and the readiness of a site."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from governance.errors import AlreadyRecorded, StatementRefused
from governance.models.adoption import Consultation, Goal
from governance.services import adoption as services
from governance.web.forms_adoption import ConsultationForm, ForgetForm, GoalForm, GoalReviewForm, ReadinessForm
from governance.web.gather import adoption
from governance.web.once import ALREADY
from governance.web.pages import SignedIn, page, page_for
from registry.core.scopes import CARD_WRITE
from registry.errors import Refused
from registry.models.model import Model
from registry.models.site import Site
from registry.models.user import Role, User
from registry.services.card import may_write

SAID = {
    "goal": "The goal is recorded.",
    "review": "What became of the goal is recorded.",
    "consultation": "The consultation is recorded.",
    "readiness": "The state of the item is recorded.",
}


@page
def show(request: SignedIn, slug: str) -> HttpResponse:
    """Everything about how a model is introduced. ?site= chooses whose checklist is shown."""
    model = get_object_or_404(Model.objects.select_related("team"), slug=slug)
    site = _site(request, model)
    deed = request.POST.get("deed", "")
    bound = _forms(request, model, deed)
    refused: Refused | None = None
    if request.method == "POST" and deed in bound and bound[deed].is_valid():
        try:
            _done(deed, bound[deed].cleaned_data, model, site, request.user)
            messages.success(request, f"{SAID[deed]} The ledger has it.")
            return redirect(_address(model, site))
        except AlreadyRecorded:
            messages.info(request, ALREADY)
            return redirect(_address(model, site))
        except Refused as error:
            refused = error
            _point(bound[deed], error)
    context = {**_shown(request, model, site), "forms": bound, "deed": deed, "refused": refused}
    return render(request, "adoption.html", context, status=refused.status if refused else 200)


@page_for(CARD_WRITE)
def forget(request: SignedIn, pk: UUID) -> HttpResponse:
    """Erase who was asked, for good; first the page that says so, then the button."""
    row = get_object_or_404(Consultation.objects.select_related("model"), pk=pk)
    form, refused = ForgetForm(request.POST if request.method == "POST" else None), None
    if request.method == "POST" and form.is_valid():
        try:
            services.forget(by=request.user, consultation=row, **form.cleaned_data)
            messages.success(request, "Forgotten. The ledger has that it was.")
            return redirect("adoption", row.model.slug)
        except Refused as error:
            refused = error
    context = {"model": row.model, "row": row, "form": form, "refused": refused}
    context["may"] = services.may_forget(request.user, row)
    return render(request, "adoption_forget.html", context, status=refused.status if refused else 200)


def _forms(request: SignedIn, model: Model, deed: str) -> dict[str, forms.Form]:
    """One form for each deed; only that of this deed holds what was sent."""

    def given(name: str) -> dict[str, Any]:
        return {"data": request.POST if name == deed else None, "prefix": name}

    return {
        "goal": GoalForm(**given("goal")),
        "review": GoalReviewForm(**given("review"), goals=model.goals.all()),
        "consultation": ConsultationForm(**given("consultation")),
        "readiness": ReadinessForm(**given("readiness")),
    }


def _done(deed: str, given: dict[str, Any], model: Model, site: Site | None, by: User) -> None:
    given = {**given, "pk": given["once"]}
    del given["once"]
    deeds: Mapping[str, Callable[[], object]] = {
        "goal": lambda: services.state_goal(by=by, model=model, **given),
        "review": lambda: services.review_goal(
            by=by, goal=get_object_or_404(Goal, pk=given.pop("goal"), model=model), **given
        ),
        "consultation": lambda: services.record_consultation(by=by, model=model, **given),
        "readiness": lambda: services.state_readiness(by=by, model=model, site=_needed(site), **given),
    }
    deeds[deed]()


def _needed(site: Site | None) -> Site:
    if site is None:
        raise StatementRefused("Choose the site whose checklist it is.", field="site")
    return site


def _point(form: forms.Form, refused: Refused) -> None:
    field = str(refused.facts.get("field", ""))
    form.add_error(field if field in form.fields else None, refused.message)


def _shown(request: SignedIn, model: Model, site: Site | None) -> dict[str, Any]:
    may, why_not = may_write(request.user, model)
    return {
        "model": model,
        "site": site,
        "sites": _sites(model),
        "goals": adoption.goals(model, today=timezone.now().date()),
        "consultations": adoption.consultations(model),
        "readiness": adoption.readiness(model, site) if site else (),
        "may": may,
        "why_not": why_not,
        "may_forget": request.user.holds(Role.COMPLIANCE),
    }


def _sites(model: Model) -> list[Site]:
    """Where the model is used, or where somebody has said something about it."""
    used = Site.objects.filter(model_sites__model=model) | Site.objects.filter(readiness__model=model)
    return list(used.distinct())


def _site(request: HttpRequest, model: Model) -> Site | None:
    sites = _sites(model)
    chosen = request.GET.get("site", "")
    return next((each for each in sites if each.slug == chosen), sites[0] if sites else None)


def _address(model: Model, site: Site | None) -> str:
    return reverse("adoption", args=[model.slug]) + (f"?site={site.slug}" if site else "")
