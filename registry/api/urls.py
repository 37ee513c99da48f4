"""The registry's part of /api/v1/."""

from django.urls import path

from registry.api.views import access, card, records, sites

urlpatterns = [
    path("session", access.SessionView.as_view()),
    path("me", access.MeView.as_view()),
    path("tokens", access.TokensView.as_view()),
    path("tokens/<uuid:pk>", access.TokenView.as_view()),
    path("users", access.UsersView.as_view()),
    path("users/<uuid:pk>/roles", access.UserRolesView.as_view()),
    path("users/<uuid:pk>/close", access.UserCloseView.as_view()),
    path("teams", access.TeamsView.as_view()),
    path("teams/<slug:slug>/members", access.TeamMembersView.as_view()),
    path("datasets", records.DatasetsView.as_view()),
    path("models", records.ModelsView.as_view()),
    path("models/<slug:slug>", records.ModelView.as_view()),
    path("models/<slug:slug>/card", card.CardView.as_view()),
    path("models/<slug:slug>/card/<slug:key>", card.CardHistoryView.as_view()),
    path("models/<slug:slug>/sites", sites.ModelSitesView.as_view()),
    path("models/<slug:slug>/sites/<slug:site>", sites.ModelSiteView.as_view()),
    path("card/fields", card.CardFieldsView.as_view()),
    path("sites", sites.SitesView.as_view()),
    path("models/<slug:slug>/versions", records.VersionsView.as_view()),
    path("versions/<uuid:pk>", records.VersionView.as_view()),
    path("versions/<uuid:pk>/submit", records.VersionSubmitView.as_view()),
    path("versions/<uuid:pk>/tables", records.TablesView.as_view()),
    path("tables/<uuid:pk>", records.TableView.as_view()),
    path("tables/<uuid:pk>/file", records.TableFileView.as_view()),
]
