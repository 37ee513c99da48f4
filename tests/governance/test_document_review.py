"""Who may accept a document, what exactly do they sign, and when does it count?"""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from governance.core.meanings import REJECTION, REVIEW
from governance.errors import (
    AlreadySigned,
    OwnDocument,
    ReasonMissing,
    RecordChanged,
    RevisionSuperseded,
    RoleNotHeld,
    SignLocked,
)
from governance.models.document import DocumentReview, DocumentRevision, ReviewOutcome
from governance.models.ledger import LedgerEntry
from governance.models.signature import Signature
from governance.services import document_standing, documents
from governance.services.documents import Said
from registry.core.canonical import digest
from registry.errors import PasswordWrong
from registry.models.user import Role
from tests.governance import scene as scenes
from tests.governance.document_story import REASON, begin, incoming, review, revise
from tests.governance.scene import Scene

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 1)
RETURNED = ReviewOutcome.RETURNED


@pytest.fixture
def scene(db: None) -> Scene:
    return scenes.bare(subjects=1)


@pytest.fixture
def revision(scene: Scene) -> DocumentRevision:
    return begin(scene.dora, scene.model)


def accepted_as(scene: Scene) -> tuple[str, ...]:
    return document_standing.facts_of(scene.model, today=TODAY)[0].reviewers


def reread(revision: DocumentRevision) -> DocumentRevision:
    return DocumentRevision.objects.select_related("document__model", "uploaded_by").get(pk=revision.pk)


def test_a_review_is_signed_over_the_frozen_record_and_put_on_the_ledger(
    scene: Scene, revision: DocumentRevision
) -> None:
    record = documents.frozen(reread(revision))
    made = review(scene.rita, revision, expected_sha256=digest(record))
    terms = {"outcome": "accepted", "role": "reviewer", "reason": REASON, "earlier": 0}
    signed = {**record, "terms": terms}
    assert made.signature.record == signed
    assert (made.signature.meaning, made.signature.record_sha256) == (REVIEW, digest(signed))
    assert record["revision"]["sha256"] == revision.sha256
    assert record["answers"] == {"purpose": "section 1"}
    entry = LedgerEntry.objects.get(kind="document.reviewed")
    assert (entry.object_id, entry.actor_id) == (str(made.pk), scene.rita.pk)
    assert accepted_as(scene) == ("reviewer",)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.APPROVER, Role.STEWARD, "compliance"])
def test_each_of_these_roles_may_review(role: Role, scene: Scene, revision: DocumentRevision) -> None:
    review(scenes.account("carl", role), revision, str(role))
    assert accepted_as(scene) == (str(role),)


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.AUDITOR, Role.ADMINISTRATOR, "poet"])
def test_no_other_role_may(role: str, scene: Scene, revision: DocumentRevision) -> None:
    with pytest.raises(RoleNotHeld):
        review(scenes.account("otto", Role.AUDITOR, Role.DEVELOPER), revision, str(role))
    assert not DocumentReview.objects.exists()


def test_nobody_reviews_in_a_role_that_they_do_not_hold(scene: Scene, revision: DocumentRevision) -> None:
    with pytest.raises(RoleNotHeld):
        review(scene.rita, revision, "approver")


def test_whoever_uploaded_a_document_cannot_review_it(scene: Scene) -> None:
    made = begin(scene.rita, scene.model)
    with pytest.raises(OwnDocument) as found:
        review(scene.rita, made)
    assert found.value.code == "own_document"
    assert not Signature.objects.exists()


def test_whoever_uploaded_an_earlier_revision_cannot_review_the_next(scene: Scene) -> None:
    second = revise(scene.dora, begin(scene.rita, scene.model))
    with pytest.raises(OwnDocument):
        review(scene.rita, second)
    assert review(scene.abe, second, "approver")


def test_a_revision_that_was_replaced_is_no_longer_reviewed(scene: Scene, revision: DocumentRevision) -> None:
    revise(scene.dora, revision)
    with pytest.raises(RevisionSuperseded) as found:
        review(scene.rita, revision)
    assert found.value.code == "revision_superseded"


def test_a_review_does_not_carry_over_to_the_next_revision(scene: Scene, revision: DocumentRevision) -> None:
    review(scene.rita, revision)
    revise(scene.dora, revision)
    assert accepted_as(scene) == ()


def test_a_wrong_password_signs_nothing_and_is_on_record(scene: Scene, revision: DocumentRevision) -> None:
    for _ in range(5):
        with pytest.raises(PasswordWrong):
            review(scene.rita, revision, password="wrong")
    with pytest.raises(SignLocked):
        review(scene.rita, revision)
    assert LedgerEntry.objects.filter(kind="signature.refused").count() == 5
    assert not DocumentReview.objects.exists()


def test_a_reason_is_needed(scene: Scene, revision: DocumentRevision) -> None:
    with pytest.raises(ReasonMissing):
        review(scene.rita, revision, reason="  ")


def test_another_record_than_the_one_shown_is_not_signed(scene: Scene, revision: DocumentRevision) -> None:
    with pytest.raises(RecordChanged):
        review(scene.rita, revision, expected_sha256="0" * 64)
    assert not Signature.objects.exists()


