"""The policy packs that were loaded, each at its digest; which of them are in use; and what changed between two."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Prefetch
from django.http import HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.output import RecordOutput
from governance.api.packs_shapes import (
    AdoptionInput,
    AdoptionOutput,
    ChangesInput,
    ChangesOutput,
    MoveInput,
    PackListedOutput,
    PackWholeOutput,
    SignedIfLessInput,
)
from governance.core.meanings import LOOSENING, SENTENCES
from governance.core.pack_changes import changes
from governance.models.pack import PackAdoption, PolicyPack
from governance.services import pack_adoption, pack_loosening, packs
from registry.api.calls import caller, validated
from registry.api.permissions import SignedInPerson
from registry.core.canonical import digest

ADOPTIONS = Prefetch("adoptions", PackAdoption.objects.select_related("adopted_by"))
PACKS = PolicyPack.objects.prefetch_related(ADOPTIONS)


class PacksView(generics.ListAPIView[PolicyPack]):
    serializer_class = PackListedOutput
    filterset_fields = ["slug", "digest"]
    queryset = PACKS


class PackView(generics.RetrieveAPIView[PolicyPack]):
    """One pack with its whole document."""

    serializer_class = PackWholeOutput
    queryset = PACKS


class PackSchemaView(APIView):
    """The JSON Schema of pack files, version 2 of the format; `#/$defs/overlay` describes an overlay."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> HttpResponseBase:
        return JsonResponse(packs.schema(), content_type="application/schema+json")


class PackChangesView(APIView):
    """`?old=<digest>&new=<digest>`: controls added, removed and changed, field by field, in words."""

    @extend_schema(parameters=[ChangesInput], responses=ChangesOutput)
    def get(self, request: Request) -> Response:
        asked = ChangesInput(data=request.query_params)
        asked.is_valid(raise_exception=True)
        old, new = (_of(asked.validated_data[name]) for name in ("old", "new"))
        return Response(ChangesOutput(changes(old.document, new.document)).data)


class AdoptionView(APIView):
    """Use a pack at this content, or no longer. A person's own session, never a token.

    What asks less than today is refused as `loosening_unsigned`, until another compliance officer than the one who
    adopted last asks for it with a reason and their password. These calls take no Idempotency-Key.
    """

    permission_classes = [SignedInPerson]

    @extend_schema(request=AdoptionInput, responses={201: AdoptionOutput})
    def post(self, request: Request, pk: UUID) -> Response:
        pack = get_object_or_404(PolicyPack, pk=pk)
        row = pack_adoption.adopt(pack=pack, by=caller(request), **validated(AdoptionInput, request))
        return Response(AdoptionOutput(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        adoption = get_object_or_404(PackAdoption.objects.select_related("pack", "adopted_by"), pack=pk)
        pack_adoption.drop(adoption=adoption, by=caller(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class AdoptionDropView(APIView):
    """Drop a pack that the gate asks: signed, with a reason and the password."""

    permission_classes = [SignedInPerson]

    @extend_schema(request=SignedIfLessInput, responses={204: None})
    def post(self, request: Request, pk: UUID) -> Response:
        adoption = get_object_or_404(PackAdoption.objects.select_related("pack", "adopted_by"), pack=pk)
        pack_adoption.drop(adoption=adoption, by=caller(request), **validated(SignedIfLessInput, request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class AdoptionRecordView(APIView):
    """What would be signed: everything that is asked less. Empty where adopting or dropping needs no signature."""

    @extend_schema(parameters=[MoveInput], responses=RecordOutput)
    def get(self, request: Request, pk: UUID) -> Response:
        pack = get_object_or_404(PolicyPack, pk=pk)
        asked = MoveInput(data=request.query_params)
        asked.is_valid(raise_exception=True)
        move = pack_adoption.to_adopt(pack, gating=asked.validated_data["gating"])
        if asked.validated_data["drop"]:
            rows = PackAdoption.objects.select_related("pack", "adopted_by")
            move = pack_adoption.to_drop(get_object_or_404(rows, pack=pk))
        allowed, reason = pack_loosening.can_sign(caller(request), move)
        may = [{"role": "compliance", "allowed": allowed, "reason": reason}] if move.asks_less else []
        record = move.record if move.asks_less else {}
        statements = {"compliance": SENTENCES[LOOSENING]}
        return Response({"record": record, "record_sha256": digest(record), "statements": statements, "may": may})


def _of(sha256: str) -> PolicyPack:
    found = PolicyPack.objects.filter(digest=sha256).first()
    if found is None:
        raise exceptions.NotFound(f"No pack with the digest {sha256} is loaded.", code="not_found")
    return found
