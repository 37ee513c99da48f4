"""The risk register's, the incidents' and the logs' part of /api/v1/."""

from django.urls import path

from governance.api import incidents, logs, risks

urlpatterns = [
    path("models/<slug:slug>/risks", risks.RisksView.as_view()),
    path("models/<slug:slug>/risks/suggestions", risks.SuggestionsView.as_view()),
    path("models/<slug:slug>/risks/record-to-sign", risks.RegisterToSignView.as_view()),
    path("models/<slug:slug>/risks/acceptances", risks.RegisterAcceptancesView.as_view()),
    path("risks/<uuid:pk>", risks.RiskView.as_view()),
    path("risks/<uuid:pk>/revisions", risks.RiskRevisionsView.as_view()),
    path("risks/<uuid:pk>/controls", risks.RiskControlsView.as_view()),
    path("risks/<uuid:pk>/controls/<int:number>/revisions", risks.RiskControlView.as_view()),
    path("risks/<uuid:pk>/record-to-sign", risks.RiskToSignView.as_view()),
    path("risks/<uuid:pk>/acceptances", risks.RiskAcceptancesView.as_view()),
    path("models/<slug:slug>/incidents", incidents.IncidentsView.as_view()),
    path("incidents/<uuid:pk>", incidents.IncidentView.as_view()),
    path("incidents/<uuid:pk>/reassessments", incidents.ReassessmentView.as_view()),
    path("incidents/<uuid:pk>/reports/<slug:clock>", incidents.ReportView.as_view()),
    path("incidents/<uuid:pk>/reports/<slug:clock>/excuse", incidents.ExcuseView.as_view()),
    path("incidents/<uuid:pk>/closing", incidents.ClosingView.as_view()),
    path("models/<slug:slug>/logs", logs.LogsView.as_view()),
]
