"""The pages on plans of monitoring, change and risk, and on what a version changes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from governance.core.change_plan import names_of
from governance.core.plans import PLANS, PlanSpec
from governance.errors import GovernedPlanRefused, PlanMovedOn
from governance.models.plan import GovernedPlan, PlanKind
from governance.services import change as change_service
from governance.services import plans as services
from governance.web.forms_plans import ChangeForm
from governance.web.gather import change, governed_plans
from governance.web.pages import SignedIn, page
from governance.web.plan_editor import Editor
from registry.errors import Refused
from registry.models.model import Model
from registry.models.version import ModelVersion
from registry.services.card import may_write

MODELS = Model.objects.select_related("team")


@page
def show(request: SignedIn, slug: str, kind: str) -> HttpResponse:
    """One kind of plan: what it says, its earlier numbers, and what changed between two. ?number= and ?against=."""
    model, spec = get_object_or_404(MODELS, slug=slug), _spec(kind)
    found = list(GovernedPlan.objects.filter(model=model, kind=kind).select_related("frozen_by"))
    by_number = {str(each.number): each for each in found}
    plan = by_number.get(request.GET.get("number", ""), found[0] if found else None)
    against = by_number.get(request.GET.get("against", ""))
    may, why_not = may_write(request.user, model)
    context = {
        "model": model,
        "spec": spec,
        "kinds": PLANS.values(),
        "plans": found,
        "shown": governed_plans.shown(plan) if plan else None,
        "current": bool(plan and plan == found[0]),
        "against": against,
        "differences": governed_plans.differences(spec, against, plan) if plan and against else (),
        "may": may,
        "why_not": why_not,
    }
    return render(request, "plans.html", context)


@page
def freeze(request: SignedIn, slug: str, kind: str) -> HttpResponse:
    """The form of a plan, filled with the one in force."""
    model, spec = get_object_or_404(MODELS, slug=slug), _spec(kind)
    latest = services.in_force(model, kind)
    editor = Editor(spec, latest.document if latest else {}, request.POST or None)
    may, why_not = may_write(request.user, model)
    refused: Refused | None = None
    if request.method == "POST" and editor.is_ready:
        try:
            plan = services.freeze(
                by=request.user, model=model, kind=kind, document=editor.document, after=editor.after
            )
            messages.success(request, f"Frozen: {plan}. The ledger has it.")
            return redirect("plan", slug, kind)
        except Refused as error:
            refused = error
            editor.point(error) if isinstance(error, GovernedPlanRefused) else None
    number = latest.number if latest else 0
    looks = latest is not None and editor.look == number
    context = {
        "model": model,
        "spec": spec,
        "editor": editor,
        "number": number,
        # What was typed goes on from the plan that its author has seen, whatever was frozen since.
        "after": number if request.method == "GET" or looks else editor.after,
        "shown": governed_plans.shown(latest) if latest and looks else None,
        "refused": refused,
        "moved_on": isinstance(refused, PlanMovedOn) or (editor.look and not looks),
        "may": may,
        "why_not": why_not,
    }
    return render(request, "plans_freeze.html", context, status=refused.status if refused else 200)


@page
def version_change(request: SignedIn, pk: UUID) -> HttpResponse:
    """What a version changes, whether that was foreseen, what its measures owe to what; and the declaration."""
    version = get_object_or_404(ModelVersion.objects.select_related("model__team", "model__created_by"), pk=pk)
    plan = services.in_force(version.model, PlanKind.CHANGE)
    earlier = list(
        ModelVersion.objects.filter(model=version.model_id, number__lt=version.number).values_list("number", flat=True)
    )
    form = ChangeForm(request.POST or None, known=names_of(plan.document) if plan else {}, previous=earlier)
    refused: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            _declare(request, version, form.cleaned_data)
            return redirect("version-change", pk)
        except Refused as error:
            refused = error
            field = str(error.facts.get("field", ""))
            form.add_error(field if field in form.fields else None, error.message)
    may, why_not = may_write(request.user, version.model)
    context = {
        "version": version,
        "plan": plan,
        "change": change.of(version),
        "explained": change.explained(version),
        "form": form,
        "refused": refused,
        "may": may,
        "why_not": why_not,
        "audited": version.audits.exists(),
    }
    return render(request, "plans_change.html", context, status=refused.status if refused else 200)


def _declare(request: SignedIn, version: ModelVersion, given: dict[str, Any]) -> None:
    change_service.declare(
        by=request.user,
        version=version,
        previous=get_object_or_404(ModelVersion, model=version.model_id, number=given["previous"]),
        modifications=given.get("modifications", ()),
        description=given["description"],
        paired=given["paired"],
    )
    messages.success(request, "Declared. The ledger has it.")


def _spec(kind: str) -> PlanSpec:
    if kind not in PLANS:
        raise Http404
    return PLANS[kind]
