"""The interactive report of a drift audit, as an HTML file to keep: no browser shows it from here."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from audits.interactive import response
from audits.models.audit import Audit


class AnyAccepted(DefaultContentNegotiation):
    """The bytes are HTML whatever is asked for, and a refusal is JSON: asking for HTML alone is no mistake here."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, str(first.media_type)


class InteractiveReportView(APIView):
    content_negotiation_class = AnyAccepted

    @extend_schema(responses={(200, "text/html"): OpenApiTypes.STR})
    def get(self, request: Request, pk: UUID) -> FileResponse:
        """Evidently's drawing of the drift, on a sample; its digest is the audit's `report_sha256`."""
        return response(get_object_or_404(Audit, pk=pk), keep=True)
