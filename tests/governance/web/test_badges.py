"""Has every status a word, an icon that exists, and a tone that the style sheet knows?"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import Path

import heroicons
import pytest

from audits.core.values import Verdict
from audits.models.job import JobState
from governance.core.statements import Status
from governance.models.approval import ApprovalDecision
from governance.models.decision import GateOutcome
from governance.web import badges
from governance.web.badges import Badge
from registry.core.lifecycle import State

CSS = Path(__file__).resolve().parents[3] / "config/static/css/components.css"
TABLES: list[tuple[Mapping[str, Badge], type[Enum]]] = [
    (badges.STATE, State),
    (badges.VERDICT, Verdict),
    (badges.CONTROL, Status),
    (badges.JOB, JobState),
    (badges.APPROVAL, ApprovalDecision),
    (badges.GATE, GateOutcome),
]


@pytest.mark.parametrize(("table", "statuses"), TABLES)
def test_every_status_is_on_its_table(table: Mapping[str, Badge], statuses: type[Enum]) -> None:
    assert set(table) == {status.value for status in statuses}


def test_every_badge_can_be_drawn() -> None:
    alone = [found for found in vars(badges).values() if isinstance(found, Badge)]
    tones = CSS.read_text(encoding="utf-8")
    for badge in [*alone, *(badge for table, _ in TABLES for badge in table.values())]:
        assert badge.label
        assert f".{badge.tone} {{" in tones
        for style, size in (("mini", 20), ("outline", 24)):
            assert heroicons._render_icon(style, badge.icon, size, {}).startswith("<svg")
