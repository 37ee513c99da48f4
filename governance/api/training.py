"""Rosters and training records over the API: importing CSV files, and the coverage of a model's courses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.core.courses import COURSES
from governance.core.document import document
from governance.core.training_file import MAX_BYTES
from governance.models.training import TrainingFile, TrainingImport
from governance.services import training
from registry.api.calls import caller
from registry.api.idempotency import Idempotent
from registry.api.serializers import Data, PersonOutput
from registry.core.scopes import TRAINING_WRITE
from registry.models.model import Model
from registry.models.site import Site


class CsvFile(BaseParser):
    """The body's bytes, as they came; the import reads them strictly, and refuses one that is too long."""

    media_type = "text/csv"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:  # noqa: ANN401 - DRF's signature; bytes, here
        return stream.read(MAX_BYTES + 1)


class CourseOutput(serializers.Serializer[Data]):
    key = serializers.CharField()
    # DRF takes declared fields off the class, so this does not hide Field.label.
    label = serializers.CharField()  # type: ignore[assignment]
    meaning = serializers.CharField()


class TrainingImportOutput(serializers.ModelSerializer[TrainingImport]):
    site = serializers.SlugRelatedField[Site](slug_field="slug", read_only=True)
    model = serializers.SlugRelatedField[Model](slug_field="slug", read_only=True)
    imported_by = PersonOutput()

    class Meta:
        model = TrainingImport
        fields = ["id", "site", "model", "kind", "rows", "added", "file_sha256", "imported_by", "created_at"]


class PreviewOutput(serializers.Serializer[Data]):
    """What an import would do: `new` of the rows say something that is not on record."""

    rows = serializers.IntegerField()
    new = serializers.IntegerField()


class CoverOutput(serializers.Serializer[Data]):
    """expected: people who use the model. current: those with a valid record. lapses_on: last day of the first record
    that ends. lapsed: people whose records have run out."""

    course = serializers.CharField()
    site = serializers.CharField(allow_blank=True)
    expected = serializers.IntegerField()
    current = serializers.IntegerField()
    lapses_on = serializers.DateField(allow_null=True)
    lapsed = serializers.IntegerField()


class ImportInput(serializers.Serializer[Data]):
    """The query: which kind of file the body is."""

    kind = serializers.ChoiceField(TrainingFile.choices)
    model = serializers.SlugRelatedField(slug_field="slug", queryset=Model.objects.all(), required=False, default=None)
    preview = serializers.BooleanField(default=False)

    def validate(self, attrs: Data) -> Data:
        if (attrs["kind"] == TrainingFile.ROSTER) != (attrs["model"] is not None):
            raise serializers.ValidationError({"model": "A roster is about one model; training records about none."})
        return attrs


class CoursesView(APIView):
    """The courses that a policy may ask for and a record may carry."""

    @extend_schema(responses=CourseOutput(many=True))
    def get(self, request: Request) -> Response:
        return Response(document(list(COURSES.values())))


class TrainingImportsView(Idempotent, generics.ListAPIView[TrainingImport]):
    """GET: the accepted files of a site. POST: a CSV file; taken whole or refused with line and column."""

    write_scope = TRAINING_WRITE
    parser_classes = [CsvFile]
    serializer_class = TrainingImportOutput
    filterset_fields = ["kind"]
    queryset = TrainingImport.objects.select_related("site", "model", "imported_by")

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(site__slug=self.kwargs.get("slug"))

    @extend_schema(
        parameters=[ImportInput],
        request={"text/csv": bytes},
        responses={200: PreviewOutput, 201: TrainingImportOutput},
    )
    def post(self, request: Request, slug: str) -> Response:
        asked = ImportInput(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given, by, site = asked.validated_data, caller(request), get_object_or_404(Site, slug=slug)
        content = request.data if isinstance(request.data, bytes) else b""
        if given["preview"]:
            found = training.preview(by=by, site=site, model=given["model"], kind=given["kind"], content=content)
            return Response(document(found))
        if given["model"] is not None:
            batch = training.import_roster(by=by, site=site, model=given["model"], content=content)
        else:
            batch = training.import_records(by=by, site=site, content=content)
        return Response(TrainingImportOutput(batch).data, status=status.HTTP_201_CREATED)


class TrainingCoverView(APIView):
    """The coverage of every course for a model, at one site or, without `site`, at all of them together."""

    @extend_schema(parameters=[OpenApiParameter("site", str)], responses=CoverOutput(many=True))
    def get(self, request: Request, slug: str) -> Response:
        model = get_object_or_404(Model, slug=slug)
        name = request.query_params.get("site", "")
        site = get_object_or_404(Site, slug=name) if name else None
        found = training.covers(model=model, site=site)
        return Response([{**document(each), "lapses_on": each.lapses_on} for each in found])
