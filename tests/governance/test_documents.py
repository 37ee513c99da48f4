"""Is a document kept whole or not at all, and by whom?"""

from __future__ import annotations

import errno
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from pytest_django import Settings

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
    NotAReader,
    RoleNotHeld,
)
from governance.ledger import LedgerUnavailable
from governance.models.document import Document, DocumentRevision
from governance.models.ledger import LedgerEntry
from governance.services import documents
from governance.services.documents import Said
from registry.core.canonical import digest
from registry.models.user import Role
from registry.services.teams import NotAMember
from registry.storage import BlobDamaged, StorageUnavailable, blob_name
from tests.governance import document_files as files
from tests.governance import scene as scenes
from tests.governance.document_story import SAID, begin, incoming, review, revise
from tests.governance.scene import Scene
from tests.registry.ingest.disk import small_disk

pytestmark = pytest.mark.django_db


@pytest.fixture
def blobs(tmp_path: Path, settings: Settings) -> Path:
    """A store of its own, so that what is kept can be counted."""
    settings.UPLOAD_DIR = tmp_path / "uploads"
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "blobs"}}
    settings.STORAGES = {**settings.STORAGES, "blobs": backend}
    return tmp_path / "blobs"


@pytest.fixture
def scene(db: None) -> Scene:
    return scenes.bare(subjects=1)


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def nothing_was_kept() -> bool:
    facts = LedgerEntry.objects.filter(kind__startswith="document.")
    return not (Document.objects.exists() or DocumentRevision.objects.exists() or facts.exists())


def test_a_document_is_kept_with_its_file_and_its_entry_in_the_ledger(scene: Scene, blobs: Path) -> None:
    made = begin(scene.dora, scene.model)
    assert (made.document.number, made.number) == (1, 1)
    assert (made.media_type, made.size) == ("application/pdf", len(files.pdf()))
    assert (blobs / blob_name(made.sha256)).read_bytes() == files.pdf()
    entry = LedgerEntry.objects.get(kind="document.revised")
    assert (entry.object_id, entry.actor_id) == (str(made.pk), scene.dora.pk)
    again = DocumentRevision.objects.select_related("document__model", "uploaded_by").get(pk=made.pk)
    assert documents.frozen(again)["revision"]["sha256"] == made.sha256
    assert digest(documents.frozen(again)).encode() in bytes(entry.entry)


def test_a_document_of_the_organisation_names_no_model(scene: Scene) -> None:
    made = begin(scene.stella, None, kind="qms_index", title="Quality system", said=Said(date(2026, 1, 1)))
    assert made.document.model is None
    assert documents.frozen(made)["document"]["model"] is None


def test_numbers_run_on_over_all_documents(scene: Scene) -> None:
    begin(scene.dora, scene.model)
    second = begin(scene.stella, None, kind="qms_index", title="Quality system", said=Said(date(2026, 1, 1)))
    assert second.document.number == 2


def test_a_new_revision_is_added_and_the_old_one_stays(scene: Scene) -> None:
    first = begin(scene.dora, scene.model)
    second = revise(scene.dora, first)
    assert second.number == 2
    first.refresh_from_db()
    assert first.sha256 != second.sha256


def test_the_same_revision_twice_is_refused(scene: Scene) -> None:
    first = begin(scene.dora, scene.model)
    with pytest.raises(DocumentUnchanged) as found:
        revise(scene.dora, first, files.pdf())
    assert found.value.code == "document_unchanged"
    assert revise(scene.dora, first, files.pdf(), said=Said(date(2026, 2, 1))).number == 2


def test_the_same_document_twice_is_refused(scene: Scene, blobs: Path) -> None:
    begin(scene.dora, scene.model)
    with pytest.raises(DocumentExists) as found:
        begin(scene.dora, scene.model, title=" Instructions  for use ")
    assert found.value.code == "document_exists"
    assert begin(scene.dora, scene.model, kind="relevance", said=Said(date(2026, 1, 1)))


