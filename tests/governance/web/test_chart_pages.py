"""Who may see an audit's charts, and can a picture do any harm when it is opened by itself?"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client

from audits.core.values import Kind
from audits.models.chart import AuditChart
from registry.models.user import User
from registry.storage import put_stream
from tests.governance import scene as scenes
from tests.governance.scene import Scene

Visit = Callable[[User], Client]
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture
def chart(scene: Scene) -> AuditChart:
    blob = put_stream([PICTURE], limit=1000)
    audit = scene.audits[Kind.VALIDATION]
    return AuditChart.objects.create(
        audit=audit, name="roc", title="Ranking", alt="In words", spec={"mark": "line"}, svg_sha256=blob.sha256
    )


def address(chart: AuditChart, ending: str) -> str:
    return f"/audits/{chart.audit_id}/charts/{chart.name}.{ending}"


def test_a_reader_gets_the_picture_with_nothing_allowed_in_it(scene: Scene, chart: AuditChart, visit: Visit) -> None:
    answer = visit(scene.rita).get(address(chart, "svg"))
    assert answer.getvalue() == PICTURE
    assert answer["Content-Type"] == "image/svg+xml"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "script-src" not in answer["Content-Security-Policy"]


def test_a_reader_gets_the_specification(scene: Scene, chart: AuditChart, visit: Visit) -> None:
    answer = visit(scene.rita).get(address(chart, "json"))
    assert json.loads(answer.content) == {"mark": "line"}
    assert "private" in answer["Cache-Control"]


def test_strangers_and_accounts_without_a_role_see_no_chart(scene: Scene, chart: AuditChart, visit: Visit) -> None:
    nobody = visit(scenes.account("nobody"))
    for ending in ("svg", "json"):
        assert Client().get(address(chart, ending)).status_code == 302
        assert nobody.get(address(chart, ending)).status_code == 403


def test_a_chart_that_was_not_drawn_is_not_there(scene: Scene, chart: AuditChart, visit: Visit) -> None:
    assert visit(scene.rita).get(address(chart, "svg").replace("roc", "nothing")).status_code == 404


def test_the_audit_page_shows_the_chart_with_its_words(scene: Scene, chart: AuditChart, visit: Visit) -> None:
    page = visit(scene.rita).get(f"/audits/{chart.audit_id}/").content.decode()
    assert f'src="{address(chart, "svg")}" alt="In words"' in page
    assert f'data-spec="{address(chart, "json")}"' in page
