"""What does the gate say, and does it say it in time?"""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from audits.core.values import Kind, Verdict
from governance import ledger
from governance.core import dsse
from governance.core.entry import decode
from governance.errors import NoPack, NotReviewable, UnknownEnvironment
from governance.keys import gate_public_key
from governance.models.decision import GateDecision
from governance.models.ledger import LedgerEntry
from governance.models.pack import PackAdoption, PolicyPack
from governance.services import gate, waivers
from registry.core.lifecycle import State
from registry.core.strict_json import loads
from registry.models.dataset import LegalBasis
from registry.services import versions
from tests.conftest import PASSWORD
from tests.governance import scene as scenes
from tests.governance.scene import Scene

pytestmark = pytest.mark.django_db


def codes(decision: GateDecision) -> set[tuple[str, str]]:
    return {(reason["code"], reason["control"]) for reason in decision.reasons}


def unguarded(table: str) -> None:
    """What only the database's owner can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def said(scene: Scene, *, after: timedelta = timedelta(0)) -> tuple[str, set[str]]:
    found = gate.answer(version=scene.version, environment="production", now=timezone.now() + after)
    return str(found.outcome), {reason.code for reason in found.reasons}


def test_a_complete_version_is_allowed_with_a_signed_statement() -> None:
    scene = scenes.complete()
    decision = scene.ask()
    assert (decision.outcome, decision.reasons, decision.number) == ("allow", [], 1)
    statement = loads(dsse.verify(decision.envelope, gate_public_key()))
    assert statement["predicate"]["verificationResult"] == "PASSED"
    assert statement["predicate"]["verifiedLevels"] == ["ORG_GATE_PROD"]
    assert said(scene) == ("allow", set())


def test_a_decision_is_the_last_thing_in_the_ledger_and_its_bytes_are_committed_to() -> None:
    decision = scenes.complete().ask()
    entry = decode(bytes(LedgerEntry.objects.order_by("-idx")[0].entry))
    assert (entry.kind, entry.object_id) == ("gate.decision", str(decision.pk))
    payload = dsse.verify(decision.envelope, gate_public_key())
    assert entry.object_sha256 == hashlib.sha256(payload).hexdigest()
    assert ledger.verify().ok


def test_an_empty_version_is_denied_with_all_reasons_at_once() -> None:
    decision = scenes.bare().ask()
    assert decision.outcome == "deny"
    assert codes(decision) == {
        ("control_not_met", "plan-beforehand"),
        ("control_not_evaluable", "validation-audit"),
        ("control_not_evaluable", "bias-audit"),
        ("control_not_evaluable", "drift-audit"),
        ("control_not_evaluable", "quality-audit"),
        ("control_not_evaluable", "discrimination-minimum"),
        ("control_not_evaluable", "calibration-sane"),
        ("control_not_met", "consent-coverage"),
        ("control_not_met", "reviewed"),
        ("control_not_met", "approved"),
    }
    assert all(reason["message"] and reason["remedy"] for reason in decision.reasons)


def test_staging_asks_for_everything_but_the_signatures() -> None:
    scene = scenes.ready()
    assert scene.ask("staging").outcome == "allow"
    assert codes(scene.ask("production")) == {("control_not_met", "reviewed"), ("control_not_met", "approved")}


def test_decisions_are_numbered_per_environment() -> None:
    scene = scenes.ready()
    assert [scene.ask("staging").number, scene.ask("production").number, scene.ask("staging").number] == [1, 1, 2]


def test_an_audit_under_an_earlier_plan_does_not_count() -> None:
    scene = scenes.complete()
    scene.ask()
    later = scenes.upload(scene.version, scene.dataset, scene.dora, subjects=20, name="later.csv")
    scene.replan(seed=7)
    decision = scene.standing()
    assert decision.because == "a validation plan was frozen"
    assert {("control_not_met", "validation-audit"), ("control_not_met", "reviewed")} <= codes(decision)
    assert any("under an earlier plan does not count" in reason["message"] for reason in decision.reasons)
    assert any("another validation plan" in reason["message"] for reason in decision.reasons)
    assert any(later.file_name in reason["message"] for reason in decision.reasons)


def test_a_new_table_that_nobody_audited_closes_the_gate_at_once() -> None:
    scene = scenes.complete()
    assert scene.ask().outcome == "allow"
    scenes.upload(scene.version, scene.dataset, scene.dora, subjects=20, name="later.csv")
    assert said(scene)[0] == "deny"
    assert scene.standing().number == 2


def test_a_plan_without_a_criterion_for_an_audit_cannot_pass_it() -> None:
    scene = scenes.bare()
    scene.freeze(criteria=scenes.PLAN["criteria"][:1])
    messages = [reason["message"] for reason in scene.ask().reasons]
    assert "Plan 1 sets no criterion for the bias audit." in messages


def test_a_finding_denies_and_names_its_check() -> None:
    scene = scenes.complete()
    scene.ask()
    scene.audit(Kind.BIAS, verdict=Verdict.NOT_EVALUABLE)
    scene.sign_both()
    assert codes(scene.standing()) == {("control_not_evaluable", "bias-audit")}
    assert "gap. As measured." in scene.standing().reasons[0]["message"]


def test_a_result_that_no_signer_has_seen_asks_for_new_signatures() -> None:
    scene = scenes.complete()
    assert scene.ask().outcome == "allow"
    table = scenes.upload(scene.version, scene.dataset, scene.dora, subjects=20, name="next-month.csv")
    for kind in Kind:
        scene.audit(kind, table=table)
    decision = scene.standing()
    assert {control for _, control in codes(decision)} == {"reviewed", "approved"}
    assert "the signer had not seen its result" in decision.reasons[0]["message"]
    scene.sign_both()
    assert scene.standing().outcome == "allow"


def test_nobody_signs_before_the_demanded_audits_have_results() -> None:
    scene = scenes.bare()
    scene.freeze()
    scene.version = versions.submit(by=scene.dora, version=scene.version)
    scene.audit(Kind.VALIDATION)
    with pytest.raises(NotReviewable, match="bias of"):
        scene.approve()


def test_a_measure_below_the_pack_s_bound_denies_whatever_the_plan_says() -> None:
    scene = scenes.complete()
    scene.audit(Kind.VALIDATION)
    scene.sign_both()
    unguarded("audits_measurementrow")
    scene.audits[Kind.VALIDATION].measurements.filter(measure="auroc").update(low=0.55)
    assert codes(scene.ask()) == {("control_not_evaluable", "discrimination-minimum")}


def test_a_withdrawal_turns_allow_into_deny_in_the_same_transaction() -> None:
    scene = scenes.complete()
    assert scene.ask().outcome == "allow"
    scene.withdraw("p1")
    assert scene.standing().outcome == "allow"  # 19 of 20 is the 95% that the pack asks for
    scene.withdraw("p2")
    assert codes(scene.standing()) == {("control_not_met", "consent-coverage")}
    kinds = list(LedgerEntry.objects.order_by("-idx").values_list("kind", flat=True)[:2])
    assert kinds == ["gate.decision", "consent.withdrawn"]


def test_another_legal_basis_makes_consent_not_applicable_with_its_note() -> None:
    scene = scenes.complete(basis=LegalBasis.OTHER)
    decision = scene.ask()
    control = next(each for each in decision.assessment if each["id"] == "consent-coverage")
    assert decision.outcome == "allow"
    assert control["status"] == "not_applicable"
    assert "Not consent-based: Hospital statute, section 4." in control["reason"]


def test_a_table_without_subjects_cannot_show_consent() -> None:
    scene = scenes.complete(subjects=0)
    assert codes(scene.ask()) == {("control_not_evaluable", "consent-coverage")}


def test_a_decision_lasts_a_day_and_no_longer_than_the_first_consent_that_it_counts() -> None:
    scene = scenes.bare()
    scene.freeze()
    scene.version = versions.submit(by=scene.dora, version=scene.version)
    scene.audit_all()
    ends = timezone.now() + timedelta(hours=2)
    scene.consent(*(f"p{number}" for number in range(20)), valid_to=ends)
    scene.sign_both()
    assert scene.ask().valid_until == ends
    assert said(scene, after=timedelta(hours=3)) == ("deny", {"decision_expired"})


def test_a_waiver_carries_the_decision_and_lapses_by_itself() -> None:
    scene = scenes.complete()
    check = scene.audit(Kind.DRIFT, verdict=Verdict.NOT_EVALUABLE)
    scene.sign_both()
    assert scene.ask().outcome == "deny"
    ends = timezone.now() + timedelta(hours=1)
    waivers.waive(
        check=check,
        by=scene.abe,
        reason="Few patients so far; more follow in a month.",
        compensating_measure="",
        expires_at=ends,
        password=PASSWORD,
    )
    decision = scene.standing()
    assert (decision.outcome, decision.valid_until) == ("allow", ends)
    assert next(each for each in decision.assessment if each["id"] == "drift-audit")["status"] == "waived"
    late = gate.assessed(version=scene.version, environment="production", now=ends + timedelta(seconds=1))
    drift = next(each for each in late if each.id == "drift-audit")
    assert drift.status == "not_evaluable"
    assert "lapsed" in drift.reason


def test_a_version_that_was_never_judged_is_denied() -> None:
    assert said(scenes.bare()) == ("deny", {"never_decided"})


def test_a_decision_that_ran_out_is_denied_and_keeps_its_reasons() -> None:
    scene = scenes.ready()
    scene.ask()
    assert said(scene, after=timedelta(hours=25)) == ("deny", {"control_not_met", "decision_expired"})


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "allow", "reasons": []},
        {"valid_until": timezone.now() + timedelta(days=900)},
        {"environment": "staging"},
        {"envelope": {"payload": "e30=", "payloadType": dsse.IN_TOTO, "signatures": []}},
    ],
)
def test_a_decision_that_was_altered_in_the_database_is_denied(change: dict[str, object]) -> None:
    scene = scenes.ready()
    decision = scene.ask()
    unguarded("governance_gatedecision")
    GateDecision.objects.filter(pk=decision.pk).update(**change)
    found = gate.answer(
        version=scene.version, environment=str(change.get("environment", "production")), now=timezone.now()
    )
    assert found.outcome == "deny"
    assert "decision_tampered" in {reason.code for reason in found.reasons}


def test_a_suspended_version_is_denied_at_once() -> None:
    scene = scenes.complete()
    assert scene.ask().outcome == "allow"
    scene.version.refresh_from_db()
    versions.move(version=scene.version, to=State.SUSPENDED, by=scene.abe, reason="An incident.")
    assert codes(scene.standing()) == {("control_not_met", "version-usable")}


def test_allowances_are_renewed_before_they_run_out_and_denials_are_left_alone() -> None:
    scene = scenes.complete()
    scene.ask()
    scene.ask("staging")
    assert gate.redecide_due(timezone.now()) == 0
    assert gate.redecide_due(timezone.now() + timedelta(hours=23, minutes=56)) == 2
    scene.withdraw("p1")
    scene.withdraw("p2")
    assert gate.redecide_due(timezone.now() + timedelta(days=3)) == 0


def test_what_rests_on_evidence_is_looked_at_again_only_when_that_ran_out() -> None:
    scene = scenes.bare()
    scene.freeze()
    scene.audit_all()
    scene.consent(*(f"p{number}" for number in range(20)), valid_to=timezone.now() + timedelta(hours=2))
    assert scene.ask("staging").outcome == "allow"
    assert gate.redecide_due(timezone.now() + timedelta(minutes=118)) == 0
    assert gate.redecide_due(timezone.now() + timedelta(minutes=121)) == 1


def test_an_unknown_environment_and_a_missing_pack_are_refused() -> None:
    scene = scenes.bare()
    with pytest.raises(UnknownEnvironment):
        scene.ask("the moon")
    unguarded("governance_policypack")
    PackAdoption.objects.all().delete()
    PolicyPack.objects.all().delete()
    with pytest.raises(NoPack):
        scene.ask()


def test_the_number_of_queries_does_not_grow_with_the_evidence(django_assert_max_num_queries: object) -> None:
    scene = scenes.complete()
    for number in range(3):
        table = scenes.upload(scene.version, scene.dataset, scene.dora, subjects=20, name=f"{number}.csv")
        for kind in Kind:
            scene.audit(kind, table=table)
    scene.sign_both()
    with django_assert_max_num_queries(45):  # type: ignore[operator]
        assert scene.ask().outcome == "allow"