@pytest.mark.parametrize(
    ("changes", "refusal", "code"),
    [
        ({"kind": "poem"}, DocumentKindUnknown, "document_kind_unknown"),
        ({"model": None}, DocumentNeedsModel, "document_needs_model"),
        ({"title": "  "}, DocumentTitleRefused, "document_title_refused"),
        ({"title": "a" * 201}, DocumentTitleRefused, "document_title_refused"),
        ({"title": "Instructions\u202e"}, DocumentTitleRefused, "document_title_refused"),
        ({"said": Said(date(2026, 1, 1), date(2026, 1, 1))}, DocumentDatesRefused, "document_dates_refused"),
        ({"said": Said(date(2026, 1, 1), date(2025, 1, 1))}, DocumentDatesRefused, "document_dates_refused"),
        ({"said": Said(date(2026, 1, 1), None, {"poem": "1"})}, DocumentAnswersRefused, "document_answers_refused"),
        ({"said": Said(date(2026, 1, 1), None, {"users": "a" * 301})}, DocumentAnswersRefused, None),
        ({"said": Said(date(2026, 1, 1), None, {"users": "a\x00b"})}, DocumentAnswersRefused, None),
        ({"said": Said(date(2026, 1, 1), None, {}, "a" * 2001)}, DocumentAnswersRefused, None),
        ({"incoming": incoming(b"MZ")}, DocumentRefused, "file_executable"),
        ({"incoming": incoming(b"")}, DocumentRefused, "file_empty"),
        ({"incoming": incoming(name="instructions\u202efdp.exe")}, DocumentRefused, "file_name_misleads"),
    ],
)
def test_what_is_refused_leaves_no_row_and_no_file(
    changes: dict[str, Any], refusal: type[Any], code: str | None, scene: Scene, blobs: Path
) -> None:
    with pytest.raises(refusal) as found:
        begin(scene.dora, **{"model": scene.model, **changes})
    assert found.value.code == (code or refusal.code)
    assert nothing_was_kept()
    assert kept(blobs) == []


def test_a_file_that_is_too_large_is_refused(scene: Scene, blobs: Path, settings: Settings) -> None:
    settings.DOCUMENT_LIMIT_BYTES = 100
    with pytest.raises(DocumentTooLarge) as found:
        begin(scene.dora, scene.model)
    assert (found.value.code, found.value.status) == ("too_large", 413)
    assert nothing_was_kept()
    assert kept(blobs) == []


def test_blank_answers_are_no_answers(scene: Scene) -> None:
    made = begin(scene.dora, scene.model, said=Said(date(2026, 1, 1), None, {"users": "  ", "purpose": " section  1 "}))
    assert made.answers == {"purpose": "section 1"}


def test_a_name_loses_its_folders_and_what_cannot_be_seen(scene: Scene) -> None:
    made = begin(scene.dora, scene.model, incoming=incoming(name="C:\\temp\\IFU\u200b v2.pdf"))
    assert made.file_name == "IFU v2.pdf"
    long = revise(scene.dora, made, incoming=incoming(files.pdf(b"%"), name="a" * 300 + ".pdf"))
    assert (len(long.file_name), long.file_name[-4:]) == (200, ".pdf")


def test_a_developer_uploads_only_for_models_of_their_team(scene: Scene) -> None:
    stranger = scenes.account("stan_stranger", Role.DEVELOPER)
    with pytest.raises(NotAMember):
        begin(stranger, scene.model)
    first = begin(scene.dora, scene.model)
    with pytest.raises(NotAMember):
        revise(stranger, first)


def test_a_developer_does_not_upload_for_the_organisation(scene: Scene) -> None:
    with pytest.raises(RoleNotHeld):
        begin(scene.dora, None, kind="qms_index", title="Quality system", said=SAID)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.APPROVER, Role.ADMINISTRATOR])
def test_who_may_not_write_documents_uploads_none(role: Role, scene: Scene) -> None:
    with pytest.raises(RoleNotHeld):
        begin(scenes.account("otto", role), scene.model)
    assert nothing_was_kept()


def test_a_closed_account_uploads_nothing(scene: Scene) -> None:
    scene.dora.is_active = False
    with pytest.raises(RoleNotHeld):
        begin(scene.dora, scene.model)


