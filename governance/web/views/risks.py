"""The risk register of a model, one risk with its history, and accepting what is left of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from governance import risk_permissions
from governance.errors import AlreadyRecorded, RiskMovedOn
from governance.models.risk import RiskControl, RiskEntry
from governance.services import risk_acceptance, risk_register, risks
from governance.services.risk_register import Current
from governance.web import forms_risks
from governance.web.forms_risks import AcceptForm, ControlForm, RiskForm
from governance.web.gather import risks as gather
from governance.web.once import ALREADY
from governance.web.pages import SignedIn, page, page_for
from registry.core.scopes import RISKS_WRITE
from registry.errors import Refused
from registry.models.model import Model

MODELS = Model.objects.select_related("team")
ENTRIES = RiskEntry.objects.select_related("model__team")


@page
def register(request: SignedIn, slug: str) -> HttpResponse:
    """All risks, the gravest first."""
    model = get_object_or_404(MODELS, slug=slug)
    entries = risk_register.register(model)
    context = {
        "model": model,
        "lines": gather.lines(entries),
        "overall": gather.overall(entries),
        "signed": gather.register_signed(model, entries),
        "opening": gather.register_opening(entries, request.user),
        "may_write": risk_permissions.can_record(request.user, model),
        "matrix": gather.matrix(),
        "probabilities": gather.PROBABILITIES,
        "meanings": gather.LEVEL_MEANINGS,
    }
    return render(request, "risks.html", context)


@page
def show(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """One risk: what it is, what was done, who accepted what is left, and how it came to be so."""
    entry = get_object_or_404(ENTRIES, model__slug=slug, number=number)
    found = risk_register.current(entry)
    signed = gather.signed(found)
    counting = next((each for each in signed if not each.why_not), None)
    context = {
        "model": entry.model,
        "found": found,
        "line": gather.line(found, None),
        "accepted": counting,
        "characteristics": gather.characteristics(found.revision),
        "signed": signed,
        "opening": gather.opening(found, request.user),
        "may_write": risk_permissions.can_record(request.user, entry.model),
        "history": gather.history(entry),
        "control_history": gather.control_history(entry),
    }
    return render(request, "risk/show.html", context)


@page_for(RISKS_WRITE)
def suggest(request: SignedIn, slug: str) -> HttpResponse:
    """The button that fills in the usual hazards. Only a POST does."""
    model = get_object_or_404(MODELS, slug=slug)
    if request.method == "POST":
        made = risks.suggest(model=model, by=request.user)
        told = (
            f"Suggested: {len(made)}. Look at each." if made else "Nothing was added: all of them are in the register."
        )
        messages.success(request, told)
    return redirect("risks", model.slug)


@page_for(RISKS_WRITE)
def add(request: SignedIn, slug: str) -> HttpResponse:
    """A new risk."""
    model = get_object_or_404(MODELS, slug=slug)
    form = RiskForm(request.POST or None, revising=False)

    def deed() -> int:
        return risks.add(model=model, by=request.user, said=form.said, pk=form.cleaned_data["once"]).number

    return _form(request, "risk/edit.html", {"model": model, "form": form}, deed)


@page_for(RISKS_WRITE)
def revise(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """Say something else about a risk; what was said before stays in its history."""
    entry = get_object_or_404(ENTRIES, model__slug=slug, number=number)
    now = risk_register.current(entry)
    form = RiskForm(
        request.POST or None,
        initial=forms_risks.from_revision(now.revision),
        revising=True,
        why_not_close=risk_permissions.can_close(request.user, now)[1],
    )

    def deed() -> int:
        state, shown = form.cleaned_data["state"], form.shown
        risks.revise(entry=entry, by=request.user, said=form.said, state=state, expected=shown)
        return entry.number

    return _form(request, "risk/edit.html", {"model": entry.model, "found": now, "form": form}, deed)


@page_for(RISKS_WRITE)
def control(request: SignedIn, slug: str, number: int, control: int | None = None) -> HttpResponse:
    """A new control of a risk; or, with its number, a further revision of one."""
    entry = get_object_or_404(ENTRIES, model__slug=slug, number=number)
    now = risk_register.current(entry)
    known = next((each for each in now.controls if each.number == control), None)
    if control is not None and known is None:
        raise Http404
    initial = forms_risks.from_control(known) if known else {}
    revising = known is not None
    form = ControlForm(request.POST or None, initial=initial, audits=gather.proofs(entry.model), revising=revising)

    def deed() -> int:
        if known is None:
            risks.add_control(entry=entry, by=request.user, given=form.given, pk=form.cleaned_data["once"])
        else:
            risks.revise_control(
                entry=entry,
                number=known.number,
                by=request.user,
                given=form.given,
                withdrawn=form.cleaned_data["withdrawn"],
                expected=form.shown,
            )
        return entry.number

    context = {"model": entry.model, "found": now, "control": known, "form": form}
    return _form(request, "risk/control.html", context, deed)


def _form(request: SignedIn, template: str, context: dict[str, Any], deed: Callable[[], int]) -> HttpResponse:
    """Do the deed with a form that is filled in well, and go to the risk; else show it with what is wrong."""
    refused: Refused | None = None
    model, form, found = context["model"], context["form"], context.get("found")
    if request.method == "POST" and form.is_valid():
        try:
            number = deed()
        except AlreadyRecorded:
            messages.info(request, ALREADY)
            return redirect("risk", model.slug, found.entry.number) if found else redirect("risks", model.slug)
        except RiskMovedOn as error:
            refused = error
            context["meanwhile"] = _caught_up(form, context["found"], context.get("control"), error)
        except Refused as error:
            refused = error
        else:
            messages.success(request, "Recorded. The ledger has it.")
            return redirect("risk", model.slug, number)
    context |= {"may": risk_permissions.can_record(request.user, model), "refused": refused}
    return render(request, template, context, status=refused.status if refused else 200)


def _caught_up(
    form: RiskForm | ControlForm, found: Current, control: RiskControl | None, refused: RiskMovedOn
) -> tuple[gather.Change, ...]:
    """What others changed since the form was shown; once it stands beside what was typed, it counts as seen."""
    number = int(str(refused.facts["number"]))
    if control is not None:
        changes = gather.control_changes(found.entry, control.number, since=form.shown, until=number)
    else:
        changes = gather.risk_changes(found.entry, since=form.shown, until=number)
    form.catch_up(number)
    return changes


@page
def accept(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """The frozen record of one risk, and under it the form; or why this person may not accept it."""
    entry = get_object_or_404(ENTRIES, model__slug=slug, number=number)
    found = risk_register.current(entry)
    openings = gather.opening(found, request.user)
    form = AcceptForm(request.POST or None, roles=openings.roles)

    def deed() -> HttpResponse:
        risk_acceptance.accept(entry=entry, by=request.user, **form.cleaned_data)
        messages.success(request, "Accepted under your signature. The ledger has it.")
        return redirect("risk", entry.model.slug, entry.number)

    context = {"model": entry.model, "found": found, "opening": openings, "form": form}
    return _sign(request, {**context, "paper": gather.risk_paper(found)}, deed)


@page
def accept_register(request: SignedIn, slug: str) -> HttpResponse:
    """The same for all that is left of the model's risks together."""
    model = get_object_or_404(MODELS, slug=slug)
    entries = risk_register.register(model)
    openings = gather.register_opening(entries, request.user)
    form = AcceptForm(request.POST or None, roles=openings.roles)

    def deed() -> HttpResponse:
        risk_acceptance.accept_register(model=model, by=request.user, **form.cleaned_data)
        messages.success(request, "Accepted under your signature. The ledger has it.")
        return redirect("risks", model.slug)

    context = {"model": model, "opening": openings, "form": form}
    return _sign(request, {**context, "paper": gather.register_paper(model, entries)}, deed)


def _sign(request: SignedIn, context: dict[str, Any], deed: Callable[[], HttpResponse]) -> HttpResponse:
    refused: Refused | None = None
    if request.method == "POST" and context["opening"].roles and context["form"].is_valid():
        try:
            return deed()
        except Refused as error:
            refused = error
    context |= {"refused": refused, "statement": gather.STATEMENT}
    return render(request, "risk/accept.html", context, status=refused.status if refused else 200)
