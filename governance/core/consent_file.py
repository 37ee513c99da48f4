"""Is a file of consent records acceptable? Reads it whole, or refuses it with the record's index and field.

A pseudonym is kept in Unicode form NFKC without blanks around it, as table subjects are: what looks the same is one
patient, in an import, in a withdrawal and in a table.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

from governance.core.consent import ACTIVE, DENIED, WITHDRAWN

MAX_RECORDS = 200_000
MAX_BYTES = 50 * 1024 * 1024
MAX_PSEUDONYM = 128
MAX_PURPOSE = 60
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
STATUSES = (ACTIVE, DENIED, WITHDRAWN)
_REQUIRED = ("pseudonym", "purpose", "status", "valid_from")
_OPTIONAL = ("valid_to", "recorded_at")


class FileRefused(ValueError):
    """index: position of the record, from 0, or None for the file itself; field: its key, or ""."""

    def __init__(self, message: str, *, index: int | None = None, field: str = "") -> None:
        where = "" if index is None else f"Record {index}{f', {field}' if field else ''}: "
        super().__init__(f"{where}{message}")
        self.index = index
        self.field = field


@dataclass(frozen=True, slots=True)
class Stated:
    """One accepted record."""

    pseudonym: str
    purpose: str
    status: str
    valid_from: datetime
    valid_to: datetime | None
    recorded_at: datetime


def read(document: object, *, now: datetime) -> tuple[Stated, ...]:
    """All records of a decoded JSON list. Raises FileRefused at the first one that cannot stand."""
    if not isinstance(document, list) or not document:
        raise FileRefused("a list of consent records is expected, with at least one in it")
    if len(document) > MAX_RECORDS:
        raise FileRefused(f"{len(document):,} records; at most {MAX_RECORDS:,} are accepted in one file")
    return tuple(_record(item, index, now) for index, item in enumerate(document))


def _record(item: object, index: int, now: datetime) -> Stated:
    if not isinstance(item, dict):
        raise FileRefused("an object is expected", index=index)
    for key in item:
        if key not in _REQUIRED and key not in _OPTIONAL:
            raise FileRefused("this key is not known", index=index, field=str(key)[:40])
    for key in _REQUIRED:
        if key not in item:
            raise FileRefused("this key is missing", index=index, field=key)
    status = item["status"]
    if status not in STATUSES:
        raise FileRefused(f"one of {', '.join(STATUSES)} is expected", index=index, field="status")
    start = _moment(item["valid_from"], index, "valid_from")
    end = None if item.get("valid_to") is None else _moment(item["valid_to"], index, "valid_to")
    if end is not None and end <= start:
        raise FileRefused("the period ends before it begins", index=index, field="valid_to")
    return Stated(
        _text(_pseudonym(item["pseudonym"], index), MAX_PSEUDONYM, index, "pseudonym"),
        _text(item["purpose"], MAX_PURPOSE, index, "purpose"),
        str(status),
        start,
        end,
        _recorded_at(item.get("recorded_at"), start, now, index),
    )


def _recorded_at(value: object, start: datetime, now: datetime, index: int) -> datetime:
    # Without a date of its own, a word took effect when its period began: the moment of import would let an old
    # consent, sent again, overrule a withdrawal that was recorded in between.
    if value is None:
        return min(start, now)
    recorded = _moment(value, index, "recorded_at")
    if recorded > now:
        raise FileRefused("this lies in the future", index=index, field="recorded_at")
    return recorded


def _pseudonym(value: object, index: int) -> object:
    """Text as it is compared; anything else as it stands, for `_text` to refuse."""
    if not isinstance(value, str):
        return value
    # Looked at first: stripping would take control characters away that a file should not hold at all.
    _refuse_invisible(value, index, "pseudonym")
    return unicodedata.normalize("NFKC", value).strip()


def _text(value: object, limit: int, index: int, field: str) -> str:
    if not isinstance(value, str) or not value or value != value.strip() or len(value) > limit:
        raise FileRefused(f"text of 1 to {limit} characters is expected", index=index, field=field)
    _refuse_invisible(value, index, field)
    return value


def _refuse_invisible(text: str, index: int, field: str) -> None:
    if any(unicodedata.category(character) in INVISIBLE for character in text):
        raise FileRefused("control or zero-width characters are not accepted", index=index, field=field)


def _moment(value: object, index: int, field: str) -> datetime:
    """A date (its first instant in UTC) or a date and time with its offset."""
    problem = 'a date ("2026-03-01") or a time with its offset ("2026-03-01T08:00:00Z") is expected'
    if not isinstance(value, str):
        raise FileRefused(problem, index=index, field=field)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise FileRefused(problem, index=index, field=field) from error
    if moment.tzinfo is None and len(value) > len("2026-03-01"):
        raise FileRefused(problem, index=index, field=field)
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise FileRefused(problem, index=index, field=field) from error
