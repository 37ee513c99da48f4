"""What is shown of documents? What is there and what is not, who examined it, and what each revision changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from governance import document_permissions
from governance.core.documents import DOCUMENTS, DocumentKind, Scope
from governance.models.document import Document, DocumentReview, DocumentRevision, ReviewOutcome
from governance.services import document_standing
from governance.services.document_standing import Judged
from governance.web import badges
from governance.web.badges import Badge
from registry.models.model import Model
from registry.models.user import Role, User

SOON = timedelta(days=30)
IN_FORCE = Badge("In force", "check-circle", "good")
NOT_YET = Badge("Not yet in effect", "clock", "busy")
ENDS_SOON = Badge("Expires soon", "clock", "unsure")
EXPIRED = Badge("Expired", "x-circle", "bad")
ACCEPTED = Badge("Accepted", "check-badge", "good")
RETURNED = Badge("Returned", "arrow-uturn-left", "bad")
NOT_REVIEWED = Badge("Not reviewed", "minus-circle", "quiet")


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """why_not: why it does not count; "" while it does."""

    row: DocumentReview
    role: str
    badge: Badge
    counts: Badge
    why_not: str


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One document with the revision that speaks now. answered, asked: of its kind's checklist."""

    document: Document
    kind: DocumentKind
    revision: DocumentRevision
    validity: Badge
    review: Badge
    reviewers: tuple[str, ...]
    answered: int
    asked: int


@dataclass(frozen=True, slots=True)
class Change:
    """One thing in which a revision differs from the one before. label: in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RevisionLine:
    """changes: against the revision before; None for the first."""

    row: DocumentRevision
    speaks: bool
    validity: Badge
    reviews: tuple[ReviewLine, ...]
    changes: tuple[Change, ...] | None


@dataclass(frozen=True, slots=True)
class Question:
    """where: "" when the document does not answer it."""

    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Actions:
    """What the person may do with a document; beside each "no" stands its sentence."""

    revise: bool
    revise_why_not: str
    open: bool
    open_why_not: str
    review: bool
    review_why_not: str


def lines(documents: Iterable[Document], *, today: date) -> list[DocumentLine]:
    """documents: read with their revisions (`document_standing.with_revisions`)."""
    speaking = {each: document_standing.current(each.revisions.all(), today=today) for each in documents}
    reviews = document_standing.judged(speaking.values())
    return [_line(each, revision, reviews[revision.pk], today) for each, revision in speaking.items()]


def _line(document: Document, revision: DocumentRevision, reviews: list[Judged], today: date) -> DocumentLine:
    kind, roles = kind_of(document.kind), document_standing.reviewers(reviews)
    return DocumentLine(
        document=document,
        kind=kind,
        revision=revision,
        validity=validity(revision, today=today),
        review=_reviewed(reviews, roles),
        reviewers=tuple(f"{_signed(each.review)}: {each.review.outcome}" for each in reviews if each.counts),
        answered=len(revision.answers.keys() & kind.fields.keys()),
        asked=len(kind.fields),
    )


def missing(found: Iterable[DocumentLine], scope: Scope) -> list[DocumentKind]:
    """The kinds of which there is no document yet, by name. Which of them are needed, a policy says."""
    there = {line.kind.key for line in found}
    kinds = [kind for kind in DOCUMENTS.values() if kind.scope is scope and kind.key not in there]
    return sorted(kinds, key=lambda kind: kind.label)


def chain(revisions: Sequence[DocumentRevision], *, today: date) -> list[RevisionLine]:
    """Newest first. revisions: at least one, newest first, of one document."""
    reviews = document_standing.judged(revisions)
    speaking = document_standing.current(revisions, today=today)
    earlier = [*revisions[1:], None]
    return [
        RevisionLine(
            row=row,
            speaks=row == speaking,
            validity=validity(row, today=today),
            reviews=tuple(_review(each, returned=_returned(reviews[row.pk])) for each in reviews[row.pk]),
            changes=changes(before, row) if before else None,
        )
        for row, before in zip(revisions, earlier, strict=True)
    ]


def changes(before: DocumentRevision, after: DocumentRevision) -> tuple[Change, ...]:
    """In what the dates, the file and the answers differ."""
    fields = kind_of(after.document.kind).fields
    pairs = [
        ("In effect from", before.effective_from.isoformat(), after.effective_from.isoformat()),
        ("Last day", _day(before.expires_on), _day(after.expires_on)),
        ("File", f"{before.file_name} ({before.sha256[:16]}…)", f"{after.file_name} ({after.sha256[:16]}…)"),
    ]
    asked = [*fields, *sorted((before.answers.keys() | after.answers.keys()) - fields.keys())]
    pairs += [(fields.get(key, key), before.answers.get(key, ""), after.answers.get(key, "")) for key in asked]
    return tuple(Change(label, old or "not answered", new or "not answered") for label, old, new in pairs if old != new)


def checklist(revision: DocumentRevision) -> list[Question]:
    """Every question of its kind, and what a later vocabulary no longer asks."""
    fields = kind_of(revision.document.kind).fields
    asked = {**fields, **{key: key for key in revision.answers if key not in fields}}
    return [Question(text, revision.answers.get(key, "")) for key, text in asked.items()]


def actions(person: User, document: Document, newest: DocumentRevision) -> Actions:
    """The same checks as the services make, asked beforehand."""
    may_revise, revise_why_not = document_permissions.can_upload(person, document.model)
    may_open, open_why_not = document_permissions.can_open(person, document)
    may_review, review_why_not = may_be_reviewed_by(person, newest)
    return Actions(may_revise, revise_why_not, may_open, open_why_not, may_review, review_why_not)


def may_be_reviewed_by(person: User, revision: DocumentRevision) -> tuple[bool, str]:
    """Whether in any of the person's roles, and otherwise why not."""
    roles = document_permissions.reviewing_roles(person)
    if not roles:
        names = " or ".join(Role(role).label.lower() for role in document_permissions.REVIEWING)
        return False, f"Reviewing needs one of these roles: {names}."
    return document_permissions.can_review(person, revision, roles[0])


