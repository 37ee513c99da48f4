"""Where is everything? /api/v1/ for programs, the rest for people."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

from config import errors, health
from config.docs import ApiDocs

api: list[URLPattern | URLResolver] = [
    path("schema", SpectacularAPIView.as_view(permission_classes=[AllowAny], authentication_classes=[]), name="schema"),
    path("docs", ApiDocs.as_view(), name="api-docs"),
    path("", include("registry.api.urls")),
    path("", include("audits.api.urls")),
    path("", include("governance.api.urls")),
]

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/v1/", include(api)),
    path("", include("governance.web.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.unexpected
