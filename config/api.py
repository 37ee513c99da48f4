"""How does the API speak? Strict JSON in, RFC 9457 problem documents out, pages of at most 200."""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping
from typing import IO, Any

import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser
from rest_framework.response import Response

from registry.core.strict_json import StrictJsonError, loads
from registry.errors import Refused

PROBLEM = "application/problem+json"
DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
NO_ROOM = "There is no room to store this now. Nothing was kept; try again later, or tell an administrator."


class Pages(PageNumberPagination):
    """`?page=2&page_size=100`."""

    page_size_query_param = "page_size"
    max_page_size = 200


class StrictJSONParser(JSONParser):
    """JSON of at most 1 MiB and 32 levels, without NaN and without duplicate keys: anything else is refused."""

    max_bytes = 1024 * 1024

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:  # noqa: ANN401 - JSON is any JSON
        body = stream.read(self.max_bytes + 1)
        if len(body) > self.max_bytes:
            raise exceptions.ParseError(f"The body exceeds {self.max_bytes:,} bytes.", code="body_too_large")
        try:
            return loads(body)
        except StrictJsonError as error:
            raise exceptions.ParseError(str(error), code="invalid_json") from error


def problem_document(*, code: str, status_code: int, detail: str, **facts: object) -> dict[str, Any]:
    """The members of RFC 9457 plus our stable `code` and the facts that a program needs."""
    document: dict[str, Any] = {
        "type": f"urn:formulary:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status_code,
        "detail": detail,
        "code": code,
    }
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return {**facts, **document, **({"request_id": request_id} if request_id else {})}


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None (an unexpected error) becomes a 500 problem in `config.errors`."""
    if isinstance(error, Refused):
        return _answer(problem_document(code=error.code, status_code=error.status, detail=error.message, **error.facts))
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        return _answer(problem_document(code="storage_unavailable", status_code=503, detail=NO_ROOM))
    if isinstance(error, Http404):
        error = exceptions.NotFound("There is no such record, or it is not yours to see.")
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    return _answer(_of_api_exception(error), headers=_headers(error))


def _of_api_exception(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return problem_document(
            code="invalid_input",
            status_code=status.HTTP_422_UNPROCESSABLE_ENTITY,
            detail="The request was not accepted; `fields` says what to change.",
            fields=json.loads(json.dumps(error.detail, default=str)),
        )
    codes = error.get_codes()
    return problem_document(
        code=codes if isinstance(codes, str) else "invalid_input",
        status_code=error.status_code,
        detail=str(error.detail),
    )


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers


def _answer(document: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(document, status=document["status"], headers=headers, content_type=PROBLEM)
