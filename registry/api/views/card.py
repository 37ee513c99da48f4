"""The model card: its questions, what it says now, what it said before, and new answers."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.api.calls import caller, validated
from registry.api.card_serializers import CardEntryOutput, CardInput, CardOutput, FieldOutput
from registry.core import card as questions
from registry.core.card import CARD, FIELDS
from registry.core.card_answer import Value
from registry.core.scopes import CARD_WRITE
from registry.models.card import CardEntry
from registry.models.model import Model
from registry.services import card, card_said

MODELS = Model.objects.select_related("team", "created_by")


class CardFieldsView(APIView):
    """Every question that the card of any model asks."""

    @extend_schema(responses=FieldOutput(many=True))
    def get(self, request: Request) -> Response:
        return Response([FieldOutput(each).data for each in FIELDS])


class CardView(APIView):
    """The card of one model."""

    write_scope = CARD_WRITE

    @extend_schema(responses=CardOutput)
    def get(self, request: Request, slug: str) -> Response:
        return Response(_shown(get_object_or_404(MODELS, slug=slug)))

    @extend_schema(request=CardInput, responses=CardOutput)
    def patch(self, request: Request, slug: str) -> Response:
        model = get_object_or_404(MODELS, slug=slug)
        card.state_many(model=model, by=caller(request), **validated(CardInput, request))
        return Response(_shown(model))


class CardHistoryView(generics.ListAPIView[CardEntry]):
    """Everything that was ever entered under one question, newest first."""

    serializer_class = CardEntryOutput
    queryset = CardEntry.objects.select_related("author").order_by("-number")

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        key = self.kwargs.get("key")
        if key is not None and key not in CARD:
            raise Http404
        return super().get_queryset().filter(model__slug=self.kwargs.get("slug"), key=key)


def _shown(model: Model) -> dict[str, Any]:
    said = card_said.current(model)
    values: dict[str, Value] = {key: each.value for key, each in said.items() if each.value is not None}
    return dict(
        CardOutput(
            {
                "model": model.slug,
                "asked": len(FIELDS),
                "answered": len(said),
                "defining_sha256": questions.defining_digest(values),
                "said": list(said.values()),
            }
        ).data
    )
