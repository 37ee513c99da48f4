"""Who sees which page, and is every page sound: no inline code, named fields, as many queries as are needed?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audits.core.values import Kind, Verdict
from audits.models.check import CheckRow
from registry.models.model import Model
from registry.models.user import Role, User
from tests.conftest import PASSWORD
from tests.governance import scene as scenes
from tests.governance.scene import Scene
from tests.governance.web.conftest import addresses, finding, version_page
from tests.governance.web.markup import faults

Visit = Callable[[User], Client]


@pytest.mark.parametrize("role", Role.values)
def test_every_role_may_read_every_page(role: str, scene: Scene, visit: Visit) -> None:
    reader = visit(scenes.account("a_reader", Role(role)))
    assert [url for url in addresses(scene) if reader.get(url).status_code != 200] == []


def test_a_stranger_is_sent_to_sign_in_and_back(scene: Scene, client: Client) -> None:
    for url in [*addresses(scene), "/ledger/verify/"]:
        answer = client.post(url) if url.endswith("verify/") else client.get(url)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in/?next=/")


def test_an_account_without_a_role_sees_why_it_sees_nothing(scene: Scene, visit: Visit) -> None:
    answer = visit(scenes.account("nobody"))
    page = answer.get(version_page(scene))
    assert page.status_code == 403
    assert "None of your roles permits this" in page.content.decode()


@pytest.mark.parametrize("who", ["dora", "rita", "abe"])
def test_no_page_has_inline_code_a_foreign_host_or_a_nameless_field(who: str, scene: Scene, visit: Visit) -> None:
    scene.ask()
    visitor = visit(getattr(scene, who))
    for url in [*addresses(scene), "/nowhere/", "/api/v1/docs"]:
        assert faults(visitor.get(url).content.decode()) == [], url


def test_sign_in_page_is_sound_and_says_when_it_did_not_work(client: Client, db: None) -> None:
    assert faults(client.get("/sign-in/").content.decode()) == []
    refused = client.post("/sign-in/", {"username": "nobody", "password": "wrong"}).content.decode()
    assert 'role="alert"' in refused
    assert faults(refused) == []


def test_signing_in_leads_to_the_page_that_was_asked_for(scene: Scene, client: Client) -> None:
    given = {"username": "rita_reviewer", "password": PASSWORD}
    answer = client.post(f"/sign-in/?next={version_page(scene)}", {**given, "next": version_page(scene)})
    assert answer["Location"] == version_page(scene)
    assert client.post("/sign-out/")["Location"] == "/sign-in/"


def test_what_does_not_exist_is_a_page_of_its_own(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene.rita)
    for url in ("/ledger/999999/", "/checks/0/waive/", f"/models/{scene.model.slug}/versions/99/"):
        answer = visitor.get(url)
        assert (answer.status_code, "<h1>" in answer.content.decode()) == (404, True)


def test_the_overview_shows_what_waits_for_whom(scene: Scene, visit: Visit) -> None:
    assert "Sign as reviewer" in visit(scene.rita).get("/").content.decode()
    assert "Nothing waits for you." in visit(scene.dora).get("/").content.decode()
    scene.approve(scene.rita, Role.REVIEWER)
    assert "Nothing waits for you." in visit(scene.rita).get("/").content.decode()
    assert "1 not evaluable" in visit(scene.abe).get("/").content.decode()


def test_a_contributor_who_reviews_is_not_offered_their_own_version(scene: Scene, visit: Visit) -> None:
    scene.dora.role_grants.create(role=Role.REVIEWER)
    assert "Nothing waits for you." in visit(scene.dora).get("/").content.decode()


def test_checks_are_filtered_by_verdict_and_open_with_the_findings(scene: Scene, visit: Visit) -> None:
    visitor, url = visit(scene.rita), version_page(scene)

    def shown(query: str) -> set[str]:
        return {line.row.verdict for line in visitor.get(url + query).context["checks"]}

    assert shown("") == {Verdict.NOT_EVALUABLE}
    assert shown("?verdict=met") == {Verdict.MET}
    assert shown("?verdict=all") == {Verdict.MET, Verdict.NOT_EVALUABLE}
    assert shown("?verdict=nonsense") == {Verdict.NOT_EVALUABLE}


def test_running_audits_renew_themselves_until_the_last_one_has_finished(scene: Scene, visit: Visit) -> None:
    visitor, url = visit(scene.rita), f"/versions/{scene.version.pk}/audits/"
    assert 'hx-trigger="every 2s"' in visitor.get(url).content.decode()
    scene.version.audits.filter(state="running").update(state="cancelled")
    finished = visitor.get(url).content.decode()
    assert "hx-trigger" not in finished
    assert "Reload to see their results" in finished


def queries(visitor: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as counted:
        assert visitor.get(url).status_code == 200
    return len(counted)


def test_the_overview_asks_as_often_for_ten_models_as_for_one(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene.rita)
    visitor.get("/")
    before = queries(visitor, "/")
    for number in range(10):
        model = Model.objects.get(pk=scene.model.pk)
        model.pk, model.name, model.slug = Model().pk, f"Model {number}", f"model-{number}"
        model.save(force_insert=True)
        version = type(scene.version).objects.get(pk=scene.version.pk)
        version.pk, version.model = type(version)().pk, model
        version.save(force_insert=True)
    assert queries(visitor, "/") == before
    assert before < 20


def test_the_version_page_asks_as_often_for_twenty_findings_as_for_one(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene.abe)
    scene.ask()
    before = queries(visitor, version_page(scene))
    row = finding(scene)
    CheckRow.objects.bulk_create(
        CheckRow(audit=row.audit, criterion_id="gap", criterion={}, key=f"gap | {n}", verdict=row.verdict, reason="r")
        for n in range(19)
    )
    for kind in Kind:
        scene.audit(kind, table=scene.table)
    assert queries(visitor, version_page(scene)) <= before
    assert before < 75