def test_a_download_gives_the_same_bytes_and_is_on_record(scene: Scene) -> None:
    made = begin(scene.dora, scene.model)
    with documents.open_file(by=scene.rita, revision=made) as file:
        assert file.read() == files.pdf()
    entry = LedgerEntry.objects.get(kind="document.downloaded")
    assert (entry.object_id, entry.actor_id) == (str(made.pk), scene.rita.pk)


def test_the_files_of_a_model_are_closed_to_other_teams_and_those_of_the_organisation_are_not(scene: Scene) -> None:
    stranger = scenes.account("stan_stranger", Role.DEVELOPER)
    made = begin(scene.dora, scene.model)
    with pytest.raises(NotAReader) as found:
        documents.open_file(by=stranger, revision=made)
    assert found.value.code == "not_a_reader"
    shared = begin(scene.stella, None, kind="qms_index", title="Quality system", said=Said(date(2026, 1, 1)))
    with documents.open_file(by=stranger, revision=shared) as file:
        assert file.read()
    assert LedgerEntry.objects.filter(kind="document.downloaded").count() == 1


def test_bytes_that_were_changed_on_disk_are_not_handed_out(scene: Scene, blobs: Path) -> None:
    made = begin(scene.dora, scene.model)
    (blobs / blob_name(made.sha256)).write_bytes(b"something else")
    with pytest.raises(BlobDamaged):
        documents.open_file(by=scene.dora, revision=made)
    assert not LedgerEntry.objects.filter(kind="document.downloaded").exists()


def test_a_full_disk_keeps_nothing(scene: Scene, blobs: Path) -> None:
    blobs.mkdir()
    with small_disk(blobs, size=2**16):
        with pytest.raises(StorageUnavailable):
            begin(scene.dora, scene.model, incoming=incoming(files.pdf(b"%" + b"a" * 2**18)))
        assert kept(blobs) == []
    assert nothing_was_kept()


def test_a_file_that_cannot_be_read_to_its_end_keeps_nothing(scene: Scene, blobs: Path) -> None:
    class Broken(io.BytesIO):
        """A file whose second reading, the one for the store, fails."""

        readings = 0

        def seek(self, at: int, whence: int = 0) -> int:
            self.readings += whence == 0 and at == 0
            return super().seek(at, whence)

        def read(self, size: int | None = -1) -> bytes:
            if self.readings > 1 and self.tell():
                raise OSError(errno.EIO, "broken")
            return super().read(size)

    sent = documents.Incoming(Broken(files.pdf(b"%" + b"a" * 2**21)), "a.pdf")
    with pytest.raises(OSError, match="broken"):
        begin(scene.dora, scene.model, incoming=sent)
    assert nothing_was_kept()
    assert kept(blobs) == []


def test_what_the_ledger_cannot_record_does_not_happen(scene: Scene) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER FUNCTION ledger_lock() RENAME TO ledger_lock_gone")
    with pytest.raises(LedgerUnavailable), transaction.atomic():
        begin(scene.dora, scene.model)
    assert not Document.objects.exists()
    assert not DocumentRevision.objects.exists()


@pytest.mark.parametrize("table", ["document", "documentrevision", "documentreview"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_database_itself_changes_and_removes_no_document(table: str, statement: str, scene: Scene) -> None:
    review(scene.rita, begin(scene.dora, scene.model))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or TRUNCATE stumbles over what is still to be checked
        with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
            cursor.execute(statement.format(f"governance_{table}"))


def test_the_database_itself_refuses_dates_the_wrong_way_round(scene: Scene) -> None:
    made = begin(scene.dora, scene.model)
    made.pk, made.number, made.expires_on = None, 2, date(2026, 1, 15)
    with pytest.raises(IntegrityError), transaction.atomic():
        made.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_two_uploads_at_once_get_two_numbers(transactional_db: None) -> None:
    scene = scenes.bare(subjects=1)
    first = begin(scene.dora, scene.model)

    def upload(turn: int) -> tuple[int, int]:
        try:
            title = f"Instructions, part {turn}"
            revised = revise(scene.dora, first, files.pdf(b"%% %d" % turn))
            return revised.number, begin(scene.dora, scene.model, title=title).document.number
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        numbers = list(pool.map(upload, range(3)))
    assert sorted(revision for revision, _ in numbers) == [2, 3, 4]
    assert sorted(document for _, document in numbers) == [2, 3, 4]
