"""The addresses of the pages of documents."""

from django.urls import path

from governance.web.views import documents

urlpatterns = [
    path("documents/", documents.of_organisation, name="documents"),
    path("documents/add/<slug:kind>/", documents.add, name="document-add"),
    path("documents/<uuid:pk>/", documents.show, name="document"),
    path("documents/<uuid:pk>/revise/", documents.revise, name="document-revise"),
    path("documents/revisions/<uuid:pk>/file/", documents.fetch, name="document-file"),
    path("documents/revisions/<uuid:pk>/review/", documents.review, name="document-review"),
    path("models/<slug:slug>/documents/", documents.of_model, name="model-documents"),
    path("models/<slug:slug>/documents/add/<slug:kind>/", documents.add_to_model, name="model-document-add"),
]
