"""How large may the body of a request be? Decided before anything reads it, whoever sent it.

Django keeps an upload in a file before the view is asked, because the check against forged forms reads the form first.
So the size is checked here: by the length that is announced, which is all that a WSGI server hands on, or, under ASGI,
by counting what arrives. Each parser and service sets a narrower limit of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from config import errors
from config.api import PROBLEM, problem_document

FORM_BYTES = 1024 * 1024  # what the other fields of an upload may take
DOCUMENTS = re.compile(r"(/api/v1)?/documents(/|$)|/models/[^/]+/documents/")
TABLES = re.compile(r"/api/v1/versions/[^/]+/tables$")
NO_LENGTH = "Say how large the upload is (Content-Length); it was sent in chunks, without its size."

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]


def limit_of(path: str) -> int:
    """The most bytes that are taken at this address."""
    if DOCUMENTS.match(path):
        return int(settings.DOCUMENT_LIMIT_BYTES) + FORM_BYTES
    if TABLES.match(path):
        return int(settings.UPLOAD_LIMIT_BYTES) + FORM_BYTES
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def too_large(limit: int) -> str:
    return (
        f"At most {limit:,} bytes are accepted here; nothing was kept. Make pictures smaller, send Parquet instead of "
        "CSV, or split it."
    )


class BodyLimits:
    """Stands before the middleware that reads forms."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        announced, limit = request.META.get("CONTENT_LENGTH") or "", limit_of(request.path_info)
        if announced.isdecimal() and int(announced[:20]) > limit:
            return errors.answer(request, 413, ("too_large", too_large(limit)))
        # Without a length, Django reads nothing from a WSGI server: better said than found missing later.
        chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
        if isinstance(request, WSGIRequest) and chunked and not announced:
            return errors.answer(request, 411, ("length_required", NO_LENGTH))
        return None


class _TooMuch(Exception):
    """More arrived than is accepted."""


def limited(application: Application) -> Application:
    """The ASGI application behind a count of what arrives; Django would keep all of it in a file first."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        limit, arrived = limit_of(scope["path"]), 0

        async def counted() -> Mapping[str, Any]:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > limit:
                raise _TooMuch
            return message

        try:
            await application(scope, counted, send)
        except _TooMuch:
            await _refuse(send, limit)

    return serve


async def _refuse(send: Send, limit: int) -> None:
    document = problem_document(code="too_large", status_code=413, detail=too_large(limit))
    headers = [(b"content-type", PROBLEM.encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(document).encode()})
