"""Sites, and which of them use a model."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.api.calls import caller, validated
from registry.api.card_serializers import ModelSiteInput, ModelSiteOutput, SiteInput, SiteOutput
from registry.api.idempotency import Idempotent
from registry.core.scopes import SITES_WRITE
from registry.models.model import Model
from registry.models.site import ModelSite, Site
from registry.services import sites


class SitesView(Idempotent, generics.ListAPIView[Site]):
    write_scope = SITES_WRITE
    serializer_class = SiteOutput
    queryset = Site.objects.all()
    filterset_fields = ["jurisdiction"]

    @extend_schema(request=SiteInput, responses={201: SiteOutput})
    def post(self, request: Request) -> Response:
        site = sites.create(by=caller(request), **validated(SiteInput, request))
        return Response(SiteOutput(site).data, status=status.HTTP_201_CREATED)


class ModelSitesView(generics.ListAPIView[ModelSite]):
    """The sites that use a model. Adding one twice is harmless."""

    write_scope = SITES_WRITE
    serializer_class = ModelSiteOutput
    queryset = ModelSite.objects.select_related("site", "added_by")

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(model__slug=self.kwargs.get("slug"))

    @extend_schema(request=ModelSiteInput, responses={201: ModelSiteOutput})
    def post(self, request: Request, slug: str) -> Response:
        model = get_object_or_404(Model, slug=slug)
        used = sites.add_model(by=caller(request), model=model, **validated(ModelSiteInput, request))
        return Response(ModelSiteOutput(used).data, status=status.HTTP_201_CREATED)


class ModelSiteView(APIView):
    write_scope = SITES_WRITE

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, site: str) -> Response:
        sites.remove_model(
            by=caller(request), model=get_object_or_404(Model, slug=slug), site=get_object_or_404(Site, slug=site)
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
