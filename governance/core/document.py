"""What is the JSON form of a governance value? For digests, for decisions at rest, and for the API."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any


def document(value: Any) -> Any:  # noqa: ANN401 - maps any frozen value to any JSON value
    """Frozen values become objects, tuples arrays, sets sorted arrays, days and moments ISO 8601 text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: document(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): document(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [document(inner) for inner in value]
    if isinstance(value, frozenset):
        return sorted(document(inner) for inner in value)
    return value


def moment(at: datetime) -> str:
    """2026-11-21T02:17:33.250000Z: UTC, microseconds, one spelling."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
