"""Do the pages on training, plans, changes and adoption work, and is every refusal said where it belongs?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance import ledger
from governance.models.adoption import Consultation, Goal, Readiness
from governance.models.ledger import LedgerEntry
from governance.models.plan import GovernedPlan, VersionChange
from governance.models.training import SiteUser, TrainingRecord
from governance.services import adoption, plans, training
from registry.models.user import Role, User
from registry.services import versions
from tests.governance import scene as scenes
from tests.governance.core.change_story import MONITORING
from tests.governance.scene import sha
from tests.governance.web import plans_story
from tests.governance.web.markup import faults
from tests.governance.web.plans_story import Story

pytestmark = pytest.mark.django_db
Visit = Callable[[User], Client]


@pytest.fixture
def story(db: None) -> Story:
    return plans_story.told()


def base(story: Story) -> str:
    return f"/models/{story.scene.model.slug}"


def form_of(page: Any) -> dict[str, Any]:
    """What a browser would send back of the plan's forms, unchanged."""
    editor, data = page.context["editor"], {"after": page.context["after"]}
    for each in (editor.changes, editor.bounds):
        if each is not None:
            data |= {
                f"{each.prefix}-TOTAL_FORMS": len(each.forms),
                f"{each.prefix}-INITIAL_FORMS": each.initial_form_count(),
            }
            data |= {
                bound.html_name: bound.value() for form in each for bound in form if bound.value() not in (None, "")
            }
    return data | {bound.html_name: bound.value() for bound in editor.words if bound.value()}


@pytest.mark.parametrize("role", Role.values)
def test_every_role_may_read_every_page_and_every_page_is_sound(role: str, story: Story, visit: Visit) -> None:
    reader = visit(scenes.account("a_reader", Role(role)))
    for url in story.addresses:
        answer = reader.get(url)
        assert answer.status_code == 200, url
        assert faults(answer.content.decode()) == [], url


def test_a_stranger_is_sent_to_sign_in(story: Story, client: Client) -> None:
    for url in story.addresses:
        assert client.get(url)["Location"].startswith("/sign-in/"), url


def test_what_does_not_exist_is_not_found(story: Story, visit: Visit) -> None:
    for url in (f"{base(story)}/plans/wish/", f"{base(story)}/training/nowhere/", "/models/none/adoption/"):
        assert visit(story.cora).get(url).status_code == 404, url


def test_the_training_page_says_who_lacks_what_and_when_the_next_record_ends(story: Story, visit: Visit) -> None:
    page = visit(story.cora).get(f"{base(story)}/training/north-hospital/").content.decode()
    for words in ("3 of 3", "1 of 3", "Privacy, ended 2026-06-01", "within two months", "=Ines Intern"):
        assert words in page


