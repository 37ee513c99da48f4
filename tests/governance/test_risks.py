"""Is the risk register written as its rules say, with its whole history, and is every refusal said?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from threading import Thread
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audits.core.values import Kind
from audits.models.job import JobState
from governance import history
from governance.core.hazards import HAZARDS
from governance.core.risk import Written
from governance.errors import (
    AlreadyRecorded,
    OwnRisk,
    ReasonMissing,
    RiskClosed,
    RiskControlRefused,
    RiskEstimateRefused,
    RiskIncomplete,
    RiskMovedOn,
    RiskUnknownWord,
    RoleNotHeld,
)
from governance.models.ledger import LedgerEntry
from governance.models.risk import RiskControl, RiskEntry, RiskRevision, RiskState
from governance.services import risk_register, risks
from governance.services.risks import ControlGiven
from registry.core.canonical import digest
from registry.models.user import Role
from registry.services import models
from registry.services.teams import NotAMember
from tests.governance import scene as scenes
from tests.governance.core.test_risk import ESTIMATED, JUDGED, SAID
from tests.governance.scene import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(db: None) -> Scene:
    return scenes.ready()


def recorded() -> list[LedgerEntry]:
    return list(LedgerEntry.objects.filter(kind="risk.recorded").order_by("idx"))


def test_entries_are_numbered_and_the_ledger_has_each_as_it_is(scene: Scene) -> None:
    first = risks.add(model=scene.model, by=scene.dora, said=SAID)
    second = risks.add(model=scene.model, by=scene.rita, said=ESTIMATED)
    assert [first.number, second.number] == [1, 2]
    record = risk_register.record_of(risk_register.current(second))
    assert [each.object_id for each in recorded()] == [str(first.pk), str(second.pk)]
    assert history.vouchers("risk.recorded", [str(second.pk)])[str(second.pk)].object_sha256 == digest(record)
    assert record["before_controls"] == {"probability": 4, "severity": 4, "level": "not_acceptable"}
    assert record["after_controls"] is None


def test_a_revision_is_what_the_entry_says_and_the_earlier_ones_stay(scene: Scene) -> None:
    entry = risks.add(model=scene.model, by=scene.dora, said=SAID)
    risks.revise(entry=entry, by=scene.rita, said=replace(JUDGED, reason="Estimated together."))
    now = risk_register.current(entry)
    assert now.revision.number == 2
    assert now.residual_level == "as_low_as_possible"
    assert [each.title for each in entry.revisions.all()] == [JUDGED.title, SAID.title]
    assert now.authors == {scene.dora.pk, scene.rita.pk}


def test_a_change_says_why(scene: Scene) -> None:
    entry = risks.add(model=scene.model, by=scene.dora, said=SAID)
    with pytest.raises(ReasonMissing):
        risks.revise(entry=entry, by=scene.dora, said=ESTIMATED)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"harm": ""}, RiskIncomplete),
        ({"hazard": "gremlins"}, RiskUnknownWord),
        ({"probability": 4}, RiskEstimateRefused),
        ({"probability": 1, "severity": 1, "residual_probability": 2, "residual_severity": 1}, ReasonMissing),
    ],
)
def test_what_the_register_does_not_take_leaves_nothing(
    scene: Scene, change: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        risks.add(model=scene.model, by=scene.dora, said=replace(SAID, **change))  # type: ignore[arg-type]
    assert not RiskEntry.objects.exists()


def test_who_may_write(scene: Scene) -> None:
    officer = scenes.account("cora_compliance", Role.COMPLIANCE)
    stranger = scenes.account("dan_developer", Role.DEVELOPER)
    risks.add(model=scene.model, by=officer, said=SAID)
    for person, refusal in ((scene.abe, RoleNotHeld), (stranger, NotAMember)):
        with pytest.raises(refusal):
            risks.add(model=scene.model, by=person, said=SAID)
        with pytest.raises(refusal):
            risks.suggest(model=scene.model, by=person)


def test_who_may_change(scene: Scene) -> None:
    entry = risks.add(model=scene.model, by=scene.dora, said=SAID)
    with pytest.raises(RoleNotHeld):
        risks.revise(entry=entry, by=scene.abe, said=replace(SAID, reason="Because."))
    with pytest.raises(RoleNotHeld):
        risks.add_control(entry=entry, by=scene.abe, given=ControlGiven("design", "An alarm."))


def test_shared_hazards_are_suggested_once_however_often_asked(scene: Scene) -> None:
    risks.add(model=scene.model, by=scene.dora, said=SAID)
    made = risks.suggest(model=scene.model, by=scene.dora)
    assert [each.suggested for each in made] == list(HAZARDS)
    assert [each.number for each in made] == list(range(2, 2 + len(HAZARDS)))
    assert risks.suggest(model=scene.model, by=scene.rita) == []
    assert all(each.untouched for each in risk_register.register(scene.model) if each.entry.suggested)


def test_a_suggestion_that_somebody_revised_is_an_entry_and_is_not_suggested_again(scene: Scene) -> None:
    entry = risks.suggest(model=scene.model, by=scene.dora)[0]
    risks.revise(entry=entry, by=scene.dora, said=replace(ESTIMATED, reason="It holds here."))
    assert not risk_register.current(entry).untouched
    assert risks.suggest(model=scene.model, by=scene.dora) == []


def test_a_control_is_written_down_with_the_audit_that_shows_its_effect(scene: Scene) -> None:
    entry = risks.add(model=scene.model, by=scene.dora, said=SAID)
    today = timezone.now().date()
    given = ControlGiven("protective", "A monthly drift audit.", today, today, scene.audits[Kind.DRIFT])
    control = risks.add_control(entry=entry, by=scene.dora, given=given)
    found = risk_register.current(entry)
    assert (control.number, control.revision) == (1, 1)
    assert found.proven
    shown = risk_register.record_of(found)["controls"][0]["shown_by"]
    assert shown["result_sha256"] == scene.audits[Kind.DRIFT].result_sha256


def test_a_control_is_revised_and_withdrawn_and_its_history_stays(scene: Scene) -> None:
    entry = risks.add(model=scene.model, by=scene.dora, said=SAID)
    risks.add_control(entry=entry, by=scene.dora, given=ControlGiven("design", "A limit."))
    risks.revise_control(entry=entry, number=1, by=scene.dora, given=ControlGiven("design", "A narrower limit."))
    assert [each.text for each in risk_register.current(entry).controls] == ["A narrower limit."]
    given = ControlGiven("design", "A narrower limit.")
    risks.revise_control(entry=entry, number=1, by=scene.rita, given=given, withdrawn=True)
    assert risk_register.current(entry).controls == ()
    assert RiskControl.objects.count() == 3
    with pytest.raises(RiskControlRefused):
        risks.revise_control(entry=entry, number=1, by=scene.dora, given=given)
    with pytest.raises(RiskControlRefused):
        risks.revise_control(entry=entry, number=7, by=scene.dora, given=given)
    assert risks.add_control(entry=entry, by=scene.dora, given=given).number == 2


TODAY = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (ControlGiven("magic", "Hope."), "kind"),
        (ControlGiven("design", "  "), "text"),
        (ControlGiven("design", "x", date(2999, 1, 1)), "implemented_on"),
        (ControlGiven("design", "x", TODAY, date(2999, 1, 1)), "verified_on"),
        (ControlGiven("design", "x", None, TODAY), "verified_on"),
        (ControlGiven("design", "x", TODAY, TODAY - timedelta(days=1)), "verified_on"),
    ],
)
def test_a_control_that_cannot_be_is_refused(scene: Scene, given: ControlGiven, field: str) -> None:
    entry = risks.add(model=scene.model, by=scene.dora, said=SAID)
    with pytest.raises(RiskControlRefused) as refused:
        risks.add_control(entry=entry, by=scene.dora, given=given)
    assert refused.value.facts["field"] == field
    assert not RiskControl.objects.exists()


def test_an_audit_shows_an_effect_only_of_this_model_when_finished_and_after_the_control(scene: Scene) -> None:
    entry = risks.add(model=scene.model, by=scene.dora, said=SAID)
    today, audit = timezone.now().date(), scene.audits[Kind.BIAS]
    with pytest.raises(RiskControlRefused, match="before the risk control was in place"):
        risks.add_control(entry=entry, by=scene.dora, given=ControlGiven("design", "x", None, None, audit))
    audit.finished_at = timezone.now() - timedelta(days=3)
    with pytest.raises(RiskControlRefused, match="before the risk control was in place"):
        risks.add_control(entry=entry, by=scene.dora, given=ControlGiven("design", "x", today, None, audit))
    audit.state = JobState.RUNNING
    with pytest.raises(RiskControlRefused, match="no result"):
        risks.add_control(entry=entry, by=scene.dora, given=ControlGiven("design", "x", today, None, audit))
    other = models.register(
        by=scene.dora,
        team=scene.team,
        name="Another model",
        purpose="p",
        population="p",
        intended_users="u",
        setting="s",
        decision_role="informs",
        risk_class="low",
        jurisdictions=["EU"],
    )
    stray = risks.add(model=other, by=scene.dora, said=SAID)
    with pytest.raises(RiskControlRefused, match="another model"):
        risks.add_control(entry=stray, by=scene.dora, given=ControlGiven("design", "x", today, None, audit))


def test_a_closed_entry_takes_no_control_until_it_is_open_again(scene: Scene) -> None:
    entry = risks.add(model=scene.model, by=scene.dora, said=SAID)
    gone = replace(SAID, reason="The input is no longer used.")
    risks.revise(entry=entry, by=scene.dora, said=gone, state=RiskState.CLOSED)
    with pytest.raises(RiskClosed):
        risks.add_control(entry=entry, by=scene.dora, given=ControlGiven("design", "A limit."))
    risks.revise(entry=entry, by=scene.dora, said=replace(SAID, reason="It is used again."))
    risks.add_control(entry=entry, by=scene.dora, given=ControlGiven("design", "A limit."))
    assert risk_register.current(entry).is_open


def gone(said: Written) -> Written:
    return replace(said, reason="The input is no longer used.")


def test_a_risk_that_was_estimated_is_closed_by_somebody_who_wrote_no_part_of_it(scene: Scene) -> None:
    entry = risks.add(model=scene.model, by=scene.dora, said=ESTIMATED)
    risks.revise(entry=entry, by=scene.dora, said=replace(SAID, reason="Taken back."))
    with pytest.raises(RoleNotHeld, match="Only a reviewer or approver or compliance officer"):
        risks.revise(entry=entry, by=scene.dora, said=gone(SAID), state=RiskState.CLOSED)
    scene.rita.role_grants.create(role=Role.COMPLIANCE)
    own = risks.add(model=scene.model, by=scene.rita, said=ESTIMATED)
    with pytest.raises(OwnRisk):
        risks.revise(entry=own, by=scene.rita, said=gone(ESTIMATED), state=RiskState.CLOSED)
    risks.revise(entry=entry, by=scene.rita, said=gone(SAID), state=RiskState.CLOSED)
    assert not risk_register.current(entry).is_open


def test_a_change_to_what_somebody_did_not_see_is_refused(scene: Scene) -> None:
    entry = risks.add(model=scene.model, by=scene.dora, said=SAID)
    risks.revise(entry=entry, by=scene.rita, said=replace(ESTIMATED, reason="First."), expected=1)
    with pytest.raises(RiskMovedOn) as refused:
        risks.revise(entry=entry, by=scene.dora, said=replace(SAID, reason="Second."), expected=1)
    assert refused.value.facts["number"] == 2
    assert risk_register.current(entry).revision.reason == "First."
    risks.add_control(entry=entry, by=scene.dora, given=ControlGiven("design", "A limit."))
    risks.revise_control(entry=entry, number=1, by=scene.rita, given=ControlGiven("design", "Two."), expected=1)
    with pytest.raises(RiskMovedOn):
        risks.revise_control(entry=entry, number=1, by=scene.dora, given=ControlGiven("design", "No."), expected=1)


def test_what_is_sent_twice_under_one_id_is_kept_once(scene: Scene) -> None:
    first, second = uuid4(), uuid4()
    entry = risks.add(model=scene.model, by=scene.dora, said=SAID, pk=first)
    assert entry.pk == first
    with pytest.raises(AlreadyRecorded):
        risks.add(model=scene.model, by=scene.dora, said=SAID, pk=first)
    risks.add_control(entry=entry, by=scene.dora, given=ControlGiven("design", "A limit."), pk=second)
    with pytest.raises(AlreadyRecorded):
        risks.add_control(entry=entry, by=scene.dora, given=ControlGiven("design", "A limit."), pk=second)
    assert (RiskEntry.objects.count(), RiskControl.objects.count(), len(recorded())) == (1, 1, 2)


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_at_once_under_one_id_one_is_kept() -> None:
    scene, pk = scenes.bare(), uuid4()
    answers: list[str] = []

    def send() -> None:
        try:
            risks.add(model=scene.model, by=scene.dora, said=SAID, pk=pk)
            answers.append("recorded")
        except AlreadyRecorded:
            answers.append("already")
        finally:
            connection.close()

    threads = [Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["already", "recorded"]
    assert RiskEntry.objects.count() == 1


@pytest.mark.parametrize("table", [RiskEntry, RiskRevision, RiskControl])
def test_the_database_lets_nothing_be_written_over(scene: Scene, table: type[RiskEntry]) -> None:
    entry = risks.add(model=scene.model, by=scene.dora, said=SAID)
    risks.add_control(entry=entry, by=scene.dora, given=ControlGiven("design", "A limit."))
    for change in (lambda: table.objects.update(number=9), lambda: table.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    "change",
    [{"probability": 6, "severity": 1}, {"probability": 1}, {"residual_probability": 1, "residual_severity": 1}],
)
def test_the_database_takes_no_impossible_estimate(scene: Scene, change: dict[str, int]) -> None:
    entry = risks.add(model=scene.model, by=scene.dora, said=SAID)
    with pytest.raises(DatabaseError), transaction.atomic():
        RiskRevision.objects.create(
            entry=entry,
            number=2,
            hazard="drift",
            title="t",
            sequence="s",
            situation="s",
            harm="h",
            reason="r",
            written_by=scene.dora,
            **change,
        )
