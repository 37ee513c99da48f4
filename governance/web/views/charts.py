"""An audit's charts: the picture that the worker drew, and the specification that the browser can draw anew."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import FileResponse, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from audits.models.chart import AuditChart
from governance.web.pages import SignedIn, page
from registry.storage import open_blob

# An SVG opened by itself is a document: nothing in it may run or load.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@page
def picture(request: SignedIn, pk: UUID, name: str) -> FileResponse:
    """The drawn SVG."""
    chart = get_object_or_404(AuditChart.objects.defer("spec"), audit=pk, name=name)
    drawn = open_blob(chart.svg_sha256)
    return FileResponse(drawn, content_type="image/svg+xml", headers={"Content-Security-Policy": POLICY})


@page
def specification(request: SignedIn, pk: UUID, name: str) -> HttpResponse:
    """The Vega-Lite specification, with its data."""
    chart = get_object_or_404(AuditChart, audit=pk, name=name)
    return JsonResponse(chart.spec)
