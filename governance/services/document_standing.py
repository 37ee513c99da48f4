"""Which revision of each document speaks now, and whose reviews of it still stand?

A review stands while four witnesses agree: its row, the signed record under its digest, the revision as it is now, and
the ledger entry that was written when the person signed. Whoever both accepted and returned is taken by their last
word; while somebody's last word is "returned", nobody's acceptance counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from governance import document_permissions, history
from governance.core import facts
from governance.history import Voucher
from governance.models.document import Document, DocumentReview, DocumentRevision, ReviewOutcome
from governance.services import document_review, documents, witnesses
from registry.models.model import Model

ALTERED = "it is not what the reviewer put their name to"


@dataclass(frozen=True, slots=True)
class Judged:
    """A review. why_not: "" while it stands, otherwise why it does not. last: the person's last word on it."""

    review: DocumentReview
    why_not: str
    last: bool

    @property
    def counts(self) -> bool:
        return self.last and not self.why_not


def current(revisions: Iterable[DocumentRevision], *, today: date) -> DocumentRevision:
    """The newest revision that has taken effect; where none has, the newest. revisions: at least one."""
    newest_first = sorted(revisions, key=lambda each: -each.number)
    return next((each for each in newest_first if each.effective_from <= today), newest_first[0])


def judged(revisions: Iterable[DocumentRevision]) -> dict[UUID, list[Judged]]:
    """The reviews of each revision, oldest first; revisions are read with document, model and uploader."""
    by_id = {each.pk: each for each in revisions}
    rows = list(DocumentReview.objects.select_related("signature").filter(revision__in=by_id).order_by("created_at"))
    known = history.vouchers(document_review.REVIEWED, (str(row.pk) for row in rows)) if rows else {}
    uploaders = document_permissions.uploaders_of(by_id[row.revision_id] for row in rows)
    last = {(row.revision_id, row.reviewer_id): row.pk for row in rows}
    found: dict[UUID, list[Judged]] = {pk: [] for pk in by_id}
    for row in rows:
        before = found[row.revision_id]
        why_not = _why_not(row, by_id[row.revision_id], known.get(str(row.pk)), [each.review for each in before])
        if not why_not and row.reviewer_id in uploaders[row.revision_id]:
            why_not = "the reviewer uploaded it, or an earlier revision of it"
        before.append(Judged(row, why_not, last[row.revision_id, row.reviewer_id] == row.pk))
    return found


def reviewers(found: Iterable[Judged]) -> tuple[str, ...]:
    """The roles in which the revision is accepted; none while somebody returned it."""
    found = list(found)
    if returned(found):
        return ()
    return tuple(sorted({str(each.review.role) for each in found if each.counts}))


def returned(found: Iterable[Judged]) -> bool:
    """Whether somebody returned the revision, and it stands."""
    return any(each.counts and each.review.outcome == ReviewOutcome.RETURNED for each in found)


def of_model(model: Model) -> QuerySet[Document]:
    """The documents that speak for a model: its own, and the organisation's."""
    return with_revisions().filter(Q(model=model) | Q(model=None))


def with_revisions() -> QuerySet[Document]:
    """Every document with its revisions, newest first, in two queries."""
    rows = DocumentRevision.objects.select_related("document__model", "uploaded_by").order_by("-number")
    return Document.objects.select_related("model__team").prefetch_related(Prefetch("revisions", rows))


def facts_of(model: Model, *, today: date) -> tuple[facts.Document, ...]:
    """What an assessment asks about documents: each with the revision that speaks on this day."""
    found = [list(document.revisions.all()) for document in of_model(model)]
    speaking = [current(revisions, today=today) for revisions in found]
    reviews = judged(speaking)
    return tuple(
        _fact(revision, reviews[revision.pk], superseded_on(revision, revisions, today=today))
        for revision, revisions in zip(speaking, found, strict=True)
    )


def superseded_on(revision: DocumentRevision, revisions: Iterable[DocumentRevision], *, today: date) -> date | None:
    """The first day on which another revision speaks instead of this one, which speaks today; None for none known."""
    # While none has taken effect the newest speaks, until the first of them all does.
    waits = revision.effective_from > today
    others = [each for each in revisions if each.pk != revision.pk and (waits or each.number > revision.number)]
    return min((each.effective_from for each in others if each.effective_from > today), default=None)


def _fact(revision: DocumentRevision, reviews: list[Judged], superseded_on: date | None) -> facts.Document:
    return facts.Document(
        id=str(revision.pk),
        kind=revision.document.kind,
        title=revision.document.title,
        revision=revision.number,
        sha256=revision.sha256,
        effective_from=revision.effective_from,
        expires_on=revision.expires_on,
        reviewers=reviewers(reviews),
        answered=tuple(sorted(revision.answers)),
        returned=returned(reviews),
        reviewed=() if returned(reviews) else _signed(reviews),
        superseded_on=superseded_on,
    )


def _signed(reviews: list[Judged]) -> tuple[tuple[str, date], ...]:
    """Who accepted it, each as (role, day of the signature)."""
    return tuple(
        (str(each.review.role), each.review.signature.signed_at.astimezone(UTC).date())
        for each in reviews
        if each.counts
    )


def _why_not(
    row: DocumentReview, revision: DocumentRevision, voucher: Voucher | None, before: Sequence[DocumentReview]
) -> str:
    """before: the earlier reviews of the same revision."""
    stated = document_review.stated(row)
    if against := witnesses.why_not(row.signature, stated, voucher, signer=row.reviewer_id, altered=ALTERED):
        return against
    shown = dict(row.signature.record)
    terms = shown.pop("terms", None)
    earlier = sum(each.reviewer_id == row.reviewer_id for each in before)
    if terms != document_review.terms_of(row, earlier=earlier):
        return ALTERED
    if not witnesses.agrees(shown, witnesses.digest_of(documents.frozen(revision))):
        return "the revision is not what the reviewer was shown"
    return ""
