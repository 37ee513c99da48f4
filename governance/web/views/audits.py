"""The page of one audit: every measure, every check, and for each null its reason."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from audits.models.audit import Audit
from governance.web.gather import checks, measures, version
from governance.web.pages import SignedIn, page, paged

AUDITS = Audit.objects.select_related("version__model", "plan", "table__dataset", "reference__dataset", "requested_by")


@page
def show(request: SignedIn, pk: UUID) -> HttpResponse:
    """Measures in groups, each with all its slices on one axis."""
    audit = get_object_or_404(AUDITS, pk=pk)
    rows = version.check_rows([audit])
    chosen = checks.choice(request.GET.get("verdict", ""), rows)
    shown = paged(checks.matching(rows, chosen), request, size=20, name="checks")
    checked = checks.lines(shown, version=audit.version, person=request.user, now=timezone.now())
    return render(
        request,
        "audit.html",
        {
            "line": version.audit_line(audit),
            "audit": audit,
            "version": audit.version,
            "charts": list(audit.charts.defer("spec")),
            "groups": measures.groups(audit.measurements.all(), audit.kind),
            "filters": checks.filters(rows, chosen),
            "verdict": chosen,
            "page": shown,
            "checks": checked,
            "may_waive": any(line.may_waive for line in checked),
            "confidence": version.confidence(audit.plan),
        },
    )


@page
def measure(request: SignedIn, pk: UUID, key: str) -> HttpResponse:
    """One measure in full: every slice, grouping, column, site or window that it was made for."""
    audit = get_object_or_404(AUDITS, pk=pk)
    point = request.GET.get("at", "")
    rows = audit.measurements.filter(measure=key, operating_point=point)
    groups = measures.groups(rows, audit.kind)
    if not groups:
        raise Http404("This audit measured nothing under that name.")
    shown = {
        "audit": audit,
        "version": audit.version,
        "group": groups[0],
        "confidence": version.confidence(audit.plan),
    }
    return render(request, "measure.html", shown)


@page
def progress(request: SignedIn, pk: UUID) -> HttpResponse:
    """The head of the page while the audit runs; HTMX asks for it until it has finished."""
    audit = get_object_or_404(AUDITS, pk=pk)
    return render(request, "audit/_progress.html", {"line": version.audit_line(audit), "audit": audit, "part": True})
