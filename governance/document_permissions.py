"""May this person upload, open or review this document, and if not, why? Checks in pairs: one raises, one tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

from governance.core.documents import DOCUMENTS, Scope
from governance.errors import NotAReader, OwnDocument, RevisionSuperseded, RoleNotHeld
from governance.models.document import Document, DocumentRevision
from governance.permissions import check_scope
from registry.core.scopes import DOCUMENTS_WRITE, READ
from registry.errors import Refused
from registry.models.model import Model
from registry.models.user import User
from registry.services.teams import check_member

#: In these duties a person may sign the review of a document.
REVIEWING = ("reviewer", "approver", "compliance", "steward")
#: These see the files of every model; everybody else those of their teams' models and of the organisation.
READING = (*REVIEWING, "auditor")
#: These write for every model and for the organisation; developers for their teams' models.
WRITING = ("reviewer", "compliance", "steward")


def check_can_upload(person: User, model: Model | None) -> None:
    """model: None for the organisation's own documents. Raises: RoleNotHeld, NotAMember."""
    check_scope(person, DOCUMENTS_WRITE)
    if person.holds(*WRITING):
        return
    if model is None:
        raise RoleNotHeld("The organisation's own documents are uploaded by compliance, stewards or reviewers.")
    check_member(person, model.team)


def can_upload(person: User, model: Model | None) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    return _told(lambda: check_can_upload(person, model))


def check_can_open(person: User, document: Document) -> None:
    """Whether the file may be fetched; that it exists is no secret. Raises: RoleNotHeld, NotAReader."""
    check_scope(person, READ)
    if document.model is None or person.holds(*READING):
        return
    if not document.model.team.memberships.filter(user=person).exists():
        raise NotAReader(
            f"The files of this model are for {document.model.team.name} and for those who review, approve, keep "
            "or audit."
        )


def can_open(person: User, document: Document) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    return _told(lambda: check_can_open(person, document))


def check_can_review(person: User, revision: DocumentRevision, role: str) -> None:
    """Raises: RoleNotHeld, OwnDocument, RevisionSuperseded."""
    if role not in REVIEWING or not person.holds(role):
        held = role if role in REVIEWING else " or ".join(REVIEWING)
        raise RoleNotHeld(f"Reviewing this document needs the role {held}, which you do not hold.")
    if person.pk in uploaders_of([revision])[revision.pk]:
        raise OwnDocument("You uploaded this document, or an earlier revision of it; somebody else must review it.")
    newest = revision.document.revisions.order_by("-number").first()
    if newest is not None and newest.number > revision.number:
        raise RevisionSuperseded(
            f"Revision {newest.number} has replaced this one; read and review that.", newest=newest.number
        )


def uploaders_of(revisions: Iterable[DocumentRevision]) -> dict[UUID, frozenset[UUID]]:
    """Who uploaded each of these revisions or an earlier one of the same document: none of them may review it."""
    asked = list(revisions)
    rows = DocumentRevision.objects.filter(document__in={each.document_id for each in asked})
    uploads: dict[UUID, list[tuple[int, UUID]]] = {each.document_id: [] for each in asked}
    for document, number, person in rows.values_list("document_id", "number", "uploaded_by_id"):
        uploads[document].append((number, person))
    return {
        each.pk: frozenset(person for number, person in uploads[each.document_id] if number <= each.number)
        for each in asked
    }


def can_review(person: User, revision: DocumentRevision, role: str) -> tuple[bool, str]:
    """Whether, and otherwise the sentence that says why not."""
    return _told(lambda: check_can_review(person, revision, role))


def reviewing_roles(person: User) -> list[str]:
    """The roles in which this person could review a document that is not theirs."""
    return [role for role in REVIEWING if person.holds(role)]


def is_about_models(kind: str) -> bool:
    """Whether documents of this kind always name a model."""
    return DOCUMENTS[kind].scope is Scope.MODEL


def _told(check: Callable[[], None]) -> tuple[bool, str]:
    try:
        check()
    except Refused as refused:
        return False, refused.message
    return True, ""