def test_the_download_holds_no_formula(story: Story, visit: Visit) -> None:
    answer = visit(story.cora).get(f"{base(story)}/training/north-hospital/people.csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert "19,'=Ines Intern,Physician,privacy,no," in answer.content.decode()


def test_names_are_for_the_team_auditors_and_who_keeps_the_records(story: Story, visit: Visit) -> None:
    url = f"{base(story)}/training/north-hospital/"
    readers = [scenes.account(f"a_{role}", role) for role in (Role.AUDITOR, Role.ADMINISTRATOR, Role.COMPLIANCE)]
    for person in (*readers, story.scene.dora):
        assert "Ines Intern" in visit(person).get(url).content.decode(), person
        assert visit(person).get(f"{url}people.csv").status_code == 200, person
    for person in (story.scene.rita, story.scene.abe, scenes.account("eve", Role.DEVELOPER)):
        page = visit(person).get(url).content.decode()
        assert "Ines Intern" not in page, person
        assert "3 of 3" in page, person
        assert "Who is trained is shown to" in page, person
        assert faults(page) == []
        refused = visit(person).get(f"{url}people.csv")
        assert (refused.status_code, "Ines" in refused.content.decode()) == (403, False), person


def test_every_download_of_the_names_is_on_record(story: Story, visit: Visit) -> None:
    url = f"{base(story)}/training/north-hospital/people.csv"
    visit(story.scene.dora).get(url)
    visit(story.scene.rita).get(url)
    (entry,) = LedgerEntry.objects.filter(kind="training.downloaded")
    assert (entry.actor_id, entry.object_id) == (story.scene.dora.pk, str(story.north.pk))
    body = {"model": story.scene.model.slug, "site": "north-hospital", "people": 3}
    assert ledger.body_of(entry) == body


def send(visitor: Client, story: Story, content: bytes, deed: str = "import", kind: str = "records") -> Any:
    given = {"kind": kind, "deed": deed, "file": SimpleUploadedFile("f.csv", content, "text/csv")}
    return visitor.post(f"{base(story)}/training/north-hospital/", given)


def test_a_file_is_checked_without_being_kept_and_then_imported(story: Story, visit: Visit) -> None:
    content = b"person,course,course_version,completed_on\n18,privacy,4,2026-08-01\n"
    visitor, before = visit(story.cora), TrainingRecord.objects.count()
    checked = send(visitor, story, content, "preview").content.decode()
    assert "1 row, of which 1 would say something new" in checked
    assert faults(checked) == []
    assert TrainingRecord.objects.count() == before
    assert send(visitor, story, content).status_code == 302
    assert TrainingRecord.objects.count() == before + 1
    roster = b"person,name,role\n20,Paul Porter,Porter\n"
    assert "1 row" in send(visitor, story, roster, "preview", "roster").content.decode()
    assert send(visitor, story, roster, "import", "roster").status_code == 302
    assert SiteUser.objects.filter(person="20").exists()


def test_a_refused_file_is_told_line_by_line(story: Story, visit: Visit) -> None:
    answer = send(visit(story.cora), story, b"person,course,course_version,completed_on\n18,luck,4,soon\n")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Line 2" in page
    assert "“luck” is not a known course" in page
    assert faults(page) == []


def test_who_may_not_import_sees_why_and_imports_nothing(story: Story, visit: Visit) -> None:
    visitor, before = visit(story.scene.rita), TrainingRecord.objects.count()
    page = visitor.get(f"{base(story)}/training/north-hospital/").content.decode()
    assert 'type="file"' not in page
    assert "None of your roles permits this" in page
    content = b"person,course,course_version,completed_on\n18,privacy,4,2026-08-01\n"
    assert send(visitor, story, content).status_code == 403
    assert TrainingRecord.objects.count() == before


def test_the_training_page_asks_as_often_for_many_people_as_for_few(story: Story, visit: Visit) -> None:
    visitor, url = visit(story.cora), f"{base(story)}/training/north-hospital/"
    visitor.get(url)
    with CaptureQueriesContext(connection) as few:
        visitor.get(url)
    lines = "".join(f"x{number},Person {number},Nurse\n" for number in range(200))
    content = f"person,name,role\n{lines}".encode()
    training.import_roster(by=story.cora, site=story.north, model=story.scene.model, content=content)
    with CaptureQueriesContext(connection) as many:
        visitor.get(url)
    assert len(many) == len(few) < 25


def test_a_plan_shows_what_changed_against_an_earlier_one(story: Story, visit: Visit) -> None:
    page = visit(story.cora).get(f"{base(story)}/plans/monitoring/?number=2&against=1").content.decode()
    assert "What plan 2 changed against plan 1" in page
    assert "AUROC below 0.75." in page
    assert "AUROC below 0.8." in page
    earlier = visit(story.cora).get(f"{base(story)}/plans/monitoring/?number=1").content.decode()
    assert "Plan 1, replaced" in earlier


@pytest.mark.parametrize("kind", ["monitoring", "change", "risk"])
def test_sending_a_plan_back_unchanged_is_refused_because_it_says_the_same(
    kind: str, story: Story, visit: Visit
) -> None:
    visitor, url = visit(story.cora), f"{base(story)}/plans/{kind}/freeze/"
    answer = visitor.post(url, form_of(visitor.get(url)))
    assert (answer.status_code, "says exactly this already" in answer.content.decode()) == (409, True)


def test_a_plan_that_was_frozen_meanwhile_is_shown_before_it_is_replaced(story: Story, visit: Visit) -> None:
    visitor, url = visit(story.cora), f"{base(story)}/plans/monitoring/freeze/"
    mine = form_of(visitor.get(url)) | {"plan-review": "Mine, each May."}
    theirs = {**MONITORING, "review": "Theirs, each June."}
    plans.freeze(by=story.scene.dora, model=story.scene.model, kind="monitoring", document=theirs)
    for _ in range(2):
        refused = visitor.post(url, mine)
        page = refused.content.decode()
        assert refused.status_code == 409
        assert 'name="after" value="2"' in page
        assert "Look at plan 3, then continue" in page
        assert "Mine, each May." in page
        assert faults(page) == []
    looked = visitor.post(url, mine | {"look": "3"}).content.decode()
    assert "Theirs, each June." in looked
    assert "Mine, each May." in looked
    assert 'name="after" value="3"' in looked
    assert faults(looked) == []
    assert GovernedPlan.objects.filter(kind="monitoring").count() == 3
    assert visitor.post(url, mine | {"after": "3"}).status_code == 302
    newest = GovernedPlan.objects.filter(kind="monitoring").first()
    assert newest
    assert (newest.number, newest.document["review"]) == (4, "Mine, each May.")


def test_a_plan_whose_form_does_not_say_what_was_shown_is_not_frozen(story: Story, visit: Visit) -> None:
    visitor, url = visit(story.cora), f"{base(story)}/plans/monitoring/freeze/"
    given = form_of(visitor.get(url)) | {"plan-review": "Each May."}
    del given["after"]
    assert visitor.post(url, given).status_code == 409


def test_a_change_plan_is_written_in_forms_and_frozen(story: Story, visit: Visit) -> None:
    visitor, url = visit(story.cora), f"{base(story)}/plans/change/freeze/"
    given = form_of(visitor.get(url)) | {"plan-corrections": "Within a week.", "bounds-0-minimum": "0.8"}
    assert visitor.post(url, given)["Location"] == f"{base(story)}/plans/change/"
    plan = GovernedPlan.objects.filter(kind="change").first()
    assert plan
    assert (plan.number, plan.document["corrections"], plan.document["bounds"][0]["minimum"]) == (
        2,
        "Within a week.",
        0.8,
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"plan-retraining": ""}, "id_plan-retraining"),
        ({"plan-update_procedure.rollback": ""}, "id_plan-update_procedure.rollback"),
        ({"plan-impact.together": ""}, "id_plan-impact.together"),
        ({"bounds-0-measure": ""}, "id_bounds-0-measure"),
        ({"bounds-1-not_worse_by": "-1"}, "id_bounds-1-not_worse_by"),
        ({"modifications-1-id": "Bad id"}, "id_modifications-1-id"),
        ({"modifications-0-benefits": ""}, "id_modifications-0-benefits"),
        ({"modifications-0-steps": []}, "id_modifications-0-steps"),
    ],
)
def test_a_refused_plan_says_so_on_top_and_beside_the_field(
    changes: dict[str, Any], field: str, story: Story, visit: Visit
) -> None:
    visitor, url = visit(story.cora), f"{base(story)}/plans/change/freeze/"
    answer = visitor.post(url, form_of(visitor.get(url)) | changes)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Not frozen" in page
    assert f'id="{field}_error"' in page
    assert faults(page) == []


