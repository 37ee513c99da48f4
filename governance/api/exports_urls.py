"""The evidence reports' part of /api/v1/."""

from django.urls import path

from governance.api import exports

urlpatterns = [
    path("versions/<uuid:pk>/exports", exports.ExportsView.as_view()),
    path("exports/<uuid:pk>", exports.ExportView.as_view()),
    path("exports/<uuid:pk>/report.pdf", exports.ReportFileView.as_view()),
    path("exports/<uuid:pk>/evidence.json", exports.EvidenceFileView.as_view()),
]
