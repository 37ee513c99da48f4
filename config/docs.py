"""What does the API offer? A page made from its own OpenAPI description, without a script or a foreign host."""

from __future__ import annotations

from typing import Any

from django.views.generic import TemplateView
from drf_spectacular.generators import SchemaGenerator

from registry.api import openapi

# The description's generator finds these by having been imported.
SIGN_IN_SCHEMES = (openapi.TokenScheme, openapi.SessionScheme)
METHODS = ("get", "post", "put", "patch", "delete")


class ApiDocs(TemplateView):
    template_name = "api_docs.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's signature
        schema = SchemaGenerator().get_schema(request=None, public=True)
        operations = [
            {
                "method": method.upper(),
                "path": path,
                "summary": operation.get("description", "").split("\n\n")[0],
                "body": _body_fields(operation, schema),
                "answers": sorted(operation.get("responses", {})),
            }
            for path, item in sorted(schema["paths"].items())
            for method, operation in item.items()
            if method in METHODS
        ]
        return {**super().get_context_data(**kwargs), "operations": operations}


def _body_fields(operation: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Name, type and necessity of each field that the request's body takes."""
    content = operation.get("requestBody", {}).get("content", {})
    reference = next((media.get("schema", {}).get("$ref") for media in content.values()), None)
    if not reference:
        return []
    component = schema["components"]["schemas"][reference.rsplit("/", 1)[-1]]
    required = set(component.get("required", []))
    return [
        {"name": name, "type": field.get("type", "object"), "required": name in required}
        for name, field in component.get("properties", {}).items()
    ]