def validity(revision: DocumentRevision, *, today: date) -> Badge:
    """Whether the revision counts on this day."""
    if today < revision.effective_from:
        return NOT_YET
    if revision.expires_on is None or today + SOON < revision.expires_on:
        return IN_FORCE
    return EXPIRED if revision.expires_on < today else ENDS_SOON


def kind_of(key: str) -> DocumentKind:
    """The kind; one that a later vocabulary dropped is shown by its key."""
    return DOCUMENTS.get(key) or DocumentKind(key, key.replace("_", " ").capitalize(), "")


def of_model(model: Model, *, today: date) -> list[DocumentLine]:
    return lines(document_standing.with_revisions().filter(model=model), today=today)


def of_organisation(*, today: date) -> list[DocumentLine]:
    return lines(document_standing.with_revisions().filter(model=None), today=today)


def _review(each: Judged, *, returned: bool) -> ReviewLine:
    row = each.review
    why_not = each.why_not or ("" if each.last else "the reviewer decided otherwise later")
    if returned and not why_not and row.outcome == ReviewOutcome.ACCEPTED:
        why_not = "somebody else returned this revision"
    badge = ACCEPTED if row.outcome == ReviewOutcome.ACCEPTED else RETURNED
    return ReviewLine(row, str(Role(row.role).label), badge, badges.COUNTS_NOT if why_not else badges.COUNTS, why_not)


def _reviewed(reviews: list[Judged], roles: tuple[str, ...]) -> Badge:
    if _returned(reviews):
        return RETURNED
    return ACCEPTED if roles else NOT_REVIEWED


def _returned(reviews: list[Judged]) -> bool:
    """Whether somebody's last word, and one that stands, is to return it."""
    return any(each.counts and each.review.outcome == ReviewOutcome.RETURNED for each in reviews)


def _signed(row: DocumentReview) -> str:
    return f"{row.signature.printed_name}, {str(Role(row.role).label).lower()}"


def _day(day: date | None) -> str:
    return day.isoformat() if day else "does not expire"
