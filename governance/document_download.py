"""How does a document leave the server? As a file to be saved: never shown, guessed at or run by the browser."""

from __future__ import annotations

from base64 import b64encode

from django.http import FileResponse

from governance.models.document import DocumentRevision
from governance.services import documents
from registry.models.user import User

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Should a browser show it all the same, it may do nothing: no scripts, no forms, no origin, nothing loaded.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


def response(*, by: User, revision: DocumentRevision) -> FileResponse:
    """The bytes with their digest. Raises as `documents.open_file` does."""
    answer = FileResponse(
        documents.open_file(by=by, revision=revision),
        as_attachment=True,
        filename=revision.file_name,
        content_type="application/octet-stream",
    )
    digest = b64encode(bytes.fromhex(revision.sha256)).decode()
    for name, value in {**HEADERS, "Digest": f"sha-256={digest}"}.items():
        answer.headers[name] = value
    return answer
