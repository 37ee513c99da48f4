"""Incidents over the API: open, reassess, report, excuse, close."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from governance import incident_permissions
from governance.api.personal import InPerson, check_in_person
from governance.core.incidents import CLOCKS, SEVERITIES
from governance.models.incident import Incident, IncidentReport
from governance.services import incidents
from governance.services.incidents import Noticed
from registry.api.calls import caller, validated
from registry.api.idempotency import Idempotent
from registry.api.serializers import PersonOutput
from registry.core.scopes import INCIDENTS_WRITE
from registry.models.model import Model
from registry.models.site import Site
from registry.models.version import ModelVersion

Data = dict[str, Any]
UNNAMED = "No names of patients: the words stay for good."
INCIDENTS = Incident.objects.select_related("model__team", "site", "opened_by", "closed_by").prefetch_related("reports")


class IncidentInput(serializers.Serializer[Data]):
    """noticed_at: when somebody learned of it; every deadline in `clocks` runs from then."""

    severity = serializers.ChoiceField(list(SEVERITIES))
    happened_on = serializers.DateField()
    noticed_at = serializers.DateTimeField()
    description = serializers.CharField(max_length=10000, help_text=UNNAMED)
    version = serializers.UUIDField(allow_null=True, default=None)
    site = serializers.SlugField(allow_null=True, default=None)
    clocks = serializers.ListField(child=serializers.ChoiceField(list(CLOCKS)), default=list)


class IncidentReassessmentInput(serializers.Serializer[Data]):
    severity = serializers.ChoiceField(list(SEVERITIES))
    reason = serializers.CharField(max_length=5000, allow_blank=True, help_text=UNNAMED)
    clocks = serializers.ListField(child=serializers.ChoiceField(list(CLOCKS)), default=list)


class IncidentReportInput(serializers.Serializer[Data]):
    reported_at = serializers.DateTimeField()
    reference = serializers.CharField(max_length=200, allow_blank=True)


class IncidentExcuseInput(serializers.Serializer[Data]):
    reason = serializers.CharField(max_length=5000, allow_blank=True, help_text=UNNAMED)


class IncidentClosingInput(serializers.Serializer[Data]):
    outcome = serializers.CharField(max_length=10000, allow_blank=True, help_text=UNNAMED)


class IncidentReportOutput(serializers.ModelSerializer[IncidentReport]):
    owed = serializers.BooleanField()

    class Meta:
        model = IncidentReport
        fields = ["clock", "authority", "due_at", "reported_at", "reference", "not_needed", "owed"]


class IncidentOutput(serializers.ModelSerializer[Incident]):
    reports = IncidentReportOutput(many=True)
    site = serializers.SlugRelatedField[Site](slug_field="slug", read_only=True)
    opened_by = PersonOutput()
    closed_by = PersonOutput(allow_null=True)
    overdue = serializers.SerializerMethodField()

    class Meta:
        model = Incident
        fields = [
            "id",
            "version",
            "site",
            "severity",
            "happened_on",
            "noticed_at",
            "description",
            "state",
            "outcome",
            "overdue",
            "reports",
            "opened_by",
            "closed_by",
            "closed_at",
            "created_at",
        ]

    @extend_schema_field(bool)
    def get_overdue(self, row: Incident) -> bool:
        return incidents.is_overdue(row, now=timezone.now())


class IncidentsView(Idempotent, generics.ListAPIView[Incident]):
    """Newest first. POST: open one, with the deadlines that run."""

    write_scope = INCIDENTS_WRITE
    serializer_class = IncidentOutput
    filterset_fields = ["state", "severity", "version"]
    queryset = INCIDENTS

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(model__slug=self.kwargs.get("slug"))

    @extend_schema(request=IncidentInput, responses={201: IncidentOutput})
    def post(self, request: Request, slug: str) -> Response:
        model = get_object_or_404(Model.objects.select_related("team"), slug=slug)
        given = validated(IncidentInput, request)
        clocks, version, site = given.pop("clocks"), given.pop("version"), given.pop("site")
        noticed = Noticed(
            version=get_object_or_404(ModelVersion, pk=version) if version else None,
            site=get_object_or_404(Site, slug=site) if site else None,
            **given,
        )
        made = incidents.open_incident(model=model, by=caller(request), noticed=noticed, clocks=clocks)
        return _answer(made.pk, status.HTTP_201_CREATED)


class IncidentView(generics.RetrieveAPIView[Incident]):
    serializer_class = IncidentOutput
    queryset = INCIDENTS


class ReassessmentView(Idempotent):
    """Correct how grave it is, and add the deadlines that run because of that. Lowering it takes a person's session."""

    write_scope = INCIDENTS_WRITE

    @extend_schema(request=IncidentReassessmentInput, responses=IncidentOutput)
    def post(self, request: Request, pk: UUID) -> Response:
        incident, given = get_object_or_404(INCIDENTS, pk=pk), validated(IncidentReassessmentInput, request)
        if incident_permissions.lowers(incident, given["severity"]):
            check_in_person(self, request)
        incidents.reassess(incident=incident, by=caller(request), **given)
        return _answer(pk)


class ReportView(Idempotent):
    """Put on record that a report was made."""

    write_scope = INCIDENTS_WRITE

    @extend_schema(request=IncidentReportInput, responses=IncidentOutput)
    def post(self, request: Request, pk: UUID, clock: str) -> Response:
        incidents.report(owed=_owed(pk, clock), by=caller(request), **validated(IncidentReportInput, request))
        return _answer(pk)


class ExcuseView(Idempotent):
    """Put on record why a report is not owed after all. It takes a person's own session."""

    permission_classes = [InPerson]

    @extend_schema(request=IncidentExcuseInput, responses=IncidentOutput)
    def post(self, request: Request, pk: UUID, clock: str) -> Response:
        incidents.excuse(owed=_owed(pk, clock), by=caller(request), **validated(IncidentExcuseInput, request))
        return _answer(pk)


class ClosingView(Idempotent):
    """Close it for good. It takes a person's own session."""

    permission_classes = [InPerson]

    @extend_schema(request=IncidentClosingInput, responses=IncidentOutput)
    def post(self, request: Request, pk: UUID) -> Response:
        incident = get_object_or_404(INCIDENTS, pk=pk)
        incidents.close(incident=incident, by=caller(request), **validated(IncidentClosingInput, request))
        return _answer(pk)


def _owed(pk: UUID, clock: str) -> IncidentReport:
    return get_object_or_404(IncidentReport.objects.select_related("incident__model__team"), incident=pk, clock=clock)


def _answer(pk: UUID, code: int = status.HTTP_200_OK) -> Response:
    return Response(IncidentOutput(INCIDENTS.get(pk=pk)).data, status=code)
