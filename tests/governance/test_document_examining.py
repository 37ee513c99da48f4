"""What happens to an upload that would use too much of the machine?"""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

import pytest
from pytest_django import Settings

from governance import document_child, document_examining
from governance.core.document_refusal import UNEXAMINED, FileRefused
from governance.document_examining import ExaminerBroken, Limits, media_type_of
from registry.storage import StorageUnavailable
from tests.governance import document_files as files
from tests.registry.ingest.disk import small_disk

MIB = 2**20
# Within these, every file below must be answered: they are those of the product, with half of its time.
STRICT = Limits(cpu_seconds=5)
SLOW = b"[" + b"1," * (2 * MIB) + b"1]"


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, settings: Settings) -> Path:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    return tmp_path / "uploads"


def examined(content: bytes, name: str, limits: Limits | None = None) -> str:
    return media_type_of(io.BytesIO(content), name=name, limits=limits)


def refusal(content: bytes, name: str, limits: Limits | None = None) -> FileRefused:
    with pytest.raises(FileRefused) as found:
        examined(content, name, limits)
    return found.value


def test_the_child_finds_what_the_file_is(uploads: Path) -> None:
    assert examined(files.pdf(), "a.pdf") == "application/pdf"
    assert list(uploads.iterdir()) == []


def test_the_childs_refusal_is_ours(uploads: Path) -> None:
    found = refusal(b"MZ\x90", "a.pdf")
    assert (found.code, "program" in found.message) == ("file_executable", True)
    assert list(uploads.iterdir()) == []


def test_a_name_that_only_people_can_read_reaches_the_child() -> None:
    assert examined("Grüße".encode(), 'Grüße "an" alle.txt') == "text/plain"


@pytest.mark.parametrize(
    "limits", [Limits(memory_bytes=64 * MIB), Limits(cpu_seconds=0), Limits(wall_seconds=0.01)], ids=str
)
def test_a_file_that_uses_too_much_is_refused_with_a_way_forward_and_nothing_is_left(
    limits: Limits, uploads: Path
) -> None:
    found = refusal(SLOW, "a.json", limits)
    assert found.code == UNEXAMINED
    assert "Print it to a new PDF" in found.message
    assert list(uploads.iterdir()) == []


def test_comments_without_end_are_read_in_one_go() -> None:
    assert examined(b"<!-- x -->" * 5_000 + b"# Title", "a.md", STRICT) == "text/markdown"
    assert examined(b"<!-- x -->\n " * 300_000 + b"# Title", "a.md", STRICT) == "text/markdown"


@pytest.mark.parametrize(
    "part",
    [
        b"stream\n",
        b"3 0 obj <<>> stream\nx\nendstream endobj\n",
        b" " * 4_000 + b"stream\n",
        b"/A#41#41#41/" * 300 + b" obj stream\n",
        b"stream\n\x78\x9c",
        b"5 0 obj <</Type /ObjStm /Filter /FlateDecode>> stream\n\x78\x9c\x01\x01\x00\xfe\xff1",
    ],
    ids=lambda part: repr(part[:20]),
)
def test_a_pdf_full_of_beginnings_is_answered_in_time(part: bytes) -> None:
    content = files.pdf(part * (25 * MIB // len(part) - 1))
    with suppress(FileRefused):
        assert examined(content, "a.pdf") == "application/pdf"


def test_a_full_disk_is_not_the_fault_of_the_file(uploads: Path) -> None:
    uploads.mkdir()
    with small_disk(uploads, size=2**16), pytest.raises(StorageUnavailable):
        examined(b"a" * MIB, "a.txt")


def test_a_child_that_cannot_start_is_a_defect_and_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_examining, "ENVIRONMENT", {"PYTHONPATH": "/nowhere"})
    with pytest.raises(ExaminerBroken, match="exit status 1"):
        examined(b"a", "a.txt")


def test_parent_and_child_agree_on_what_an_exit_status_means() -> None:
    assert document_child.OUT_OF_MEMORY == document_examining.OUT_OF_MEMORY
