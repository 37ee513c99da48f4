"""Goals, consultations and readiness over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.personal import InPerson
from governance.core.document import document
from governance.core.readiness import ITEMS
from governance.models.adoption import Consultation, Goal, GoalOutcome, GoalReview, Readiness, ReadinessState
from governance.services import adoption
from registry.api.calls import caller, validated
from registry.api.idempotency import Idempotent
from registry.api.serializers import Data, PersonOutput
from registry.core.scopes import CARD_WRITE
from registry.models.model import Model
from registry.models.site import Site

MODELS = Model.objects.select_related("team")


class _AtSite(serializers.Serializer[Data]):
    site = serializers.SlugRelatedField(slug_field="slug", queryset=Site.objects.all(), required=False, default=None)


class GoalInput(_AtSite):
    text = serializers.CharField(max_length=5000)
    criterion = serializers.CharField(max_length=5000, help_text="How anybody can tell that it was reached.")
    measure = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)
    target = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    due_on = serializers.DateField()


class GoalReviewInput(serializers.Serializer[Data]):
    outcome = serializers.ChoiceField(GoalOutcome.choices)
    note = serializers.CharField(max_length=5000)


UNNAMED = "No names of patients."


class ConsultationInput(_AtSite):
    who = serializers.CharField(max_length=200, help_text=f"A group, or what somebody does. {UNNAMED}")
    role = serializers.CharField(max_length=120)
    held_on = serializers.DateField()
    summary = serializers.CharField(max_length=5000, help_text=UNNAMED)
    changed = serializers.CharField(max_length=5000, help_text=UNNAMED)


class ForgettingInput(serializers.Serializer[Data]):
    """summary: also what they said, where it tells who they are."""

    summary = serializers.BooleanField(default=False)


class ReadinessInput(serializers.Serializer[Data]):
    site = serializers.SlugRelatedField(slug_field="slug", queryset=Site.objects.all())
    item = serializers.ChoiceField(sorted(ITEMS))
    state = serializers.ChoiceField(ReadinessState.choices)
    note = serializers.CharField(max_length=5000, required=False, default="", allow_blank=True)


class GoalReviewOutput(serializers.ModelSerializer[GoalReview]):
    reviewed_by = PersonOutput()

    class Meta:
        model = GoalReview
        fields = ["id", "outcome", "note", "reviewed_by", "created_at"]


class GoalOutput(serializers.ModelSerializer[Goal]):
    site = serializers.SlugRelatedField[Site](slug_field="slug", read_only=True)
    stated_by = PersonOutput()
    reviews = GoalReviewOutput(many=True)

    class Meta:
        model = Goal
        fields = [
            "id",
            "site",
            "text",
            "criterion",
            "measure",
            "target",
            "due_on",
            "stated_by",
            "created_at",
            "reviews",
        ]


class ConsultationOutput(serializers.ModelSerializer[Consultation]):
    site = serializers.SlugRelatedField[Site](slug_field="slug", read_only=True)
    recorded_by = PersonOutput()

    class Meta:
        model = Consultation
        fields = ["id", "site", "who", "role", "held_on", "summary", "changed", "recorded_by", "created_at"]


class ReadinessOutput(serializers.ModelSerializer[Readiness]):
    site = serializers.SlugRelatedField[Site](slug_field="slug", read_only=True)
    stated_by = PersonOutput()

    class Meta:
        model = Readiness
        fields = ["id", "site", "item", "state", "note", "stated_by", "created_at"]


class GoalsView(Idempotent, generics.ListAPIView[Goal]):
    """What a model should achieve, and what became of it."""

    write_scope = CARD_WRITE
    serializer_class = GoalOutput
    queryset = Goal.objects.select_related("site", "stated_by").prefetch_related("reviews__reviewed_by")

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(model__slug=self.kwargs.get("slug"))

    @extend_schema(request=GoalInput, responses={201: GoalOutput})
    def post(self, request: Request, slug: str) -> Response:
        model = get_object_or_404(MODELS, slug=slug)
        goal = adoption.state_goal(by=caller(request), model=model, **validated(GoalInput, request))
        return Response(GoalOutput(goal).data, status=status.HTTP_201_CREATED)


class GoalReviewsView(Idempotent):
    """What became of a goal."""

    write_scope = CARD_WRITE

    @extend_schema(request=GoalReviewInput, responses={201: GoalReviewOutput})
    def post(self, request: Request, pk: UUID) -> Response:
        goal = get_object_or_404(Goal.objects.select_related("model__team"), pk=pk)
        made = adoption.review_goal(by=caller(request), goal=goal, **validated(GoalReviewInput, request))
        return Response(GoalReviewOutput(made).data, status=status.HTTP_201_CREATED)


class ConsultationsView(Idempotent, generics.ListAPIView[Consultation]):
    """Who was asked about the model, what they said, and what changed."""

    write_scope = CARD_WRITE
    serializer_class = ConsultationOutput
    queryset = Consultation.objects.select_related("site", "recorded_by")

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(model__slug=self.kwargs.get("slug"))

    @extend_schema(request=ConsultationInput, responses={201: ConsultationOutput})
    def post(self, request: Request, slug: str) -> Response:
        model = get_object_or_404(MODELS, slug=slug)
        made = adoption.record_consultation(by=caller(request), model=model, **validated(ConsultationInput, request))
        return Response(ConsultationOutput(made).data, status=status.HTTP_201_CREATED)


class ForgettingView(Idempotent):
    """Erase who was asked, for good; that somebody was asked, and when, stays. It takes a person's own session."""

    permission_classes = [InPerson]

    @extend_schema(request=ForgettingInput, responses=ConsultationOutput)
    def post(self, request: Request, pk: UUID) -> Response:
        row = get_object_or_404(Consultation.objects.select_related("site", "recorded_by"), pk=pk)
        adoption.forget(by=caller(request), consultation=row, **validated(ForgettingInput, request))
        row.refresh_from_db(fields=["who", "summary"])
        return Response(ConsultationOutput(row).data)


class ReadinessView(Idempotent):
    """GET: the checklist of a site as it stands; what nobody has stated is missing. POST: state one item."""

    write_scope = CARD_WRITE

    @extend_schema(parameters=[OpenApiParameter("site", str, required=True)], responses=ReadinessOutput(many=True))
    def get(self, request: Request, slug: str) -> Response:
        model = get_object_or_404(Model, slug=slug)
        site = get_object_or_404(Site, slug=request.query_params.get("site", ""))
        return Response(ReadinessOutput(list(adoption.readiness_of(model, site).values()), many=True).data)

    @extend_schema(request=ReadinessInput, responses={201: ReadinessOutput})
    def post(self, request: Request, slug: str) -> Response:
        model = get_object_or_404(MODELS, slug=slug)
        made = adoption.state_readiness(by=caller(request), model=model, **validated(ReadinessInput, request))
        return Response(ReadinessOutput(made).data, status=status.HTTP_201_CREATED)


class ReadinessItemsView(APIView):
    """The items of the checklist."""

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        return Response(document(list(ITEMS.values())))
