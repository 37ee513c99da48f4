"""What are the bytes of a record? RFC 8785 canonical JSON, and its SHA-256 digest."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785

from registry.core.strict_json import MAX_DEPTH, depth


class NotCanonical(ValueError):
    """The value has no canonical JSON form (NaN, an integer beyond 2^53, a lone surrogate, nesting too deep)."""


def canonical(value: Any) -> bytes:  # noqa: ANN401 - JSON is any JSON
    """RFC 8785 bytes of a JSON value. Raises: NotCanonical."""
    if depth(value) > MAX_DEPTH:
        raise NotCanonical(f"nested more than {MAX_DEPTH} levels deep")
    try:
        return rfc8785.dumps(value)
    except ValueError as error:
        raise NotCanonical(str(error)) from error


def digest(value: Any) -> str:  # noqa: ANN401 - JSON is any JSON
    """SHA-256 of the canonical bytes, in lower-case hexadecimal. Raises: NotCanonical."""
    return hashlib.sha256(canonical(value)).hexdigest()
