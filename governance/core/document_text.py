"""Is this plain text that no program will run? UTF-8 without control characters, markup, scripts or formulas."""

from __future__ import annotations

import csv
import io
import re
from pathlib import PurePosixPath
from typing import IO

from governance.core.document_refusal import (
    ACTIVE,
    DAMAGED,
    EXECUTABLE,
    MARKUP,
    NAME_MISLEADS,
    TEXT_TOO_LARGE,
    TYPE_REFUSED,
    FileRefused,
)
from governance.core.spreadsheet import would_run
from registry.core.strict_json import StrictJsonError, loads

TEXT, MARKDOWN, CSV, JSON = "text/plain", "text/markdown", "text/csv", "application/json"
BY_ENDING = {".txt": TEXT, ".text": TEXT, ".md": MARKDOWN, ".markdown": MARKDOWN, ".csv": CSV, ".json": JSON}
MAX_BYTES = 5 * 1024 * 1024
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\x80-\x9f]")
_SPACE = re.compile(r"[\s\ufeff]*")
_COMMENT_END = re.compile(r"--!?>")
_MARKUP_FIRST = re.compile(r"<(?:!doctype|\?|[a-z][\w:.-]*[\s>/])", re.IGNORECASE)
_MARKUP_INSIDE = re.compile(r"<(?:script|iframe|object|embed|html|svg)[\s>/]", re.IGNORECASE)
_DELIMITERS = (",", ";", "\t")  # a program takes the one of the country that it is set to


def examined(file: IO[bytes], *, name: str) -> str:
    """The media type. Between kinds of text, which bytes alone do not tell apart, the name decides.

    Raises FileRefused.
    """
    file.seek(0)
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise FileRefused(TEXT_TOO_LARGE, f"Text is accepted up to {MAX_BYTES // 2**20} MB. Upload it as a PDF.")
    text = _decoded(content)
    ending = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    found = BY_ENDING.get(ending)
    if found == JSON:
        return _json(content)
    if text.startswith("#!"):
        raise FileRefused(EXECUTABLE, "The file is a script. Upload a document that describes it instead.")
    if _MARKUP_FIRST.match(text, _after_comments(text)) or _MARKUP_INSIDE.search(text):
        raise FileRefused(
            MARKUP, "The file is a web page, a drawing or other markup that a browser would run. Print it to a PDF."
        )
    if found is None:
        raise FileRefused(
            NAME_MISLEADS,
            "The file is plain text, but its name does not end in .txt, .md, .csv or .json. "
            "Rename it, so that nobody runs it by opening it.",
        )
    return _csv(text) if found == CSV else found


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused(
            TYPE_REFUSED,
            f"This type of file is not accepted; as text it is not UTF-8 (byte {error.start:,}). "
            "Save it as UTF-8 text or as a PDF.",
        ) from error
    if _CONTROL.search(text):
        raise FileRefused(TYPE_REFUSED, "The file has control characters that no text needs. Save it as a PDF.")
    return text


def _json(content: bytes) -> str:
    try:
        loads(content)
    except StrictJsonError as error:
        raise FileRefused(DAMAGED, f"The file is no JSON that every reader reads alike: {error}. Mend it.") from error
    return JSON


def _after_comments(text: str) -> int:
    """Where the white space and the comments at the beginning end; a comment that never ends is taken for text.

    A comment ends where browsers end it: `<!-->` is a whole one, and `--!>` ends one too (HTML, 13.2.5.43 to 52).
    """
    at = _end_of_space(text, 0)
    while text.startswith("<!--", at) and (end := _COMMENT_END.search(text, at + 2)):
        at = _end_of_space(text, end.end())
    return at


def _end_of_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _csv(text: str) -> str:
    """Readable with its own delimiter, and without a cell that would run, whichever delimiter a program takes."""
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True):
            pass
        rows = (row for each in _DELIMITERS for row in csv.reader(io.StringIO(text, newline=""), delimiter=each))
        runs = next((cell for row in rows for cell in row if would_run(cell)), None)
    except csv.Error as error:
        raise FileRefused(DAMAGED, f"The file is no readable CSV: {error}. Save it anew.") from error
    if runs is not None:
        raise FileRefused(
            ACTIVE,
            "A cell begins with =, @, + or - and is no number: spreadsheet programs run it as a formula. "
            "Save the values instead of the formulas.",
        )
    return CSV


def _delimiter(text: str) -> str:
    """The one that the header has; commas come first."""
    head = text.partition("\n")[0]
    return next((each for each in _DELIMITERS if each in head), ",")
