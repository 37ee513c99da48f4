"""Does this PDF only show pages? Refuses passwords, scripts, programs to launch and files inside the file.

Names are compared after undoing PDF's #xx spelling, and object streams, in which dictionaries can hide, are unpacked
as far as a fixed allowance goes (ISO 32000-1, 7.3.5 and 7.5.7). Every byte of the file is looked at a fixed number of
times. A file inside a PDF (attachments, also those of PDF/A-3 and e-invoices) is refused because no reviewer sees it
when reading the pages.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import IO

from governance.core.document_refusal import ACTIVE, ATTACHMENTS, BOMB, DAMAGED, ENCRYPTED, FileRefused

PDF = "application/pdf"
MAGIC = b"%PDF-"
END_WITHIN = 1024
MAX_UNPACKED = 64 * 1024 * 1024
MAX_STREAMS = 100_000
MAX_OBJECTS = 500_000
_PEEK = 512
_CHUNK = 4096
_DELIMITER = rb"(?=[\x00\t\n\f\r ()<>\[\]{}/%]|$)"
_ESCAPED = re.compile(rb"/[^\x00\t\n\f\r ()<>\[\]{}/%]*#[0-9A-Fa-f]{2}[^\x00\t\n\f\r ()<>\[\]{}/%]*")
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
_BEGINS = re.compile(rb"(?P<object>(?<=\d)[\x00\s]+obj\b)|(?<!end)stream[ \t]*(?:\r\n|\n|\r)")
_NUMBER_PAIR = re.compile(rb"(?:[\x00\s]|%[^\r\n]*[\r\n])*\d+\s+\d+\s")
_ACTIVE = re.compile(rb"/(?:JavaScript|Launch|RichMedia|XFA|ImportData|SubmitForm)" + _DELIMITER)
_ATTACHED = re.compile(rb"/(?:EmbeddedFiles?|FileAttachment)" + _DELIMITER)
_ENCRYPTED = re.compile(rb"/Encrypt" + _DELIMITER)


def examined(file: IO[bytes]) -> str:
    """The media type. Raises FileRefused."""
    file.seek(0)
    content = file.read()
    if b"%%EOF" not in content[-END_WITHIN:]:
        raise FileRefused(DAMAGED, "The PDF is cut off, or something else follows its end. Save it anew.")
    plain = _unescaped(content)
    if _ENCRYPTED.search(plain):
        raise FileRefused(ENCRYPTED, "The PDF is encrypted. Remove the password and the restrictions, and upload that.")
    _check_names(plain)
    for unpacked in _object_streams(content):
        _check_names(_unescaped(unpacked))
    return PDF


def _check_names(content: bytes) -> None:
    if _ACTIVE.search(content):
        raise FileRefused(
            ACTIVE, "The PDF can run a script, start a program or send data. Print it to a new PDF, and upload that."
        )
    if _ATTACHED.search(content):
        raise FileRefused(
            ATTACHMENTS, "The PDF has other files inside, which nobody sees when reading it. Upload each by itself."
        )


def _unescaped(content: bytes) -> bytes:
    """The same bytes, with names spelled plainly: /Java#53cript is /JavaScript."""
    return _ESCAPED.sub(lambda name: _HEX.sub(lambda found: bytes([int(found[1], 16)]), name[0]), content)


def _object_streams(content: bytes) -> Iterator[bytes]:
    """The unpacked streams that hold objects: so named, or beginning with pairs of numbers as those do."""
    left = MAX_UNPACKED
    for start, named in _streams(content):
        if not named and not _NUMBER_PAIR.match(_inflated(content[start : start + _CHUNK], 0, _PEEK)):
            continue
        unpacked = _inflated(content, start, left + 1)
        if not unpacked:
            raise FileRefused(DAMAGED, "A part of the PDF cannot be unpacked to be examined. Print it to a new PDF.")
        left -= len(unpacked)
        if left < 0:
            raise FileRefused(BOMB, f"The PDF unpacks to more than {MAX_UNPACKED // 2**20} MB. Print it to a new PDF.")
        yield unpacked


def _streams(content: bytes) -> Iterator[tuple[int, bool]]:
    """Where the bytes of each stream begin, and whether its object says that it holds packed objects.

    What an object says is gathered piece by piece from its beginning on, so that no byte is read twice.
    """
    said, at, objects, streams = (False, False), 0, 0, 0
    for match in _BEGINS.finditer(content):
        piece, at = _unescaped(content[at : match.start()]), match.end()
        if match["object"]:
            said, objects = (False, False), objects + 1
        else:
            said, streams = (said[0] or b"/ObjStm" in piece, said[1] or b"/Filter" in piece), streams + 1
            yield at, all(said)  # one that is not packed was read with the rest
        if objects > MAX_OBJECTS or streams > MAX_STREAMS:
            raise FileRefused(
                BOMB,
                f"The PDF has more than {MAX_STREAMS:,} streams or {MAX_OBJECTS:,} objects. Print it to a new PDF.",
            )


def _inflated(content: bytes, start: int, most: int) -> bytes:
    """At most so many bytes of the stream, as far as it is packed with Flate; none where it is not."""
    unpacker, parts, size = zlib.decompressobj(), [], 0
    while start < len(content) and size < most and not unpacker.eof:
        packed = unpacker.unconsumed_tail or content[start : start + _CHUNK]
        start += 0 if unpacker.unconsumed_tail else _CHUNK
        try:
            parts.append(unpacker.decompress(packed, most - size))
        except zlib.error:
            break
        size += len(parts[-1])
    return b"".join(parts)
