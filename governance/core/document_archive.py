"""Is this a Word, Excel or OpenDocument file without programs inside? Decided from the central directory first.

Nothing is unpacked but small members (the list of types, a manifest, the lists of relations), each and together up to
a fixed size. How many members there are and how large they claim to be is read from the directory before anything
else, so a zip bomb is turned away unopened. An archive that names no such document type (a plain .zip) is refused.
"""

from __future__ import annotations

import re
import zlib
from pathlib import PurePosixPath
from typing import IO
from zipfile import BadZipFile, ZipFile, ZipInfo

from governance.core.document_refusal import (
    ATTACHMENTS,
    BOMB,
    DAMAGED,
    ENCRYPTED,
    MACROS,
    TYPE_REFUSED,
    FileRefused,
)
from governance.core.document_relations import check_relations

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OASIS = "application/vnd.oasis.opendocument"
DOCX, XLSX = f"{_OFFICE}.wordprocessingml.document", f"{_OFFICE}.spreadsheetml.sheet"
ODT, ODS = f"{_OASIS}.text", f"{_OASIS}.spreadsheet"
MAGIC = b"PK\x03\x04"
MAX_MEMBERS = 2_000
MAX_DIRECTORY_BYTES = 1024 * 1024
MAX_UNPACKED = 512 * 1024 * 1024
MAX_RATIO = 100
MAX_READ = 1024 * 1024
MAX_RELATIONS = 8 * 1024 * 1024
_MAIN_PART = {DOCX: "word/document.xml", XLSX: "xl/workbook.xml"}
_END, _END_BYTES, _ZIP64 = b"PK\x05\x06", 22, b"PK\x06\x07"
_ENCRYPTED_FLAG = 0x1
_MACRO_NAMES = re.compile(r"vbaproject|vbadata|macrosheets/|(^|/)(basic|scripts)/", re.IGNORECASE)
_OBJECTS = re.compile(
    r"(^|/)activex/|embeddings/.*\.bin$|(^|/)object \d+$|\.(exe|dll|js|vbs|bat|cmd|ps1|scr|jar|hta|lnk|com|msi)$",
    re.IGNORECASE,
)
_MACRO_FILES = (".xlsm", ".xltm", ".xlam", ".xlsb", ".docm", ".dotm", ".pptm", ".doc", ".xls", ".ppt")


def examined(file: IO[bytes]) -> str:
    """The media type. Raises FileRefused."""
    size = _check_directory(file)
    file.seek(0)
    try:
        with ZipFile(file) as archive:
            _check_members(archive.infolist(), size)
            return _open_document(archive) if "mimetype" in archive.namelist() else _office(archive)
    except FileRefused:
        raise
    except (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise FileRefused(DAMAGED, "The file is damaged: it cannot be read to its end. Save it anew.") from error


def _check_directory(file: IO[bytes]) -> int:
    """The file's size. Before the directory is read: does it have a size that is worth reading?"""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_BYTES))
    end = file.read()
    if not end.startswith(_END) or len(end) != _END_BYTES:
        raise FileRefused(DAMAGED, "The file is cut off, or something else follows its end. Save it anew.")
    members, directory = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    file.seek(max(0, size - _END_BYTES - 20))
    if file.read(4) == _ZIP64 or members > MAX_MEMBERS or directory > MAX_DIRECTORY_BYTES:
        raise FileRefused(
            BOMB, f"The file has more than {MAX_MEMBERS:,} parts. Print the document to a PDF, and upload that."
        )
    return size


def _check_members(members: list[ZipInfo], size: int) -> None:
    names = [each.filename for each in members]
    if len(members) > MAX_MEMBERS:
        raise FileRefused(BOMB, f"The file has more than {MAX_MEMBERS:,} parts. Print it to a PDF, and upload that.")
    claimed = sum(each.file_size for each in members)
    if claimed > MAX_UNPACKED or claimed > MAX_RATIO * size:
        raise FileRefused(
            BOMB, f"The file claims to unpack to {claimed:,} bytes. Print the document to a PDF, and upload that."
        )
    if any(each.flag_bits & _ENCRYPTED_FLAG for each in members):
        raise FileRefused(ENCRYPTED, "The file is protected by a password. Remove it, and upload that file.")
    if len(set(names)) != len(names) or any(".." in PurePosixPath(name).parts or name[:1] == "/" for name in names):
        raise FileRefused(DAMAGED, "Parts of the file have names that no office program gives. Save it anew.")
    if any(_MACRO_NAMES.search(name) or name.lower().endswith(_MACRO_FILES) for name in names):
        raise FileRefused(MACROS, "The file has macros. Save it without them (.docx, .xlsx) or as a PDF.")
    if any(_OBJECTS.search(name) for name in names):
        raise FileRefused(
            ATTACHMENTS, "The file has objects or other files inside. Save it as a PDF, and upload each by itself."
        )


def _office(archive: ZipFile) -> str:
    names = set(archive.namelist())
    if "[Content_Types].xml" not in names:
        raise FileRefused(
            TYPE_REFUSED, "This is an archive and no document. Unpack it, and upload each document by itself."
        )
    types = _read(archive, "[Content_Types].xml")
    if b"macroenabled" in types.lower() or b"vbaproject" in types.lower():
        raise FileRefused(MACROS, "The file has macros. Save it without them (.docx, .xlsx) or as a PDF.")
    _check_relations(archive)
    for media_type, part in _MAIN_PART.items():
        if part in names and f'"{media_type}.main+xml"'.encode() in types:
            return media_type
    raise FileRefused(TYPE_REFUSED, "Of Office files, .docx and .xlsx are accepted. Save it as a PDF.")


def _check_relations(archive: ZipFile) -> None:
    """Every list of relations: what a part loads stands in its own."""
    left = MAX_RELATIONS
    for name in archive.namelist():
        if name.lower().endswith(".rels"):
            content = _read(archive, name)
            left -= len(content)
            if left < 0:
                raise FileRefused(
                    BOMB, "The lists of what the file loads are too long to be examined. Save it as a PDF."
                )
            check_relations(content)


def _open_document(archive: ZipFile) -> str:
    first = archive.infolist()[0]
    found = _read(archive, "mimetype").decode("ascii").strip()
    if first.filename != "mimetype" or found not in (ODT, ODS):
        raise FileRefused(TYPE_REFUSED, "Of OpenDocument files, .odt and .ods are accepted. Save it as a PDF.")
    if "META-INF/manifest.xml" not in archive.namelist():
        raise FileRefused(DAMAGED, "The file lacks the list of its parts. Save it anew with an office program.")
    if b"encryption-data" in _read(archive, "META-INF/manifest.xml"):
        raise FileRefused(ENCRYPTED, "The file is protected by a password. Remove it, and upload that file.")
    return found


def _read(archive: ZipFile, name: str) -> bytes:
    """The member, whatever its directory entry claims: never more than a fixed size."""
    with archive.open(name) as member:
        content = member.read(MAX_READ + 1)
    if len(content) > MAX_READ:
        raise FileRefused(BOMB, f"The part {name} is larger than any office program makes it. Save it as a PDF.")
    return content
