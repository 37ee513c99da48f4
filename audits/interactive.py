"""How is the interactive report served, whose scripts we did not write and whose words come from uploaded tables?

As a page that belongs to nobody: the `sandbox` directive gives it an opaque origin, so its scripts run and draw, and
have no cookies, no storage, no forms, no windows and no way to ask this server or any other for anything. The headers
travel with the bytes, so it makes no difference how the address is opened.
"""

from __future__ import annotations

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
    "Cache-Control": "private, no-store",
}


class NoInteractiveReport(Refused):
    """This audit has none: it compares no tables, has not finished, or the report could not be drawn."""

    code = "no_interactive_report"
    status = 404


def response(audit: Audit) -> FileResponse:
    """The stored HTML with the headers that keep it in. Raises: NoInteractiveReport, BlobMissing."""
    check_has_report(audit)
    return FileResponse(
        open_blob(audit.report_sha256), content_type="text/html; charset=utf-8", filename="drift.html", headers=HEADERS
    )


def check_has_report(audit: Audit) -> None:
    """Raises NoInteractiveReport with the reason that the worker noted."""
    if not audit.report_sha256:
        noted = audit.facts.get("evidently", {}).get("refused", "")
        raise NoInteractiveReport(f"This audit has no interactive report. {noted}".strip())
