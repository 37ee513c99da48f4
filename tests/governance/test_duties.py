"""Who may not sign, however many roles they hold?"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from django.utils import timezone

from audits.core.values import Kind, Verdict
from governance import history, permissions
from governance.core.duties import CONTRIBUTIONS
from governance.errors import RoleNotHeld, SamePersonSigned, SelfApproval, SelfWaiver
from governance.models.ledger import LedgerEntry
from governance.services import consents, gate, plans, risks, training, waivers
from governance.services.documents import Said
from governance.web.gather import dashboard
from registry.models.user import Role, RoleGrant, User
from registry.services import datasets, sites, teams, users
from tests.conftest import PASSWORD
from tests.governance import document_story as papers
from tests.governance import scene as scenes
from tests.governance.core.change_story import MONITORING
from tests.governance.scene import PURPOSE, Scene

pytestmark = pytest.mark.django_db


def give(user: User, *roles: Role) -> User:
    for role in roles:
        RoleGrant.objects.get_or_create(user=user, role=role)
    user.__dict__.pop("_role_names", None)
    return user


def test_the_maker_of_a_version_can_neither_review_nor_approve_nor_return_it() -> None:
    scene = scenes.ready()
    dora = give(scene.dora, Role.REVIEWER, Role.APPROVER)
    for role in (Role.REVIEWER, Role.APPROVER):
        with pytest.raises(SelfApproval):
            scene.approve(dora, role)
        assert permissions.can_return(dora, scene.version, role)[0] is False


def test_who_registered_the_training_data_is_a_maker_too() -> None:
    scene = scenes.ready()
    other = give(scenes.account("olga_other", Role.DEVELOPER), Role.REVIEWER)
    teams.add_member(by=scene.abe, team=scene.team, user=other)
    dataset = datasets.register(
        by=other, team=scene.team, name="Ward 9", description="d", origin="o", legal_basis="consent"
    )
    assert permissions.can_approve(other, scene.version, Role.REVIEWER) == (True, "")
    scene.version.training_dataset = dataset
    scene.version.save(update_fields=["training_dataset"])
    with pytest.raises(SelfApproval):
        scene.approve(other, Role.REVIEWER)


def test_a_team_member_who_did_nothing_may_review() -> None:
    scene = scenes.ready()
    teams.add_member(by=scene.abe, team=scene.team, user=scene.rita)
    assert scene.approve(scene.rita, Role.REVIEWER).role == "reviewer"


def test_asking_the_gate_or_for_an_audit_makes_nobody_a_maker() -> None:
    scene = scenes.ready()
    gate.decide(version=scene.version, environment="production", by=scene.rita, because="curiosity")
    assert permissions.can_approve(scene.rita, scene.version, Role.REVIEWER) == (True, "")
    assert not CONTRIBUTIONS & {"gate.decision", "audit.requested", "audit.succeeded"}


def test_one_person_cannot_sign_both_review_and_approval() -> None:
    scene = scenes.ready()
    both = give(scene.rita, Role.APPROVER)
    scene.approve(both, Role.REVIEWER)
    with pytest.raises(SamePersonSigned):
        scene.approve(both, Role.APPROVER)


def test_the_role_must_be_held_and_a_superuser_holds_none_by_right() -> None:
    scene = scenes.ready()
    root = User.objects.create_superuser("root", "root@example.org", PASSWORD, full_name="Root")
    for person, role in ((scene.abe, Role.REVIEWER), (root, Role.APPROVER), (scene.rita, Role.DEVELOPER)):
        with pytest.raises(RoleNotHeld):
            scene.approve(person, role)


def test_a_role_that_was_taken_away_no_longer_signs() -> None:
    scene = scenes.ready()
    users.set_roles(by=scene.abe, user=scene.rita, roles=[])
    with pytest.raises(RoleNotHeld):
        scene.approve(scene.rita, Role.REVIEWER)


def test_the_maker_cannot_waive_a_finding() -> None:
    scene = scenes.ready()
    check = scene.audit(Kind.BIAS, verdict=Verdict.NOT_EVALUABLE)
    with pytest.raises(SelfWaiver):
        waivers.waive(
            check=check,
            by=give(scene.dora, Role.APPROVER),
            reason="I am quite sure that this is fine.",
            compensating_measure="",
            expires_at=timezone.now() + timedelta(days=1),
            password=PASSWORD,
        )


def test_who_contributes_after_approving_takes_their_approval_away() -> None:
    scene = scenes.complete()
    assert scene.ask().outcome == "allow"
    table = scenes.upload(scene.version, scene.dataset, scene.abe, subjects=20, name="by-the-approver.csv")
    for kind in Kind:
        scene.audit(kind, table=table)
    scene.approve(scene.rita, Role.REVIEWER)
    decision = scene.standing()
    assert {reason["control"] for reason in decision.reasons} == {"approved"}
    assert "the signer contributed to the version" in decision.reasons[0]["message"]


def test_the_ledger_decides_even_when_the_version_names_somebody_else() -> None:
    scene: Scene = scenes.ready()
    give(scene.dora, Role.REVIEWER)
    scene.version.submitted_by = scene.rita
    scene.version.save(update_fields=["submitted_by"])
    assert permissions.can_approve(scene.dora, scene.version, Role.REVIEWER)[0] is False
    assert permissions.can_approve(scene.rita, scene.version, Role.REVIEWER)[0] is True
    assert LedgerEntry.objects.filter(kind="version.created", actor_id=scene.dora.pk).exists()


def consented(by: User, *pseudonyms: str, status: str = "active") -> None:
    said = {"purpose": PURPOSE, "status": status, "valid_from": "2026-01-01"}
    records = [{"pseudonym": pseudonym, **said} for pseudonym in pseudonyms]
    consents.import_records(by=by, source="desk", content=json.dumps(records).encode())


def test_who_imported_the_consents_of_its_patients_is_a_maker_too() -> None:
    scene = scenes.ready()
    steward = scenes.account("sam_steward", Role.STEWARD, Role.REVIEWER)
    consented(steward, "somebody else")
    assert permissions.can_approve(steward, scene.version, Role.REVIEWER) == (True, "")
    assert scene.version in [row for row, _ in dashboard.waiting_for(steward)]
    consented(steward, "p0")
    with pytest.raises(SelfApproval):
        scene.approve(steward, Role.REVIEWER)
    assert dashboard.waiting_for(steward) == []


def test_who_only_recorded_withdrawals_is_no_maker() -> None:
    scene = scenes.bare()
    scene.withdraw("p0")
    consented(scene.stella, "p1", status="withdrawn")
    assert scene.stella.pk not in history.makers_of(scene.version)


def test_importers_are_found_with_one_query_for_any_number_of_versions(
    django_assert_num_queries: Callable[..., AbstractContextManager[object]],
) -> None:
    scene = scenes.bare()
    consented(scene.stella, "p0", "p1")
    with django_assert_num_queries(1):
        assert history.importers([scene.version.pk]) == {(scene.version.pk, scene.stella.pk)}


def makers(scene: Scene) -> set[str]:
    return {each.username for each in User.objects.filter(pk__in=history.makers_of(scene.version))}


def test_who_wrote_what_is_kept_of_the_model_is_a_maker_too() -> None:
    scene = scenes.ready()
    names = ("petra_plans", "rosa_risks", "dirk_documents", "timo_training", "resa_records")
    petra, rosa, dirk, timo, resa = (scenes.account(name, Role.DEVELOPER, Role.COMPLIANCE) for name in names)
    teams.add_member(by=scene.abe, team=scene.team, user=petra)
    plans.freeze(by=petra, model=scene.model, kind="monitoring", document=MONITORING)
    risks.add(model=scene.model, by=rosa, said=risks.suggestion("drift"))
    papers.begin(dirk, scene.model)
    north = sites.create(by=timo, name="North", jurisdiction="EU")
    training.import_roster(by=timo, site=north, model=scene.model, content=b"person,name,role\n1,Ann,Nurse\n")
    records = b"person,course,course_version,completed_on,valid_until\n1,ai_literacy,1,2026-01-01,\n"
    training.import_records(by=resa, site=north, content=records)
    assert makers(scene) >= set(names)
    give(rosa, Role.REVIEWER)
    with pytest.raises(SelfApproval):
        scene.approve(rosa, Role.REVIEWER)


def test_who_writes_of_another_model_or_of_the_whole_organisation_is_none() -> None:
    scene = scenes.ready()
    olga = scenes.account("olga_other", Role.COMPLIANCE)
    papers.begin(olga, None, kind="ai_policy", title="Policy", said=Said(date(2026, 1, 15)))
    south = sites.create(by=olga, name="South", jurisdiction="EU")
    records = b"person,course,course_version,completed_on,valid_until\n1,ai_literacy,1,2026-01-01,\n"
    training.import_records(by=olga, site=south, content=records)
    assert "olga_other" not in makers(scene)


def test_finding_the_makers_costs_the_same_however_much_is_kept(
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    scene = scenes.ready()
    for hazard in ("drift", "leakage"):
        risks.add(model=scene.model, by=scene.dora, said=risks.suggestion(hazard))
    with django_assert_num_queries(4):
        history.makers_of(scene.version)
