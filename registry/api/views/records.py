"""Datasets, models, versions and their prediction tables."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.api.calls import caller, validated
from registry.api.idempotency import Idempotent
from registry.api.serializers import (
    DatasetInput,
    DatasetOutput,
    ModelInput,
    ModelOutput,
    TableInput,
    TableOutput,
    VersionInput,
    VersionOutput,
)
from registry.core.scopes import MODELS_WRITE, TABLES_READ, TABLES_WRITE
from registry.core.strict_json import StrictJsonError, loads
from registry.errors import InvalidInput
from registry.models.dataset import Dataset
from registry.models.model import Model
from registry.models.table import PredictionTable
from registry.models.version import ModelVersion
from registry.services import datasets, models, tables, versions

VERSIONS = ModelVersion.objects.select_related("model", "training_dataset", "submitted_by")
TABLES = PredictionTable.objects.select_related("dataset", "uploaded_by")


class BadSchemaText(InvalidInput):
    code = "schema_not_json"


class UploadTooLarge(InvalidInput):
    code = "too_large"
    status = 413


class DatasetsView(Idempotent, generics.ListAPIView[Dataset]):
    write_scope = MODELS_WRITE
    serializer_class = DatasetOutput
    queryset = Dataset.objects.select_related("team", "site")
    filterset_fields = ["team__slug", "legal_basis", "site__slug"]

    @extend_schema(request=DatasetInput, responses={201: DatasetOutput})
    def post(self, request: Request) -> Response:
        dataset = datasets.register(by=caller(request), **validated(DatasetInput, request))
        return Response(DatasetOutput(dataset).data, status=status.HTTP_201_CREATED)


class ModelsView(Idempotent, generics.ListAPIView[Model]):
    write_scope = MODELS_WRITE
    serializer_class = ModelOutput
    queryset = Model.objects.select_related("team")
    filterset_fields = ["team__slug", "risk_class", "decision_role"]

    @extend_schema(request=ModelInput, responses={201: ModelOutput})
    def post(self, request: Request) -> Response:
        model = models.register(by=caller(request), **validated(ModelInput, request))
        return Response(ModelOutput(model).data, status=status.HTTP_201_CREATED)


class ModelView(generics.RetrieveAPIView[Model]):
    serializer_class = ModelOutput
    queryset = Model.objects.select_related("team")
    lookup_field = "slug"


class VersionsView(Idempotent, generics.ListAPIView[ModelVersion]):
    write_scope = MODELS_WRITE
    serializer_class = VersionOutput
    filterset_fields = ["state", "artifact_sha256"]
    queryset = VERSIONS

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(model__slug=self.kwargs.get("slug"))

    @extend_schema(request=VersionInput, responses={201: VersionOutput})
    def post(self, request: Request, slug: str) -> Response:
        model = get_object_or_404(Model.objects.select_related("team"), slug=slug)
        version = versions.create(by=caller(request), model=model, **validated(VersionInput, request))
        return Response(VersionOutput(version).data, status=status.HTTP_201_CREATED)


class VersionView(generics.RetrieveAPIView[ModelVersion]):
    serializer_class = VersionOutput
    queryset = VERSIONS


class VersionSubmitView(APIView):
    write_scope = MODELS_WRITE

    @extend_schema(request=None, responses=VersionOutput)
    def post(self, request: Request, pk: UUID) -> Response:
        version = versions.submit(by=caller(request), version=get_object_or_404(VERSIONS, pk=pk))
        return Response(VersionOutput(version).data)


class TablesView(Idempotent, generics.ListAPIView[PredictionTable]):
    """Upload as multipart/form-data: `file`, `format`, `purpose`, `dataset` and `schema` (JSON text)."""

    write_scope = TABLES_WRITE
    serializer_class = TableOutput
    parser_classes = [MultiPartParser]
    filterset_fields = ["purpose"]
    queryset = TABLES

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(version=self.kwargs.get("pk"))

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        _refuse_too_large(request)
        super().initial(request, *args, **kwargs)

    @extend_schema(request={"multipart/form-data": TableInput}, responses={201: TableOutput})
    def post(self, request: Request, pk: UUID) -> Response:
        given = validated(TableInput, request)
        version = get_object_or_404(VERSIONS, pk=pk)
        with NamedTemporaryFile(dir=settings.UPLOAD_DIR, prefix="upload-") as received:
            for chunk in given["file"].chunks():
                received.write(chunk)
            received.flush()
            table = tables.upload(
                by=caller(request),
                version=version,
                dataset=given["dataset"],
                purpose=given["purpose"],
                path=Path(received.name),
                file_name=given["file"].name,
                file_format=given["format"],
                schema=_schema(given["schema"]),
            )
        return Response(TableOutput(table).data, status=status.HTTP_201_CREATED)


def _refuse_too_large(request: Request) -> None:
    # Decided before the body is read; the parser checks the true size again.
    announced = int(request.META.get("CONTENT_LENGTH") or 0)
    if announced > settings.UPLOAD_LIMIT_BYTES + 1024 * 1024:
        raise UploadTooLarge(
            f"The upload has {announced:,} bytes; at most {settings.UPLOAD_LIMIT_BYTES:,} are accepted. "
            "Send Parquet instead of CSV, or fewer columns."
        )


def _schema(text: str) -> dict[str, object]:
    try:
        parsed = loads(text)
    except StrictJsonError as error:
        raise BadSchemaText(f"The schema is not usable JSON: {error}.") from error
    if not isinstance(parsed, dict):
        raise BadSchemaText('The schema is a JSON object: {"columns": [...]}.')
    return parsed


class TableView(generics.RetrieveAPIView[PredictionTable]):
    serializer_class = TableOutput
    queryset = TABLES


class TableFileView(APIView):
    """The bytes exactly as they were uploaded. The download is on record in the ledger."""

    read_scope = TABLES_READ

    @extend_schema(responses={(200, "application/octet-stream"): bytes})
    def get(self, request: Request, pk: UUID) -> FileResponse:
        table = get_object_or_404(PredictionTable.objects.select_related("version__model__team"), pk=pk)
        response = FileResponse(
            tables.open_rows(by=caller(request), table=table),
            as_attachment=True,
            filename=f"table-{table.pk}.{table.file_format}",
            content_type="application/octet-stream",
        )
        # Base64, as RFC 3230 has it; the API shows the same digest in hexadecimal.
        digest = b64encode(bytes.fromhex(table.file_sha256)).decode()
        response.headers["Digest"] = f"sha-256={digest}"
        return response
