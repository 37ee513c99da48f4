"""An organisation's overlays: uploading one, and signing that it asks less. A person's own session, never a token.

These calls take no Idempotency-Key: the same content uploaded again is the same overlay.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.output import RecordOutput
from governance.api.packs_shapes import (
    LooseningInput,
    LooseningOutput,
    OverlayInput,
    OverlayOutput,
    OverlayWholeOutput,
)
from governance.api.signing import ReadableThenPersonal
from governance.core.meanings import LOOSENING, SENTENCES
from governance.models.overlay import PolicyOverlay
from governance.models.pack import PolicyPack
from governance.services import overlay_signing, overlays
from registry.api.calls import caller, validated
from registry.api.permissions import SignedInPerson
from registry.core.canonical import digest

OVERLAYS = PolicyOverlay.objects.select_related("extends", "uploaded_by")


class OverlaysView(ReadableThenPersonal, generics.ListAPIView[PolicyOverlay]):
    """POST: the YAML file as text. What asks at least as much as what is in use takes effect at once."""

    serializer_class = OverlayOutput
    filterset_fields = ["slug", "digest"]
    queryset = OVERLAYS

    @extend_schema(request=OverlayInput, responses={201: OverlayWholeOutput})
    def post(self, request: Request) -> Response:
        asked = validated(OverlayInput, request)
        onto = get_object_or_404(PolicyPack, digest=asked["onto"]) if asked["onto"] else None
        row = overlays.load(content=asked["content"].encode(), by=caller(request), onto=onto)
        return Response(OverlayWholeOutput(row).data, status=status.HTTP_201_CREATED)


class OverlayView(generics.RetrieveAPIView[PolicyOverlay]):
    """One overlay, what it would still change, and who signed."""

    serializer_class = OverlayWholeOutput
    queryset = OVERLAYS.prefetch_related("loosenings__signature__signer")


class OverlayRecordView(APIView):
    """What a compliance officer would sign now; and, for the caller, whether they may and why not."""

    @extend_schema(responses=RecordOutput)
    def get(self, request: Request, pk: UUID) -> Response:
        overlay = get_object_or_404(OVERLAYS, pk=pk)
        record = overlay_signing.record_to_sign(overlay)
        allowed, reason = overlay_signing.can_sign(caller(request), overlay)
        may: list[dict[str, Any]] = [{"role": "compliance", "allowed": allowed, "reason": reason}]
        statements = {"compliance": SENTENCES[LOOSENING]}
        return Response({"record": record, "record_sha256": digest(record), "statements": statements, "may": may})


class OverlayLooseningView(APIView):
    """Sign that the organisation asks less, so that the whole overlay takes effect."""

    permission_classes = [SignedInPerson]

    @extend_schema(request=LooseningInput, responses={201: LooseningOutput})
    def post(self, request: Request, pk: UUID) -> Response:
        overlay = get_object_or_404(OVERLAYS, pk=pk)
        row = overlay_signing.sign_loosening(overlay=overlay, by=caller(request), **validated(LooseningInput, request))
        return Response(LooseningOutput(row).data, status=status.HTTP_201_CREATED)
