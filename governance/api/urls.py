"""Governance's part of /api/v1/."""

from django.urls import path

from governance.api import consents, gate, packs, signing
from governance.api.exports_urls import urlpatterns as exports_urlpatterns
from governance.api.ledger_urls import urlpatterns as ledger_urlpatterns

urlpatterns = [
    path("consents", consents.ConsentsView.as_view()),
    path("consents/withdrawals", consents.WithdrawalsView.as_view()),
    path("tables/<uuid:pk>/coverage", consents.CoverageView.as_view()),
    path("versions/<uuid:pk>/assessment", gate.AssessmentView.as_view()),
    path("versions/<uuid:pk>/gate", gate.GateView.as_view()),
    path("versions/<uuid:pk>/decisions", gate.DecisionsView.as_view()),
    path("decisions/<uuid:pk>", gate.DecisionView.as_view()),
    path("versions/<uuid:pk>/record-to-sign", signing.RecordToSignView.as_view()),
    path("versions/<uuid:pk>/approvals", signing.ApprovalsView.as_view()),
    path("versions/<uuid:pk>/findings-to-sign", signing.FindingsToSignView.as_view()),
    path("versions/<uuid:pk>/waivers", signing.WaiversView.as_view()),
    path("packs", packs.PacksView.as_view()),
    path("packs/<uuid:pk>", packs.PackView.as_view()),
    *exports_urlpatterns,
    *ledger_urlpatterns,
]
