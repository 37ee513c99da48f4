"""What does a caller see when something unforeseen happens? A problem document or a page, never a stack trace."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse

from config.api import PROBLEM, problem_document

CSRF = "This form is too old, or cookies are off. Nothing was saved. Go back, reload the page and send it again."
TEXTS = {
    400: ("bad_request", "The request could not be understood."),
    403: ("not_allowed", "This is not permitted."),
    404: ("not_found", "There is nothing at this address, or it is not yours to see."),
    500: ("unexpected", "Something went wrong on our side. Nothing was saved half-way. Quote the request id."),
}


def answer(request: HttpRequest, status: int, text: tuple[str, str] | None = None) -> HttpResponse:
    """JSON under /api/, a page elsewhere. text: code and detail, where they are not the status's usual ones."""
    code, detail = text or TEXTS[status]
    document = problem_document(code=code, status_code=status, detail=detail)
    if request.path.startswith("/api/"):
        return JsonResponse(document, status=status, content_type=PROBLEM)
    return TemplateResponse(request, "error.html", {"problem": document}, status=status).render()


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 403)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(request, 403, ("csrf_failed", CSRF))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 404)


def unexpected(request: HttpRequest) -> HttpResponse:
    return answer(request, 500)
