"""How a version stands under every adopted pack, why a control stands so, and answering for one that is open."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.assessments_shapes import (
    AssessmentsOutput,
    ChainOutput,
    ControlInput,
    ControlWaiverInput,
    ControlWaiverOutput,
    PlaceInput,
    ReassessInput,
    of_chain,
    of_pack,
)
from governance.api.output import RecordOutput
from governance.api.signing import ReadableThenPersonal
from governance.core.document import document
from governance.core.meanings import RESPONSIBILITY, SENTENCES
from governance.core.useful import most_useful
from governance.models.assessment import Place
from governance.models.control_waiver import ControlWaiver
from governance.services import assessed, assessing, control_waivers, why
from registry.api.calls import caller, validated
from registry.api.idempotency import Idempotent
from registry.core.canonical import digest
from registry.core.scopes import GATE_EVALUATE
from registry.models.version import ModelVersion

VERSIONS = ModelVersion.objects.select_related("model__team", "training_dataset")


class AssessmentsView(Idempotent):
    """GET: every adopted pack as it was assessed last. POST: assess now, in full."""

    write_scope = GATE_EVALUATE

    @extend_schema(parameters=[PlaceInput], responses=AssessmentsOutput)
    def get(self, request: Request, pk: UUID) -> Response:
        version, where = get_object_or_404(VERSIONS, pk=pk), _asked(PlaceInput, request)
        assessing.check_site(where["site"])
        return Response(_told(assessed.place_of(version, where["environment"], where["site"]), where))

    @extend_schema(request=ReassessInput, responses={201: AssessmentsOutput})
    def post(self, request: Request, pk: UUID) -> Response:
        version, where = get_object_or_404(VERSIONS, pk=pk), validated(ReassessInput, request)
        act = assessing.reassess_under_newest if where.pop("newest") else assessing.assess
        place = act(version=version, by=caller(request), **where)
        return Response(_told(place, where), status=status.HTTP_201_CREATED)


class WhyView(APIView):
    """From a control to what was found, to the evidence, to the ledger's entries."""

    @extend_schema(parameters=[ControlInput], responses=ChainOutput)
    def get(self, request: Request, pk: UUID) -> Response:
        version, asked = get_object_or_404(VERSIONS, pk=pk), _asked(ControlInput, request)
        return Response(of_chain(why.why(version=version, **asked)))


class ControlToSignView(APIView):
    """A control as it stands now, as it would be signed for; and whether the caller may, and on which terms."""

    @extend_schema(parameters=[ControlInput], responses=RecordOutput)
    def get(self, request: Request, pk: UUID) -> Response:
        version, asked = get_object_or_404(VERSIONS, pk=pk), _asked(ControlInput, request)
        found = control_waivers.look(version=version, **asked)
        allowed, reason = control_waivers.may(found, caller(request))
        may: dict[str, Any] = {"allowed": allowed, "reason": reason, "waivable": found.term is not None}
        may |= document(found.term) if found.term is not None else {}
        statements = {"waive": SENTENCES[RESPONSIBILITY]}
        record = found.record
        return Response({"record": record, "record_sha256": digest(record), "statements": statements, "may": [may]})


class ControlWaiversView(ReadableThenPersonal, generics.ListAPIView[ControlWaiver]):
    """Who answers for which control. POST: answer for one, with one signature."""

    serializer_class = ControlWaiverOutput
    queryset = ControlWaiver.objects.select_related("signature", "pack").defer("pack__document").order_by("-created_at")

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(version=self.kwargs.get("pk"))

    @extend_schema(request=ControlWaiverInput, responses={201: ControlWaiverOutput})
    def post(self, request: Request, pk: UUID) -> Response:
        version, asked = get_object_or_404(VERSIONS, pk=pk), validated(ControlWaiverInput, request)
        made = control_waivers.waive(version=version, by=caller(request), **asked)
        return Response(ControlWaiverOutput(made).data, status=status.HTTP_201_CREATED)


def _asked(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    asked = shape(data=request.query_params)
    asked.is_valid(raise_exception=True)
    found: dict[str, Any] = asked.validated_data
    return found


def _told(place: Place | None, where: dict[str, Any]) -> dict[str, Any]:
    found = assessed.under_packs(place)
    results = [result for under in found for result in under.results]
    return {
        "environment": where["environment"],
        "site": where["site"],
        "dirty": place is not None and assessed.is_dirty(place),
        "assessments": [of_pack(each) for each in found],
        "most_useful": document(most_useful(results)),
    }
