"""The audits' part of /api/v1/."""

from django.urls import path

from audits.api import interactive, views

urlpatterns = [
    path("measures", views.MeasuresView.as_view()),
    path("versions/<uuid:pk>/plans", views.PlansView.as_view()),
    path("versions/<uuid:pk>/audits", views.AuditsView.as_view()),
    path("versions/<uuid:pk>/sample-size", views.SampleSizeView.as_view()),
    path("versions/<uuid:pk>/findings", views.FindingsView.as_view()),
    path("audits/<uuid:pk>", views.AuditView.as_view()),
    path("audits/<uuid:pk>/interactive-report", interactive.InteractiveReportView.as_view()),
    path("audits/<uuid:pk>/requeue", views.AuditRequeueView.as_view()),
    path("audits/<uuid:pk>/measurements", views.MeasurementsView.as_view()),
    path("audits/<uuid:pk>/checks", views.ChecksView.as_view()),
]
