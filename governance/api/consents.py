"""Importing consents, recording withdrawals, and the coverage of a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.input import ConsentsInput, CoverageInput, WithdrawalInput
from governance.api.output import ConsentImportOutput, CoverageOutput
from governance.core.consent_file import MAX_BYTES
from governance.core.consent_shown import shown
from governance.core.document import document
from governance.errors import ConsentRefused, ConsentTooLarge
from governance.models.consent import ConsentImport
from governance.services import consents
from governance.services.coverage import coverage
from registry.api.calls import caller, validated
from registry.api.idempotency import Idempotent
from registry.core.scopes import CONSENT_WRITE
from registry.core.strict_json import StrictJsonError, loads
from registry.models.table import PredictionTable

NOWHERE = "No evaluation table holds this pseudonym, so nothing changed; compare its spelling with the tables'."


class WholeFile(BaseParser):
    """The body's bytes, as they came: the import reads them strictly, and keeps their digest."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:  # noqa: ANN401 - DRF's signature; bytes, here
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise ConsentTooLarge(f"The file exceeds {MAX_BYTES:,} bytes.")
        return body


class ConsentsView(Idempotent, generics.ListAPIView[ConsentImport]):
    """Imports, newest first. Records themselves are never listed. A bare list of records is taken with `?source=`."""

    write_scope = CONSENT_WRITE
    serializer_class = ConsentImportOutput
    parser_classes = [WholeFile]
    queryset = ConsentImport.objects.select_related("imported_by")

    @extend_schema(
        parameters=[OpenApiParameter("source", str, description="Where they come from, when the body is a list.")],
        request=ConsentsInput,
        responses={201: ConsentImportOutput},
    )
    def post(self, request: Request) -> Response:
        source, content = _source(request)
        batch = consents.import_records(by=caller(request), source=source, content=content)
        return Response(ConsentImportOutput(batch).data, status=status.HTTP_201_CREATED)


def _source(request: Request) -> tuple[str, bytes]:
    """A list with `?source=`, or an object with `source` and `records`."""
    body: bytes = request.data if isinstance(request.data, bytes) else b""
    if not body.lstrip().startswith(b"{"):
        return request.query_params.get("source", ""), body
    try:
        parsed = loads(body)
    except StrictJsonError as error:
        raise ConsentRefused(f"The file is not usable JSON: {error}.") from error
    if set(parsed) != {"source", "records"} or not isinstance(parsed["source"], str):
        raise ConsentRefused('Send a list of records with ?source=, or {"source": "...", "records": [...]}.')
    return parsed["source"], json.dumps(parsed["records"]).encode()


class WithdrawalOutput(ConsentImportOutput):
    """tables, versions: how many evaluation tables, of how many versions, hold this pseudonym. note: when none does."""

    tables = serializers.IntegerField()
    versions = serializers.IntegerField()
    note = serializers.CharField(allow_blank=True)

    class Meta(ConsentImportOutput.Meta):
        fields = [*ConsentImportOutput.Meta.fields, "tables", "versions", "note"]

    def to_representation(self, instance: ConsentImport) -> dict[str, Any]:
        found = consents.reached(instance)
        told = {"tables": found.tables, "versions": found.versions, "note": "" if found.tables else NOWHERE}
        return {**ConsentImportOutput(instance).data, **told}


class WithdrawalsView(Idempotent):
    """A patient withdraws a consent; every decision that it touches is made again before the answer."""

    write_scope = CONSENT_WRITE

    @extend_schema(request=WithdrawalInput, responses={201: WithdrawalOutput})
    def post(self, request: Request) -> Response:
        record = consents.withdraw(by=caller(request), **validated(WithdrawalInput, request))
        return Response(WithdrawalOutput(record.batch).data, status=status.HTTP_201_CREATED)


class ShownCoverageOutput(CoverageOutput):
    """Small counts are null, with "<11" or "withheld" under `hidden`; `value` is then a bound in whole percent."""

    covered = serializers.IntegerField(allow_null=True)
    eligible = serializers.IntegerField(allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField(allow_null=True))
    hidden = serializers.DictField(child=serializers.CharField())


class CoverageView(APIView):
    """How many of a table's subjects consented to a purpose, now; counts of a few subjects are not shown."""

    @extend_schema(parameters=[CoverageInput], responses=ShownCoverageOutput)
    def get(self, request: Request, pk: UUID) -> Response:
        asked = CoverageInput(data=request.query_params)
        asked.is_valid(raise_exception=True)
        table = get_object_or_404(PredictionTable.objects.select_related("dataset"), pk=pk)
        found = coverage(table=table, purpose=asked.validated_data["purpose"], at=timezone.now())
        told = shown(found)
        hidden = {name: count for name, count in told.counts if isinstance(count, str)}
        counts = {name: None if name in hidden else count for name, count in told.counts}
        return Response({**document(told), "counts": counts, "hidden": hidden})
