"""What does a test of documents start from? People, a model, and documents kept through the services."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from governance.models.document import DocumentReview, DocumentRevision, ReviewOutcome
from governance.services import document_review, documents
from governance.services.documents import Incoming, Said
from registry.models.model import Model
from registry.models.user import User
from tests.conftest import PASSWORD
from tests.governance import document_files as files

SAID = Said(date(2026, 1, 15), date(2027, 1, 15), {"purpose": "section 1"}, "First issue.")
REASON = "It says what users need, and I tried every step."


def incoming(content: bytes | None = None, name: str = "instructions.pdf") -> Incoming:
    return Incoming(io.BytesIO(files.pdf() if content is None else content), name)


def begin(by: User, model: Model | None, **changes: Any) -> DocumentRevision:
    values = {"kind": "ifu", "title": "Instructions for use", "incoming": incoming(), "said": SAID, **changes}
    return documents.begin(by=by, model=model, **values)


def revise(by: User, revision: DocumentRevision, content: bytes | None = None, **changes: Any) -> DocumentRevision:
    sent = incoming(files.pdf(b"% another") if content is None else content)
    values = {"incoming": sent, "said": SAID, **changes}
    return documents.revise(by=by, document=revision.document, **values)


def review(by: User, revision: DocumentRevision, role: str = "reviewer", **changes: Any) -> DocumentReview:
    values = {"outcome": ReviewOutcome.ACCEPTED, "reason": REASON, "password": PASSWORD, **changes}
    return document_review.review(revision=revision, by=by, role=role, **values)
