"""The addresses of the pages on training, plans, changes and the introduction at the sites."""

from django.urls import path

from governance.web.views import adoption, plans, training

urlpatterns = [
    path("models/<slug:slug>/training/", training.overview, name="training"),
    path("models/<slug:slug>/training/<slug:site>/", training.site, name="training-site"),
    path("models/<slug:slug>/training/<slug:site>/people.csv", training.table, name="training-table"),
    path("models/<slug:slug>/plans/<slug:kind>/", plans.show, name="plan"),
    path("models/<slug:slug>/plans/<slug:kind>/freeze/", plans.freeze, name="plan-freeze"),
    path("versions/<uuid:pk>/change/", plans.version_change, name="version-change"),
    path("models/<slug:slug>/adoption/", adoption.show, name="adoption"),
    path("consultations/<uuid:pk>/forget/", adoption.forget, name="consultation-forget"),
]
