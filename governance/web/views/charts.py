"""An audit's charts: the picture that the worker drew, and the specification that the browser can draw anew."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import FileResponse, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from audits.models.chart import AuditChart
from governance.web.pages import SignedIn, page
from registry.storage import open_blob

# A chart never changes once its audit has finished; only this reader's browser may keep it.
KEPT: Final = "private, max-age=86400, immutable"
# An SVG opened by itself is a document: nothing in it may run or load.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@page
def picture(request: SignedIn, pk: UUID, name: str) -> FileResponse:
    """The drawn SVG."""
    chart = get_object_or_404(AuditChart.objects.defer("spec"), audit=pk, name=name)
    headers = {"Cache-Control": KEPT, "Content-Security-Policy": POLICY}
    return FileResponse(open_blob(chart.svg_sha256), content_type="image/svg+xml", headers=headers)


@page
def specification(request: SignedIn, pk: UUID, name: str) -> HttpResponse:
    """The Vega-Lite specification, with its data."""
    chart = get_object_or_404(AuditChart, audit=pk, name=name)
    return JsonResponse(chart.spec, headers={"Cache-Control": KEPT})
