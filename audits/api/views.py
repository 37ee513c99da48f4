"""Validation plans, audits, and what they found."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audits.api.serializers import (
    AuditOutput,
    AuditsInput,
    CheckOutput,
    MeasurementOutput,
    PlanInput,
    PlanOutput,
    SampleSizeInput,
    SampleSizeOutput,
)
from audits.core.catalog import CATALOG
from audits.models.audit import Audit
from audits.models.check import CheckRow
from audits.models.measurement import MeasurementRow
from audits.models.plan import ValidationPlan
from audits.services import feasibility, plans, requests
from registry.api.calls import caller, validated
from registry.api.idempotency import Idempotent
from registry.core.scopes import AUDITS_RUN, PLANS_WRITE
from registry.models.version import ModelVersion

AUDITS = Audit.objects.prefetch_related("checks")


class PlansView(Idempotent, generics.ListAPIView[ValidationPlan]):
    write_scope = PLANS_WRITE
    serializer_class = PlanOutput
    queryset = ValidationPlan.objects.select_related("frozen_by")

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(version=self.kwargs.get("pk"))

    @extend_schema(request=PlanInput, responses={201: PlanOutput})
    def post(self, request: Request, pk: UUID) -> Response:
        given = validated(PlanInput, request)
        version = get_object_or_404(ModelVersion, pk=pk)
        plan = plans.freeze(by=caller(request), version=version, document=given["document"])
        return Response(PlanOutput(plan).data, status=status.HTTP_201_CREATED)


class SampleSizeView(APIView):
    """Whether the plan's criteria can be decided on a table of this size, before anything runs."""

    @extend_schema(parameters=[SampleSizeInput], responses=SampleSizeOutput)
    def get(self, request: Request, pk: UUID) -> Response:
        asked = SampleSizeInput(data=request.query_params)
        asked.is_valid(raise_exception=True)
        plan, table, found = feasibility.before_the_run(
            version=get_object_or_404(ModelVersion, pk=pk),
            table=asked.validated_data.get("table"),
            anticipated=asked.validated_data["anticipated"],
        )
        counts = feasibility.counts_of(table)
        answer = {"plan": plan.pk, "table": table.pk, "statements": found}
        size = {"rows": counts.rows, "events": counts.events, "nonevents": counts.nonevents}
        return Response(SampleSizeOutput(answer | size).data)


class AuditsView(Idempotent, generics.ListAPIView[Audit]):
    write_scope = AUDITS_RUN
    serializer_class = AuditOutput
    filterset_fields = ["kind", "state", "table"]
    queryset = AUDITS

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(version=self.kwargs.get("pk"))

    @extend_schema(request=AuditsInput, responses={202: AuditOutput(many=True)})
    def post(self, request: Request, pk: UUID) -> Response:
        given = validated(AuditsInput, request)
        version = get_object_or_404(ModelVersion, pk=pk)
        audits = requests.request_audits(by=caller(request), version=version, **given)
        return Response(AuditOutput(audits, many=True).data, status=status.HTTP_202_ACCEPTED)


class AuditView(generics.RetrieveAPIView[Audit]):
    serializer_class = AuditOutput
    queryset = AUDITS


class AuditRequeueView(APIView):
    write_scope = AUDITS_RUN

    @extend_schema(request=None, responses=AuditOutput)
    def post(self, request: Request, pk: UUID) -> Response:
        audit = requests.requeue(by=caller(request), audit=get_object_or_404(Audit, pk=pk))
        return Response(AuditOutput(audit).data)


class MeasurementsView(generics.ListAPIView[MeasurementRow]):
    serializer_class = MeasurementOutput
    filterset_fields = ["measure", "slice", "across", "operating_point", "column"]
    queryset = MeasurementRow.objects.order_by("id")

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(audit=self.kwargs.get("pk"))


class ChecksView(generics.ListAPIView[CheckRow]):
    serializer_class = CheckOutput
    filterset_fields = ["verdict", "criterion_id"]
    queryset = CheckRow.objects.select_related("measurement").order_by("id")

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(audit=self.kwargs.get("pk"))


class FindingsView(generics.ListAPIView[CheckRow]):
    """The checks of a version that are not met or cannot be evaluated."""

    serializer_class = CheckOutput
    filterset_fields = ["verdict", "criterion_id", "audit__kind"]
    queryset = CheckRow.objects.findings().select_related("measurement").order_by("id")

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(audit__version=self.kwargs.get("pk"))


class MeasuresView(APIView):
    """The catalogue: what each measure means, and how to misread it."""

    @extend_schema(responses=dict)
    def get(self, request: Request) -> Response:
        return Response({key: asdict(entry) for key, entry in CATALOG.items()})
