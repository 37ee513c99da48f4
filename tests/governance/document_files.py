"""What do tests upload as documents? Small real files of every accepted type, and of many that are refused."""

from __future__ import annotations

import io
import struct
import zlib
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.{kind}.main+xml"/></Types>'
)
WORD, EXCEL = "wordprocessingml.document", "spreadsheetml.sheet"


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A one-page PDF with more objects in it."""
    body = (
        b"%PDF-1.7\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n2 0 obj <</Type /Pages /Kids [] /Count 0>> endobj\n"
    )
    return body + b"\n".join(objects) + b"\ntrailer <</Root 1 0 R " + trailer + b">>\nstartxref\n0\n%%EOF\n"


def object_stream(content: bytes, *, dictionary: bytes = b"/Type /ObjStm /N 1 /First 4") -> bytes:
    packed = zlib.compress(content)
    start = b"5 0 obj <<" + dictionary + b" /Filter /FlateDecode /Length %d>> stream\n" % len(packed)
    return start + packed + b"\nendstream endobj"


def archive(members: dict[str, str | bytes], *, stored: tuple[str, ...] = ()) -> bytes:
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content, ZIP_STORED if name in stored else ZIP_DEFLATED)
    return made.getvalue()


def docx(**more: str | bytes) -> bytes:
    """more: members by name."""
    types = CONTENT_TYPES.format(part="word/document.xml", kind=WORD)
    return archive({"[Content_Types].xml": types, "word/document.xml": "<w:document/>", **more})


def xlsx(**more: str | bytes) -> bytes:
    types = CONTENT_TYPES.format(part="xl/workbook.xml", kind=EXCEL)
    return archive({"[Content_Types].xml": types, "xl/workbook.xml": "<workbook/>", **more})


def odf(kind: str = "text", manifest: str = "<manifest:manifest/>", **more: str | bytes) -> bytes:
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    members = {"mimetype": mimetype, "content.xml": "<office/>", "META-INF/manifest.xml": manifest, **more}
    return archive(members, stored=("mimetype",))


def png() -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def jpeg() -> bytes:
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\xff\xd9"


def encrypted(content: bytes) -> bytes:
    """The archive with the mark of a password on its first member, in both of its headers."""
    made = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.index(signature) + offset] |= 1
    return bytes(made)


def claiming(content: bytes, size: int) -> bytes:
    """The archive whose directory says that its first member unpacks to so many bytes."""
    made = bytearray(content)
    at = made.index(b"PK\x01\x02") + 24
    made[at : at + 4] = size.to_bytes(4, "little")
    return bytes(made)
