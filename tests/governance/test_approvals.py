"""What does it take to sign for a version, and what does the signature hold?"""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection
from django.utils import timezone

from audits.core.values import Kind
from governance.errors import AlreadySigned, NotReviewable, ReasonMissing, RecordChanged, SignLocked
from governance.models.approval import Approval
from governance.models.ledger import LedgerEntry
from governance.models.signature import Signature
from governance.services import approvals, signatures
from registry.core.canonical import digest
from registry.core.lifecycle import State
from registry.errors import PasswordWrong
from registry.models.dataset import LegalBasis
from registry.models.user import Role
from tests.conftest import PASSWORD
from tests.governance import scene as scenes
from tests.governance.scene import Scene

pytestmark = pytest.mark.django_db


def test_two_signatures_lead_from_submitted_to_approved() -> None:
    scene = scenes.ready()
    scene.approve(scene.rita, Role.REVIEWER)
    assert scene.version.state == State.IN_REVIEW
    scene.approve(scene.abe, Role.APPROVER)
    scene.version.refresh_from_db()
    assert scene.version.state == State.APPROVED
    kinds = list(LedgerEntry.objects.order_by("idx").values_list("kind", flat=True))[-4:]
    assert kinds == ["approval.given", "version.moved", "approval.given", "version.moved"]


def test_a_signature_holds_the_name_the_sentence_and_the_whole_record() -> None:
    scene = scenes.ready()
    shown = approvals.record_to_sign(scene.version)
    signature = scene.approve(scene.rita, Role.REVIEWER, expected_sha256=digest(shown)).signature
    assert signature.printed_name == "Rita Reviewer"
    assert signature.statement.startswith("I have examined the evidence")
    assert signature.record == shown
    assert {audit["kind"] for audit in shown["audits"]} == {kind.value for kind in Kind}
    assert shown["audits"][0]["checks"] == {"met": 1, "not_met": 0, "not_evaluable": 0}


def test_the_record_says_with_what_was_compared_on_which_legal_basis_and_against_which_plan() -> None:
    scene = scenes.ready(basis=LegalBasis.OTHER)
    reference = scenes.upload(
        scene.version, scene.dataset, scene.dora, subjects=5, name="train.csv", purpose="reference"
    )
    scene.audit(Kind.DRIFT, reference=reference)
    shown = approvals.record_to_sign(scene.version)
    compared = [audit["reference"] for audit in shown["audits"] if audit["kind"] == "drift"]
    named = {"id": str(reference.pk), "parsed_sha256": reference.parsed_sha256}
    assert sorted(compared, key=bool) == [None, named]
    assert [table["id"] for table in shown["references"]] == [str(reference.pk)]
    assert shown["tables"][0]["dataset"] == {
        "name": "Ward 3",
        "legal_basis": "other",
        "legal_basis_note": "Hospital statute, section 4.",
    }
    assert scene.plan is not None
    assert digest(shown["plan"]["document"]) == shown["plan"]["digest"] == scene.plan.digest


def test_a_record_that_changed_since_it_was_shown_is_not_signed() -> None:
    scene = scenes.ready()
    shown = digest(approvals.record_to_sign(scene.version))
    scene.audit(Kind.BIAS)
    with pytest.raises(RecordChanged) as caught:
        scene.approve(scene.rita, Role.REVIEWER, expected_sha256=shown)
    assert caught.value.facts["record_sha256"] != shown
    assert not Signature.objects.exists()


def test_the_same_record_is_signed_once_per_person() -> None:
    scene = scenes.ready()
    scene.approve(scene.rita, Role.REVIEWER)
    with pytest.raises(AlreadySigned):
        scene.approve(scene.rita, Role.REVIEWER)


def test_a_wrong_password_signs_nothing_and_stays_on_record() -> None:
    scene = scenes.ready()
    with pytest.raises(PasswordWrong):
        scene.approve(scene.rita, Role.REVIEWER, password="guess")
    assert not Approval.objects.exists()
    assert LedgerEntry.objects.filter(kind="signature.refused", actor_id=scene.rita.pk).count() == 1


def test_after_five_wrong_passwords_even_the_right_one_waits() -> None:
    scene = scenes.ready()
    for _ in range(5):
        with pytest.raises(PasswordWrong):
            signatures.confirm(by=scene.rita, password="guess")
    with pytest.raises(SignLocked):
        signatures.confirm(by=scene.rita, password=PASSWORD)
    assert LedgerEntry.objects.filter(kind="signature.refused").count() == 5
    assert signatures.confirm(by=scene.abe, password=PASSWORD).person == scene.abe
    later = timezone.now() + timedelta(minutes=16)
    with patch("governance.services.signatures.timezone.now", return_value=later):
        assert signatures.confirm(by=scene.rita, password=PASSWORD).person == scene.rita