def test_the_same_review_twice_is_refused(scene: Scene, revision: DocumentRevision) -> None:
    review(scene.rita, revision)
    with pytest.raises(AlreadySigned):
        review(scene.rita, revision)


def test_a_returned_revision_is_accepted_by_nobody(scene: Scene, revision: DocumentRevision) -> None:
    made = review(scene.rita, revision, outcome=RETURNED)
    assert made.signature.meaning == REJECTION
    review(scene.abe, revision, "approver")
    assert accepted_as(scene) == ()


def test_a_persons_last_word_counts(scene: Scene, revision: DocumentRevision) -> None:
    review(scene.rita, revision)
    review(scene.rita, revision, outcome=RETURNED)
    assert accepted_as(scene) == ()
    other = begin(scene.dora, scene.model, kind="relevance", title="Relevance", said=Said(date(2026, 1, 1)))
    review(scene.rita, other, outcome=RETURNED)
    review(scene.rita, other)
    assert document_standing.facts_of(scene.model, today=TODAY)[1].reviewers == ("reviewer",)


def test_whoever_accepted_may_return_and_accept_again(scene: Scene, revision: DocumentRevision) -> None:
    for turn, outcome in enumerate([ReviewOutcome.ACCEPTED, RETURNED] * 2 + [ReviewOutcome.ACCEPTED]):
        made = review(scene.rita, revision, outcome=outcome)
        assert made.signature.record["terms"]["earlier"] == turn
        assert accepted_as(scene) == (() if outcome == RETURNED else ("reviewer",))
    assert [each.why_not for each in document_standing.judged([reread(revision)])[revision.pk]] == [""] * 5


def test_what_is_said_twice_in_a_row_is_refused_whatever_the_words(scene: Scene, revision: DocumentRevision) -> None:
    review(scene.rita, revision, outcome=RETURNED)
    with pytest.raises(AlreadySigned) as found:
        review(scene.rita, revision, outcome=RETURNED, reason="I looked again.")
    assert found.value.code == "already_signed"
    assert Signature.objects.count() == 1


def test_whoever_uploaded_an_earlier_revision_does_not_count(scene: Scene, revision: DocumentRevision) -> None:
    second = revise(scene.dora, revision)
    review(scene.rita, second)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE governance_documentrevision DISABLE TRIGGER append_only_row")
        change = "UPDATE governance_documentrevision SET uploaded_by_id = %s WHERE number = 1"
        cursor.execute(change, [scene.rita.pk])
    found = document_standing.judged([reread(second)])[second.pk]
    assert [each.why_not for each in found] == ["the reviewer uploaded it, or an earlier revision of it"]
    assert accepted_as(scene) == ()


def test_whoever_uploads_a_later_revision_still_counts_for_the_earlier(
    scene: Scene, revision: DocumentRevision
) -> None:
    review(scene.rita, revision)
    revise(scene.rita, revision, said=Said(date(2027, 1, 1)))
    assert accepted_as(scene) == ("reviewer",)


@pytest.mark.parametrize(
    ("table", "change", "why_not"),
    [
        ("documentrevision", "expires_on = '2099-01-01'", "the revision is not what the reviewer was shown"),
        ("documentrevision", "sha256 = repeat('0', 64)", "the revision is not what the reviewer was shown"),
        ("document", "kind = 'dpia'", "the revision is not what the reviewer was shown"),
        ("documentreview", "role = 'compliance'", "it is not what the reviewer put their name to"),
        ("documentreview", "reason = 'other'", "it is not what the reviewer put their name to"),
        ("documentreview", "id = gen_random_uuid()", "the ledger does not vouch for it"),
        ("signature", "record = '{}'", "the signed record was altered"),
    ],
)
def test_what_was_altered_past_the_guards_no_longer_counts(
    table: str, change: str, why_not: str, scene: Scene, revision: DocumentRevision
) -> None:
    review(scene.rita, revision)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE governance_{table} DISABLE TRIGGER append_only_row")
        cursor.execute(f"UPDATE governance_{table} SET {change}")
    found = document_standing.judged([reread(revision)])[revision.pk]
    assert [each.why_not for each in found] == [why_not]
    assert accepted_as(scene) == ()


def test_the_newest_revision_that_has_taken_effect_speaks(scene: Scene, revision: DocumentRevision) -> None:
    revise(scene.dora, revision, said=Said(date(2026, 5, 1)))
    revise(scene.dora, revision, incoming=incoming(b"later", "later.txt"), said=Said(date(2026, 12, 1)))
    assert document_standing.facts_of(scene.model, today=TODAY)[0].revision == 2
    assert document_standing.facts_of(scene.model, today=date(2026, 12, 1))[0].revision == 3
    assert document_standing.facts_of(scene.model, today=date(2025, 1, 1))[0].revision == 3


def test_the_facts_of_a_model_include_the_organisations_documents_and_no_other_models(scene: Scene) -> None:
    shared = begin(scene.stella, None, kind="qms_index", title="Quality system", said=Said(date(2026, 1, 1)))
    assert [each.kind for each in document_standing.facts_of(scene.model, today=TODAY)] == ["qms_index"]
    begin(scene.dora, scene.model)
    found = document_standing.facts_of(scene.model, today=TODAY)
    assert [(each.kind, each.answered) for each in found] == [("qms_index", ()), ("ifu", ("purpose",))]
    assert found[0].id == str(shared.pk)
