"""What is a result, byte for byte? The JSON form of the audit values, for digests and for evidence."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any


def result_document(value: Any) -> Any:  # noqa: ANN401 - maps any audit value to any JSON value
    """Frozen values become objects, tuples become arrays; floats stay IEEE 754 doubles, which RFC 8785 writes."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: result_document(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): result_document(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [result_document(inner) for inner in value]
    return value
