"""The addresses of the pages about sites."""

from django.urls import path

from governance.web.views import sites

urlpatterns = [
    path("sites/", sites.listed, name="sites"),
    path("sites/<slug:slug>/", sites.show, name="site"),
    path("sites/<slug:slug>/models/<slug:model>/remove/", sites.remove, name="site-model-remove"),
]
