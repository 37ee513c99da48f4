"""The model card: every question with its answer, one chapter to answer at a time, and what was said before."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from governance.web.forms_card import ChapterForm
from governance.web.gather import card as gathered
from governance.web.pages import SignedIn, page, page_for
from registry.core.card import CARD, FIELDS
from registry.core.card_field import SECTIONS
from registry.core.scopes import CARD_WRITE
from registry.errors import Refused
from registry.models.model import Model
from registry.services import card, card_said
from registry.services.card import CardChanged

MODELS = Model.objects.select_related("team", "created_by")


@page
def show(request: SignedIn, slug: str) -> HttpResponse:
    """The whole card."""
    model = get_object_or_404(MODELS, slug=slug)
    chapters = gathered.chapters(model, today=timezone.now().date())
    may_write, why_not = card.may_write(request.user, model)
    context = {
        "model": model,
        "chapters": chapters,
        "answered": sum(len(chapter.answered) for chapter in chapters),
        "asked": len(FIELDS),
        "may_write": may_write,
        "why_not": why_not,
    }
    return render(request, "card.html", context)


@page_for(CARD_WRITE)
def edit(request: SignedIn, slug: str, chapter: str) -> HttpResponse:
    """One chapter as a form; what was not touched makes no entry."""
    if chapter not in SECTIONS:
        raise Http404
    model = get_object_or_404(MODELS, slug=slug)
    card.check_may_write(request.user, model)
    form = ChapterForm(request.POST or None, chapter=chapter, said=card_said.current(model))
    refused: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            return _kept(request, model, chapter, form)
        except CardChanged as error:
            refused = error
            form.catch_up(card_said.current(model), error.keys)
        except Refused as error:
            refused = error
    context = {"model": model, "chapter": chapter, "title": SECTIONS[chapter], "form": form, "refused": refused}
    return render(request, "card/edit.html", context, status=refused.status if refused else 200)


def _kept(request: SignedIn, model: Model, chapter: str, form: ChapterForm) -> HttpResponse:
    entries = card.state_many(
        model=model,
        by=request.user,
        values=form.values,
        not_available=form.not_available,
        reviewed=form.looked_at,
        expected=form.expected,
    )
    changed = sum(not each.unchanged for each in entries)
    looked_at = len(entries) - changed
    messages.success(
        request, f"Recorded: {changed} new answer{'' if changed == 1 else 's'}, {looked_at} looked at again."
    )
    return redirect(f"{reverse('card', args=[model.slug])}#{chapter}")


@page
def history(request: SignedIn, slug: str, key: str) -> HttpResponse:
    """One question: everything that was ever said."""
    if key not in CARD:
        raise Http404
    model = get_object_or_404(MODELS, slug=slug)
    context = {"model": model, "field": CARD[key], "entries": gathered.history(model, CARD[key])}
    return render(request, "card/history.html", context)
