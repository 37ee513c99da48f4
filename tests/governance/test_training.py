"""Do rosters and training records come in whole or not at all, and do they tell who has learnt what?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from governance.core.facts import TrainingCover
from governance.errors import RoleNotHeld, TrainingRefused
from governance.models.ledger import LedgerEntry
from governance.models.training import SiteUser, TrainingImport, TrainingRecord
from governance.services import training
from registry.models.model import Model
from registry.models.site import Site
from registry.models.user import Role, User
from registry.services import sites
from tests.governance import scene as scenes

pytestmark = pytest.mark.django_db
Api = Callable[[User], APIClient]
TODAY = timezone.now().date()
ROSTER = b"person,name,role\n17,Nora Nurse,Nurse\n18,Dirk Doctor,Physician\n"


def records(*lines: str) -> bytes:
    return ("person,course,course_version,completed_on,valid_until,revoked\n" + "\n".join(lines)).encode()


@pytest.fixture
def cora() -> User:
    return scenes.account("cora_compliance", Role.COMPLIANCE)


@pytest.fixture
def model(db: None) -> Model:
    return scenes.bare().model


@pytest.fixture
def north(cora: User) -> Site:
    return sites.create(by=cora, name="North", jurisdiction="EU")


def cover(model: Model, site: Site | None, course: str = "privacy") -> TrainingCover:
    return next(each for each in training.covers(model=model, site=site) if each.course == course)


def enter(cora: User, north: Site, model: Model, *lines: str) -> TrainingImport:
    training.import_roster(by=cora, site=north, model=model, content=ROSTER)
    return training.import_records(by=cora, site=north, content=records(*lines))


def test_an_import_is_kept_whole_and_its_digest_is_in_the_ledger(cora: User, north: Site, model: Model) -> None:
    end = TODAY + timedelta(days=10)
    batch = enter(cora, north, model, f"17,privacy,3,2026-01-01,{end},", "18,gmlp,1,2026-01-01,,")
    assert (batch.rows, batch.added) == (2, 2)
    found = cover(model, north)
    assert (found.site, found.expected, found.current, found.lapses_on) == ("north", 2, 1, end)
    assert LedgerEntry.objects.filter(kind="training.imported").count() == 2


def test_the_same_file_again_adds_nothing(cora: User, north: Site, model: Model) -> None:
    lines = ["17,privacy,3,2026-01-01,,"]
    enter(cora, north, model, *lines)
    again = enter(cora, north, model, *lines)
    assert (again.rows, again.added, TrainingRecord.objects.count()) == (1, 0, 1)
    assert TrainingImport.objects.filter(kind="roster").first().added == 0  # type: ignore[union-attr]


def test_a_correction_is_a_further_row_and_the_newest_one_speaks(cora: User, north: Site, model: Model) -> None:
    enter(cora, north, model, "17,privacy,3,2026-01-01,,")
    enter(cora, north, model, "17,privacy,3,2026-01-01,2026-02-01,")
    assert (cover(model, north).current, TrainingRecord.objects.count()) == (0, 2)
    enter(cora, north, model, "17,privacy,3,2026-01-01,,")
    assert (cover(model, north).current, TrainingRecord.objects.count()) == (1, 3)
    enter(cora, north, model, "17,privacy,3,2026-01-01,,yes")
    assert cover(model, north).current == 0


def test_a_later_roster_brings_a_person_up_to_date_and_removes_nobody(cora: User, north: Site, model: Model) -> None:
    enter(cora, north, model, "17,privacy,3,2026-01-01,,")
    left = f"person,name,role,left_on\n17,Nora Nurse,Head nurse,{TODAY}\n".encode()
    assert training.import_roster(by=cora, site=north, model=model, content=left).added == 1
    assert SiteUser.objects.get(person="17").role == "Head nurse"
    assert (cover(model, north).expected, cover(model, north).current) == (1, 0)


def test_all_sites_together_count_every_place_of_work(cora: User, north: Site, model: Model) -> None:
    south = sites.create(by=cora, name="South", jurisdiction="EU")
    enter(cora, north, model, "17,privacy,3,2026-01-01,,")
    training.import_roster(by=cora, site=south, model=model, content=ROSTER)
    found = cover(model, None)
    assert (found.site, found.expected, found.current) == ("", 4, 1)


def test_a_file_with_a_bad_row_leaves_nothing_behind(cora: User, north: Site, model: Model) -> None:
    with pytest.raises(TrainingRefused) as caught:
        enter(cora, north, model, "17,privacy,3,2026-01-01,,", "18,juggling,3,yesterday,,")
    assert caught.value.facts["total"] == 2
    assert [(each["line"], each["field"]) for each in caught.value.facts["problems"]] == [  # type: ignore[attr-defined]
        (3, "completed_on"),
        (3, "course"),
    ]
    assert "There are 2 problems in all." in caught.value.message
    assert not TrainingRecord.objects.exists()


def test_who_may_not_import_imports_and_previews_nothing(north: Site, model: Model) -> None:
    dora = User.objects.get(username="dora_developer")
    with pytest.raises(RoleNotHeld):
        training.import_roster(by=dora, site=north, model=model, content=ROSTER)
    with pytest.raises(RoleNotHeld):
        training.import_records(by=dora, site=north, content=records("17,privacy,3,2026-01-01,,"))
    with pytest.raises(RoleNotHeld):
        training.preview(by=dora, site=north, model=model, kind="roster", content=ROSTER)
    assert not TrainingImport.objects.exists()


def test_a_preview_counts_what_is_new_and_keeps_nothing(cora: User, north: Site, model: Model) -> None:
    found = training.preview(by=cora, site=north, model=model, kind="roster", content=ROSTER)
    assert (found.rows, found.new, SiteUser.objects.count()) == (2, 2, 0)
    training.import_roster(by=cora, site=north, model=model, content=ROSTER)
    assert training.preview(by=cora, site=north, model=model, kind="roster", content=ROSTER).new == 0
    content = records("17,privacy,3,2026-01-01,,")
    assert training.preview(by=cora, site=north, model=None, kind="records", content=content).new == 1


def test_the_ledger_names_no_member_of_staff(cora: User, north: Site, model: Model, api: Api) -> None:
    enter(cora, north, model, "17,privacy,3,2026-01-01,,")
    entries = api(cora).get("/api/v1/ledger/entries?kind=training.imported").content.decode()
    assert "Nora" not in entries


@pytest.mark.parametrize("table", ["governance_trainingrecord", "governance_trainingimport"])
def test_the_database_refuses_to_change_what_was_imported(table: str, cora: User, north: Site, model: Model) -> None:
    enter(cora, north, model, "17,privacy,3,2026-01-01,,")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(f"DELETE FROM {table}")


def test_the_api_takes_a_file_previews_it_and_tells_the_coverage(
    cora: User, north: Site, model: Model, api: Api
) -> None:
    client, url = api(cora), f"/api/v1/sites/north/training?kind=roster&model={model.slug}"
    previewed = client.post(f"{url}&preview=true", ROSTER, content_type="text/csv")
    assert (previewed.status_code, previewed.json()) == (200, {"rows": 2, "new": 2})
    made = client.post(url, ROSTER, content_type="text/csv")
    assert (made.status_code, made.json()["added"], made.json()["model"]) == (201, 2, model.slug)
    content = records("17,privacy,3,2026-01-01,2030-01-01,")
    assert client.post("/api/v1/sites/north/training?kind=records", content, content_type="text/csv").status_code == 201
    told = client.get(f"/api/v1/models/{model.slug}/training?site=north").json()
    privacy = next(each for each in told if each["course"] == "privacy")
    assert (privacy["expected"], privacy["current"], privacy["lapsed"]) == (2, 1, 0)
    assert (privacy["site"], privacy["lapses_on"]) == ("north", "2030-01-01")
    assert client.get("/api/v1/sites/north/training").json()["count"] == 2
    assert {each["key"] for each in client.get("/api/v1/courses").json()} == {each["course"] for each in told}


def test_the_api_refuses_with_the_row_and_asks_which_file_it_is(
    cora: User, north: Site, model: Model, api: Api
) -> None:
    client = api(cora)
    refused = client.post("/api/v1/sites/north/training?kind=records", b"person\n17\n", content_type="text/csv")
    assert (refused.status_code, refused.json()["code"]) == (422, "training_refused")
    assert refused.json()["problems"][0] == {"line": 1, "field": "course", "message": "this column is missing"}
    for query in ("kind=roster", f"kind=records&model={model.slug}", "kind=wish"):
        answer = client.post(f"/api/v1/sites/north/training?{query}", ROSTER, content_type="text/csv")
        assert answer.status_code == 422
    developer = api(User.objects.get(username="dora_developer"))
    assert developer.post("/api/v1/sites/north/training?kind=records", b"", content_type="text/csv").status_code == 403