def test_room_for_another_row_is_added_without_a_script_and_keeps_what_was_typed(story: Story, visit: Visit) -> None:
    visitor, url = visit(story.cora), f"{base(story)}/plans/change/freeze/"
    given = form_of(visitor.get(url)) | {"plan-retraining": "Half typed", "more-modifications": ""}
    page = visitor.post(url, given).content.decode()
    assert "modifications-3-id" in page
    assert "Half typed" in page
    assert GovernedPlan.objects.filter(kind="change").count() == 1


def test_who_may_not_write_sees_why_and_freezes_nothing(story: Story, visit: Visit) -> None:
    visitor, url = visit(story.scene.rita), f"{base(story)}/plans/risk/freeze/"
    assert "<textarea" not in visitor.get(url).content.decode()
    given = form_of(visit(story.cora).get(url)) | {"plan-scope": "Mine."}
    assert visitor.post(url, given).status_code == 403
    assert GovernedPlan.objects.filter(kind="risk").count() == 1


def test_the_change_page_says_what_was_kept_and_why_the_measures_moved(story: Story, visit: Visit) -> None:
    page = visit(story.cora).get(f"/versions/{story.second.pk}/change/").content.decode()
    for words in ("Inside the change plan", "+0.010", "on the same patients", "Audits of this version were already"):
        assert words in page


