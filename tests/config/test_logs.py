"""Does a log hold what only its owner may know?"""

from __future__ import annotations

import io
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from config import logs

SECRET = "aSecretThatOpensACalendar-0123456789"
ADDRESS = f"/api/v1/work/calendar/{SECRET}.ics"


@pytest.fixture(params=[True, False], ids=["json", "text"])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What every logger writes, as the product is set up."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    made: dict[str, Any] = logs.logging_for(json=request.param, level="INFO")["formatters"]["structured"]
    factory = made.pop("()")
    handler.setFormatter(factory(**made))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.django_db
def test_the_secret_address_of_a_calendar_is_in_no_line_of_the_log(written: io.StringIO, client: Client) -> None:
    assert client.get(ADDRESS).status_code == 404
    assert client.get(f"{ADDRESS}/nothing?from={ADDRESS}").status_code == 404
    said = written.getvalue()
    assert "/api/v1/work/calendar/[secret]" in said
    assert SECRET not in said


def test_other_addresses_are_written_as_they_are(written: io.StringIO) -> None:
    logging.getLogger("django.request").warning("Not Found: %s", "/api/v1/models/sepsis")
    assert "/api/v1/models/sepsis" in written.getvalue()


def test_an_address_deep_in_an_event_is_found_too() -> None:
    event = {"event": "x", "request": {"paths": [ADDRESS, ("GET", ADDRESS)]}, "count": 3}
    found = logs.without_secrets(None, "info", event)
    assert SECRET not in str(found)
    assert found["count"] == 3
