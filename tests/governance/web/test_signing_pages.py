"""Is what a person signs on a page what they were shown, and is every refusal said on the page?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from audits.core.values import Kind, Verdict
from governance import permissions
from governance.models.approval import Approval
from governance.models.signature import Signature
from governance.models.waiver import Waiver
from governance.web.gather import dashboard
from registry.core.lifecycle import State
from registry.models.user import Role, User
from registry.services import versions
from tests.conftest import PASSWORD
from tests.governance import scene as scenes
from tests.governance.scene import Scene
from tests.governance.web.conftest import finding, version_page
from tests.governance.web.markup import faults

Visit = Callable[[User], Client]


def shown_digest(page: str) -> str:
    found = re.search(r'name="expected_sha256" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def filled(page: str, **changes: str) -> dict[str, str]:
    given = {"role": "reviewer", "decision": "approve", "reason": "The evidence is sound.", "password": PASSWORD}
    return {**given, "expected_sha256": shown_digest(page), **changes}


def test_a_reviewer_signs_exactly_what_was_shown(scene: Scene, visit: Visit) -> None:
    visitor, url = visit(scene.rita), f"/versions/{scene.version.pk}/sign/"
    page = visitor.get(url).content.decode()
    answer = visitor.post(url, filled(page))
    assert answer["Location"] == version_page(scene)
    signature = Approval.objects.get().signature
    assert signature.record_sha256 == shown_digest(page)
    assert "Rita Reviewer" in visitor.get(version_page(scene)).content.decode()


def test_a_reviewer_returns_a_version(scene: Scene, visit: Visit) -> None:
    visitor, url = visit(scene.rita), f"/versions/{scene.version.pk}/sign/"
    visitor.post(url, filled(visitor.get(url).content.decode(), decision="return"))
    scene.version.refresh_from_db()
    assert scene.version.state == State.RETURNED
    assert "not under review" in visitor.get(url).content.decode()


def test_a_wrong_password_is_said_on_the_form_and_is_not_shown_again(scene: Scene, visit: Visit) -> None:
    visitor, url = visit(scene.rita), f"/versions/{scene.version.pk}/sign/"
    answer = visitor.post(url, filled(visitor.get(url).content.decode(), password="not-my-password"))
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "The password does not match" in page
    assert "not-my-password" not in page
    assert "The evidence is sound." in page
    assert faults(page) == []
    assert not Signature.objects.exists()


def test_a_record_that_changed_is_shown_anew_instead_of_signed(scene: Scene, visit: Visit) -> None:
    visitor, url = visit(scene.rita), f"/versions/{scene.version.pk}/sign/"
    form = filled(visitor.get(url).content.decode())
    scene.audit(Kind.QUALITY)
    page = visitor.post(url, form).content.decode()
    assert "has changed since it was shown" in page
    assert shown_digest(page) != form["expected_sha256"]
    assert not Signature.objects.exists()


def test_a_field_that_is_missing_is_named_beside_the_field(scene: Scene, visit: Visit) -> None:
    visitor, url = visit(scene.rita), f"/versions/{scene.version.pk}/sign/"
    page = visitor.post(url, filled(visitor.get(url).content.decode(), reason="")).content.decode()
    assert 'id="id_reason_error"' in page
    assert re.search(r'<textarea[^>]*aria-describedby="[^"]*id_reason_error', page)
    assert faults(page) == []


def test_who_may_not_sign_sees_why_and_no_form(scene: Scene, visit: Visit) -> None:
    url = f"/versions/{scene.version.pk}/sign/"
    scene.dora.role_grants.create(role=Role.REVIEWER)
    maker = visit(scene.dora).get(url).content.decode()
    auditor = visit(scenes.account("otto", Role.AUDITOR)).get(url).content.decode()
    assert "The ledger shows that you contributed" in maker
    assert "Signing needs the role reviewer or approver" in auditor
    assert 'name="password"' not in maker + auditor


def test_a_post_by_who_may_not_sign_signs_nothing(scene: Scene, visit: Visit) -> None:
    url = f"/versions/{scene.version.pk}/sign/"
    page = visit(scene.rita).get(url).content.decode()
    visit(scenes.account("otto", Role.AUDITOR)).post(url, filled(page))
    assert not Signature.objects.exists()


def test_the_version_page_shows_a_shut_button_with_the_reason(scene: Scene, visit: Visit) -> None:
    page = visit(scene.dora).get(version_page(scene)).content.decode()
    assert re.search(r'<button class="button" disabled aria-describedby="sign-why">', page)
    assert "Signing needs the role reviewer or approver." in page


def waiver_form(page: str, **changes: str) -> dict[str, str]:
    given = {
        "reason": "Too few events to tell at this size.",
        "compensating_measure": "Monthly re-audit.",
        "until": (timezone.now() + timedelta(days=30)).date().isoformat(),
        "password": PASSWORD,
        "expected_sha256": shown_digest(page),
    }
    return {**given, **changes}


def test_an_approver_waives_a_finding(scene: Scene, visit: Visit) -> None:
    visitor, url = visit(scene.abe), f"/checks/{finding(scene).pk}/waive/"
    answer = visitor.post(url, waiver_form(visitor.get(url).content.decode()))
    assert answer["Location"] == version_page(scene)
    assert Waiver.objects.get().check_key == finding(scene).key
    assert "Waived by Abe Approver" in visitor.get(version_page(scene)).content.decode()


def test_several_findings_are_waived_with_one_signature(scene: Scene, visit: Visit) -> None:
    other = scene.audit(Kind.QUALITY, verdict=Verdict.NOT_EVALUABLE)
    ids = [row.pk for row in type(other).objects.findings().order_by("pk")]
    url = f"/versions/{scene.version.pk}/waive/?" + "&".join(f"check={pk}" for pk in ids)
    visitor = visit(scene.abe)
    visitor.post(url, waiver_form(visitor.get(url).content.decode()))
    assert Waiver.objects.count() == 2
    assert Signature.objects.count() == 1


def test_a_waiver_that_ends_too_late_is_refused_on_the_form(scene: Scene, visit: Visit) -> None:
    visitor, url = visit(scene.abe), f"/checks/{finding(scene).pk}/waive/"
    late = (timezone.now() + timedelta(days=900)).date().isoformat()
    answer = visitor.post(url, waiver_form(visitor.get(url).content.decode(), until=late))
    assert answer.status_code == 422
    assert "at most 180 days" in answer.content.decode()
    assert not Waiver.objects.exists()


def test_who_may_not_waive_sees_why(scene: Scene, visit: Visit) -> None:
    page = visit(scene.rita).get(f"/checks/{finding(scene).pk}/waive/").content.decode()
    assert "needs the role approver" in page
    assert 'name="password"' not in page


def test_a_waiver_under_an_earlier_plan_is_shown_not_to_count(scene: Scene, visit: Visit) -> None:
    visitor, url = visit(scene.abe), f"/checks/{finding(scene).pk}/waive/"
    visitor.post(url, waiver_form(visitor.get(url).content.decode()))
    later = scene.version.plans.get()
    # The service refuses another plan once audits were asked for; rows from before that rule are judged all the same.
    later.pk, later.number, later.digest = uuid4(), later.number + 1, scenes.sha("another plan")
    later.save(force_insert=True)
    page = visitor.get(version_page(scene)).content.decode()
    assert "Does not count" in page
    assert "given under another validation plan" in page


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 19, "²", "-1", "x"])
def test_what_cannot_be_a_check_is_not_found(number: str, scene: Scene, visit: Visit) -> None:
    visitor = visit(scene.abe)
    assert visitor.get(f"/versions/{scene.version.pk}/waive/?check={number}").status_code == 404
    if number.isascii() and number.isdigit():
        assert visitor.get(f"/checks/{number}/waive/").status_code == 404


def test_every_box_and_link_of_a_finding_has_a_name_of_its_own(scene: Scene, visit: Visit) -> None:
    scene.audit(Kind.QUALITY, verdict=Verdict.NOT_EVALUABLE)
    second = scenes.upload(scene.version, scene.dataset, scene.dora, subjects=3, name="second.csv")
    scene.audit(Kind.QUALITY, verdict=Verdict.NOT_EVALUABLE, table=second)
    page = visit(scene.abe).get(version_page(scene)).content.decode()
    boxes = re.findall(r'<input type="checkbox"[^>]*aria-label="(Select [^"]+)"', page)
    assert len(boxes) == page.count('type="checkbox"') == len(set(boxes)) == 3
    assert "Select holes, Data quality audit of second.csv" in boxes


def test_who_waives_sees_the_whole_record(scene: Scene, visit: Visit) -> None:
    row = finding(scene)
    page = visit(scene.abe).get(f"/checks/{row.pk}/waive/").content.decode()
    assert '<ul class="tree">' in page
    assert str(row.audit.table_id) in page
    assert row.audit.plan.digest in page


def test_the_button_to_sign_is_open_to_who_may_only_return(visit: Visit, db: None) -> None:
    scene = scenes.bare()
    scene.freeze()
    scene.version = versions.submit(by=scene.dora, version=scene.version)
    # Without audits nothing can be approved.
    assert not permissions.can_approve(scene.rita, scene.version, Role.REVIEWER)[0]
    assert permissions.can_return(scene.rita, scene.version, Role.REVIEWER)[0]
    assert f'href="/versions/{scene.version.pk}/sign/"' in visit(scene.rita).get(version_page(scene)).content.decode()


def test_a_signature_that_is_stale_puts_an_approved_version_back_into_the_queue(visit: Visit, db: None) -> None:
    scene = scenes.complete()
    scene.version.refresh_from_db()
    assert scene.version.state == State.APPROVED
    assert "Nothing waits for you." in visit(scene.rita).get("/").content.decode()
    scene.audit(Kind.QUALITY)
    assert "Sign as reviewer" in visit(scene.rita).get("/").content.decode()
    assert "Sign as approver" in visit(scene.abe).get("/").content.decode()


def test_a_waived_finding_is_open_again_when_the_audit_finds_something_else(scene: Scene, visit: Visit) -> None:
    visitor, url = visit(scene.abe), f"/checks/{finding(scene).pk}/waive/"
    visitor.post(url, waiver_form(visitor.get(url).content.decode()))
    assert dashboard.open_findings(now=timezone.now()) == []
    again = scene.audit(Kind.BIAS, verdict=Verdict.NOT_EVALUABLE).audit
    type(again).objects.filter(pk=again.pk).update(result_sha256=scenes.sha("another result"))
    assert [row["total"] for row in dashboard.open_findings(now=timezone.now())] == [1]