def test_a_change_is_declared_on_the_page_and_refusals_stand_beside_the_field(story: Story, visit: Visit) -> None:
    scene = story.scene
    third = versions.create(
        by=scene.dora,
        model=scene.model,
        artifact_sha256=sha("third"),
        artifact_size=10,
        artifact_name="model.bin",
        training_dataset=scene.dataset,
        outcome="Sepsis within 24 h",
        features=[],
        operating_points=[],
    )
    visitor, url = visit(scene.dora), f"/versions/{third.pk}/change/"
    given = {"previous": "2", "modifications": ["recalibrate"], "description": "The intercept was fitted anew."}
    refused = visitor.post(url, {**given, "description": "short"})
    assert (refused.status_code, 'id="id_description_error"' in refused.content.decode()) == (422, True)
    assert visit(scene.rita).post(url, given).status_code == 403
    assert visitor.post(url, given)["Location"] == url
    said = VersionChange.objects.get(version=third)
    assert (said.previous.number, said.modifications) == (2, ["recalibrate"])


def test_goals_consultations_and_readiness_are_said_on_one_page(story: Story, visit: Visit) -> None:
    visitor, url = visit(story.scene.dora), f"{base(story)}/adoption/?site=north-hospital"
    today = timezone.now().date()
    due = (today + timedelta(days=5)).isoformat()
    goal = {"deed": "goal", "goal-text": "t", "goal-criterion": "c", "goal-due_on": due}
    held = {"consultation-who": "w", "consultation-role": "r", "consultation-held_on": today.isoformat()}
    held |= {"deed": "consultation", "consultation-summary": "s", "consultation-changed": "c"}
    ready = {"deed": "readiness", "readiness-item": "fallback_agreed", "readiness-state": "started"}
    for given in (goal, held, ready):
        assert visitor.post(url, given).status_code == 302
    made = Goal.objects.get(text="t")
    review = {"deed": "review", "review-goal": str(made.pk), "review-outcome": "missed", "review-note": "n"}
    assert visitor.post(url, review).status_code == 302
    assert (made.reviews.count(), Consultation.objects.count(), Readiness.objects.count()) == (1, 2, 2)
    page = visitor.get(url).content.decode()
    assert "Not reached" in page
    assert faults(page) == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"deed": "goal", "goal-text": "t", "goal-criterion": "c", "goal-due_on": "2020-01-01"}, "goal-due_on"),
        ({"deed": "readiness", "readiness-item": "fallback_agreed", "readiness-state": "not_needed"}, "readiness-note"),
    ],
)
def test_what_cannot_stand_is_said_beside_its_field(
    given: dict[str, str], field: str, story: Story, visit: Visit
) -> None:
    answer = visit(story.scene.dora).post(f"{base(story)}/adoption/?site=north-hospital", given)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in page
    assert faults(page) == []


