"""Sites: who creates them, which models they use, and which patients' data they hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from governance.models.ledger import LedgerEntry
from registry.models.dataset import Dataset
from registry.models.site import ModelSite, Site
from registry.models.user import User
from registry.models.version import ModelVersion
from registry.services import datasets, sites, teams
from registry.services.access import ScopeNotHeld
from registry.services.sites import SiteNotUsed, UnknownJurisdiction
from registry.services.teams import NameTaken
from tests.audits.story import draft
from tests.registry.test_api import client_of

pytestmark = pytest.mark.django_db
Person = Callable[..., User]


@pytest.fixture
def iris(person: Person) -> User:
    return person("iris", "administrator")


@pytest.fixture
def leeds(iris: User) -> Site:
    return sites.create(by=iris, name="Leeds General", jurisdiction="UK")


def test_administrators_and_compliance_officers_create_sites_and_nobody_else(person: Person) -> None:
    for number, role in enumerate(("administrator", "compliance")):
        assert (
            sites.create(by=person(role, role), name=f"Hospital {number}", jurisdiction="EU").slug
            == f"hospital-{number}"
        )
    for role in ("developer", "reviewer", "approver", "steward", "auditor"):
        with pytest.raises(ScopeNotHeld):
            sites.create(by=person(role, role), name="Another", jurisdiction="EU")
    assert LedgerEntry.objects.filter(kind="site.created").count() == 2


def test_a_name_is_used_once_and_a_jurisdiction_is_one_of_those_known(iris: User, leeds: Site) -> None:
    with pytest.raises(NameTaken):
        sites.create(by=iris, name="LEEDS general", jurisdiction="UK")
    with pytest.raises(UnknownJurisdiction, match="other"):
        sites.create(by=iris, name="Basel", jurisdiction="CH")
    with pytest.raises(IntegrityError), transaction.atomic():
        Site.objects.create(name="Basel", slug="basel", jurisdiction="CH", created_by=iris)
    assert list(Site.objects.all()) == [leeds]


def test_a_site_takes_up_a_model_once_and_gives_it_up_on_record(iris: User, leeds: Site, person: Person) -> None:
    dana = person("dana", "developer")
    model = _version(dana).model
    used = sites.add_model(by=iris, site=leeds, model=model)
    assert sites.add_model(by=iris, site=leeds, model=model) == used
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelSite.objects.create(model=model, site=leeds, added_by=iris)
    with pytest.raises(ScopeNotHeld):
        sites.remove_model(by=dana, site=leeds, model=model)
    sites.remove_model(by=iris, site=leeds, model=model)
    with pytest.raises(SiteNotUsed):
        sites.remove_model(by=iris, site=leeds, model=model)
    told = LedgerEntry.objects.filter(kind__startswith="site.model").order_by("idx")
    assert list(told.values_list("kind", flat=True)) == ["site.model_added", "site.model_removed"]


def test_a_dataset_may_name_the_site_of_its_patients(leeds: Site, person: Person) -> None:
    version = _version(person("dana", "developer"))
    made = datasets.register(
        by=version.submitted_by,
        team=version.model.team,
        name="Leeds 2025",
        description="d",
        origin="o",
        legal_basis="consent",
        site=leeds,
    )
    assert Dataset.objects.get(pk=made.pk).site == leeds
    assert version.training_dataset.site is None


def test_sites_over_http(iris: User, person: Person) -> None:
    dana = person("dana", "developer")
    version = _version(dana)
    client, reader = client_of(iris, "read", "sites:write"), client_of(dana, "read", "models:write")
    made = client.post("/api/v1/sites", {"name": "St. Mary", "jurisdiction": "EU"}, format="json")
    assert (made.status_code, made.json()["slug"]) == (201, "st-mary")
    assert reader.get("/api/v1/sites?jurisdiction=EU").json()["count"] == 1
    assert reader.post("/api/v1/sites", {"name": "X", "jurisdiction": "EU"}, format="json").status_code == 403
    path = f"/api/v1/models/{version.model.slug}/sites"
    assert client.post(path, {"site": "st-mary"}, format="json").status_code == 201
    assert client.post(path, {"site": "nowhere"}, format="json").status_code == 422
    assert [each["site"]["name"] for each in reader.get(path).json()["results"]] == ["St. Mary"]
    assert reader.delete(f"{path}/st-mary").status_code == 403
    assert client.delete(f"{path}/st-mary").status_code == 204
    gone = client.delete(f"{path}/st-mary")
    assert (gone.status_code, gone.json()["code"]) == (409, "site_not_used")
    body = {"team": version.model.team.slug, "name": "Mary 2025", "description": "d", "origin": "o"}
    body |= {"legal_basis": "consent", "site": "st-mary"}
    assert reader.post("/api/v1/datasets", body, format="json").json()["site"] == "st-mary"
    assert reader.get("/api/v1/datasets?site__slug=st-mary").json()["count"] == 1


def _version(dana: User) -> ModelVersion:
    team = teams.create(by=dana, name="Team S")
    teams.add_member(by=dana, team=team, user=dana)
    return draft(dana, team, "s")
