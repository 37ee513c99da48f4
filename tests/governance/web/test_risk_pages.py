"""Do the pages of the risk register show everything, write what is typed, and say every refusal?"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from django.test import Client
from django.utils import timezone

from audits.core.values import Kind
from governance.models.risk import RegisterAcceptance, RiskAcceptance, RiskControl, RiskEntry, RiskState
from governance.services import risk_acceptance, risk_register, risks
from governance.services.risks import ControlGiven
from governance.web.gather import risks as gather
from registry.models.user import Role, User
from tests.conftest import PASSWORD
from tests.governance import scene as scenes
from tests.governance.core.test_risk import ESTIMATED, JUDGED, SAID
from tests.governance.scene import Scene
from tests.governance.web.markup import faults

Visit = Callable[[User], Client]


def home(scene: Scene) -> str:
    return f"/models/{scene.model.slug}/risks/"


def controlled(scene: Scene) -> RiskEntry:
    entry = risks.add(model=scene.model, by=scene.dora, said=JUDGED)
    today = timezone.now().date()
    given = ControlGiven("protective", "A monthly drift audit.", today, today, scene.audits[Kind.DRIFT])
    risks.add_control(entry=entry, by=scene.dora, given=given)
    return entry


def form(**changes: object) -> dict[str, object]:
    given = {
        "title": SAID.title,
        "hazard": "drift",
        "sequence": SAID.sequence,
        "situation": SAID.situation,
        "harm": SAID.harm,
        "characteristics": ["validity", "safety"],
        "probability": "4",
        "severity": "4",
        "residual_probability": "",
        "residual_severity": "",
        "benefit_note": "",
        "reason": "",
    }
    return {**given, **changes}


def shown_digest(page: str) -> str:
    found = re.search(r'name="expected_sha256" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def test_every_page_of_the_register_is_well_formed(scene: Scene, visit: Visit) -> None:
    entry = controlled(scene)
    risks.suggest(model=scene.model, by=scene.dora)
    risk_acceptance.accept(entry=entry, by=scene.rita, role=Role.REVIEWER, reason="Low.", password=PASSWORD)
    paths = ("", "new/", "accept/", "1/", "2/", "1/revise/", "1/accept/", "1/controls/new/", "1/controls/1/")
    for path in paths:
        for person in (scene.dora, scene.rita):
            answer = visit(person).get(home(scene) + path)
            assert (path, answer.status_code, faults(answer.content.decode())) == (path, 200, [])


def test_the_gravest_risk_comes_first_and_closed_ones_last(scene: Scene) -> None:
    small = replace(SAID, probability=1, severity=1)
    for said in (small, JUDGED, SAID, ESTIMATED):
        risks.add(model=scene.model, by=scene.dora, said=said)
    gone = risks.add(model=scene.model, by=scene.dora, said=ESTIMATED)
    risks.revise(entry=gone, by=scene.rita, said=replace(ESTIMATED, reason="Gone."), state=RiskState.CLOSED)
    found = gather.lines(risk_register.register(scene.model))
    assert [line.found.entry.number for line in found] == [4, 3, 2, 1, 5]


def test_a_level_is_a_word_and_an_icon_beside_its_colour(scene: Scene, visit: Visit) -> None:
    controlled(scene)
    page = visit(scene.abe).get(home(scene)).content.decode()
    assert re.search(r'<span class="badge bad"><svg.*?</svg>Not acceptable', page, re.DOTALL)
    assert re.search(r'<span class="badge unsure"><svg.*?</svg>As low as possible', page, re.DOTALL)
    assert "1 of 1 in place, effect shown" in page


def test_a_developer_adds_and_revises_a_risk(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene.dora)
    assert visitor.post(f"{home(scene)}new/", form())["Location"] == f"{home(scene)}1/"
    revised = form(
        residual_probability="2", residual_severity="4", state="open", reason="Judged together.", expected="1"
    )
    assert visitor.post(f"{home(scene)}1/revise/", revised)["Location"] == f"{home(scene)}1/"
    page = visitor.get(f"{home(scene)}1/").content.decode()
    assert "Judged together." in page
    assert "2 fields changed" in page
    assert "Validity, Safety" in page or "Safety, Validity" in page


def test_what_is_missing_is_named_and_what_is_refused_is_said(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene.dora)
    missing = visitor.post(f"{home(scene)}new/", form(harm="")).content.decode()
    assert 'id="id_harm_error"' in missing
    half = visitor.post(f"{home(scene)}new/", form(severity=""))
    assert half.status_code == 422
    assert "both a probability and a severity" in half.content.decode()
    assert not RiskEntry.objects.exists()


def test_the_button_suggests_the_usual_hazards_once(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene.dora)
    assert visitor.get(f"{home(scene)}suggest/")["Location"] == home(scene)
    assert not RiskEntry.objects.exists()
    for told in ("Suggested: 10.", "Nothing was added"):
        assert told in visitor.post(f"{home(scene)}suggest/", follow=True).content.decode()
    assert RiskEntry.objects.count() == 10


def test_a_control_is_added_with_its_audit_changed_and_withdrawn(scene: Scene, visit: Visit) -> None:
    risks.add(model=scene.model, by=scene.dora, said=JUDGED)
    visitor, today = visit(scene.dora), timezone.now().date().isoformat()
    audit = str(scene.audits[Kind.DRIFT].pk)
    given = {
        "kind": "protective",
        "text": "A monthly audit.",
        "implemented_on": today,
        "verified_on": "",
        "audit": audit,
    }
    visitor.post(f"{home(scene)}1/controls/new/", given)
    assert f'href="/audits/{audit}/"' in visitor.get(f"{home(scene)}1/").content.decode()
    visitor.post(f"{home(scene)}1/controls/1/", {**given, "withdrawn": "on", "expected": "1"})
    page = visitor.get(f"{home(scene)}1/").content.decode()
    assert "No risk control is recorded." in page
    assert "Withdrawn" in page
    assert visitor.get(f"{home(scene)}1/controls/1/").status_code == 404


def test_a_control_that_is_refused_is_said_on_the_form(scene: Scene, visit: Visit) -> None:
    risks.add(model=scene.model, by=scene.dora, said=JUDGED)
    given = {"kind": "design", "text": "x", "implemented_on": "2999-01-01", "verified_on": "", "audit": ""}
    answer = visit(scene.dora).post(f"{home(scene)}1/controls/new/", given)
    assert answer.status_code == 422
    assert "the day is not here yet" in answer.content.decode()
    assert not RiskControl.objects.exists()


def test_a_reviewer_accepts_what_was_shown_and_the_page_keeps_the_record_as_signed(scene: Scene, visit: Visit) -> None:
    controlled(scene)
    visitor = visit(scene.rita)
    page = visitor.get(f"{home(scene)}1/accept/").content.decode()
    given = {"role": "reviewer", "reason": "Low.", "password": PASSWORD, "expected_sha256": shown_digest(page)}
    assert visitor.post(f"{home(scene)}1/accept/", given)["Location"] == f"{home(scene)}1/"
    assert RiskAcceptance.objects.get().signature.record_sha256 == shown_digest(page)
    shown = visitor.get(f"{home(scene)}1/").content.decode()
    assert "Accepted by Rita Reviewer" in shown
    assert '<ul class="tree">' in shown
    risks.revise(entry=RiskEntry.objects.get(), by=scene.dora, said=replace(JUDGED, reason="Again."))
    after = visitor.get(f"{home(scene)}1/").content.decode()
    assert "Does not count" in after
    assert "The risk or its risk controls were changed after it was signed." in after


def test_a_reviewer_accepts_the_whole_register(scene: Scene, visit: Visit) -> None:
    risk_acceptance.accept(entry=controlled(scene), by=scene.rita, role=Role.REVIEWER, reason="Low.", password=PASSWORD)
    visitor = visit(scene.rita)
    page = visitor.get(f"{home(scene)}accept/").content.decode()
    given = {"role": "reviewer", "reason": "Low.", "password": PASSWORD, "expected_sha256": shown_digest(page)}
    assert visitor.post(f"{home(scene)}accept/", given)["Location"] == home(scene)
    assert RegisterAcceptance.objects.count() == 1


def test_who_wrote_it_sees_why_and_no_form(scene: Scene, visit: Visit) -> None:
    controlled(scene)
    scene.dora.role_grants.create(role=Role.REVIEWER)
    author = visit(User.objects.get(pk=scene.dora.pk)).get(f"{home(scene)}1/accept/").content.decode()
    auditor = visit(scenes.account("otto", Role.AUDITOR)).get(f"{home(scene)}1/accept/").content.decode()
    assert "You wrote part of this entry" in author
    assert "needs the role reviewer or approver or compliance officer" in auditor
    assert 'name="password"' not in author + auditor


def test_a_wrong_password_is_said_and_not_shown_again(scene: Scene, visit: Visit) -> None:
    controlled(scene)
    visitor = visit(scene.rita)
    shown = shown_digest(visitor.get(f"{home(scene)}1/accept/").content.decode())
    given = {"role": "reviewer", "reason": "Low.", "password": "not-my-password", "expected_sha256": shown}
    answer = visitor.post(f"{home(scene)}1/accept/", given)
    assert answer.status_code == 403
    assert "The password does not match" in answer.content.decode()
    assert "not-my-password" not in answer.content.decode()


def test_a_risk_that_was_changed_meanwhile_is_shown_before_it_is_written_over(scene: Scene, visit: Visit) -> None:
    entry = risks.add(model=scene.model, by=scene.dora, said=SAID)
    visitor, path = visit(scene.dora), f"{home(scene)}1/revise/"
    assert 'name="expected" value="1"' in visitor.get(path).content.decode()
    risks.revise(entry=entry, by=scene.rita, said=replace(SAID, harm="A new harm.", reason="Seen."))
    late = form(state="open", reason="Mine.", harm="Another harm.", expected="1")
    refused = visitor.post(path, late)
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "What somebody changed meanwhile" in page
    assert "<ins>A new harm.</ins>" in page
    assert "Another harm." in page
    assert 'name="expected" value="2"' in page
    assert faults(page) == []
    assert risk_register.current(entry).revision.harm == "A new harm."
    assert visitor.post(path, {**late, "expected": "2"}).status_code == 302
    assert risk_register.current(entry).revision.harm == "Another harm."


def test_a_form_that_does_not_say_what_was_shown_changes_nothing(scene: Scene, visit: Visit) -> None:
    entry = risks.add(model=scene.model, by=scene.dora, said=SAID)
    answer = visit(scene.dora).post(f"{home(scene)}1/revise/", form(state="open", reason="Mine."))
    assert (answer.status_code, risk_register.current(entry).revision.number) == (409, 1)


def test_a_risk_control_that_was_changed_meanwhile_is_shown(scene: Scene, visit: Visit) -> None:
    entry = controlled(scene)
    risks.revise_control(entry=entry, number=1, by=scene.rita, given=ControlGiven("design", "A limit."))
    given = {"kind": "design", "text": "Mine.", "implemented_on": "", "verified_on": "", "audit": "", "expected": "1"}
    refused = visit(scene.dora).post(f"{home(scene)}1/controls/1/", given)
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "<ins>A limit.</ins>" in page
    assert 'name="expected" value="2"' in page
    assert faults(page) == []


def test_a_form_that_is_sent_twice_is_kept_once(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene.dora)
    given = {"kind": "design", "text": "A limit.", "implemented_on": "", "verified_on": "", "audit": ""}
    for path, sent in ((f"{home(scene)}new/", form()), (f"{home(scene)}1/controls/new/", given)):
        found = re.search(r'name="once" value="([0-9a-f-]{36})"', visitor.get(path).content.decode())
        assert found
        for _ in range(2):
            answer = visitor.post(path, {**sent, "once": found[1]}, follow=True)
        assert "Already recorded" in answer.content.decode()
    assert (RiskEntry.objects.count(), RiskControl.objects.count()) == (1, 1)


def test_who_will_be_refused_is_shown_why_and_no_form(scene: Scene, visit: Visit) -> None:
    controlled(scene)
    stranger = visit(scenes.account("eve", Role.DEVELOPER))
    for path in ("new/", "1/revise/", "1/controls/new/", "1/controls/1/"):
        page = stranger.get(home(scene) + path).content.decode()
        assert '<form method="post">' not in page.split("<main")[1], path
        assert "Only members of" in page, path
    assert stranger.post(f"{home(scene)}new/", form()).status_code == 403
    own = visit(scene.dora).get(f"{home(scene)}1/revise/").content.decode()
    assert "You cannot close it: Only a reviewer" in own
    assert "You cannot close it" not in visit(scene.rita).get(f"{home(scene)}1/revise/").content.decode()


def test_the_pages_say_risk_controls(scene: Scene, visit: Visit) -> None:
    controlled(scene)
    for path in ("", "1/", "1/revise/", "1/controls/new/", "1/controls/1/"):
        page = re.sub(r"<[^>]+>", " ", visit(scene.dora).get(home(scene) + path).content.decode())
        assert re.findall(r"(?i)(?<!risk )\bcontrols?\b", page) == [], path


def test_who_may_not_write_sees_why_and_no_button(scene: Scene, visit: Visit) -> None:
    controlled(scene)
    visitor = visit(scenes.account("otto", Role.AUDITOR))
    page = visitor.get(home(scene)).content.decode() + visitor.get(f"{home(scene)}1/").content.decode()
    assert "it needs risks:write" in page
    assert "Add a" not in page
    assert visitor.get(f"{home(scene)}new/").status_code == 403
    assert visitor.post(f"{home(scene)}1/revise/", form()).status_code == 403
