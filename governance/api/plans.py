"""Plans of monitoring, change and risk over the API; and what a version changes, judged and explained."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.core.attribution import Attribution
from governance.core.document import document
from governance.core.plans import PLANS
from governance.models.plan import GovernedPlan, PlanKind, VersionChange
from governance.services import change, plans
from registry.api.calls import caller, validated
from registry.api.idempotency import Idempotent
from registry.api.serializers import Data, PersonOutput
from registry.core.scopes import CARD_WRITE
from registry.models.model import Model
from registry.models.version import ModelVersion


class GovernedPlanInput(serializers.Serializer[Data]):
    kind = serializers.ChoiceField(PlanKind.choices)
    document = serializers.DictField(help_text="Sections by key, as under GET plan-kinds.")
    after = serializers.IntegerField(
        required=False, default=None, allow_null=True, help_text="The number of the plan in force; 0 for none."
    )


class GovernedPlanOutput(serializers.ModelSerializer[GovernedPlan]):
    model = serializers.SlugRelatedField[Model](slug_field="slug", read_only=True)
    frozen_by = PersonOutput()

    class Meta:
        model = GovernedPlan
        fields = ["id", "model", "kind", "number", "digest", "document", "intended_use", "frozen_by", "created_at"]


class ChangeInput(serializers.Serializer[Data]):
    """modifications: ids of the change plan in force; empty when the change is something else."""

    previous = serializers.IntegerField(min_value=1, help_text="The number of the version that this one replaces.")
    modifications = serializers.ListField(child=serializers.CharField(max_length=40), max_length=100)
    description = serializers.CharField(max_length=5000)
    paired = serializers.BooleanField(
        default=False, help_text="The evaluation tables carry the previous version's score as their comparator."
    )


class VersionChangeOutput(serializers.ModelSerializer[VersionChange]):
    previous = serializers.SlugRelatedField[ModelVersion](slug_field="number", read_only=True)
    declared_by = PersonOutput()

    class Meta:
        model = VersionChange
        fields = [
            "id",
            "number",
            "previous",
            "plan",
            "modifications",
            "description",
            "paired",
            "declared_by",
            "created_at",
        ]


class ChangeAnswer(serializers.Serializer[Data]):
    """declared: null before anybody said anything. judged: in_plan, out_of_plan or cannot_tell."""

    declared = VersionChangeOutput(allow_null=True)
    judged = serializers.CharField()
    reasons = serializers.ListField(child=serializers.DictField())
    attributions = serializers.ListField(child=serializers.DictField())


class PlanKindsView(APIView):
    """Every kind of plan, and the questions of its sections."""

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        return Response(
            [
                {
                    "kind": spec.key,
                    "label": spec.label,
                    "meaning": spec.meaning,
                    "sections": document(list(spec.sections.values())),
                }
                for spec in PLANS.values()
            ]
        )


class GovernedPlansView(Idempotent, generics.ListAPIView[GovernedPlan]):
    """GET: every plan of a model, newest first within its kind. POST: freeze one."""

    write_scope = CARD_WRITE
    serializer_class = GovernedPlanOutput
    filterset_fields = ["kind", "number"]
    queryset = GovernedPlan.objects.select_related("model", "frozen_by")

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(model__slug=self.kwargs.get("slug"))

    @extend_schema(request=GovernedPlanInput, responses={201: GovernedPlanOutput})
    def post(self, request: Request, slug: str) -> Response:
        model = get_object_or_404(Model.objects.select_related("team"), slug=slug)
        plan = plans.freeze(by=caller(request), model=model, **validated(GovernedPlanInput, request))
        return Response(GovernedPlanOutput(plan).data, status=status.HTTP_201_CREATED)


class GovernedPlanView(generics.RetrieveAPIView[GovernedPlan]):
    serializer_class = GovernedPlanOutput
    queryset = GovernedPlan.objects.select_related("model", "frozen_by")


class VersionChangeView(Idempotent):
    """GET: what the version changes, whether the change plan foresaw it, and what its measures owe to what.
    POST: declare it, before the first audit."""

    write_scope = CARD_WRITE

    @extend_schema(responses=ChangeAnswer)
    def get(self, request: Request, pk: UUID) -> Response:
        version = get_object_or_404(ModelVersion.objects.select_related("model__created_by"), pk=pk)
        said = change.declared_of(version)
        judgement = change.judgement(version)
        return Response(
            {
                "declared": VersionChangeOutput(said).data if said else None,
                **document(judgement),
                "attributions": [_shares(each) for each in change.attributions(version)],
            }
        )

    @extend_schema(request=ChangeInput, responses={201: VersionChangeOutput})
    def post(self, request: Request, pk: UUID) -> Response:
        version = get_object_or_404(ModelVersion.objects.select_related("model__team"), pk=pk)
        given = validated(ChangeInput, request)
        previous = get_object_or_404(ModelVersion, model=version.model_id, number=given.pop("previous"))
        made = change.declare(by=caller(request), version=version, previous=previous, **given)
        return Response(VersionChangeOutput(made).data, status=status.HTTP_201_CREATED)


def _shares(found: Attribution) -> dict[str, Any]:
    return {**document(found), "adds_up": found.adds_up}
