"""Who may accept what is left of a risk, when, and does an acceptance stop counting once something changes?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audits.core.values import Kind
from governance.core.meanings import SENTENCES
from governance.errors import (
    AlreadySigned,
    ReasonMissing,
    RecordChanged,
    RiskNotAcceptable,
    RiskNotReady,
    RoleNotHeld,
    SelfAcceptance,
)
from governance.models.ledger import LedgerEntry
from governance.models.risk import RegisterAcceptance, RiskAcceptance, RiskEntry, RiskState
from governance.models.signature import Signature
from governance.services import risk_acceptance, risk_register, risk_standing, risks
from governance.services.risks import ControlGiven
from registry.core.canonical import digest
from registry.errors import PasswordWrong
from registry.models.user import Role, User
from tests.conftest import PASSWORD
from tests.governance import scene as scenes
from tests.governance.core.test_risk import ESTIMATED, JUDGED, SAID
from tests.governance.scene import Scene

pytestmark = pytest.mark.django_db
WHY = "The benefit is clear and the control works."


@pytest.fixture
def scene(db: None) -> Scene:
    return scenes.ready()


def controlled(scene: Scene) -> RiskEntry:
    """A risk that is judged, with one control in place whose effect an audit shows."""
    entry = risks.add(model=scene.model, by=scene.dora, said=JUDGED)
    today = timezone.now().date()
    given = ControlGiven("protective", "A monthly drift audit.", today, today, scene.audits[Kind.DRIFT])
    risks.add_control(entry=entry, by=scene.dora, given=given)
    return entry


def accept(entry: RiskEntry, by: User, role: str = Role.REVIEWER, **changes: object) -> RiskAcceptance:
    given = {"reason": WHY, "password": PASSWORD, **changes}
    return risk_acceptance.accept(entry=entry, by=by, role=role, **given)  # type: ignore[arg-type]


def standing(entry: RiskEntry) -> list[str]:
    """Why each acceptance does not count, newest first."""
    found = risk_standing.acceptances([risk_register.current(entry)])
    return [each.why_not for each in found.get(entry.pk, ())]


def test_a_reviewer_accepts_exactly_the_frozen_record(scene: Scene) -> None:
    entry = controlled(scene)
    record = risk_register.record_of(risk_register.current(entry))
    acceptance = accept(entry, scene.rita, expected_sha256=digest(record))
    signature = acceptance.signature
    assert (signature.record, signature.record_sha256) == (record, digest(record))
    assert signature.statement == SENTENCES["acceptance"]
    assert LedgerEntry.objects.get(kind="risk.accepted").object_id == str(acceptance.pk)
    assert standing(entry) == [""]


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.APPROVER, Role.COMPLIANCE])
def test_reviewers_approvers_and_compliance_officers_may_accept(scene: Scene, role: Role) -> None:
    entry = controlled(scene)
    assert accept(entry, scenes.account("pat", role), role).role == role


def test_nobody_else_may(scene: Scene) -> None:
    entry = controlled(scene)
    auditor = scenes.account("otto", Role.AUDITOR)
    for person, role in ((auditor, Role.AUDITOR), (auditor, Role.REVIEWER), (scene.rita, Role.APPROVER)):
        with pytest.raises(RoleNotHeld):
            accept(entry, person, role)
    assert not Signature.objects.exists()


def test_who_wrote_any_part_of_it_may_not(scene: Scene) -> None:
    entry = controlled(scene)
    risks.revise(entry=entry, by=scene.rita, said=replace(JUDGED, reason="Looked at again."))
    with pytest.raises(SelfAcceptance):
        accept(entry, scene.rita)
    found = risk_register.current(entry)
    assert risk_acceptance.can_accept(scene.rita, found, Role.REVIEWER)[0] is False
    assert risk_acceptance.can_accept(scene.abe, found, Role.APPROVER) == (True, "")


def test_who_wrote_a_control_may_not(scene: Scene) -> None:
    entry = controlled(scene)
    risks.add_control(entry=entry, by=scene.rita, given=ControlGiven("information", "A leaflet."))
    with pytest.raises(SelfAcceptance):
        accept(entry, scene.rita)


def test_a_risk_that_is_not_carried_far_enough_is_not_accepted(scene: Scene) -> None:
    for said in (SAID, ESTIMATED, JUDGED):
        with pytest.raises(RiskNotReady):
            accept(risks.add(model=scene.model, by=scene.dora, said=said), scene.rita)
    grave = replace(ESTIMATED, residual_probability=3, residual_severity=4)
    entry = risks.add(model=scene.model, by=scene.dora, said=grave)
    given = ControlGiven("information", "A leaflet.", timezone.now().date())
    risks.add_control(entry=entry, by=scene.dora, given=given)
    with pytest.raises(RiskNotAcceptable):
        accept(entry, scene.rita)


def test_a_control_that_is_only_planned_is_not_in_place(scene: Scene) -> None:
    entry = risks.add(model=scene.model, by=scene.dora, said=JUDGED)
    risks.add_control(entry=entry, by=scene.dora, given=ControlGiven("design", "A limit, next year."))
    with pytest.raises(RiskNotReady):
        accept(entry, scene.rita)


def test_a_closed_risk_is_not_accepted(scene: Scene) -> None:
    entry = controlled(scene)
    risks.revise(entry=entry, by=scene.rita, said=replace(JUDGED, reason="Gone."), state=RiskState.CLOSED)
    with pytest.raises(RiskNotReady):
        accept(entry, scene.rita)


def test_a_reason_and_the_right_password_are_needed(scene: Scene) -> None:
    entry = controlled(scene)
    with pytest.raises(ReasonMissing):
        accept(entry, scene.rita, reason=" ")
    with pytest.raises(PasswordWrong):
        accept(entry, scene.rita, password="wrong")
    assert not RiskAcceptance.objects.exists()


def test_what_changed_since_it_was_shown_is_not_signed(scene: Scene) -> None:
    entry = controlled(scene)
    shown = digest(risk_register.record_of(risk_register.current(entry)))
    risks.add_control(entry=entry, by=scene.dora, given=ControlGiven("information", "A leaflet."))
    with pytest.raises(RecordChanged):
        accept(entry, scene.rita, expected_sha256=shown)


def test_the_same_record_is_not_signed_twice(scene: Scene) -> None:
    entry = controlled(scene)
    accept(entry, scene.rita)
    with pytest.raises(AlreadySigned):
        accept(entry, scene.rita)


def test_an_acceptance_stops_counting_once_the_risk_changes(scene: Scene) -> None:
    entry = controlled(scene)
    accept(entry, scene.rita)
    risks.revise(entry=entry, by=scene.dora, said=replace(JUDGED, reason="Another look."))
    assert standing(entry) == [risk_standing.CHANGED]
    accept(entry, scene.abe, Role.APPROVER)
    assert standing(entry) == ["", risk_standing.CHANGED]


def test_an_acceptance_stops_counting_once_a_control_changes(scene: Scene) -> None:
    entry = controlled(scene)
    accept(entry, scene.rita)
    given = ControlGiven("protective", "A monthly drift audit.")
    risks.revise_control(entry=entry, number=1, by=scene.dora, given=given, withdrawn=True)
    assert standing(entry) == [risk_standing.CHANGED]


def test_an_acceptance_stops_counting_once_its_signer_writes_on_the_risk(scene: Scene) -> None:
    entry = controlled(scene)
    accept(entry, scene.rita)
    risks.revise(entry=entry, by=scene.rita, said=replace(JUDGED, reason="Another look."))
    assert standing(entry) == [risk_standing.OWN_WORK]


@contextmanager
def unguarded(table: str) -> Iterator[None]:
    """As the owner of the tables could."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only_row")
        yield
        cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_row")


