"""The addresses of the pages of packs, assessments and the work queue."""

from django.urls import path

from governance.web.views import assessments, control_waivers, overlays, pack_adoption, packs, work

urlpatterns = [
    path("packs/", packs.listed, name="packs"),
    path("packs/<uuid:pk>/", packs.show, name="pack"),
    path("packs/<uuid:pk>/adopt/", pack_adoption.adopt, name="pack-adopt"),
    path("packs/<uuid:pk>/drop/", pack_adoption.drop, name="pack-drop"),
    path("packs/overlays/new/", overlays.upload, name="overlay-upload"),
    path("packs/overlays/<uuid:pk>/", overlays.show, name="overlay"),
    path("models/<slug:slug>/versions/<int:number>/assessment/", assessments.show, name="assessment"),
    path("versions/<uuid:pk>/assess/", assessments.assess, name="assess"),
    path("versions/<uuid:pk>/why/", assessments.why, name="assessment-why"),
    path("versions/<uuid:pk>/control-waiver/", control_waivers.waive, name="control-waive"),
    path("work/", work.show, name="work"),
    path("work/setting/", work.setting, name="work-setting"),
    path("work/feed/", work.feed, name="work-feed"),
]
