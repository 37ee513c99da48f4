"""Governance's part of /api/v1/."""

from django.urls import path

from governance.api import consents, documents, gate, signing
from governance.api.assessments_urls import urlpatterns as assessments_urlpatterns
from governance.api.exports_urls import urlpatterns as exports_urlpatterns
from governance.api.ledger_urls import urlpatterns as ledger_urlpatterns
from governance.api.packs_urls import urlpatterns as packs_urlpatterns
from governance.api.plans_urls import urlpatterns as plans_urlpatterns
from governance.api.risks_urls import urlpatterns as risks_urlpatterns

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
    path("document-kinds", documents.DocumentKindsView.as_view()),
    path("documents", documents.DocumentsView.as_view()),
    path("documents/<uuid:pk>", documents.DocumentView.as_view()),
    path("documents/<uuid:pk>/revisions", documents.RevisionsView.as_view()),
    path("document-revisions/<uuid:pk>", documents.RevisionView.as_view()),
    path("document-revisions/<uuid:pk>/file", documents.RevisionFileView.as_view()),
    path("document-revisions/<uuid:pk>/record-to-sign", documents.RevisionToSignView.as_view()),
    path("document-revisions/<uuid:pk>/reviews", documents.RevisionReviewsView.as_view()),
    *assessments_urlpatterns,
    *exports_urlpatterns,
    *ledger_urlpatterns,
    *packs_urlpatterns,
    *plans_urlpatterns,
    *risks_urlpatterns,
]
