"""What kind of file is this really, and may it be kept as a document? Decided by its bytes; the name must agree.

Accepted: PDF, Word (.docx), Excel (.xlsx), OpenDocument text and spreadsheet, UTF-8 text, Markdown, CSV, JSON, PNG and
JPEG. Everything else is refused, and so is anything of these that carries a program, another file or a password. The
check narrows what can arrive; it promises nothing about faults in the program that opens the file. That is why a
download is never shown by the browser (`governance.document_download`). No I/O but on the stream that is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import IO

from governance.core import document_archive, document_image, document_pdf, document_text
from governance.core.document_archive import DOCX, ODS, ODT, XLSX
from governance.core.document_image import JPEG, PNG
from governance.core.document_pdf import PDF
from governance.core.document_refusal import EMPTY, ENCRYPTED, EXECUTABLE, NAME_MISLEADS, TYPE_REFUSED, FileRefused
from governance.core.document_text import CSV, JSON, MARKDOWN, TEXT

#: What is accepted, and the endings that a name of that type may have; the first is the usual one.
ENDINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        PDF: (".pdf",),
        DOCX: (".docx",),
        XLSX: (".xlsx",),
        ODT: (".odt",),
        ODS: (".ods",),
        TEXT: (".txt", ".text"),
        MARKDOWN: (".md", ".markdown"),
        CSV: (".csv",),
        JSON: (".json",),
        PNG: (".png",),
        JPEG: (".jpg", ".jpeg"),
    }
)
ACCEPTED = "PDF, Word (.docx), Excel (.xlsx), .odt, .ods, .txt, .md, .csv, .json, .png or .jpg"
HEAD_BYTES = 4096
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # old Office files, and new ones under a password
_PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xca\xfe\xba\xbe",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\x00asm",
)


def media_type_of(file: IO[bytes], *, name: str) -> str:
    """The media type, by content. file: seekable, from its start. Raises FileRefused."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head:
        raise FileRefused(EMPTY, "The file is empty. Choose the file again; the upload may have been cut off.")
    found = _examined(file, head, name)
    ending = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    if ending not in ENDINGS[found]:
        raise FileRefused(
            NAME_MISLEADS,
            f"By its content the file is of the type {found}, but its name does not end in "
            f"{' or '.join(ENDINGS[found])}. Rename it, so that nobody opens it with the wrong program.",
        )
    return found


def _examined(file: IO[bytes], head: bytes, name: str) -> str:
    if head.startswith(_PROGRAMS):
        raise FileRefused(EXECUTABLE, f"The file is a program or a script. Documents are {ACCEPTED}.")
    if head.startswith(_OLE):
        raise FileRefused(
            ENCRYPTED,
            "The file is protected by a password, or has the format of Office before 2007, which can hide programs. "
            "Remove the password, save it as .docx, .xlsx or PDF, and upload that.",
        )
    if head.startswith(document_pdf.MAGIC):
        return document_pdf.examined(file)
    if head.startswith(document_archive.MAGIC):
        return document_archive.examined(file)
    if head.startswith(document_image.MAGIC):
        return document_image.examined(file)
    if b"\x00" in head:
        raise FileRefused(TYPE_REFUSED, f"This type of file is not accepted. Save it as one of {ACCEPTED}.")
    return document_text.examined(file, name=name)