def test_a_row_that_was_altered_in_the_database_does_not_count(scene: Scene) -> None:
    entry = controlled(scene)
    accept(entry, scene.rita)
    with unguarded("governance_riskacceptance"):
        RiskAcceptance.objects.update(reason="Something else.")
    assert standing(entry) == [risk_standing.ALTERED]


def test_a_signed_record_that_was_altered_does_not_count(scene: Scene) -> None:
    entry = controlled(scene)
    accept(entry, scene.rita)
    with unguarded("governance_signature"):
        Signature.objects.update(record={"type": "risk"})
    assert standing(entry) == ["the signed record was altered"]


def test_an_acceptance_that_no_service_made_does_not_count(scene: Scene) -> None:
    entry = controlled(scene)
    signature = accept(entry, scene.rita).signature
    copied = {name: getattr(signature, name) for name in ("printed_name", "username", "statement", "record_type")}
    forged = Signature.objects.create(
        signer=scene.abe,
        meaning="acceptance",
        record_id=entry.pk,
        record=signature.record,
        record_sha256=signature.record_sha256,
        signed_at=timezone.now(),
        **copied,
    )
    RiskAcceptance.objects.create(entry=entry, role="approver", reason=WHY, signature=forged)
    assert standing(entry) == ["the ledger does not vouch for it", ""]


