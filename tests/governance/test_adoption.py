"""Are goals, consultations and readiness kept with their author, and refused where they cannot stand?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from governance import ledger
from governance.core.readiness import ITEMS
from governance.errors import AlreadyForgotten, AlreadyRecorded, RoleNotHeld, StatementRefused
from governance.models.adoption import Consultation, Goal, Readiness
from governance.models.assessment import AssessmentTouch
from governance.models.ledger import LedgerEntry
from governance.services import adoption
from registry.core.canonical import digest
from registry.models.site import Site
from registry.models.user import Role, User
from registry.services import sites, tokens
from registry.services.access import ScopeNotHeld
from tests.governance import scene as scenes
from tests.governance.scene import Scene

pytestmark = pytest.mark.django_db
Api = Callable[[User], APIClient]
TODAY = timezone.now().date()


@pytest.fixture
def scene() -> Scene:
    return scenes.bare()


@pytest.fixture
def north(scene: Scene) -> Site:
    return sites.create(by=scenes.account("cora", Role.COMPLIANCE), name="North", jurisdiction="EU")


def goal(scene: Scene, **changes: Any) -> Goal:
    values: dict[str, Any] = {
        "text": "Fewer deaths of sepsis.",
        "criterion": "Mortality on the wards, a year before against a year after.",
        "due_on": TODAY + timedelta(days=365),
    }
    return adoption.state_goal(**{"by": scene.dora, "model": scene.model, **values, **changes})


def consultation(scene: Scene, **changes: Any) -> Consultation:
    values: dict[str, Any] = {
        "who": "Patients' council",
        "role": "Patients",
        "held_on": TODAY,
        "summary": "They ask to be told.",
        "changed": "A leaflet was written.",
    }
    return adoption.record_consultation(**{"by": scene.dora, "model": scene.model, **values, **changes})


def ready(scene: Scene, site: Site, item: str = "owner_named", state: str = "done", **changes: Any) -> Readiness:
    return adoption.state_readiness(
        **{"by": scene.dora, "model": scene.model, "site": site, "item": item, "state": state, **changes}
    )


def test_a_goal_and_what_became_of_it_are_kept_and_the_last_word_speaks(scene: Scene) -> None:
    made = goal(scene, measure="auroc", target="above 0.8")
    adoption.review_goal(by=scene.dora, goal=made, outcome="partly", note="Half way.")
    adoption.review_goal(by=scene.dora, goal=made, outcome="reached", note="Registry of deaths.")
    last = made.reviews.first()
    assert last
    assert last.outcome == "reached"
    assert LedgerEntry.objects.filter(kind="goal.stated").count() == 1
    assert LedgerEntry.objects.filter(kind="goal.reviewed").count() == 2


def test_a_consultation_is_in_the_ledger_without_the_name(scene: Scene, api: Api) -> None:
    consultation(scene)
    entries = api(scene.rita).get("/api/v1/ledger/entries?kind=consultation.recorded").json()
    assert entries["count"] == 1
    assert "council" not in str(entries)


def test_the_ledger_has_the_digests_of_what_was_said_and_neither_words_nor_name(scene: Scene) -> None:
    made = consultation(scene, who="Mrs Smith", summary="Mrs Smith asks to be told.")
    (entry,) = LedgerEntry.objects.filter(object_id=str(made.pk))
    body = ledger.body_of(entry) or {}
    assert body["summary_sha256"] == digest("Mrs Smith asks to be told.")
    assert body["changed_sha256"] == digest("A leaflet was written.")
    assert "Smith" not in str(body)
    assert digest("Mrs Smith") not in str(body)


def test_who_was_asked_can_be_forgotten_and_the_ledger_has_that_it_was(scene: Scene) -> None:
    made, cora = consultation(scene), scenes.account("cora", Role.COMPLIANCE)
    adoption.forget(by=cora, consultation=made)
    made.refresh_from_db()
    assert (made.who, made.summary, made.changed) == (None, "They ask to be told.", "A leaflet was written.")
    adoption.forget(by=cora, consultation=made, summary=True)
    made.refresh_from_db()
    assert (made.who, made.summary, str(made)) == (None, None, f"Patients, {TODAY}")
    with pytest.raises(AlreadyForgotten):
        adoption.forget(by=cora, consultation=made, summary=True)
    entries = list(LedgerEntry.objects.filter(kind="consultation.forgotten"))
    told = [(body or {})["forgotten"] for body in ledger.bodies_of(entries).values()]
    assert told == [["who"], ["summary"]]


def test_only_a_compliance_officer_has_somebody_forgotten(scene: Scene) -> None:
    made = consultation(scene)
    for person in (scene.dora, scene.rita):
        with pytest.raises(RoleNotHeld):
            adoption.forget(by=person, consultation=made)
    assert Consultation.objects.get().who == "Patients' council"


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM governance_consultation",
        "TRUNCATE governance_consultation",
        "UPDATE governance_consultation SET who = 'Somebody else'",
        "UPDATE governance_consultation SET summary = 'They are glad.'",
        "UPDATE governance_consultation SET who = NULL, role = 'Nurses'",
    ],
)
def test_the_database_lets_a_consultation_be_forgotten_and_nothing_else(scene: Scene, change: str) -> None:
    made = consultation(scene)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(change)
    Consultation.objects.filter(pk=made.pk).update(who=None)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Consultation.objects.filter(pk=made.pk).update(who="Another name")


def test_what_is_sent_twice_under_one_id_is_kept_once(scene: Scene, north: Site) -> None:
    made = goal(scene)
    review = {"by": scene.dora, "goal": made, "outcome": "missed", "note": "n"}
    deeds: list[Callable[[UUID], object]] = [
        lambda pk: goal(scene, pk=pk),
        lambda pk: adoption.review_goal(**review, pk=pk),  # type: ignore[arg-type]
        lambda pk: consultation(scene, pk=pk),
        lambda pk: ready(scene, north, pk=pk),
    ]
    for deed in deeds:
        pk = uuid4()
        deed(pk)
        with pytest.raises(AlreadyRecorded):
            deed(pk)
    counts = (Goal.objects.count(), made.reviews.count(), Consultation.objects.count(), Readiness.objects.count())
    assert counts == (2, 1, 1, 1)


def test_a_person_forgets_over_the_api_and_a_program_does_not(scene: Scene, api: Api) -> None:
    made, cora = consultation(scene), scenes.account("cora", Role.COMPLIANCE)
    path = f"/api/v1/consultations/{made.pk}/forgetting"
    _, secret = tokens.issue(by=cora, name="ci", scopes=["read", "card:write"], lifetime=timedelta(days=1))
    answer = APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}").post(path, {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")
    assert api(scene.dora).post(path, {}, format="json").json()["code"] == "role_not_held"
    told = api(cora).post(path, {"summary": True}, format="json").json()
    assert (told["who"], told["summary"], told["role"]) == (None, None, "Patients")


def test_the_newest_word_on_an_item_speaks_at_its_site_alone(scene: Scene, north: Site) -> None:
    ready(scene, north, state="started")
    ready(scene, north, note="Dr Lang.")
    south = sites.create(by=User.objects.get(username="cora"), name="South", jurisdiction="EU")
    found = adoption.readiness_of(scene.model, north)
    assert {item: row.state for item, row in found.items()} == {"owner_named": "done"}
    assert adoption.readiness_of(scene.model, south) == {}
    assert LedgerEntry.objects.filter(kind="readiness.stated").count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "  "}, "text"),
        ({"criterion": ""}, "criterion"),
        ({"measure": "luck"}, "measure"),
        ({"target": "x" * 201}, "target"),
        ({"due_on": TODAY - timedelta(days=1)}, "due_on"),
    ],
)
def test_a_goal_that_cannot_stand_names_the_field(changes: dict[str, Any], field: str, scene: Scene) -> None:
    with pytest.raises(StatementRefused) as caught:
        goal(scene, **changes)
    assert caught.value.facts["field"] == field
    assert not Goal.objects.exists()


def test_a_review_of_a_goal_needs_a_known_outcome_and_a_note(scene: Scene) -> None:
    made = goal(scene)
    for changes, field in (({"outcome": "wish", "note": "n"}, "outcome"), ({"outcome": "missed", "note": " "}, "note")):
        with pytest.raises(StatementRefused) as caught:
            adoption.review_goal(by=scene.dora, goal=made, outcome=changes["outcome"], note=changes["note"])
        assert caught.value.facts["field"] == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"who": ""}, "who"),
        ({"role": "x" * 121}, "role"),
        ({"held_on": TODAY + timedelta(days=2)}, "held_on"),
        ({"summary": ""}, "summary"),
        ({"changed": ""}, "changed"),
    ],
)
def test_a_consultation_that_cannot_stand_names_the_field(changes: dict[str, Any], field: str, scene: Scene) -> None:
    with pytest.raises(StatementRefused) as caught:
        consultation(scene, **changes)
    assert caught.value.facts["field"] == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"item": "luck"}, "item"), ({"state": "luck"}, "state"), ({"state": "not_needed"}, "note")],
)
def test_readiness_that_cannot_stand_names_the_field(
    changes: dict[str, Any], field: str, scene: Scene, north: Site
) -> None:
    with pytest.raises(StatementRefused) as caught:
        ready(scene, north, **changes)
    assert caught.value.facts["field"] == field


def test_a_reviewer_states_nothing(scene: Scene, north: Site) -> None:
    made = goal(scene)
    for deed in (
        lambda: goal(scene, by=scene.rita),
        lambda: adoption.review_goal(by=scene.rita, goal=made, outcome="missed", note="n"),
        lambda: consultation(scene, by=scene.rita),
        lambda: ready(scene, north, by=scene.rita),
    ):
        with pytest.raises(ScopeNotHeld):
            deed()


def test_what_is_stated_has_assessments_looked_at_again(scene: Scene, north: Site) -> None:
    made = goal(scene)
    for deed, site in (
        (lambda: goal(scene, site=north), "north"),
        (lambda: adoption.review_goal(by=scene.dora, goal=made, outcome="missed", note="n"), ""),
        (lambda: consultation(scene), ""),
        (lambda: ready(scene, north), "north"),
    ):
        AssessmentTouch.objects.all().delete()
        deed()
        (touched,) = AssessmentTouch.objects.all()
        assert (touched.sections, touched.model_id, touched.site) == (["plans"], scene.model.pk, site)


def test_the_database_refuses_to_change_what_was_said(scene: Scene) -> None:
    goal(scene)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Goal.objects.update(text="Another goal.")


def test_the_api_takes_and_tells_all_of_it(scene: Scene, north: Site, api: Api) -> None:
    client, base = api(scene.dora), f"/api/v1/models/{scene.model.slug}"
    due = (TODAY + timedelta(days=9)).isoformat()
    made = client.post(f"{base}/goals", {"text": "t", "criterion": "c", "due_on": due, "site": "north"}, format="json")
    assert made.status_code == 201
    review = client.post(
        f"/api/v1/goals/{made.json()['id']}/reviews", {"outcome": "missed", "note": "n"}, format="json"
    )
    assert review.status_code == 201
    assert client.get(f"{base}/goals").json()["results"][0]["reviews"][0]["outcome"] == "missed"
    held = {"who": "w", "role": "r", "held_on": TODAY.isoformat(), "summary": "s", "changed": "c"}
    assert client.post(f"{base}/consultations", held, format="json").status_code == 201
    assert client.get(f"{base}/consultations").json()["count"] == 1
    said = {"site": "north", "item": "owner_named", "state": "done"}
    assert client.post(f"{base}/readiness", said, format="json").status_code == 201
    assert client.get(f"{base}/readiness?site=north").json()[0]["state"] == "done"
    assert client.get(f"{base}/readiness?site=nowhere").status_code == 404
    assert {each["key"] for each in client.get("/api/v1/readiness-items").json()} == set(ITEMS)
    assert api(scene.rita).post(f"{base}/readiness", said, format="json").status_code == 403
