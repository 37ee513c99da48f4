"""The ledger's part of /api/v1/."""

from django.urls import path

from governance.api import ledger

urlpatterns = [
    path("ledger/head", ledger.LedgerHeadView.as_view()),
    path("ledger/entries", ledger.LedgerEntriesView.as_view()),
    path("ledger/entries/<int:idx>", ledger.LedgerEntryView.as_view()),
    path("ledger/entries/<int:idx>/proof", ledger.LedgerProofView.as_view()),
    path("ledger/consistency", ledger.LedgerConsistencyView.as_view()),
    path("ledger/verify", ledger.LedgerVerifyView.as_view()),
]
