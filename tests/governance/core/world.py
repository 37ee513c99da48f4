"""Facts about a made-up version on one day, of which each test changes what it is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from governance.core import facts
from governance.core.answers import answer
from governance.core.facts import Facts
from governance.core.policy import Control, Pack, Rule, Severity
from governance.core.statements import Statement, worst

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
TODAY = NOW.date()
PLAN = facts.Plan("d1", 1, ("validation", "bias", "drift", "quality"), NOW - timedelta(days=9), 0.95, NOW)


def facts_with(**values: Any) -> Facts:
    """A version about which nothing is known but what the test says."""
    bare: dict[str, Any] = {
        "version": "v1",
        "artifact_sha256": "0" * 64,
        "environment": "production",
        "now": NOW,
        "state": "in_review",
        "stated": (),
        "plan": None,
        "tables": (),
        "audits": (),
        "measured": (),
        "approvals": (),
        "coverages": (),
        "ledger_size": 7,
    }
    return Facts(**{**bare, **values})


def control(rule: Rule, **values: Any) -> Control:
    return Control(
        **{"id": "c", "requirement": "A requirement.", "severity": Severity.BLOCKING, "rule": rule, **values}
    )


def pack(*controls: Control, **values: Any) -> Pack:
    return Pack(**{"slug": "p", "version": "1", "title": "P", "controls": controls, **values})


def said(rule: Rule, known: Facts) -> tuple[Statement, ...]:
    return answer(rule, control(rule), known)


def verdict(rule: Rule, **values: Any) -> str:
    """The status of the whole rule over a version about which only this is known."""
    return str(worst(said(rule, facts_with(**values))))


def days(count: int) -> date:
    """So many days from today."""
    return TODAY + timedelta(days=count)
