"""Does the calendar keep RFC 5545: folding, escaping, stable names, whole days?"""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from governance.core.calendar_feed import Event, escaped, feed, folded

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def made(*events: Event) -> bytes:
    return feed(events, name="Due", origin="formulary.example", at=AT)


def unfolded(found: bytes) -> list[str]:
    """As a calendar program reads it (RFC 5545, 3.1)."""
    return found.replace(b"\r\n ", b"").decode().split("\r\n")


def unescaped(text: str) -> str:
    """As a calendar program reads a TEXT value (RFC 5545, 3.3.11)."""
    out, rest = "", iter(text)
    for each in rest:
        out += {"n": "\n", "N": "\n"}.get(found := next(rest), found) if each == "\\" else each
    return out


def test_a_due_day_is_an_event_of_that_whole_day() -> None:
    lines = unfolded(
        made(Event("m/document:x", date(2026, 12, 31), "Renew", "Two controls rest on it.", "https://f/x"))
    )
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    for line in ("DTSTART;VALUE=DATE:20261231", "DTEND;VALUE=DATE:20270101", "DTSTAMP:20261121T093000Z", "VERSION:2.0"):
        assert line in lines
    assert "URL:https://f/x" in lines


def test_the_same_thing_keeps_its_name_whatever_is_said_of_it() -> None:
    one = made(Event("key", date(2026, 12, 1), "a", "b"))
    other = made(Event("key", date(2027, 1, 1), "c", "d"))
    different = made(Event("another", date(2026, 12, 1), "a", "b"))

    def uid(found: bytes) -> str:
        return next(line for line in unfolded(found) if line.startswith("UID:"))

    assert uid(one) == uid(other) != uid(different)
    assert uid(one).endswith("@formulary.example")


def test_commas_semicolons_backslashes_and_breaks_are_escaped() -> None:
    assert escaped("a,b;c\\d\r\ne\rf\ng") == "a\\,b\\;c\\\\d\\ne\\nf\\ng"


@given(st.text(max_size=300))
def test_no_line_is_longer_than_75_octets_and_nothing_is_lost(text: str) -> None:
    line = f"SUMMARY:{escaped(text)}"
    found = folded(line)
    assert found.endswith(b"\r\n")
    assert all(len(piece) <= 75 for piece in found[:-2].split(b"\r\n"))
    assert found.replace(b"\r\n ", b"") == f"{line}\r\n".encode()


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs")), max_size=200))
def test_what_is_written_is_read_again(text: str) -> None:
    lines = unfolded(made(Event("key", date(2026, 12, 1), text, text)))
    summary = next(line for line in lines if line.startswith("SUMMARY:"))
    assert unescaped(summary.removeprefix("SUMMARY:")) == text


def test_a_break_in_an_address_cannot_begin_another_line() -> None:
    found = made(Event("key", date(2026, 12, 1), "a", "b", "https://f/\r\nATTENDEE:x"))
    assert not [line for line in unfolded(found) if line.startswith("ATTENDEE")]
