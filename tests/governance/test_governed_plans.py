"""Are plans of monitoring, change and risk frozen once, and told to the policy as they stand?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from rest_framework.test import APIClient

from governance.errors import GovernedPlanRefused, PlanMovedOn, PlanUnchanged
from governance.models.ledger import LedgerEntry
from governance.models.plan import GovernedPlan
from governance.services import plans
from registry.models.user import Role, User
from registry.services import card
from registry.services.access import ScopeNotHeld
from registry.services.teams import NotAMember
from tests.governance import scene as scenes
from tests.governance.core.change_story import MONITORING, RISK, change_plan
from tests.governance.scene import Scene

pytestmark = pytest.mark.django_db
Api = Callable[[User], APIClient]


@pytest.fixture
def scene() -> Scene:
    return scenes.bare()


def freeze(scene: Scene, kind: str = "monitoring", document: Any = None, **changes: Any) -> GovernedPlan:
    values = {"by": scene.dora, **changes}
    return plans.freeze(model=scene.model, kind=kind, document=document or MONITORING, **values)


def test_a_frozen_plan_has_a_digest_a_number_and_an_entry_in_the_ledger(scene: Scene) -> None:
    first = freeze(scene)
    second = freeze(scene, document={**MONITORING, "review": "Each January."})
    assert (first.number, second.number) == (1, 2)
    assert first.digest != second.digest
    assert LedgerEntry.objects.filter(kind="plan.governed_frozen").count() == 2


def test_the_policy_is_told_the_newest_plan_of_each_kind_and_its_sections(scene: Scene) -> None:
    freeze(scene)
    freeze(scene, document={**MONITORING, "review": "Each January."})
    freeze(scene, "risk", RISK)
    freeze(scene, "change", change_plan())
    told = {each.kind: each for each in plans.stated(scene.model)}
    assert {kind: each.number for kind, each in told.items()} == {"monitoring": 2, "risk": 1, "change": 1}
    assert set(told["monitoring"].sections) == {*MONITORING, "review"}
    assert "traceability" in told["change"].sections


def test_a_plan_keeps_what_the_card_said_of_the_intended_use(scene: Scene) -> None:
    plan = freeze(scene)
    card.state(model=scene.model, key="purpose", value="To warn of everything.", by=scene.dora)
    assert plan.intended_use["purpose"] == "To warn of sepsis."
    assert plans.intended_use(scene.model)["purpose"] == "To warn of everything."


def test_the_same_plan_twice_is_refused(scene: Scene) -> None:
    freeze(scene)
    with pytest.raises(PlanUnchanged):
        freeze(scene)


def test_a_plan_that_was_written_on_an_older_one_is_refused(scene: Scene) -> None:
    freeze(scene, after=0)
    with pytest.raises(PlanMovedOn):
        freeze(scene, document={**MONITORING, "review": "Each January."}, after=0)
    assert freeze(scene, document={**MONITORING, "review": "Each January."}, after=1).number == 2


def test_a_refusal_names_the_field(scene: Scene) -> None:
    with pytest.raises(GovernedPlanRefused) as caught:
        freeze(scene, document={**MONITORING, "actions": ""})
    assert caught.value.facts == {"problem": "missing_section", "pointer": "/actions"}
    assert "Monitoring plan: /actions" in caught.value.message


def test_strangers_to_the_team_and_people_without_the_scope_freeze_nothing(scene: Scene) -> None:
    with pytest.raises(NotAMember):
        freeze(scene, by=scenes.account("other_developer", Role.DEVELOPER))
    with pytest.raises(ScopeNotHeld):
        freeze(scene, by=scene.rita)
    assert freeze(scene, by=scenes.account("cora", Role.COMPLIANCE)).number == 1


def test_the_database_refuses_to_change_a_frozen_plan(scene: Scene) -> None:
    freeze(scene)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        GovernedPlan.objects.update(number=7)


def test_the_api_freezes_lists_and_refuses(scene: Scene, api: Api) -> None:
    client, url = api(scene.dora), f"/api/v1/models/{scene.model.slug}/governed-plans"
    made = client.post(url, {"kind": "change", "document": change_plan()}, format="json")
    assert (made.status_code, made.json()["number"]) == (201, 1)
    assert client.get(f"/api/v1/governed-plans/{made.json()['id']}").json()["document"]["retraining"]
    assert client.get(f"{url}?kind=risk").json()["count"] == 0
    again = client.post(url, {"kind": "change", "document": change_plan()}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "plan_unchanged")
    bad = client.post(url, {"kind": "risk", "document": {**RISK, "scope": ""}}, format="json")
    assert (bad.status_code, bad.json()["code"], bad.json()["pointer"]) == (422, "plan_refused", "/scope")
    stale = client.post(url, {"kind": "change", "document": change_plan(corrections="x"), "after": 0}, format="json")
    assert (stale.status_code, stale.json()["code"]) == (409, "plan_moved_on")
    assert client.post(url, {"kind": "wish", "document": {}}, format="json").status_code == 422
    assert api(scene.rita).post(url, {"kind": "risk", "document": RISK}, format="json").status_code == 403


def test_the_api_tells_the_questions_of_every_kind(scene: Scene, api: Api) -> None:
    kinds = api(scene.rita).get("/api/v1/plan-kinds").json()
    assert [each["kind"] for each in kinds] == ["monitoring", "change", "risk"]
    assert {each["key"] for each in kinds[0]["sections"]} >= set(MONITORING)
