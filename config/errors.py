"""What does a caller see when something unforeseen happens? A problem document or a page, never a stack trace."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse

from config.api import PROBLEM, problem_document

TEXTS = {
    400: ("bad_request", "The request could not be understood."),
    403: ("not_allowed", "This is not permitted."),
    404: ("not_found", "There is nothing at this address, or it is not yours to see."),
    500: ("unexpected", "Something went wrong on our side. Nothing was saved half-way. Quote the request id."),
}


def answer(request: HttpRequest, status: int) -> HttpResponse:
    """JSON under /api/, a page elsewhere."""
    code, detail = TEXTS[status]
    document = problem_document(code=code, status_code=status, detail=detail)
    if request.path.startswith("/api/"):
        return JsonResponse(document, status=status, content_type=PROBLEM)
    return TemplateResponse(request, "error.html", {"problem": document}, status=status).render()


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 404)


def unexpected(request: HttpRequest) -> HttpResponse:
    return answer(request, 500)
