"""Reviewing a document: somebody else reads it and puts their name to having accepted or returned it."""

from __future__ import annotations

from governance import document_permissions, recording
from governance.core.document import moment
from governance.core.facts import Section
from governance.core.meanings import REJECTION, REVIEW
from governance.errors import AlreadySigned, ReasonMissing
from governance.ledger import Fact
from governance.models.document import Document, DocumentReview, DocumentRevision, ReviewOutcome
from governance.models.signature import Signature
from governance.services import documents, signatures
from governance.services.assessment_touch import touch
from governance.services.signatures import Confirmed
from registry.core.canonical import digest
from registry.models.user import User

REVIEWED = "document.reviewed"
MEANING_OF = {ReviewOutcome.ACCEPTED: REVIEW, ReviewOutcome.RETURNED: REJECTION}
REVISIONS = DocumentRevision.objects.select_related("document__model__team", "uploaded_by")


def review(
    *,
    revision: DocumentRevision,
    by: User,
    role: str,
    outcome: ReviewOutcome,
    reason: str,
    password: str,
    expected_sha256: str | None = None,
) -> DocumentReview:
    """Accept or return a revision, in one of the person's roles. expected_sha256: of `documents.frozen`.

    Whoever accepted may return later, and accept again; saying twice in a row the same is refused.
    Raises: ReasonMissing, RoleNotHeld, OwnDocument, RevisionSuperseded, PasswordWrong, SignLocked, RecordChanged,
    AlreadySigned.
    """
    if not reason.strip():
        raise ReasonMissing("Say in a sentence why; it stands beside the signature.")
    document_permissions.check_can_review(by, revision, role)
    signer = signatures.confirm(by=by, password=password)
    with recording.together():
        # No revision may arrive between the check and the signature.
        Document.objects.select_for_update(of=("self",)).get(pk=revision.document_id)
        found = REVISIONS.get(pk=revision.pk)
        document_permissions.check_can_review(by, found, role)
        made = DocumentReview(revision=found, reviewer=by, role=role, outcome=outcome, reason=reason.strip())
        made.signature = _signed(made, signer, expected_sha256)
        made.save(force_insert=True)
        body = stated(made)
        recording.record(Fact(REVIEWED, "document_review", str(made.pk), body, by, None, digest(body)))
        touch({Section.DOCUMENTS}, model=found.document.model_id)
    return made


def _signed(made: DocumentReview, signer: Confirmed, expected_sha256: str | None) -> Signature:
    """Over the revision, and what this person says of it: without the latter, nobody could accept it again."""
    record = documents.frozen(made.revision)
    signatures.check_unchanged(digest(record), expected_sha256)
    before = made.revision.reviews.filter(reviewer=made.reviewer).order_by("created_at")
    if (last := before.last()) is not None and last.outcome == made.outcome:
        raise AlreadySigned(f"You have {last.get_outcome_display().lower()} this revision already.")
    return signatures.sign(
        signer=signer,
        meaning=MEANING_OF[ReviewOutcome(made.outcome)],
        record_type="document",
        record_id=made.revision_id,
        record={**record, "terms": terms_of(made, earlier=before.count())},
    )


def terms_of(row: DocumentReview, *, earlier: int) -> dict[str, object]:
    """What the signed record says beside the revision. earlier: how often this person reviewed it before."""
    return {"outcome": str(row.outcome), "role": str(row.role), "reason": row.reason, "earlier": earlier}


def stated(row: DocumentReview) -> dict[str, object]:
    """What the row states; the ledger's entry carries it, and its digest."""
    signature = row.signature
    return {
        "revision": str(row.revision_id),
        "role": str(row.role),
        "outcome": str(row.outcome),
        "reason": row.reason,
        "signature": str(signature.pk),
        "signer": str(signature.signer_id),
        "username": signature.username,
        "printed_name": signature.printed_name,
        "meaning": str(signature.meaning),
        "statement": signature.statement,
        "signed_at": moment(signature.signed_at),
        "record_sha256": signature.record_sha256,
    }
