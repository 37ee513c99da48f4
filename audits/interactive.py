"""How is the interactive report served, whose scripts we did not write and whose words come from uploaded tables?

As a page that belongs to nobody: the `sandbox` directive gives it an opaque origin, so its scripts run and draw, and
have no cookies, no storage, no forms and no windows, and load nothing. That policy cannot keep a page from taking
itself elsewhere, with what it knows in the address: the page that frames it does, by its own `frame-src`. So the bytes
are shown in that frame alone. A browser says what it fetches a page for (Sec-Fetch-Dest, which every browser since 2023
sends over HTTPS and to this machine itself); who asks for a page of its own is sent to the framing page, and the API
hands out a file to keep. What the policy does not cover either, WebRTC, is closed by Connection-Allowlist in browsers
that know it.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import FileResponse

from audits.models.audit import Audit
from registry.errors import Refused
from registry.storage import open_blob

#: Plotly compiles accessors and writes styles; both stay inside the sandbox. Nothing may be loaded or connected to.
POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), clipboard-read=(), display-capture=()",
    "Connection-Allowlist": "()",
    "X-DNS-Prefetch-Control": "off",
    "Cache-Control": "private, no-store",
    "Vary": "Sec-Fetch-Dest",
}


class NoInteractiveReport(Refused):
    """This audit has none: it compares no tables, has not finished, or the report could not be drawn."""

    code = "no_interactive_report"
    status = 404


def is_framed(headers: Mapping[str, str]) -> bool:
    """Whether a browser asks for the bytes to show them in a frame, or does not say what for."""
    return headers.get("Sec-Fetch-Dest", "iframe") == "iframe"


def response(audit: Audit, *, keep: bool = False) -> FileResponse:
    """The stored HTML with the headers that keep it in. keep: as a file to save. Raises: NoInteractiveReport,
    BlobMissing."""
    check_has_report(audit)
    return FileResponse(
        open_blob(audit.report_sha256),
        as_attachment=keep,
        content_type="text/html; charset=utf-8",
        filename="drift.html",
        headers=HEADERS,
    )


def check_has_report(audit: Audit) -> None:
    """Raises NoInteractiveReport with the reason that the worker noted."""
    if not audit.report_sha256:
        noted = audit.facts.get("evidently", {}).get("refused", "")
        raise NoInteractiveReport(f"This audit has no interactive report. {noted}".strip())
