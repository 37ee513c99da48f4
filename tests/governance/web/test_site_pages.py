"""Can sites be made and models be given to them in the browser, and does everybody else read who can?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registry.models.site import ModelSite, Site
from registry.models.user import Role, User
from registry.services import sites
from tests.governance import scene as scenes
from tests.governance.scene import Scene
from tests.governance.web.markup import faults

pytestmark = pytest.mark.django_db
Visit = Callable[[User], Client]


@pytest.fixture
def scene(db: None) -> Scene:
    return scenes.bare()


def keeper(role: str = "compliance") -> User:
    return scenes.account("a_keeper", Role(role))


@pytest.mark.parametrize("role", ["administrator", "compliance"])
def test_a_site_is_made_and_a_model_is_given_to_it_and_taken_back(role: str, scene: Scene, visit: Visit) -> None:
    visitor = visit(keeper(role))
    answer = visitor.post("/sites/", {"name": "North Hospital", "jurisdiction": "EU"})
    assert answer["Location"] == "/sites/north-hospital/"
    assert visitor.post("/sites/north-hospital/", {"model": scene.model.slug})["Location"] == "/sites/north-hospital/"
    used = ModelSite.objects.get()
    assert (used.model, used.site.name, used.added_by.username) == (scene.model, "North Hospital", "a_keeper")
    shown = visitor.get("/sites/north-hospital/").content.decode()
    assert scene.model.name in shown
    assert "Every registered model is used here." in shown
    visitor.post(f"/sites/north-hospital/models/{scene.model.slug}/remove/")
    assert not ModelSite.objects.exists()


def test_a_name_that_is_taken_and_an_empty_form_are_refused(scene: Scene, visit: Visit) -> None:
    person = keeper()
    sites.create(by=person, name="North Hospital", jurisdiction="EU")
    answer = visit(person).post("/sites/", {"name": "North Hospital", "jurisdiction": "UK"})
    assert (answer.status_code, "names are never reused" in answer.content.decode()) == (409, True)
    assert visit(person).post("/sites/", {"name": ""}).context["form"].errors.keys() == {"name", "jurisdiction"}
    assert Site.objects.count() == 1


@pytest.mark.parametrize("role", sorted(set(Role.values) - {"administrator", "compliance"}))
def test_others_read_who_can_do_it_and_change_nothing(role: str, scene: Scene, visit: Visit) -> None:
    person = keeper()
    site = sites.create(by=person, name="North Hospital", jurisdiction="EU")
    sites.add_model(by=person, site=site, model=scene.model)
    reader = visit(scenes.account("a_reader", Role(role)))
    for url in ("/sites/", "/sites/north-hospital/"):
        shown = reader.get(url).content.decode()
        assert "An administrator or a compliance officer creates sites" in shown
        assert "<button" not in shown.partition("<main")[2]
        reader.post(url, {"name": "South", "jurisdiction": "EU", "model": scene.model.slug})
    refused = reader.post(f"/sites/north-hospital/models/{scene.model.slug}/remove/")
    assert refused.status_code == 403
    assert (Site.objects.count(), ModelSite.objects.count()) == (1, 1)


def test_looking_at_the_way_to_take_a_model_back_changes_nothing(scene: Scene, visit: Visit) -> None:
    person = keeper()
    site = sites.create(by=person, name="North Hospital", jurisdiction="EU")
    sites.add_model(by=person, site=site, model=scene.model)
    visit(person).get(f"/sites/north-hospital/models/{scene.model.slug}/remove/")
    assert ModelSite.objects.exists()
    assert visit(person).get("/sites/nowhere/").status_code == 404


def test_both_pages_are_sound_and_cost_the_same_for_many_sites(scene: Scene, visit: Visit) -> None:
    person = keeper()
    visitor = visit(person)
    sites.add_model(by=person, site=sites.create(by=person, name="Site 0", jurisdiction="EU"), model=scene.model)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            for url in ("/sites/", "/sites/site-0/"):
                assert faults(visitor.get(url).content.decode()) == [], url
        return len(counted)

    before = queries()
    for number in range(1, 6):
        site = sites.create(by=person, name=f"Site {number}", jurisdiction="EU")
        sites.add_model(by=person, site=site, model=scene.model)
    assert queries() == before


def test_where_no_site_uses_a_model_the_way_to_the_sites_is_shown(scene: Scene, visit: Visit) -> None:
    reader = visit(scene.dora)
    for area in ("training", "adoption"):
        shown = reader.get(f"/models/{scene.model.slug}/{area}/").content.decode().partition("<main")[2]
        assert 'href="/sites/"' in shown, area
