"""What if a creating call is sent twice? The same `Idempotency-Key` gets the first answer again."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.api.calls import caller
from registry.errors import Conflict, InvalidInput
from registry.models.token import IdempotencyKey

HEADER = "Idempotency-Key"
ABANDONED_AFTER = timedelta(minutes=15)


class KeyReused(Conflict):
    code = "idempotency_key_reused"
    status = 422


class KeyInUse(Conflict):
    code = "idempotency_key_in_use"


class BadKey(InvalidInput):
    code = "idempotency_key_invalid"


class Idempotent(APIView):
    """For views that create: the first answer to a key is kept per user; refusals are not, so they can be mended.

    A request that died half-way leaves its key without an answer, which frees it after a quarter of an hour.
    """

    _key: IdempotencyKey | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - DRF's signature
        super().initial(request, *args, **kwargs)
        name = request.headers.get(HEADER)
        if name and request.method == "POST":
            self._key = _reserve(request, name)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - DRF's signature
        try:
            return super().dispatch(request, *args, **kwargs)
        finally:
            _forget_unanswered(self._key)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        if self._key is not None and self._key.status is None and response.status_code < 300:
            self._key.status, self._key.response = response.status_code, _plain(response)
            self._key.save(update_fields=["status", "response"])
        return super().finalize_response(request, response, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, _Replay):
            self._key = None
            return Response(exc.key.response, status=exc.key.status, headers={"Idempotency-Replayed": "true"})
        return super().handle_exception(exc)


class _Replay(Exception):
    def __init__(self, key: IdempotencyKey) -> None:
        self.key = key


def _reserve(request: Request, name: str) -> IdempotencyKey:
    if not name.isprintable() or len(name) > 200:
        raise BadKey(f"{HEADER} is at most 200 printable characters.")
    fingerprint = _fingerprint(request)
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(
                user=caller(request),
                key=name,
                method=request.method or "",
                path=request.get_full_path()[:500],
                request_sha256=fingerprint,
            )
    except IntegrityError as clash:
        known = IdempotencyKey.objects.get(user=caller(request), key=name)
        if known.request_sha256 != fingerprint:
            raise KeyReused(f"This {HEADER} was used for another request; choose a new one.") from clash
        if known.status is None and timezone.now() - known.created_at > ABANDONED_AFTER:
            known.delete()
            return _reserve(request, name)
        if known.status is None:
            raise KeyInUse("The first request with this key is still being worked on; try again shortly.") from clash
        raise _Replay(known) from clash


def _fingerprint(request: Request) -> str:
    """Method, path with its query, and body; for an upload the fields and the files' contents."""
    hasher = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type.startswith("multipart/"):
        for name in sorted(request.data):
            value = request.data[name]
            hasher.update(f"{name}\n".encode())
            if hasattr(value, "chunks"):
                for chunk in value.chunks():
                    hasher.update(chunk)
                value.seek(0)
            else:
                hasher.update(str(value).encode())
    else:
        hasher.update(repr(request.data).encode())
    return hasher.hexdigest()


def _plain(response: Response) -> Any:  # noqa: ANN401 - JSON is any JSON
    """The answer as JSON values, as the renderer writes them."""
    return json.loads(JSONRenderer().render(response.data))


def _forget_unanswered(key: IdempotencyKey | None) -> None:
    if key is not None and key.status is None:
        key.delete()
