"""The first page: what waits for me, and how do the models stand?"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from governance.web.gather import dashboard, model_areas, standing
from governance.web.pages import SignedIn, page, paged
from registry.models.model import Model


@page
def overview(request: SignedIn) -> HttpResponse:
    """Versions to sign, open findings, last decisions, and every model with its newest version."""
    now = timezone.now()
    models = paged(dashboard.models(), request, size=25)
    lines = standing.lines(dashboard.latest_versions(models), now=now)
    newest = {line.version.model_id: line for line in lines}
    return render(
        request,
        "dashboard.html",
        {
            "waiting": dashboard.waiting_for(request.user),
            "findings": dashboard.open_findings(now=now),
            "decisions": [
                (row, standing.badge_of(row, row.version, now=now), standing.name_of(row.environment))
                for row in dashboard.last_decisions()
            ],
            "page": models,
            "models": [(row, newest.get(row.pk)) for row in models],
        },
    )


@page
def model(request: SignedIn, slug: str) -> HttpResponse:
    """One model: what it is for, its versions, and how everything stands that is kept about it."""
    found = get_object_or_404(Model.objects.select_related("team", "created_by"), slug=slug)
    versions = paged(found.versions.select_related("submitted_by", "model"), request, size=25)
    now = timezone.now()
    context = {"lines": standing.lines(versions, now=now), "areas": model_areas.of(found, now=now)}
    return render(request, "model.html", {"model": found, "page": versions, **context})