def test_a_closed_account_cannot_sign() -> None:
    scene = scenes.ready()
    scene.rita.is_active = False
    scene.rita.save(update_fields=["is_active"])
    with pytest.raises(PasswordWrong):
        signatures.confirm(by=scene.rita, password=PASSWORD)


def test_a_reason_is_asked_for() -> None:
    with pytest.raises(ReasonMissing):
        scenes.ready().approve(reason="  ")


def test_a_draft_or_a_version_without_a_plan_is_not_signed() -> None:
    scene = scenes.bare()
    with pytest.raises(NotReviewable):
        scene.approve()
    scene.version.state = State.SUBMITTED
    scene.version.submitted_at = timezone.now()
    scene.version.save()
    with pytest.raises(NotReviewable, match="No validation plan"):
        scene.approve()


def test_a_returned_version_is_closed_for_good() -> None:
    scene = scenes.ready()
    scene.ask()
    approval = approvals.return_version(
        version=scene.version, by=scene.rita, role=Role.REVIEWER, reason="The data are too old.", password=PASSWORD
    )
    assert (approval.decision, approval.signature.meaning) == ("return", "rejection")
    assert scene.version.state == State.RETURNED
    assert "version-usable" in {reason["control"] for reason in scene.standing().reasons}
    with pytest.raises(NotReviewable):
        scene.approve(scene.abe, Role.APPROVER)


def returned(scene: Scene) -> Approval:
    return approvals.return_version(
        version=scene.version, by=scene.rita, role=Role.REVIEWER, reason="An alarm was missed.", password=PASSWORD
    )


def test_an_approved_version_is_stopped_by_one_signature() -> None:
    scene = scenes.complete()
    assert scene.ask().outcome == "allow"
    assert returned(scene).signature.meaning == "rejection"
    assert scene.version.state == State.SUSPENDED
    assert scene.standing().outcome == "deny"
    assert {reason["control"] for reason in scene.standing().reasons} == {"version-usable", "reviewed", "approved"}


def test_a_suspended_version_is_approved_again_by_two_who_know_why_it_was_stopped() -> None:
    scene = scenes.complete()
    scene.ask()
    returned(scene)
    assert approvals.record_to_sign(scene.version)["returns"][0]["reason"] == "An alarm was missed."
    scene.approve(scene.rita, Role.REVIEWER)
    assert scene.version.state == State.SUSPENDED
    scene.approve(scene.abe, Role.APPROVER)
    assert scene.version.state == State.APPROVED
    assert scene.standing().outcome == "allow"


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("governance_signature", "printed_name = 'Somebody Else'"),
        ("governance_signature", "username = 'somebody'"),
        ("governance_signature", "statement = 'I have seen nothing.'"),
        ("governance_signature", "signed_at = signed_at - interval '1 year'"),
        ("governance_approval", "reason = 'Never said.'"),
    ],
)
def test_what_is_shown_beside_a_signature_is_protected_with_it(table: str, change: str) -> None:
    scene = scenes.ready()
    approval = scene.approve(scene.rita, Role.REVIEWER)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        pk = approval.signature_id if table.endswith("signature") else approval.pk
        cursor.execute(f"UPDATE {table} SET {change} WHERE id = %s", [pk])
    messages = " ".join(reason["message"] for reason in scene.ask().reasons)
    assert "it is not what the signer put their name to" in messages


@pytest.mark.parametrize(
    ("table", "change", "why"),
    [
        (
            "governance_signature",
            "record = jsonb_set(record, '{version,number}', '9')",
            "the signed record was altered",
        ),
        ("governance_signature", "record_sha256 = repeat('0', 64)", "the signed record was altered"),
        ("governance_signature", "meaning = 'approval' || substr(meaning, 1, 0)", "put their name to"),
        ("governance_approval", "role = 'approver'", "put their name to"),
    ],
)
def test_a_signed_row_that_was_altered_no_longer_counts(table: str, change: str, why: str) -> None:
    scene = scenes.ready()
    approval = scene.approve(scene.rita, Role.REVIEWER)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        pk = approval.signature_id if table.endswith("signature") else approval.pk
        cursor.execute(f"UPDATE {table} SET {change} WHERE id = %s", [pk])
    messages = " ".join(reason["message"] for reason in scene.ask().reasons)
    assert "0 of 1 signatures as reviewer count" in messages
    if table == "governance_signature" and "meaning" not in change:
        assert why in messages


def test_an_approval_that_the_ledger_never_saw_does_not_count() -> None:
    scene = scenes.ready()
    record = approvals.record_to_sign(scene.version)
    signature = signatures.sign(
        signer=signatures.confirm(by=scene.rita, password=PASSWORD),
        meaning="review",
        record_type="version",
        record_id=scene.version.pk,
        record=record,
    )
    Approval.objects.create(
        version=scene.version,
        role="reviewer",
        decision="approve",
        reason="Slipped in.",
        plan_digest=record["plan"]["digest"],
        signature=signature,
    )
    assert "the ledger does not vouch for it" in " ".join(reason["message"] for reason in scene.ask().reasons)
