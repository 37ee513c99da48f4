"""Keeping a document: its file is examined and stored, then row and ledger entry are made together, or nothing is."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.db import connection

from governance import document_permissions, recording
from governance.core.document import moment
from governance.core.document_refusal import FileRefused
from governance.core.documents import DOCUMENTS, DocumentKind
from governance.core.facts import Section
from governance.document_examining import media_type_of
from governance.errors import (
    DocumentAnswersRefused,
    DocumentDatesRefused,
    DocumentExists,
    DocumentKindUnknown,
    DocumentNeedsModel,
    DocumentRefused,
    DocumentTitleRefused,
    DocumentTooLarge,
    DocumentUnchanged,
)
from governance.ledger import Fact
from governance.models.document import Document, DocumentRevision
from governance.services.assessment_touch import touch
from registry import storage
from registry.core.canonical import digest
from registry.models.model import Model
from registry.models.user import User
from registry.storage import BlobDamaged

REVISED, DOWNLOADED = "document.revised", "document.downloaded"
LONGEST_ANSWER, LONGEST_NOTE, LONGEST_NAME = 300, 2000, 200
ONE_AT_A_TIME = "LOCK TABLE governance_document IN SHARE ROW EXCLUSIVE MODE"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file as it arrived. file: seekable."""

    file: IO[bytes]
    name: str


@dataclass(frozen=True, slots=True)
class Said:
    """What the uploader says that the document says. expires_on: its last day, None for no end."""

    effective_from: date
    expires_on: date | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


def begin(*, by: User, kind: str, title: str, model: Model | None, incoming: Incoming, said: Said) -> DocumentRevision:
    """A new document with its first revision. model: None for the organisation.

    Raises: RoleNotHeld, NotAMember, DocumentKindUnknown, DocumentNeedsModel, DocumentTitleRefused, DocumentExists, and
    as `revise` does.
    """
    known = kind_of(kind)
    if model is None and document_permissions.is_about_models(kind):
        raise DocumentNeedsModel(f"{known.label}: this kind of document is about a model; say which.")
    document_permissions.check_can_upload(by, model)
    document = Document(kind=kind, title=_title(title), model=model, created_by=by)
    _check_new(document)
    revision = _received(known, by, incoming, said)
    with recording.together():
        with connection.cursor() as cursor:
            cursor.execute(ONE_AT_A_TIME)
        _check_new(document)
        document.number = (Document.objects.order_by("-number").values_list("number", flat=True).first() or 0) + 1
        document.save(force_insert=True)
        return _record(document, revision, by)


def revise(*, by: User, document: Document, incoming: Incoming, said: Said) -> DocumentRevision:
    """The next revision of a document.

    Raises: RoleNotHeld, NotAMember, DocumentDatesRefused, DocumentAnswersRefused, DocumentTooLarge, DocumentRefused,
    DocumentUnchanged, StorageUnavailable.
    """
    document_permissions.check_can_upload(by, document.model)
    revision = _received(kind_of(document.kind), by, incoming, said)
    with recording.together():
        # The row is locked, so that two uploads at once get two numbers.
        locked = Document.objects.select_for_update(of=("self",)).select_related("model").get(pk=document.pk)
        newest = locked.revisions.order_by("-number").first()
        if newest is not None and _same(newest, revision):
            raise DocumentUnchanged(
                f"This file, with these dates and answers, is revision {newest.number} already.", revision=newest.number
            )
        revision.number = newest.number + 1 if newest else 1
        return _record(locked, revision, by)


def open_file(*, by: User, revision: DocumentRevision) -> IO[bytes]:
    """The bytes exactly as they were uploaded; the download goes on record.

    Raises: RoleNotHeld, NotAReader, BlobMissing, BlobDamaged, StorageUnavailable.
    """
    document_permissions.check_can_open(by, revision.document)
    file = storage.open_blob(revision.sha256)
    hasher = sha256()
    while chunk := file.read(storage.CHUNK_BYTES):
        hasher.update(chunk)
    if hasher.hexdigest() != revision.sha256:
        file.close()
        raise BlobDamaged("The stored bytes do not have the digest they were stored under.", sha256=revision.sha256)
    file.seek(0)
    body: dict[str, object] = {"document": str(revision.document_id), "revision": revision.number}
    recording.record(Fact(DOWNLOADED, "document_revision", str(revision.pk), body, by, None, revision.sha256))
    return file


