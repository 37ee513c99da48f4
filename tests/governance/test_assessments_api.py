"""Assessments, their reasons and waivers of controls, over the API and on the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from governance.models.ledger import LedgerEntry
from governance.models.pack import PolicyPack
from governance.services import assessing
from registry.models.user import User
from tests.conftest import PASSWORD
from tests.governance.scene import Scene, ready
from tests.governance.test_assessments import adopt_all, newer_baseline
from tests.governance.test_control_waivers import MEASURE, REASON, adopted

pytestmark = pytest.mark.django_db
Api = Callable[[User], APIClient]


@pytest.fixture
def scene() -> Scene:
    scene = ready()
    adopted()
    assessing.assess(version=scene.version, environment="production", by=scene.rita)
    return scene


def path(scene: Scene, rest: str = "assessments") -> str:
    return f"/api/v1/versions/{scene.version.pk}/{rest}"


def page(scene: Scene) -> str:
    return f"/models/{scene.model.slug}/versions/{scene.version.number}/assessment/"


def test_every_pack_is_told_with_every_control(scene: Scene, api: Api) -> None:
    told = api(scene.rita).get(path(scene)).json()
    assert [each["pack"] for each in told["assessments"]] == ["baseline", "our-rules"]
    control = told["assessments"][1]["controls"][0]
    assert (control["id"], control["status"], control["verification"]) == ("sheet", "not_met", "read")
    assert told["most_useful"]


def test_asking_over_the_api_assesses_now(scene: Scene, api: Api) -> None:
    answer = api(scene.rita).post(path(scene), {"environment": "staging"}, format="json")
    assert answer.status_code == 201, answer.content
    assert answer.json()["environment"] == "staging"
    assert api(scene.rita).get(f"{path(scene)}?environment=staging").json()["assessments"][0]["assessed_at"]


def test_a_place_that_is_not_there_is_refused_by_name(scene: Scene, api: Api) -> None:
    answer = api(scene.rita).get(f"{path(scene)}?site=nowhere")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_site")


def test_why_leads_from_the_control_to_the_ledger(scene: Scene, api: Api) -> None:
    asked = {"pack": "baseline", "control": "validation-audit"}
    chain = api(scene.rita).get(path(scene, "assessments/why"), asked).json()
    (proof,) = chain["found"][0]["proofs"]
    audit = scene.audits[next(kind for kind in scene.audits if kind == "validation")]
    assert proof["piece"]["reference"] == f"audit:{audit.pk}"
    assert proof["piece"]["sha256"] == audit.result_sha256
    (entry,) = proof["entries"]
    recorded = LedgerEntry.objects.get(idx=entry["index"])
    assert (recorded.kind, recorded.object_id) == ("audit.succeeded", str(audit.pk))


def test_an_answer_of_the_card_leads_to_the_entry_that_made_it(scene: Scene, api: Api) -> None:
    asked = {"pack": "baseline", "control": "use-documented"}
    chain = api(scene.rita).get(path(scene, "assessments/why"), asked).json()
    proofs = [proof for found in chain["found"] for proof in found["proofs"]]
    assert proofs
    assert all(proof["piece"]["label"].startswith(("Model card", scene.model.name)) for proof in proofs)
    assert [proof["piece"] for proof in proofs if not proof["entries"]] == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"pack": "baseline", "control": "nothing"}, "unknown_control"),
        ({"pack": "nothing", "control": "sheet"}, "not_assessed"),
        ({"pack": "baseline", "control": "reviewed", "environment": "staging"}, "not_assessed"),
    ],
)
def test_why_refuses_what_it_cannot_know(scene: Scene, api: Api, asked: dict[str, str], code: str) -> None:
    assert api(scene.rita).get(path(scene, "assessments/why"), asked).json()["code"] == code


def waiver(**changes: Any) -> dict[str, Any]:
    return {
        "pack": "our-rules",
        "control": "sheet",
        "reason": REASON,
        "compensating_measure": MEASURE,
        "expires_at": (timezone.now() + timedelta(days=20)).isoformat(),
        "password": PASSWORD,
        **changes,
    }


def test_a_control_is_waived_over_the_api_as_it_was_shown(scene: Scene, api: Api) -> None:
    shown = api(scene.abe).get(path(scene, "control-to-sign"), {"pack": "our-rules", "control": "sheet"}).json()
    assert shown["may"][0] == {**shown["may"][0], "allowed": True, "maximum_days": 30}
    body = waiver(expected_sha256=shown["record_sha256"])
    answer = api(scene.abe).post(path(scene, "control-waivers"), body, format="json")
    assert answer.status_code == 201, answer.content
    (listed,) = api(scene.rita).get(path(scene, "control-waivers")).json()["results"]
    assert listed["control"] == "sheet"


def test_who_may_not_is_told_why_before_they_type(scene: Scene, api: Api, client: Client) -> None:
    asked = {"pack": "our-rules", "control": "sheet"}
    (may,) = api(scene.rita).get(path(scene, "control-to-sign"), asked).json()["may"]
    assert not may["allowed"]
    client.force_login(scene.rita)
    shown = client.get(f"/versions/{scene.version.pk}/control-waiver/", asked).content.decode()
    assert may["reason"] in shown
    assert "Your password" not in shown


def test_a_control_is_waived_on_its_page(scene: Scene, client: Client) -> None:
    client.force_login(scene.abe)
    address = f"/versions/{scene.version.pk}/control-waiver/?pack=our-rules&control=sheet"
    shown = client.get(address)
    given = {
        "reason": REASON,
        "compensating_measure": MEASURE,
        "until": (timezone.now() + timedelta(days=10)).date().isoformat(),
        "password": PASSWORD,
        "expected_sha256": shown.context["paper"].sha256,
    }
    wrong = client.post(address, {**given, "password": "wrong"})
    assert wrong.status_code == 403
    assert "does not match" in wrong.content.decode()
    assert client.post(address, given).status_code == 302
    assert "Counts" in client.get(page(scene)).content.decode()


def test_the_page_shows_each_pack_and_filters_its_controls(scene: Scene, client: Client) -> None:
    client.force_login(scene.rita)
    everything = client.get(page(scene)).content.decode()
    assert "A sheet describes the data" in everything
    assert "use-documented" in everything
    unmet = client.get(page(scene), {"show": "blocking"}).content.decode()
    assert "A sheet describes the data" in unmet
    assert "use-documented" not in unmet


def test_the_page_says_that_it_was_never_assessed(scene: Scene, client: Client) -> None:
    client.force_login(scene.rita)
    shown = client.get(page(scene), {"environment": "staging"}).content.decode()
    assert "was not assessed here yet" in shown
    assert client.post(f"/versions/{scene.version.pk}/assess/", {"environment": "staging"}).status_code == 302
    assert "was not assessed here yet" not in client.get(page(scene), {"environment": "staging"}).content.decode()


def test_the_page_says_what_newer_content_changes(scene: Scene, client: Client, api: Api) -> None:
    cora = User.objects.get(username="cora_compliance")
    newer = newer_baseline()
    api(cora).post(f"/api/v1/packs/{newer.pk}/adoption", {"gating": True}, format="json")
    client.force_login(scene.rita)
    shown = client.get(page(scene)).content.decode()
    assert "Other content of this pack is in use now: version 99.0" in shown
    client.post(f"/versions/{scene.version.pk}/assess/", {"environment": "production", "newest": "1"})
    assert "Other content of this pack" not in client.get(page(scene)).content.decode()


def test_a_get_never_assesses(scene: Scene, client: Client) -> None:
    client.force_login(scene.rita)
    before = LedgerEntry.objects.filter(kind=assessing.MADE).count()
    assert client.get(f"/versions/{scene.version.pk}/assess/").status_code == 302
    assert LedgerEntry.objects.filter(kind=assessing.MADE).count() == before


def test_the_packs_pages_say_how_far_each_citation_was_checked(client: Client) -> None:
    scene = ready()
    adopt_all()
    client.force_login(scene.rita)
    assert "not verified" in client.get("/packs/").content.decode()
    for pack in PolicyPack.objects.all():
        shown = client.get(f"/packs/{pack.pk}/").content.decode()
        assert pack.digest in shown
        for control in pack.document["controls"][:3]:
            assert control["id"] in shown
