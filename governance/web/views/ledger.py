"""The ledger's pages: what happened, one entry with its proof, and the verdict on the whole."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from governance import ledger
from governance.models.ledger import LedgerEntry
from governance.web.badges import DAMAGED, INTACT
from governance.web.forms import LedgerFilter
from governance.web.gather import ledger as gathered
from governance.web.pages import SignedIn, page, paged


@page
def entries(request: SignedIn) -> HttpResponse:
    """Newest first."""
    form = LedgerFilter(request.GET)
    found = LedgerEntry.objects.filter(**form.conditions).order_by("-idx").defer("entry", "leaf_hash")
    shown = paged(found, request, size=30)
    context = {"head": ledger.head(), "origin": ledger.origin(), "form": form, "page": shown, "kept": form.kept}
    return render(request, "ledger.html", {**context, "lines": gathered.lines(shown)})


@page
def entry(request: SignedIn, idx: int) -> HttpResponse:
    """One entry: its exact bytes, its body, and the hashes that lead to the root."""
    return render(request, "ledger_entry.html", {"entry": gathered.entry_page(idx)})


@page
def verify(request: SignedIn) -> HttpResponse:
    """Re-hash everything that is stored, now. It is costly, so only a POST does it."""
    if request.method != "POST":
        return redirect("ledger")
    report = ledger.verify()
    return render(request, "ledger_report.html", {"report": report, "badge": INTACT if report.ok else DAMAGED})
