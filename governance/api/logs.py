"""The logs of a model over the API: what is kept where, for how long, and when somebody looked."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from governance.core.logs import LOGS
from governance.models.log import LogRegistration
from governance.services import logs
from registry.api.calls import caller, validated
from registry.api.idempotency import Idempotent
from registry.api.serializers import PersonOutput
from registry.core.scopes import INCIDENTS_WRITE
from registry.models.model import Model

Data = dict[str, Any]


class LogInput(serializers.Serializer[Data]):
    kind = serializers.ChoiceField(list(LOGS))
    kept_in = serializers.CharField(max_length=2000)
    retention_days = serializers.IntegerField(min_value=1, max_value=logs.LONGEST)
    reviewed_on = serializers.DateField()


class LogOutput(serializers.ModelSerializer[LogRegistration]):
    reviewed_by = PersonOutput()

    class Meta:
        model = LogRegistration
        fields = ["id", "kind", "revision", "kept_in", "retention_days", "reviewed_on", "reviewed_by", "created_at"]


class LogsView(Idempotent):
    """GET: the latest registration of each kind. POST: what is known about one from now on."""

    write_scope = INCIDENTS_WRITE

    @extend_schema(responses=LogOutput(many=True))
    def get(self, request: Request, slug: str) -> Response:
        return Response(LogOutput(logs.kept(_model(slug)), many=True).data)

    @extend_schema(request=LogInput, responses={201: LogOutput})
    def post(self, request: Request, slug: str) -> Response:
        made = logs.register(model=_model(slug), by=caller(request), **validated(LogInput, request))
        return Response(LogOutput(made).data, status=status.HTTP_201_CREATED)


def _model(slug: str) -> Model:
    return get_object_or_404(Model.objects.select_related("team"), slug=slug)
