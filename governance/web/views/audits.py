"""The page of one audit: every measure, every check, and for each null its reason."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from audits.models.audit import Audit
from governance.web import captions
from governance.web.gather import checks, measures, overview, version
from governance.web.pages import SignedIn, page, paged

AUDITS = Audit.objects.select_related("version__model", "plan", "table__dataset", "reference__dataset", "requested_by")


@page
def show(request: SignedIn, pk: UUID) -> HttpResponse:
    """The message in a few sentences, the checks, the charts, and the measures under short headings."""
    audit = get_object_or_404(AUDITS, pk=pk)
    rows = version.check_rows([audit])
    chosen = checks.choice(request.GET.get("verdict", ""), rows)
    shown = paged(checks.matching(rows, chosen), request, size=20, name="checks")
    checked = checks.lines(shown, version=audit.version, person=request.user, now=timezone.now())
    choices, measured = checks.filters(rows, chosen), list(audit.measurements.all())
    return render(
        request,
        "audit.html",
        {
            "line": version.audit_line(audit),
            "audit": audit,
            "version": audit.version,
            "overview": overview.sentences(audit, measured, choices),
            "charts": [(chart, captions.how_to(chart.name)) for chart in audit.charts.defer("spec")],
            "sections": measures.sections(measures.groups(measured, audit.kind)),
            "filters": choices,
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