def test_the_goal_that_was_chosen_stays_chosen_and_its_errors_are_said(story: Story, visit: Visit) -> None:
    visitor, url = visit(story.scene.dora), f"{base(story)}/adoption/?site=north-hospital"
    due = timezone.now().date() + timedelta(days=400)
    later = adoption.state_goal(by=story.scene.dora, model=story.scene.model, text="Later.", criterion="c", due_on=due)
    given = {"deed": "review", "review-goal": str(later.pk), "review-outcome": "missed", "review-note": ""}
    page = visitor.post(url, given).content.decode()
    assert f'<option value="{later.pk}" selected>Later.</option>' in page
    assert 'id="id_review-note_error"' in page
    unknown = visitor.post(url, given | {"review-goal": str(uuid4()), "review-note": "n"}).content.decode()
    assert 'id="id_review-goal_error"' in unknown
    assert faults(page) == faults(unknown) == []
    assert not later.reviews.exists()


def test_a_form_of_the_sites_that_is_sent_twice_is_kept_once(story: Story, visit: Visit) -> None:
    visitor, url = visit(story.scene.dora), f"{base(story)}/adoption/?site=north-hospital"
    today = timezone.now().date().isoformat()
    goal = {"deed": "goal", "goal-text": "t", "goal-criterion": "c", "goal-due_on": today}
    held = {"consultation-who": "w", "consultation-role": "r", "consultation-held_on": today}
    held |= {"deed": "consultation", "consultation-summary": "s", "consultation-changed": "c"}
    ready = {"deed": "readiness", "readiness-item": "fallback_agreed", "readiness-state": "started"}
    for given in (goal, held, ready):
        name = f"{given['deed']}-once"
        found = re.search(rf'name="{name}" value="([0-9a-f-]{{36}})"', visitor.get(url).content.decode())
        assert found
        for _ in range(2):
            answer = visitor.post(url, given | {name: found[1]}, follow=True)
        assert "Already recorded" in answer.content.decode()
    assert (Goal.objects.count(), Consultation.objects.count(), Readiness.objects.count()) == (2, 2, 2)


def test_a_compliance_officer_forgets_who_was_asked_on_a_page(story: Story, visit: Visit) -> None:
    made, url = Consultation.objects.get(), f"{base(story)}/adoption/"
    path = f"/consultations/{made.pk}/forget/"
    assert path not in visit(story.scene.dora).get(url).content.decode()
    assert "Only a compliance officer" in visit(story.scene.dora).get(path).content.decode()
    assert visit(story.scene.dora).post(path).status_code == 403
    visitor = visit(story.cora)
    assert path in visitor.get(url).content.decode()
    assert faults(visitor.get(path).content.decode()) == []
    assert visitor.post(path, {"summary": "on"})["Location"] == url
    page = visitor.get(url).content.decode()
    for words in ("Name forgotten", "What they said was forgotten.", "A leaflet was written."):
        assert words in page
    assert "Patients&#x27; council" not in page
    assert "forgotten already" in visitor.get(path).content.decode()


def test_the_forms_say_that_no_patient_is_named(story: Story, visit: Visit) -> None:
    page = visit(story.scene.dora).get(f"{base(story)}/adoption/").content.decode()
    assert page.count("No names of patients.") == 3
    assert "Introduction at the sites" in page
    assert "Adoption" not in page


def test_who_may_not_write_states_nothing(story: Story, visit: Visit) -> None:
    visitor, url = visit(story.scene.rita), f"{base(story)}/adoption/?site=north-hospital"
    assert '<form method="post">' not in visitor.get(url).content.decode().split("<main")[1]
    given = {"deed": "readiness", "readiness-item": "fallback_agreed", "readiness-state": "started"}
    assert visitor.post(url, given).status_code == 403
