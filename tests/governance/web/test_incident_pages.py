"""Do the pages of incidents and logs show every deadline in words, write what is typed, and say every refusal?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from governance.core.incidents import SEVERITIES
from governance.models.incident import Incident
from governance.models.log import LogRegistration
from governance.services import incidents
from governance.services.incidents import Noticed
from governance.web.gather import incidents as gather
from registry.models.user import Role, User
from tests.governance import scene as scenes
from tests.governance.scene import Scene
from tests.governance.web.markup import faults

Visit = Callable[[User], Client]
CLOCK = "eu_ai_act_serious"


def home(scene: Scene) -> str:
    return f"/models/{scene.model.slug}/incidents/"


def opened(scene: Scene, *clocks: str, days: int = 2) -> Incident:
    at = timezone.now() - timedelta(days=days)
    noticed = Noticed("serious", at.date(), at, "The alarm stayed silent.", version=scene.version)
    return incidents.open_incident(model=scene.model, by=scene.dora, noticed=noticed, clocks=clocks)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=3, hours=4, minutes=5), "3 days and 4 hours"),
        (timedelta(days=1, minutes=5), "1 day"),
        (timedelta(hours=1, minutes=1), "1 hour and 1 minute"),
        (timedelta(minutes=5), "5 minutes"),
        (timedelta(seconds=59), "less than a minute"),
    ],
)
def test_a_length_of_time_is_said_in_its_two_largest_units(span: timedelta, words: str) -> None:
    assert gather.in_words(span) == words


def test_a_deadline_is_said_in_words_at_every_stage(scene: Scene) -> None:
    owed = opened(scene, CLOCK).reports.get()
    ahead = gather.report(owed, now=owed.due_at - timedelta(days=3, hours=4))
    late = gather.report(owed, now=owed.due_at + timedelta(hours=2))
    assert (ahead.words, ahead.badge) == ("3 days and 4 hours left", gather.DUE)
    assert (late.words, late.badge) == ("Overdue by 2 hours", gather.OVERDUE)
    owed.reported_at = owed.due_at - timedelta(days=1)
    assert gather.report(owed, now=owed.due_at).words == "Reported 1 day before the deadline"
    owed.reported_at = owed.due_at + timedelta(days=1)
    assert gather.report(owed, now=owed.due_at).badge == gather.REPORTED_LATE


def test_every_severity_has_a_badge() -> None:
    assert set(gather.SEVERITY) == set(SEVERITIES)


def test_every_page_is_well_formed(scene: Scene, visit: Visit) -> None:
    incident = opened(scene, CLOCK, "gdpr_breach", days=20)
    one = f"/incidents/{incident.pk}/"
    paths = [home(scene), f"{home(scene)}new/", f"/models/{scene.model.slug}/logs/new/", one]
    paths += [f"{one}reassess/", f"{one}close/", f"{one}reports/{CLOCK}/", f"{one}reports/{CLOCK}/excuse/"]
    for path in paths:
        answer = visit(scene.rita).get(path)
        assert (path, answer.status_code, faults(answer.content.decode())) == (path, 200, [])


def test_an_incident_goes_its_whole_way_on_the_pages(scene: Scene, visit: Visit) -> None:
    visitor, now = visit(scene.rita), timezone.now()
    given = {
        "severity": "serious",
        "happened_on": (now - timedelta(days=3)).date().isoformat(),
        "noticed_at": f"{now - timedelta(days=2):%Y-%m-%dT%H:%M}",
        "description": "The alarm stayed silent.",
        "version": str(scene.version.number),
        "clocks": [CLOCK],
    }
    page = visit(scene.dora).post(f"{home(scene)}new/", given)["Location"]
    incident = Incident.objects.get()
    assert incident.version == scene.version
    assert "12 days and" in visitor.get(page).content.decode()
    refused = visitor.post(f"{page}close/", {"outcome": "A cable."})
    assert refused.status_code == 409
    assert "still owed" in refused.content.decode()
    again = {"severity": "critical", "reason": "The patient died.", "clocks": ["eu_ai_act_death"]}
    visitor.post(f"{page}reassess/", again)
    visitor.post(f"{page}reports/{CLOCK}/", {"reported_at": f"{now:%Y-%m-%dT%H:%M}", "reference": "12/3"})
    visitor.post(f"{page}reports/eu_ai_act_death/excuse/", {"reason": "Told together."})
    visitor.post(f"{page}close/", {"outcome": "A cable was loose."})
    shown = visitor.get(page).content.decode()
    for words in ("Death or danger to many", "12/3", "Told together.", "A cable was loose.", "Closed"):
        assert words in shown
    assert "Change the severity" not in shown


def test_a_deadline_that_has_passed_is_said_aloud(scene: Scene, visit: Visit) -> None:
    incident = opened(scene, CLOCK, days=20)
    page = visit(scene.abe).get(f"/incidents/{incident.pk}/").content.decode()
    assert "A deadline has passed" in page
    assert "Overdue by 5 days" in page
    assert "Overdue" in visit(scene.abe).get(home(scene)).content.decode()


def test_what_is_missing_is_named_beside_the_field(scene: Scene, visit: Visit) -> None:
    page = visit(scene.rita).post(f"{home(scene)}new/", {"severity": "serious"}).content.decode()
    assert 'id="id_description_error"' in page
    assert faults(page) == []
    assert not Incident.objects.exists()


def test_a_log_is_registered_and_shown(scene: Scene, visit: Visit) -> None:
    visitor, today = visit(scene.stella), timezone.now().date()
    given = {"kind": "inference", "kept_in": "Data lake", "retention_days": "400", "reviewed_on": today.isoformat()}
    path = f"/models/{scene.model.slug}/logs/new/"
    assert visitor.post(path, given)["Location"] == home(scene)
    assert "400 days" in visitor.get(home(scene)).content.decode()
    late = {**given, "reviewed_on": (today + timedelta(days=9)).isoformat()}
    assert visitor.post(path, late).status_code == 422
    assert LogRegistration.objects.count() == 1


def one_time_id(page: str) -> str:
    found = re.search(r'name="once" value="([0-9a-f-]{36})"', page)
    assert found
    return found[1]


def test_a_form_that_is_sent_twice_is_kept_once(scene: Scene, visit: Visit) -> None:
    visitor, now = visit(scene.dora), timezone.now()
    given = {
        "severity": "serious",
        "happened_on": now.date().isoformat(),
        "noticed_at": f"{now:%Y-%m-%dT%H:%M}",
        "description": "The alarm stayed silent.",
    }
    log = {"kind": "inference", "kept_in": "Lake", "retention_days": "400", "reviewed_on": now.date().isoformat()}
    for path, sent in ((f"{home(scene)}new/", given), (f"/models/{scene.model.slug}/logs/new/", log)):
        sent["once"] = one_time_id(visitor.get(path).content.decode())
        assert one_time_id(visitor.get(path).content.decode()) != sent["once"]
        first, second = visitor.post(path, sent), visitor.post(path, sent, follow=True)
        assert second.redirect_chain == [(first["Location"], 302)]
        assert "Already recorded" in second.content.decode()
    assert (Incident.objects.count(), LogRegistration.objects.count()) == (1, 1)


def test_who_will_be_refused_is_shown_why_and_no_form(scene: Scene, visit: Visit) -> None:
    incident = opened(scene, CLOCK)
    one = f"/incidents/{incident.pk}/"
    stranger = scenes.account("eve", Role.DEVELOPER)
    pages = [(stranger, path) for path in (f"{home(scene)}new/", f"/models/{scene.model.slug}/logs/new/")]
    pages += [(stranger, f"{one}{path}") for path in ("reassess/", "close/", f"reports/{CLOCK}/")]
    pages += [(scene.dora, f"{one}{path}") for path in ("close/", f"reports/{CLOCK}/excuse/")]
    for person, path in pages:
        page = visit(person).get(path).content.decode()
        assert '<form method="post">' not in page.split("<main")[1], path
        assert "Only " in page, path
        assert faults(page) == [], path
    shown = visit(scene.dora).get(one).content.decode()
    assert "Change the severity" in shown
    assert "Close it" not in shown
    assert "Only a reviewer or approver or compliance officer" in shown
    refused = visit(scene.dora).post(f"{one}close/", {"outcome": "A cable."})
    assert refused.status_code == 403
    assert "You can raise it. To lower it: Only" in visit(scene.dora).get(f"{one}reassess/").content.decode()


def test_a_closed_incident_offers_nothing_more(scene: Scene, visit: Visit) -> None:
    incident = opened(scene, CLOCK)
    incidents.excuse(owed=incident.reports.get(), by=scene.rita, reason="Nobody died.")
    incidents.close(incident=incident, by=scene.rita, outcome="A cable was loose.")
    for path in ("", "reassess/", "close/", f"reports/{CLOCK}/", f"reports/{CLOCK}/excuse/"):
        page = visit(scene.abe).get(f"/incidents/{incident.pk}/{path}").content.decode()
        assert '<form method="post">' not in page.split("<main")[1], path
        assert "Assess it again" not in page
    assert "The incident is closed" in visit(scene.abe).get(f"/incidents/{incident.pk}/reassess/").content.decode()


def test_what_the_ledger_contradicts_is_said_aloud(scene: Scene, visit: Visit) -> None:
    incident = opened(scene)
    words = "This is not what the ledger has"
    assert words not in visit(scene.abe).get(f"/incidents/{incident.pk}/").content.decode()
    Incident.objects.update(severity="observation")
    assert words in visit(scene.abe).get(f"/incidents/{incident.pk}/").content.decode()


def test_who_may_not_write_sees_why_and_no_button(scene: Scene, visit: Visit) -> None:
    incident = opened(scene, CLOCK)
    visitor = visit(scenes.account("otto", Role.AUDITOR))
    page = visitor.get(home(scene)).content.decode() + visitor.get(f"/incidents/{incident.pk}/").content.decode()
    assert "it needs incidents:write" in page
    for button in ("Open an incident", "Register a log", "Close it", "Not needed"):
        assert button not in page
    assert visitor.post(f"/incidents/{incident.pk}/close/", {"outcome": "x"}).status_code == 403
