"""Who may open a page, and what do they see when something is refused? One decorator around every view."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec, cast

import structlog
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache

from governance.permissions import check_scope
from registry.core.scopes import READ
from registry.errors import Refused
from registry.models.user import User

Rest = ParamSpec("Rest")


class SignedIn(HttpRequest):
    """A request that `page` let through."""

    user: User


View = Callable[Concatenate[SignedIn, Rest], HttpResponseBase]


def page(view: View[Rest], *, scope: str = READ) -> Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]:
    """For signed-in people with this scope; a refusal inside becomes a page that says it in words."""

    def answer(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        person = cast("SignedIn", request)
        try:
            check_scope(person.user, scope)
            return view(person, *args, **kwargs)
        except Refused as refused:
            return refusal_page(request, refused)

    return never_cache(login_required(update_wrapper(answer, view)))


def page_for(scope: str) -> Callable[[View[Rest]], Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]]:
    """`page`, for an action that needs more than reading."""
    return lambda view: page(view, scope=scope)


def refusal_page(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The refusal's own sentence, under its own status."""
    problem = {
        "status": refused.status,
        "title": refused.code.replace("_", " ").capitalize(),
        "detail": refused.message,
        "code": refused.code,
        "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
    }
    return TemplateResponse(request, "error.html", {"problem": problem}, status=refused.status).render()


def paged(rows: QuerySet, request: HttpRequest, *, size: int, name: str = "page") -> Page:  # type: ignore[type-arg]
    """One page of the rows; a number that makes no sense gives the nearest page that does."""
    return Paginator(rows, size).get_page(request.GET.get(name))