def accept_all(scene: Scene, **changes: object) -> RegisterAcceptance:
    given = {"by": scene.rita, "role": Role.REVIEWER, "reason": WHY, "password": PASSWORD, **changes}
    return risk_acceptance.accept_register(model=scene.model, **given)  # type: ignore[arg-type]


def register_standing(scene: Scene) -> list[str]:
    entries = risk_register.register(scene.model)
    return [each.why_not for each in risk_standing.register_acceptances(scene.model, entries)]


def test_the_whole_register_is_accepted_once_each_risk_is(scene: Scene) -> None:
    with pytest.raises(RiskNotReady, match="no open entry"):
        accept_all(scene)
    first, second = controlled(scene), controlled(scene)
    accept(first, scene.rita)
    with pytest.raises(RiskNotReady, match="these are not: 2"):
        accept_all(scene)
    accept(second, scene.abe, Role.APPROVER)
    acceptance = accept_all(scene)
    assert acceptance.signature.record["overall_after_controls"] == "as_low_as_possible"
    assert register_standing(scene) == [""]


def test_who_wrote_one_of_the_risks_does_not_accept_the_register(scene: Scene) -> None:
    scene.dora.role_grants.create(role=Role.REVIEWER)
    author = User.objects.get(pk=scene.dora.pk)
    accept(controlled(scene), scene.rita)
    with pytest.raises(SelfAcceptance):
        accept_all(scene, by=author)
    with pytest.raises(RoleNotHeld):
        accept_all(scene, by=scene.stella, role=Role.STEWARD)
    with pytest.raises(ReasonMissing):
        accept_all(scene, reason="")
    entries = risk_register.register(scene.model)
    assert risk_acceptance.can_accept_register(author, entries, Role.REVIEWER)[0] is False
    assert risk_acceptance.can_accept_register(scene.rita, entries, Role.REVIEWER) == (True, "")


def test_a_further_risk_ends_the_acceptance_of_the_register(scene: Scene) -> None:
    accept(controlled(scene), scene.rita)
    accept_all(scene)
    risks.add(model=scene.model, by=scene.dora, said=SAID)
    assert register_standing(scene) == [risk_standing.REGISTER_CHANGED]


@pytest.mark.parametrize("table", [RiskAcceptance, RegisterAcceptance])
def test_the_database_keeps_acceptances_as_they_were_made(scene: Scene, table: type[RiskAcceptance]) -> None:
    accept(controlled(scene), scene.rita)
    accept_all(scene)
    for change in (lambda: table.objects.update(reason="x"), lambda: table.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_the_facts_say_how_far_each_open_risk_is_carried(scene: Scene) -> None:
    entry = controlled(scene)
    accept(entry, scene.rita)
    risks.suggest(model=scene.model, by=scene.dora)
    gone = risks.add(model=scene.model, by=scene.dora, said=SAID)
    risks.revise(entry=gone, by=scene.dora, said=replace(SAID, reason="Gone."), state=RiskState.CLOSED)
    (fact,) = risk_standing.facts_of(scene.model)
    assert (fact.hazard, fact.characteristics) == ("drift", ("validity",))
    assert (fact.estimated, fact.controls, fact.proven) == (True, 1, True)
    assert (fact.residual, fact.accepted_by) == ("as_low_as_possible", "Rita Reviewer")


def test_the_facts_say_who_accepted_the_register_as_long_as_the_signature_stands(scene: Scene) -> None:
    entry = controlled(scene)
    accept(entry, scene.rita)
    assert risk_standing.section_of(scene.model, scene.version, now=timezone.now())["register_accepted_by"] == ""
    accept_all(scene)
    told = risk_standing.section_of(scene.model, scene.version, now=timezone.now())
    assert told["register_accepted_by"] == "Rita Reviewer"
    (fact,) = told["risks"]
    assert fact.recorded_at == risk_register.current(entry).revision.created_at
    risks.add(model=scene.model, by=scene.dora, said=SAID)
    assert risk_standing.section_of(scene.model, scene.version, now=timezone.now())["register_accepted_by"] == ""
