"""Is this a whole picture and nothing else? PNG and JPEG, from the first byte to the last."""

from __future__ import annotations

from typing import IO

from governance.core.document_refusal import DAMAGED, FileRefused

PNG, JPEG = "image/png", "image/jpeg"
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
MAGIC = (_PNG, _JPEG)
_JPEG_END = b"\xff\xd9"
_IHDR_BYTES = 13


def examined(file: IO[bytes]) -> str:
    """The media type. Raises FileRefused."""
    file.seek(0)
    content = file.read()
    if content.startswith(_JPEG):
        # Cameras and scanners fill the last block up with zeros.
        return JPEG if content.rstrip(b"\x00").endswith(_JPEG_END) else _refuse()
    return PNG if _whole_png(content) else _refuse()


def _whole_png(content: bytes) -> bool:
    """Whether the chunks run without a gap from IHDR to IEND, and nothing follows (PNG 3rd edition, 5.2)."""
    at, first = len(_PNG), True
    while at + 12 <= len(content):
        length, name = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        if first and (name, length) != (b"IHDR", _IHDR_BYTES):
            return False
        at, first = at + 12 + length, False
        if name == b"IEND":
            return at == len(content)
    return False


def _refuse() -> str:
    raise FileRefused(
        DAMAGED, "The picture is cut off, or something else follows its end. Save it anew and upload that file."
    )
