"""Can every area be reached from the main menu, the model's page and the version's page, at a fixed price?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.core.incidents import SEVERITIES
from governance.models.incident import Incident, IncidentReport
from governance.services import incidents, packs, risks
from governance.web.gather import model_areas
from registry.models.user import Role, User
from registry.services import sites, versions
from tests.governance import scene as scenes
from tests.governance.scene import Scene
from tests.governance.web.conftest import version_page
from tests.governance.web.markup import faults

pytestmark = pytest.mark.django_db
Visit = Callable[[User], Client]
MENU = ["Overview", "Work", "Documents", "Policy packs", "Sites", "Ledger", "API"]


def queries(visitor: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as counted:
        assert visitor.get(url).status_code == 200
    return len(counted)


def menu(page: str) -> list[tuple[str, str, str]]:
    """Address, what it says of here, and name of each entry."""
    nav = page.partition('aria-label="Main"')[2].partition("</nav>")[0]
    return re.findall(r'<a href="([^"]+)"( aria-current="\w+")?>([^<]+)</a>', nav)


def words(scene: Scene) -> dict[str, str]:
    return {each.title: each.words for each in model_areas.of(scene.model, now=timezone.now())}


def test_the_main_menu_leads_everywhere_and_marks_where_one_is(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene.rita)
    entries = menu(visitor.get("/").content.decode())
    assert [name for _, _, name in entries] == MENU
    for address, _, name in entries:
        page = visitor.get(address).content.decode()
        assert faults(page) == [], address
        assert [each for _, here, each in menu(page) if here] == [name]
    pack = visitor.get(f"/packs/{packs.in_force().pk}/").content.decode()
    assert [(name, here.strip()) for _, here, name in menu(pack) if here] == [("Policy packs", 'aria-current="true"')]


def test_no_entry_is_marked_where_none_is_meant(scene: Scene, visit: Visit) -> None:
    for url in (version_page(scene), "/nowhere/", f"/models/{scene.model.slug}/documents/"):
        assert [name for _, here, name in menu(visit(scene.rita).get(url).content.decode()) if here] == [], url


def test_every_area_of_a_model_is_reached_from_its_page(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene.rita)
    shown = visitor.get(f"/models/{scene.model.slug}/").content.decode()
    assert faults(shown) == []
    parts = ["card", "documents", "risks", "incidents", "training", "adoption"]
    parts += [f"plans/{kind}" for kind in ("monitoring", "change", "risk")]
    for part in parts:
        address = f"/models/{scene.model.slug}/{part}/"
        assert f'href="{address}"' in shown
        assert visitor.get(address).status_code == 200


def test_each_area_says_how_it_stands(scene: Scene) -> None:
    found = words(scene)
    assert found["Documents"] == "No document yet"
    assert found["Training"] == "Nobody is named who uses it"
    assert found["Monitoring plan"] == "Not frozen yet"
    assert found["Introduction at the sites"] == "No goal stated; no site uses it yet"
    assert found["Incidents and logs"] == "No incident; no log registered"
    assert found["Risk register"] == "No risk written down yet"
    cora = scenes.account("cora", Role.COMPLIANCE)
    sites.add_model(by=cora, site=sites.create(by=cora, name="North", jurisdiction="EU"), model=scene.model)
    risks.suggest(model=scene.model, by=scene.dora)
    overdue(scene)
    found = words(scene)
    assert found["Introduction at the sites"] == "No goal stated; used at 1 site"
    assert re.fullmatch(r"\d+ open risks: \d+ not estimated", found["Risk register"])
    assert found["Incidents and logs"] == "1 open incident of 1; no log registered; a report is overdue"


def noticed(scene: Scene) -> Incident:
    now = timezone.now()
    found = incidents.Noticed(
        severity=next(iter(SEVERITIES)),
        happened_on=now.date(),
        noticed_at=now - timedelta(hours=2),
        description="The score was shown for another patient.",
    )
    return incidents.open_incident(model=scene.model, by=scene.dora, noticed=found)


def overdue(scene: Scene) -> None:
    late = timezone.now() - timedelta(hours=1)
    IncidentReport.objects.create(incident=noticed(scene), clock="c", authority="a", due_at=late)


def test_the_model_page_costs_the_same_however_much_is_kept(scene: Scene, visit: Visit) -> None:
    visitor, url = visit(scene.rita), f"/models/{scene.model.slug}/"
    risks.suggest(model=scene.model, by=scene.dora)
    overdue(scene)
    visitor.get(url)
    before = queries(visitor, url)
    cora = scenes.account("cora", Role.COMPLIANCE)
    for number in range(4):
        sites.add_model(by=cora, site=sites.create(by=cora, name=f"S{number}", jurisdiction="EU"), model=scene.model)
        noticed(scene)
    assert queries(visitor, url) == before


def test_a_version_s_page_leads_to_its_assessment_and_to_what_it_changes(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene.rita)
    first = visitor.get(version_page(scene)).content.decode()
    assert f'href="{version_page(scene)}assessment/"' in first
    assert f'href="/versions/{scene.version.pk}/change/"' in first
    assert 'id="change"' not in first
    second = versions.create(
        by=scene.dora,
        model=scene.model,
        artifact_sha256=scenes.sha("another"),
        artifact_size=10,
        artifact_name="model2.bin",
        training_dataset=scene.dataset,
        outcome="Sepsis within 24 h",
        features=[{"name": "age", "description": ""}],
        operating_points=[],
    )
    page = visitor.get(f"/models/{scene.model.slug}/versions/{second.number}/").content.decode()
    assert faults(page) == []
    assert 'id="change"' in page
    assert "What changed</h2>" in page
