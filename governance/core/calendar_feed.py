"""How does a calendar learn of days by which something is due? RFC 5545: all-day events, folded, escaped, stable UIDs.

No I/O, no clock. Lines end in CRLF and hold at most 75 octets; a longer one goes on after CRLF and a space, never
inside a character. In text, backslash, semicolon, comma and line break are escaped; other control characters are left
out.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LINE = 75


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is due on a day. key: the same as long as it is the same thing. url: absolute, or ""."""

    key: str
    day: date
    title: str
    text: str
    url: str = ""


def feed(events: Iterable[Event], *, name: str, origin: str, at: datetime) -> bytes:
    """The calendar. origin: a host name, so that UIDs are unique in the world. at: when it was made, aware."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Formulary//Work queue//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
        *(line for event in events for line in _event(event, origin, at)),
        "END:VCALENDAR",
    ]
    return b"".join(folded(line) for line in lines)


def _event(event: Event, origin: str, at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{hashlib.sha256(event.key.encode()).hexdigest()[:32]}@{origin}"
    yield f"DTSTAMP:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
    # The end of a day-long event is the day after (RFC 5545, 3.6.1).
    yield f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{escaped(event.title)}"
    yield f"DESCRIPTION:{escaped(event.text)}"
    if event.url:
        yield f"URL:{_one_line(event.url)}"
    # Nobody is busy because something is due.
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def escaped(text: str) -> str:
    """A TEXT value (RFC 5545, 3.3.11)."""
    joined = "\n".join(text.replace("\r\n", "\n").split("\r"))
    clean = "".join(each for each in joined if each in "\n\t" or unicodedata.category(each) != "Cc")
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        clean = clean.replace(plain, written)
    return clean


def _one_line(text: str) -> str:
    return "".join(each for each in text if unicodedata.category(each) != "Cc")


def folded(line: str) -> bytes:
    """One content line in pieces of at most 75 octets, each ended by CRLF (RFC 5545, 3.1)."""
    pieces: list[bytes] = []
    piece = b""
    for each in line:
        octets = each.encode()
        if len(piece) + len(octets) > LINE:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
