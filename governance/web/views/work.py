"""What waits for me, since when and until when; and how I want to hear of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone

from governance.api.work import address_of
from governance.services import work_queue, work_settings
from governance.web.gather import work as gather
from governance.web.pages import SignedIn, page

WARNING = "Whoever has it reads your calendar without signing in. Make a new one, or revoke it, when it got around."


@page
def show(request: SignedIn) -> HttpResponse:
    return _page(request)


@page
def setting(request: SignedIn) -> HttpResponseRedirect:
    """The daily e-mail, on or off. Only a POST changes it."""
    if request.method == "POST":
        on = request.POST.get("digest") == "on"
        work_settings.set_digest(by=request.user, on=on)
        messages.success(request, f"The daily e-mail is {'on' if on else 'off'}.")
    return redirect("work")


@page
def feed(request: SignedIn) -> HttpResponse:
    """A new calendar address, shown this once; or none any more. Only a POST changes it."""
    if request.method != "POST":
        return redirect("work")
    if request.POST.get("act") == "revoke":
        work_settings.revoke_feed(by=request.user)
        messages.success(request, "The calendar's address no longer works.")
        return redirect("work")
    # Told by the page that follows, and only once: looking at that page again makes no new secret.
    address = address_of(work_settings.make_feed(by=request.user))
    messages.success(request, f"Your calendar's address, shown only now: {address} {WARNING}")
    return redirect("work")


def _page(request: SignedIn) -> HttpResponse:
    today = timezone.now().date()
    items = work_queue.waiting_for(request.user, today=today)
    context = {
        "groups": gather.groups(items, today=today),
        "count": len(items),
        "setting": work_settings.setting_of(request.user),
    }
    return render(request, "work.html", context)
