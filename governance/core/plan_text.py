"""Is this an answer in words? Text of one or several lines, as the sections of a plan hold it."""

from __future__ import annotations

from audits.core.plan_fields import PlanError, text

MOST = 20_000


def words(value: object, path: str) -> str:
    """Text without blanks around it; a line feed is the only control character in it. Raises PlanError."""
    if not isinstance(value, str):
        return text(value, path)
    tidy = value.replace("\r\n", "\n").strip()
    text(tidy.replace("\n", " "), path)
    if len(tidy) > MOST:
        raise PlanError("too_long", path, f"at most {MOST:,} characters are accepted")
    return tidy
