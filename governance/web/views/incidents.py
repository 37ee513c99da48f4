"""Incidents of a model, one incident with its deadlines, and the logs that are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from governance import incident_permissions
from governance.errors import AlreadyRecorded
from governance.models.incident import Incident, IncidentReport
from governance.services import incidents, logs
from governance.web.forms_incidents import CloseForm, ExcuseForm, IncidentForm, LogForm, ReassessForm, ReportForm
from governance.web.gather import incidents as gather
from governance.web.once import ALREADY
from governance.web.pages import SignedIn, page, page_for
from registry.core.scopes import INCIDENTS_WRITE
from registry.errors import Refused
from registry.models.model import Model

MODELS = Model.objects.select_related("team")
INCIDENTS = Incident.objects.select_related(
    "model__team", "version", "site", "opened_by", "closed_by"
).prefetch_related("reports__settled_by")
OWED = IncidentReport.objects.select_related("incident__model__team")
May = tuple[bool, str]


@page
def listed(request: SignedIn, slug: str) -> HttpResponse:
    """All incidents of a model, and the logs in which one would look."""
    model = get_object_or_404(MODELS, slug=slug)
    context = {
        "model": model,
        "lines": gather.lines(model, now=timezone.now()),
        "logs": gather.kept_logs(model),
        "may_write": incident_permissions.can_write(request.user, model),
    }
    return render(request, "incidents.html", context)


@page
def show(request: SignedIn, pk: UUID) -> HttpResponse:
    """One incident, who must be told by when, and what was done."""
    incident = get_object_or_404(INCIDENTS, pk=pk)
    context = {
        "model": incident.model,
        "line": gather.line(incident, now=timezone.now()),
        "altered": gather.altered(incident),
        "may_write": incident_permissions.can_write(request.user, incident.model),
        "may_decide": incident_permissions.can_decide(request.user, incident),
    }
    return render(request, "incidents_show.html", context)


@page_for(INCIDENTS_WRITE)
def open_one(request: SignedIn, slug: str) -> HttpResponse:
    """Open an incident."""
    model = get_object_or_404(MODELS, slug=slug)
    form = IncidentForm(request.POST or None, model=model)

    def deed() -> HttpResponse:
        given = form.cleaned_data
        made = incidents.open_incident(
            model=model, by=request.user, noticed=form.noticed, clocks=given["clocks"], pk=given["once"]
        )
        return redirect("incident", made.pk)

    may = incident_permissions.can_write(request.user, model)
    words = {"title": "Open an incident", "button": "Open the incident"}
    return _form(
        request, model, form, deed, may, again=lambda: redirect("incident", form.cleaned_data["once"]), **words
    )


@page_for(INCIDENTS_WRITE)
def reassess(request: SignedIn, pk: UUID) -> HttpResponse:
    """Say that it is graver, or less grave, than was thought."""
    incident = get_object_or_404(INCIDENTS, pk=pk)
    form = ReassessForm(
        request.POST or None,
        running=[each.clock for each in incident.reports.all()],
        why_not_lower=incident_permissions.can_decide(request.user, incident)[1],
        initial={"severity": incident.severity},
    )

    def deed() -> HttpResponse:
        incidents.reassess(incident=incident, by=request.user, **form.cleaned_data)
        return redirect("incident", pk)

    may = incident_permissions.can_reassess(request.user, incident)
    return _form(request, incident.model, form, deed, may, title="Change the severity", incident=incident)


@page_for(INCIDENTS_WRITE)
def report(request: SignedIn, pk: UUID, clock: str) -> HttpResponse:
    """Put a report on record."""
    owed = get_object_or_404(OWED, incident=pk, clock=clock)
    form = ReportForm(request.POST or None)

    def deed() -> HttpResponse:
        incidents.report(owed=owed, by=request.user, **form.cleaned_data)
        return redirect("incident", pk)

    may = incident_permissions.can_report(request.user, owed)
    return _form(request, owed.incident.model, form, deed, may, title="Put a report on record", owed=owed)


@page_for(INCIDENTS_WRITE)
def excuse(request: SignedIn, pk: UUID, clock: str) -> HttpResponse:
    """Put on record why a report is not owed."""
    owed = get_object_or_404(OWED, incident=pk, clock=clock)
    form = ExcuseForm(request.POST or None)

    def deed() -> HttpResponse:
        incidents.excuse(owed=owed, by=request.user, **form.cleaned_data)
        return redirect("incident", pk)

    may = incident_permissions.can_excuse(request.user, owed)
    return _form(request, owed.incident.model, form, deed, may, title="Say that a report is not needed", owed=owed)


@page_for(INCIDENTS_WRITE)
def close(request: SignedIn, pk: UUID) -> HttpResponse:
    """Close an incident for good."""
    incident = get_object_or_404(INCIDENTS, pk=pk)
    form = CloseForm(request.POST or None)

    def deed() -> HttpResponse:
        incidents.close(incident=incident, by=request.user, **form.cleaned_data)
        return redirect("incident", pk)

    may = incident_permissions.can_decide(request.user, incident)
    words: dict[str, Any] = {"title": "Close the incident", "button": "Close it for good"}
    return _form(request, incident.model, form, deed, may, incident=incident, **words)


@page_for(INCIDENTS_WRITE)
def register_log(request: SignedIn, slug: str) -> HttpResponse:
    """Say where a log is kept and for how long."""
    model = get_object_or_404(MODELS, slug=slug)
    form = LogForm(request.POST or None)

    def deed() -> HttpResponse:
        given = dict(form.cleaned_data)
        logs.register(model=model, by=request.user, pk=given.pop("once"), **given)
        return redirect("incidents", model.slug)

    may = incident_permissions.can_write(request.user, model)
    words: dict[str, Any] = {"title": "Register a log", "button": "Register"}
    return _form(request, model, form, deed, may, **words)


def _form(
    request: SignedIn,
    model: Model,
    form: Form,
    deed: Callable[[], HttpResponse],
    may: May,
    *,
    again: Callable[[], HttpResponse] | None = None,
    **more: Any,  # noqa: ANN401 - what the template shows beside the form
) -> HttpResponse:
    """Do the deed with a form that is filled in well; else show it with what is wrong. Who may not, sees why.

    again: where the first answer led, for a form that was sent twice; None for the list.
    """
    refused: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            answer = deed()
        except AlreadyRecorded:
            messages.info(request, ALREADY)
            return again() if again else redirect("incidents", model.slug)
        except Refused as error:
            refused = error
        else:
            messages.success(request, "Recorded. The ledger has it.")
            return answer
    context = {"model": model, "form": form, "refused": refused, "button": "Record it", "may": may, **more}
    return render(request, "incidents_form.html", context, status=refused.status if refused else 200)
