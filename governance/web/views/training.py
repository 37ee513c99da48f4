"""The pages on training: a model's coverage, and one site's roster, gaps and imports."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from governance import permissions, training_permissions
from governance.core.training_file import COLUMNS, MAX_BYTES
from governance.models.training import TrainingFile, TrainingImport
from governance.services import training as services
from governance.web.forms_adoption import TrainingFileForm
from governance.web.gather import training
from governance.web.pages import SignedIn, page
from registry.core.scopes import TRAINING_WRITE
from registry.errors import Refused
from registry.models.model import Model
from registry.models.site import Site

PREVIEW = "preview"
MODELS = Model.objects.select_related("team")


@page
def overview(request: SignedIn, slug: str) -> HttpResponse:
    """A model's coverage at all sites together, and the way to each of them."""
    model = get_object_or_404(Model, slug=slug)
    today = timezone.now().date()
    sites = Site.objects.filter(model_sites__model=model) | Site.objects.filter(model_users__model=model)
    lines = [(site, training.coverage(model, site, today=today)) for site in sites.distinct()]
    context = {"model": model, "together": training.coverage(model, None, today=today), "sites": lines}
    return render(request, "training.html", context)


@page
def site(request: SignedIn, slug: str, site: str) -> HttpResponse:
    """Coverage, who lacks what, and the form that takes a CSV file."""
    model, place = get_object_or_404(MODELS, slug=slug), get_object_or_404(Site, slug=site)
    refused: Refused | None = None
    preview: services.Preview | None = None
    form = TrainingFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            preview = _taken(request, form.cleaned_data, model, place)
        except Refused as error:
            refused = error
        if refused is None and preview is None:
            return redirect("training-site", slug, site)
    context = {**_shown(request, model, place), "form": form, "refused": refused, "preview": preview}
    return render(request, "training_site.html", context, status=refused.status if refused else 200)


@page
def table(request: SignedIn, slug: str, site: str) -> HttpResponse:
    """Who has learnt what, as a CSV file. The download is on record in the ledger."""
    model, place, today = (
        get_object_or_404(MODELS, slug=slug),
        get_object_or_404(Site, slug=site),
        timezone.now().date(),
    )
    people = services.roster(model, place, today)
    services.record_download(by=request.user, model=model, site=place, people=len(people))
    content = training.table(model, place, today=today)
    name = f"training-{model.slug}-{place.slug}.csv"
    return HttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _shown(request: SignedIn, model: Model, place: Site) -> dict[str, Any]:
    today = timezone.now().date()
    may_see, why_not_see = training_permissions.can_see_people(request.user, model)
    people = training.people(model, place, today=today) if may_see else ()
    imports = TrainingImport.objects.filter(site=place).select_related("model", "imported_by")[:10]
    return {
        "model": model,
        "site": place,
        "coverage": training.coverage(model, place, today=today),
        "page": Paginator(people, 50).get_page(request.GET.get("page")),
        "may_see": may_see,
        "why_not_see": why_not_see,
        "imports": imports,
        "why_not": _why_not(request),
        "columns": [(kind.label, *COLUMNS[kind]) for kind in TrainingFile],
    }


def _why_not(request: SignedIn) -> str:
    """Why this person sees no form; "" when they do."""
    try:
        permissions.check_scope(request.user, TRAINING_WRITE)
    except Refused as refused:
        return refused.message
    return ""


def _taken(request: SignedIn, given: dict[str, Any], model: Model, place: Site) -> services.Preview | None:
    """What an import would do, when that was asked; otherwise it is done, and there is nothing more to show."""
    content = given["file"].read(MAX_BYTES + 1)
    roster = given["kind"] == TrainingFile.ROSTER
    if request.POST.get("deed") == PREVIEW:
        about = model if roster else None
        return services.preview(by=request.user, site=place, model=about, kind=given["kind"], content=content)
    if roster:
        batch = services.import_roster(by=request.user, site=place, model=model, content=content)
    else:
        batch = services.import_records(by=request.user, site=place, content=content)
    messages.success(request, f"Imported: {batch.added:,} of {batch.rows:,} rows said something new.")
    return None
