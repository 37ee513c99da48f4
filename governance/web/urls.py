"""The pages' addresses."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from governance.web.assessments_urls import urlpatterns as assessments_urlpatterns
from governance.web.documents_urls import urlpatterns as documents_urlpatterns
from governance.web.plans_urls import urlpatterns as plans_urlpatterns
from governance.web.risks_urls import urlpatterns as risks_urlpatterns
from governance.web.sites_urls import urlpatterns as sites_urlpatterns
from governance.web.views import (
    audits,
    card,
    charts,
    dashboard,
    exports,
    interactive,
    ledger,
    signing,
    versions,
    waiving,
)

urlpatterns = [
    path("", dashboard.overview, name="dashboard"),
    path("sign-in/", LoginView.as_view(template_name="sign_in.html", redirect_authenticated_user=True), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("models/<slug:slug>/", dashboard.model, name="model"),
    path("models/<slug:slug>/card/", card.show, name="card"),
    path("models/<slug:slug>/card/<slug:chapter>/", card.edit, name="card-chapter"),
    path("models/<slug:slug>/card/history/<slug:key>/", card.history, name="card-history"),
    path("models/<slug:slug>/versions/<int:number>/", versions.show, name="version"),
    path("versions/<uuid:pk>/audits/", versions.audits, name="version-audits"),
    path("versions/<uuid:pk>/gate/", versions.ask_gate, name="ask-gate"),
    path("versions/<uuid:pk>/exports/", exports.request_export, name="request-export"),
    path("versions/<uuid:pk>/sign/", signing.sign, name="sign"),
    path("versions/<uuid:pk>/waive/", waiving.waive_several, name="waive-several"),
    path("checks/<int:check>/waive/", waiving.waive, name="waive"),
    path("audits/<uuid:pk>/", audits.show, name="audit"),
    path("audits/<uuid:pk>/measures/<slug:key>/", audits.measure, name="audit-measure"),
    path("audits/<uuid:pk>/charts/<slug:name>.json", charts.specification, name="audit-chart"),
    path("audits/<uuid:pk>/charts/<slug:name>.svg", charts.picture, name="audit-chart-picture"),
    path("audits/<uuid:pk>/interactive-report/", interactive.show, name="audit-interactive"),
    path("audits/<uuid:pk>/interactive-report/content/", interactive.content, name="audit-interactive-content"),
    path("audits/<uuid:pk>/progress/", audits.progress, name="audit-progress"),
    path("ledger/", ledger.entries, name="ledger"),
    path("ledger/verify/", ledger.verify, name="ledger-verify"),
    path("ledger/<int:idx>/", ledger.entry, name="ledger-entry"),
    *assessments_urlpatterns,
    *documents_urlpatterns,
    *plans_urlpatterns,
    *risks_urlpatterns,
    *sites_urlpatterns,
]
