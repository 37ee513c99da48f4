"""The addresses of the pages about risks, incidents and logs."""

from django.urls import path

from governance.web.views import incidents, risks

urlpatterns = [
    path("models/<slug:slug>/risks/", risks.register, name="risks"),
    path("models/<slug:slug>/risks/new/", risks.add, name="risk-add"),
    path("models/<slug:slug>/risks/suggest/", risks.suggest, name="risk-suggest"),
    path("models/<slug:slug>/risks/accept/", risks.accept_register, name="risks-accept"),
    path("models/<slug:slug>/risks/<int:number>/", risks.show, name="risk"),
    path("models/<slug:slug>/risks/<int:number>/revise/", risks.revise, name="risk-revise"),
    path("models/<slug:slug>/risks/<int:number>/accept/", risks.accept, name="risk-accept"),
    path("models/<slug:slug>/risks/<int:number>/controls/new/", risks.control, name="risk-control-add"),
    path("models/<slug:slug>/risks/<int:number>/controls/<int:control>/", risks.control, name="risk-control"),
    path("models/<slug:slug>/incidents/", incidents.listed, name="incidents"),
    path("models/<slug:slug>/incidents/new/", incidents.open_one, name="incident-open"),
    path("models/<slug:slug>/logs/new/", incidents.register_log, name="log-register"),
    path("incidents/<uuid:pk>/", incidents.show, name="incident"),
    path("incidents/<uuid:pk>/reassess/", incidents.reassess, name="incident-reassess"),
    path("incidents/<uuid:pk>/close/", incidents.close, name="incident-close"),
    path("incidents/<uuid:pk>/reports/<slug:clock>/", incidents.report, name="incident-report"),
    path("incidents/<uuid:pk>/reports/<slug:clock>/excuse/", incidents.excuse, name="incident-excuse"),
]
