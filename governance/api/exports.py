"""How does a program ask for an evidence report, and fetch it? The PDF, and the JSON that is inside it."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from uuid import UUID

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audits.api.serializers import ProgressOutput
from governance.models.decision import Environment
from governance.models.export import Export
from governance.services import exports
from registry import storage
from registry.api.calls import caller, validated
from registry.api.idempotency import Idempotent
from registry.core.scopes import EVIDENCE_EXPORT
from registry.models.version import ModelVersion

PDF, JSON = "application/pdf", "application/json"
EXPORTS = Export.objects.select_related("requested_by")


class ExportInput(serializers.Serializer[Any]):
    environment = serializers.ChoiceField(Environment.choices, default=Environment.PRODUCTION)


class ExportOutput(serializers.ModelSerializer[Export]):
    progress = ProgressOutput(source="*")
    requested_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)

    class Meta:
        model = Export
        fields = [
            "id",
            "version",
            "environment",
            "ledger_size",
            "state",
            "progress",
            "pdf_sha256",
            "json_sha256",
            "error_code",
            "error_message",
            "requested_by",
            "created_at",
            "finished_at",
        ]


class ExportsView(Idempotent, generics.ListAPIView[Export]):
    write_scope = EVIDENCE_EXPORT
    serializer_class = ExportOutput
    filterset_fields = ["environment", "state"]
    queryset = EXPORTS

    def get_queryset(self):  # type: ignore[no-untyped-def]  # noqa: ANN201 - DRF's own type varies with the manager
        return super().get_queryset().filter(version=self.kwargs.get("pk"))

    @extend_schema(request=ExportInput, responses={202: ExportOutput})
    def post(self, request: Request, pk: UUID) -> Response:
        version = get_object_or_404(ModelVersion, pk=pk)
        export = exports.request_export(by=caller(request), version=version, **validated(ExportInput, request))
        return Response(ExportOutput(export).data, status=status.HTTP_202_ACCEPTED)


class ExportView(generics.RetrieveAPIView[Export]):
    serializer_class = ExportOutput
    queryset = EXPORTS


class ReportFileView(APIView):
    @extend_schema(responses={(200, PDF): bytes})
    def get(self, request: Request, pk: UUID) -> FileResponse:
        export = get_object_or_404(Export, pk=pk)
        exports.check_ready(export)
        return _file(export.pdf_sha256, f"evidence-report-{export.pk}.pdf", PDF)


class EvidenceFileView(APIView):
    @extend_schema(responses={(200, JSON): dict})
    def get(self, request: Request, pk: UUID) -> FileResponse:
        export = get_object_or_404(Export, pk=pk)
        exports.check_ready(export)
        return _file(export.json_sha256, f"evidence-{export.pk}.json", JSON)


def _file(sha256: str, name: str, content_type: str) -> FileResponse:
    """To be saved, never shown by the browser; with its digest, as RFC 3230 spells it."""
    response = FileResponse(storage.open_blob(sha256), as_attachment=True, filename=name, content_type=content_type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Digest"] = f"sha-256={b64encode(bytes.fromhex(sha256)).decode()}"
    return response
