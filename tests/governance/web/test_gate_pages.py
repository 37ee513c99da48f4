"""Does the version's page say what the gate says, and do its buttons do what they say?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from governance.models.decision import GateDecision
from governance.models.export import Export
from governance.services import gate
from governance.web.badges import GATE
from registry.models.user import Role, User
from tests.governance import scene as scenes
from tests.governance.scene import Scene
from tests.governance.web.conftest import version_page

Visit = Callable[[User], Client]
ENDED = timezone.now() - timedelta(days=1)


def test_before_the_first_decision_the_page_says_so_and_shows_what_is_missing(scene: Scene, visit: Visit) -> None:
    page = visit(scene.dora).get(version_page(scene)).content.decode()
    assert "May not be used in production: the gate was never asked." in page
    assert "this is what the gate would find now" in page
    assert "0 of 1 signatures as reviewer count." in page


def test_asking_the_gate_decides_and_gives_all_reasons_with_remedies(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene.dora)
    answer = visitor.post(f"/versions/{scene.version.pk}/gate/", {"environment": "production"})
    assert answer["Location"] == version_page(scene)
    decision = GateDecision.objects.get()
    assert decision.because == "asked by Dora Developer"
    page = visitor.get(version_page(scene)).content.decode()
    assert f"for {len(decision.reasons)} reasons." in page
    assert [reason["remedy"] for reason in decision.reasons if reason["remedy"] not in page] == []


def test_an_allowed_version_says_until_when(visit: Visit, db: None) -> None:
    scene = scenes.complete()
    until = scene.ask().valid_until
    page = visit(scene.rita).get(version_page(scene)).content.decode()
    assert f"May be used in production until {until:%Y-%m-%d %H:%M} UTC." in page


def test_who_may_not_ask_is_refused_in_words(scene: Scene, visit: Visit) -> None:
    auditor = visit(scenes.account("otto", Role.AUDITOR))
    answer = auditor.post(f"/versions/{scene.version.pk}/gate/", {"environment": "production"})
    assert answer.status_code == 403
    assert "None of your roles permits this" in answer.content.decode()
    assert not GateDecision.objects.exists()
    assert "None of your roles may ask the gate." in auditor.get(version_page(scene)).content.decode()


def test_an_environment_that_does_not_exist_is_refused_in_words(scene: Scene, visit: Visit) -> None:
    answer = visit(scene.dora).post(f"/versions/{scene.version.pk}/gate/", {"environment": "moon"})
    assert answer.status_code == 422
    assert "Name an environment" in answer.content.decode()


def test_reading_the_page_decides_nothing(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene.dora)
    visitor.get(version_page(scene))
    assert visitor.get(f"/versions/{scene.version.pk}/gate/")["Location"] == version_page(scene)
    assert not GateDecision.objects.exists()


def test_an_auditor_asks_for_a_report_and_a_developer_may_not(scene: Scene, visit: Visit) -> None:
    url, asked = f"/versions/{scene.version.pk}/exports/", {"environment": "production"}
    auditor = visit(scenes.account("otto", Role.AUDITOR))
    assert auditor.post(url, asked)["Location"].endswith("#exports")
    assert Export.objects.get().environment == "production"
    assert "not yet" in auditor.get(version_page(scene)).content.decode()
    assert visit(scene.dora).post(url, asked).status_code == 403


def test_a_finished_report_can_be_fetched(scene: Scene, visit: Visit) -> None:
    auditor = visit(scenes.account("otto", Role.AUDITOR))
    auditor.post(f"/versions/{scene.version.pk}/exports/", {"environment": "production"})
    Export.objects.update(state="succeeded")
    page = auditor.get(version_page(scene)).content.decode()
    assert f"/api/v1/exports/{Export.objects.get().pk}/report.pdf" in page
    assert f"/api/v1/exports/{Export.objects.get().pk}/evidence.json" in page


@pytest.mark.parametrize("doubt", [{"valid_until": ENDED}, {"envelope": {}}])
def test_a_list_never_says_allowed_where_the_gate_would_deny(doubt: dict[str, Any], visit: Visit, db: None) -> None:
    scene = scenes.complete()
    decision = scene.ask()
    visitor, lists = visit(scene.rita), ("/", f"/models/{scene.model.slug}/")
    allowed = GATE["allow"].label
    assert all(f">{allowed}<" in shown(visitor, url) for url in lists)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE governance_gatedecision DISABLE TRIGGER USER")
    GateDecision.objects.filter(pk=decision.pk).update(**doubt)
    assert gate.answer(version=scene.version, environment="production", now=timezone.now()).outcome == "deny"
    assert not any(f">{allowed}<" in shown(visitor, url) for url in lists)


def shown(visitor: Client, url: str) -> str:
    """The page, with the icons taken out, so that a badge's word stands alone between its tags."""
    return re.sub(r"<svg.*?</svg>", "", visitor.get(url).content.decode(), flags=re.DOTALL)
