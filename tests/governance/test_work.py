"""What waits for a person, and how do they hear of it? The queue, the daily e-mail, the calendar, over page and API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from governance.errors import FeedUnknown
from governance.models.ledger import LedgerEntry
from governance.models.work import WorkSetting
from governance.services import assessing, incidents, work_digest, work_queue, work_settings
from governance.services.incidents import Noticed
from registry.models.user import User
from registry.services import sites
from tests.governance.scene import Scene, ready
from tests.governance.test_assessments import adopt_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    scene = ready()
    assessing.assess(version=scene.version, environment="production", by=scene.rita)
    return scene


def whats(person: User) -> list[str]:
    return [item.what for item in work_queue.waiting_for(person, today=timezone.now().date())]


def test_a_version_that_is_complete_but_for_its_signatures_waits_for_reviewer_and_approver(scene: Scene) -> None:
    assert len(whats(scene.rita)) == 1
    assert "reviewer" in whats(scene.rita)[0]
    assert "approver" in whats(scene.abe)[0]
    assert whats(scene.stella) == []


def test_it_waits_no_longer_once_it_is_signed(scene: Scene) -> None:
    scene.approve(scene.rita)
    assert whats(scene.rita) == []


def test_nothing_waits_for_an_account_that_was_closed(scene: Scene) -> None:
    scene.rita.is_active = False
    scene.rita.save()
    assert whats(User.objects.get(pk=scene.rita.pk)) == []


def test_a_draft_makes_no_work_for_anybody() -> None:
    scene = ready()
    assert whats(scene.rita) == []


def test_the_page_and_the_api_say_the_same(scene: Scene, client: Client, api: Callable[[User], APIClient]) -> None:
    client.force_login(scene.rita)
    page = client.get("/work/").content.decode()
    (item,) = api(scene.rita).get("/api/v1/work").json()
    assert item["what"] in page
    assert item["urgency"] == "open"
    assert item["link"] == f"/versions/{scene.version.pk}/sign/"


def test_nobody_reads_the_queue_without_signing_in(client: Client) -> None:
    assert client.get("/work/").status_code == 302
    assert APIClient().get("/api/v1/work").status_code in {401, 403}


def test_each_person_gets_one_e_mail_a_day_while_something_waits(scene: Scene, settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    today = timezone.now().date()
    sent = work_digest.send_due(today=today)
    assert sent == len(mail.outbox) > 0
    assert {to for message in mail.outbox for to in message.to} >= {scene.rita.email, scene.abe.email}
    assert scene.stella.email not in {to for message in mail.outbox for to in message.to}
    assert work_digest.send_due(today=today) == 0
    assert work_digest.send_due(today=today + timedelta(days=1)) == sent


def test_the_e_mail_names_the_model_and_no_patient(scene: Scene, settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    work_digest.send_due(today=timezone.now().date())
    body = next(str(message.body) for message in mail.outbox if message.to == [scene.rita.email])
    assert scene.model.name in body
    assert f"/versions/{scene.version.pk}/sign/" in body
    assert "p1" not in body.split()


def test_who_turned_the_e_mail_off_gets_none(scene: Scene, settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    work_settings.set_digest(by=scene.rita, on=False)
    work_digest.send_due(today=timezone.now().date())
    assert scene.rita.email not in {to for message in mail.outbox for to in message.to}


def test_without_a_mail_server_none_is_sent(scene: Scene, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    assert work_digest.send_due(today=timezone.now().date()) == 0
    assert mail.outbox == []


def test_one_address_that_fails_holds_up_nobody(scene: Scene, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    original = mail.EmailMessage.send

    def send(self: mail.EmailMessage, fail_silently: bool = False) -> int:
        if self.to == [scene.rita.email]:
            raise OSError("no such host")
        return original(self, fail_silently)

    monkeypatch.setattr(mail.EmailMessage, "send", send)
    work_digest.send_due(today=timezone.now().date())
    assert [scene.abe.email] in [message.to for message in mail.outbox]
    assert not WorkSetting.objects.filter(person=scene.rita, digest_sent_on__isnull=False).exists()


def test_the_calendar_is_read_from_its_secret_address_without_signing_in(scene: Scene) -> None:
    secret = work_settings.make_feed(by=scene.rita)
    answer = APIClient().get(f"/api/v1/work/calendar/{secret}.ics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/calendar")
    assert answer.content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert secret not in str(WorkSetting.objects.values())


def test_a_new_address_replaces_the_old_and_a_revoked_one_is_gone(scene: Scene) -> None:
    first = work_settings.make_feed(by=scene.rita)
    second = work_settings.make_feed(by=scene.rita)
    with pytest.raises(FeedUnknown):
        work_settings.person_of(first)
    assert work_settings.person_of(second) == scene.rita
    work_settings.revoke_feed(by=scene.rita)
    assert APIClient().get(f"/api/v1/work/calendar/{second}.ics").status_code == 404
    kinds = list(LedgerEntry.objects.filter(kind__startswith="work_feed").values_list("kind", flat=True))
    assert kinds == ["work_feed.made", "work_feed.made", "work_feed.revoked"]


def test_the_calendar_of_a_closed_account_is_gone(scene: Scene) -> None:
    secret = work_settings.make_feed(by=scene.rita)
    User.objects.filter(pk=scene.rita.pk).update(is_active=False)
    assert APIClient().get(f"/api/v1/work/calendar/{secret}.ics").status_code == 404


def test_the_page_shows_the_address_once_and_turns_things_on_and_off(scene: Scene, client: Client) -> None:
    client.force_login(scene.rita)
    made = client.post("/work/feed/", {"act": "make"})
    assert (made.status_code, made["Location"]) == (302, "/work/")
    assert "/api/v1/work/calendar/" in client.get("/work/").content.decode()
    assert "/api/v1/work/calendar/" not in client.get("/work/").content.decode()
    assert LedgerEntry.objects.filter(kind="work_feed.made").count() == 1
    client.post("/work/feed/", {"act": "revoke"})
    assert not WorkSetting.objects.get(person=scene.rita).feed_sha256
    client.post("/work/setting/", {"digest": "off"})
    assert not WorkSetting.objects.get(person=scene.rita).digest


def test_a_compliance_officer_sees_what_is_missing_for_every_pack(scene: Scene) -> None:
    cora = adopt_all()
    assessing.assess(version=scene.version, environment="production", by=cora)
    found = whats(cora)
    assert any("questions of the model card" in each for each in found)
    assert any(each.startswith("Upload the document") for each in found)


def test_a_malformed_address_holds_up_nobody(scene: Scene, settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    User.objects.filter(pk=scene.rita.pk).update(email="rita@example.org\nBcc: x@example.org")
    work_digest.send_due(today=timezone.now().date())
    assert [scene.abe.email] in [message.to for message in mail.outbox]
    assert not WorkSetting.objects.filter(person=scene.rita, digest_sent_on__isnull=False).exists()


def test_what_is_missing_at_one_site_only_waits_as_well(scene: Scene) -> None:
    cora = adopt_all()
    north = sites.create(by=cora, name="North", jurisdiction="EU")
    assessing.assess(version=scene.version, environment="production", by=cora)
    before = set(whats(cora))
    place = assessing.assess(version=scene.version, environment="production", site=north.slug, by=cora)
    row = place.assessments.get(slug="baseline")
    lack = {"key": "training:night_shift@north", "what": "Train the night shift.", "since": "2026-01-01T00:00:00+00:00"}
    row.work["lacks"].append({**lack, "controls": 1, "blocking": 1, "unchecked": 0})
    row.save(update_fields=["work"])
    assert set(whats(cora)) - before == {"Train the night shift."}


def test_a_report_is_overdue_from_its_moment_on_not_from_the_next_day(scene: Scene) -> None:
    noticed = Noticed("serious", date(2026, 1, 2), timezone.now() - timedelta(hours=72, minutes=1), "A wrong score.")
    incidents.open_incident(model=scene.model, by=scene.rita, noticed=noticed, clocks=["gdpr_breach"])
    today = timezone.now().date()
    (item,) = [each for each in work_queue.everything(today=today) if "/report:" in each.key]
    assert str(item.urgency(item.due_on or today)) == "overdue"


def test_the_queue_is_gathered_once_until_something_is_put_on_record(
    scene: Scene, django_assert_max_num_queries: Any
) -> None:
    today = timezone.now().date()
    first = work_queue.everything(today=today)
    with django_assert_max_num_queries(2):
        assert work_queue.everything(today=today) == first
    scene.approve(scene.rita)
    assert work_queue.everything(today=today) != first
