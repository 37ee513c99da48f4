"""Where are packs, adoptions and overlays under /api/v1/?"""

from django.urls import path

from governance.api import overlays, packs

urlpatterns = [
    path("packs", packs.PacksView.as_view()),
    path("packs/schema", packs.PackSchemaView.as_view()),
    path("packs/changes", packs.PackChangesView.as_view()),
    path("packs/<uuid:pk>", packs.PackView.as_view()),
    path("packs/<uuid:pk>/adoption", packs.AdoptionView.as_view()),
    path("packs/<uuid:pk>/adoption/drop", packs.AdoptionDropView.as_view()),
    path("packs/<uuid:pk>/adoption/record-to-sign", packs.AdoptionRecordView.as_view()),
    path("overlays", overlays.OverlaysView.as_view()),
    path("overlays/<uuid:pk>", overlays.OverlayView.as_view()),
    path("overlays/<uuid:pk>/record-to-sign", overlays.OverlayRecordView.as_view()),
    path("overlays/<uuid:pk>/loosening", overlays.OverlayLooseningView.as_view()),
]
