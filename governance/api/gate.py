"""The gate: what is missing, what it says now, what it said before, and asking it to decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.input import AskInput, EnvironmentInput
from governance.api.output import AnswerOutput, ControlOutput, DecisionDetailOutput, DecisionOutput, answered
from governance.models.decision import GateDecision
from governance.services import gate
from registry.api.calls import caller, validated
from registry.api.idempotency import Idempotent
from registry.core.scopes import GATE_EVALUATE
from registry.models.version import ModelVersion

VERSIONS = ModelVersion.objects.select_related("model", "training_dataset")
DECISIONS = GateDecision.objects.select_related("pack")


def _environment(request: Request) -> str:
    asked = EnvironmentInput(data=request.query_params)
    asked.is_valid(raise_exception=True)
    environment: str = asked.validated_data["environment"]
    return environment


class AssessmentView(APIView):
    """Every control with its status, reason and remedy: the list of what is missing. Decides nothing."""

    @extend_schema(parameters=[EnvironmentInput], responses=ControlOutput(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        version = get_object_or_404(VERSIONS, pk=pk)
        results = gate.assessed(version=version, environment=_environment(request), now=timezone.now())
        return Response(gate.assessment_document(results))


class GateView(Idempotent):
    """GET: what the gate says now. POST: ask it to decide; the answer is the new decision, allow or deny."""

    write_scope = GATE_EVALUATE

    @extend_schema(parameters=[EnvironmentInput], responses=AnswerOutput)
    def get(self, request: Request, pk: UUID) -> Response:
        version = get_object_or_404(VERSIONS, pk=pk)
        answer = gate.answer(version=version, environment=_environment(request), now=timezone.now())
        return Response(answered(answer))

    @extend_schema(request=AskInput, responses={201: DecisionDetailOutput})
    def post(self, request: Request, pk: UUID) -> Response:
        version = get_object_or_404(VERSIONS, pk=pk)
        decision = gate.decide(version=version, by=caller(request), **validated(AskInput, request))
        return Response(DecisionDetailOutput(decision).data, status=status.HTTP_201_CREATED)


class DecisionsView(generics.ListAPIView[GateDecision]):
    """All decisions on a version, newest first."""

    serializer_class = DecisionOutput
    filterset_fields = ["environment", "outcome"]
    queryset = DECISIONS

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(version=self.kwargs.get("pk"))


class DecisionView(generics.RetrieveAPIView[GateDecision]):
    """One decision with its whole assessment and its envelope."""

    serializer_class = DecisionDetailOutput
    queryset = DECISIONS