def frozen(revision: DocumentRevision) -> dict[str, Any]:
    """The revision as it was recorded and as a reviewer signs it; read with its document and model."""
    document = revision.document
    model = document.model
    return {
        "type": "document",
        "document": {
            "id": str(document.pk),
            "number": document.number,
            "kind": document.kind,
            "title": document.title,
            "model": {"id": str(model.pk), "name": model.name} if model else None,
        },
        "revision": {
            "id": str(revision.pk),
            "number": revision.number,
            "file_name": revision.file_name,
            "media_type": revision.media_type,
            "size": revision.size,
            "sha256": revision.sha256,
            "effective_from": revision.effective_from.isoformat(),
            "expires_on": revision.expires_on.isoformat() if revision.expires_on else None,
            "note": revision.note,
            "uploaded_by": revision.uploaded_by.username,
            "uploaded_at": moment(revision.created_at),
        },
        "answers": dict(revision.answers),
    }


def kind_of(key: str) -> DocumentKind:
    """Raises DocumentKindUnknown."""
    if key not in DOCUMENTS:
        raise DocumentKindUnknown("There is no such kind of document; /api/v1/document-kinds lists them.")
    return DOCUMENTS[key]


def _received(kind: DocumentKind, by: User, incoming: Incoming, said: Said) -> DocumentRevision:
    """The file examined and stored, what is said about it checked; no row yet. Holds no transaction."""
    if said.expires_on is not None and said.expires_on <= said.effective_from:
        raise DocumentDatesRefused("The document expires before or on the day on which it takes effect; check both.")
    answers, note = _answers(kind, said.answers), said.note.strip()
    if len(note) > LONGEST_NOTE:
        raise DocumentAnswersRefused(f"The note has more than {LONGEST_NOTE:,} characters; put it into the document.")
    name, size = _name(incoming.name), incoming.file.seek(0, 2)
    if size > settings.DOCUMENT_LIMIT_BYTES:
        raise DocumentTooLarge(
            f"The file has {size:,} bytes; at most {settings.DOCUMENT_LIMIT_BYTES:,} are accepted. "
            "Make its pictures smaller, or split it into documents of their own."
        )
    try:
        media_type = media_type_of(incoming.file, name=name)
    except FileRefused as refused:
        raise DocumentRefused(refused.code, refused.message) from refused
    incoming.file.seek(0)
    blob = storage.put_stream(
        iter(lambda: incoming.file.read(storage.CHUNK_BYTES), b""), limit=settings.DOCUMENT_LIMIT_BYTES
    )
    return DocumentRevision(
        number=1,
        file_name=name,
        media_type=media_type,
        size=blob.size,
        sha256=blob.sha256,
        effective_from=said.effective_from,
        expires_on=said.expires_on,
        answers=answers,
        note=note,
        uploaded_by=by,
    )


def _record(document: Document, revision: DocumentRevision, by: User) -> DocumentRevision:
    revision.document = document
    revision.save(force_insert=True)
    body = frozen(revision)
    recording.record(Fact(REVISED, "document_revision", str(revision.pk), body, by, None, digest(body)))
    touch({Section.DOCUMENTS}, model=document.model_id)
    return revision


def _check_new(document: Document) -> None:
    same = Document.objects.filter(kind=document.kind, title=document.title, model=document.model)
    if (found := same.first()) is not None:
        raise DocumentExists(
            f"There is a document of this kind and title already (D-{found.number}); upload a new revision of it.",
            document=str(found.pk),
        )


def _same(newest: DocumentRevision, revision: DocumentRevision) -> bool:
    said = ("sha256", "effective_from", "expires_on", "answers")
    return all(getattr(newest, name) == getattr(revision, name) for name in said)


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not title or len(title) > LONGEST_NAME or not title.isprintable():
        raise DocumentTitleRefused(f"Give the document a title of at most {LONGEST_NAME} printable characters.")
    return title


def _answers(kind: DocumentKind, given: Mapping[str, str]) -> dict[str, str]:
    answers = {key: " ".join(text.split()) for key, text in given.items() if text.strip()}
    if unknown := sorted(answers.keys() - kind.fields.keys()):
        raise DocumentAnswersRefused(f"{kind.label} is not asked: {', '.join(unknown)[:200]}.", fields=unknown)
    if long := sorted(key for key, text in answers.items() if len(text) > LONGEST_ANSWER or not text.isprintable()):
        raise DocumentAnswersRefused(
            f"Say where in the document it is answered, in at most {LONGEST_ANSWER} printable characters: "
            f"{', '.join(long)}.",
            fields=long,
        )
    return answers


def _name(text: str) -> str:
    """The last part of the name, without invisible characters (some turn .exe around into .pdf), its ending kept."""
    seen = "".join(each for each in unicodedata.normalize("NFC", text) if unicodedata.category(each)[0] != "C")
    path = PurePosixPath(seen.replace("\\", "/").strip())
    return path.stem[: LONGEST_NAME - len(path.suffix[:20])] + path.suffix[:20]
